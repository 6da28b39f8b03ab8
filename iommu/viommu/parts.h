/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to iommu/viommu: what its files share. registers.c: writes and step; commands.c: the command
 * queue; directory.c: the guest's directory; context.c: one context; records.c: the fault queue;
 * signals.c: ipsr, vectors, wires and MSIs. */
#ifndef IOMMU_VIOMMU_PARTS_H
#define IOMMU_VIOMMU_PARTS_H

#include "iommu/viommu/viommu.h"

/* Registers by their offset; a change is marked in out->dirty. */
static inline uint64_t viommu_get64(const struct viommu *v, uint32_t offset)
{
    return v->words[offset / 8U];
}

static inline uint32_t viommu_get32(const struct viommu *v, uint32_t offset)
{
    return (uint32_t)(v->words[offset / 8U] >> (offset % 8U * 8U));
}

void viommu_set64(struct viommu *v, uint32_t offset, uint64_t value, struct viommu_effects *out);
void viommu_set32(struct viommu *v, uint32_t offset, uint32_t value, struct viommu_effects *out);

/* context.c. A valid guest context, its four words read once: what it lets the device do. Pure in its
 * arguments alone. 2.1.3, "Device-context configuration checks". */
struct viommu_context viommu_compose(uint64_t capabilities, const uint64_t words[4]);

/* directory.c. What the guest's ddtp and directory say of a device id now: at most three levels, each
 * entry read once. 2.3.1, "Process to locate the Device-context". */
struct viommu_context viommu_look_up(const struct viommu *v, uint32_t id);

/* commands.c. Up to VIOMMU_PIECE commands of the queue, if it is on and none of its errors stands.
 * Contexts that are to be composed anew stop it until they are. */
void viommu_commands(struct viommu *v, struct viommu_effects *out);

/* records.c. One record into the guest's queue, or its error bits. */
void viommu_record(struct viommu *v, const uint64_t record[IOMMU_FAULT_DWORDS],
                   struct viommu_effects *out);

/* signals.c. These bits of ipsr (IOMMU_IPSR_...) are to be set. A bit that was 0 sends its vector's
 * message, unless that is masked or wires are chosen. */
void viommu_raise(struct viommu *v, uint32_t pending, struct viommu_effects *out);

/* Conditions that stand while ipsr was cleared set it again (5.18); masked messages that are not masked
 * any more leave; out->wires. Last in every step. */
void viommu_settle(struct viommu *v, struct viommu_effects *out);

#endif
