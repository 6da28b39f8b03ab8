/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to iommu/viommu: what its files share. registers.c: writes and step; commands.c: the
 * command queue; renew.c: a device's context as it is now; directory.c: the guest's directory;
 * context.c: one context; process.c: its process directory; records.c: the fault queue; signals.c:
 * ipsr, vectors, wires and MSIs. */
#ifndef IOMMU_VIOMMU_PARTS_H
#define IOMMU_VIOMMU_PARTS_H

#include "iommu/regs.h"
#include "iommu/viommu/viommu.h"

/* What stops the command queue: 5.15. */
#define VIOMMU_CQCSR_ERRORS (IOMMU_CQCSR_W1C & ~IOMMU_CQCSR_FENCE_W_IP)

/* Registers by their offset; a change is marked in out->dirty. */
static inline uint64_t viommu_get64(const struct viommu *v, uint32_t offset)
{
    return v->words[offset / 8U];
}

static inline uint32_t viommu_get32(const struct viommu *v, uint32_t offset)
{
    return (uint32_t)(v->words[offset / 8U] >> (offset % 8U * 8U));
}

static inline void viommu_set64(struct viommu *v, uint32_t offset, uint64_t value,
                                struct viommu_effects *out)
{
    const uint32_t word = offset / 8U;

    v->words[word] = value;
    out->dirty[word / 64U] |= UINT64_C(1) << word % 64U;
}

static inline void viommu_set32(struct viommu *v, uint32_t offset, uint32_t value,
                                struct viommu_effects *out)
{
    const uint32_t shift = offset % 8U * 8U;
    const uint64_t others = viommu_get64(v, offset) & ~((uint64_t)UINT32_MAX << shift);

    viommu_set64(v, offset, others | (uint64_t)value << shift, out);
}

/* The indexes that a queue has, by its base register: 5.6, 5.9. */
static inline uint32_t viommu_queue_mask(uint64_t base)
{
    return (2U << (base & IOMMU_QB_LOG2SZ_MASK)) - 1U;
}

/* Nothing to be done yet. An array that has a count is not touched: a step is
 * a few stores. */
static inline void viommu_begin(struct viommu_effects *out)
{
    out->change_count = 0U;
    out->forget_count = 0U;
    out->fence = false;
    out->store_count = 0U;
    for (uint32_t i = 0; i < VIOMMU_WORDS / 64U; i++) {
        out->dirty[i] = 0U;
    }
    out->wires = 0U;
    out->msi_count = 0U;
    out->more = false;
}

/* Before any of the commands that the step does. */
static inline void viommu_remember(const struct viommu *v, struct viommu_effects *out)
{
    out->cqh_before = viommu_get32(v, IOMMU_CQH);
    out->cqcsr_before = viommu_get32(v, IOMMU_CQCSR);
}

/* context.c. Nothing, for this cause; and all, untranslated, with or without a process id, as mode
 * Bare has it. */
struct viommu_context viommu_refused(uint16_t cause);
struct viommu_context viommu_passed(uint64_t capabilities);

/* context.c. A guest context with V = 1, its words read once: what it lets the device do. Pure in
 * its arguments alone. 2.1.4, "Device-context configuration checks". */
struct viommu_context viommu_compose(uint64_t capabilities,
                                     const uint64_t words[IOMMU_DC_WORDS_BASE]);

/* directory.c. What the guest's ddtp and directory say of a device id now: at most three levels,
 * each entry read once. 2.3.1, "Process to locate the Device-context". */
struct viommu_context viommu_look_up(const struct viommu *v, uint32_t id);

/* Whether hardware caches processes of it. */
static inline bool viommu_has_processes(const struct viommu_context *context)
{
    return context->reach == VIOMMU_TRANSLATED && context->first_stage.process_directory;
}

/* renew.c. Look a device up, and make it a change if what it may do is not what it was, or if
 * `told` is false: nobody knows what it was. What has processes is always a change: those that are
 * cached have to go (3.1.3). At most VIOMMU_PIECE times in a step. */
void viommu_renew(struct viommu *v, uint32_t device, bool told, struct viommu_effects *out);

/* commands.c. Up to VIOMMU_PIECE commands of the queue, of those that are due. Contexts that are to be
 * composed anew stop it until they are. */
void viommu_commands(struct viommu *v, struct viommu_effects *out);

/* Whether there is a command that can be done. */
static inline bool viommu_commands_due(const struct viommu *v)
{
    return (viommu_get32(v, IOMMU_CQCSR) & (IOMMU_QCSR_ON | VIOMMU_CQCSR_ERRORS)) ==
               IOMMU_QCSR_ON &&
           viommu_get32(v, IOMMU_CQH) != viommu_get32(v, IOMMU_CQT);
}

/* process.c. Whether the fault was at an entry of the guest's process directory, as that stands now: at
 * most two entries are read, once each. */
bool viommu_lacks_process(const struct viommu *v, const struct viommu_context *context,
                          const struct iommu_fault *fault);

/* records.c. One record into the guest's queue, or its error bits. */
void viommu_record(struct viommu *v, const uint64_t record[IOMMU_FAULT_DWORDS],
                   struct viommu_effects *out);

/* signals.c. These bits of ipsr (IOMMU_IPSR_...) are to be set: the caller has looked at fie. A bit
 * that was 0 makes its vector's message due, unless wires are chosen; viommu_settle sends it. */
void viommu_raise(struct viommu *v, uint32_t pending, struct viommu_effects *out);

/* Whether a message can go there: the first word of an interrupt file. */
bool viommu_is_interrupt_file(const struct viommu *v, gpa_t address);

/* Errors and fence_w_ip that stand set ipsr, again if it was cleared (5.18); messages that are due
 * and not masked leave, or become a record of cause 273; out->wires. Last in every step, in
 * viommu_report and in viommu_lost. */
void viommu_settle(struct viommu *v, struct viommu_effects *out);

/* Whether viommu_settle has nothing to do, and no wire is active: no error stands, nothing is pending. */
static inline bool viommu_is_quiet(const struct viommu *v)
{
    const uint32_t standing = (viommu_get32(v, IOMMU_CQCSR) & IOMMU_CQCSR_W1C) |
                              (viommu_get32(v, IOMMU_FQCSR) & IOMMU_FQCSR_W1C);

    return (standing | viommu_get32(v, IOMMU_IPSR) | v->msi_pending) == 0U;
}

#endif
