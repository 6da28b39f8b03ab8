/* SPDX-License-Identifier: Apache-2.0 */
/* From the firmware's state to default deny, in the order of RISC-V IOMMU 1.0.1, 6.2. */
#include "iommu/iommu.h"

#include "iommu/control.h"
#include "iommu/dc.h"
#include "iommu/flush.h"
#include "iommu/hw/regs.h"
#include "iommu/queue.h"
#include "iommu/regs.h"

#define FAULT_ENTRIES_MIN 2U
#define MAJOR_VERSION     1U

static uint32_t log2_of(uint32_t power)
{
    uint32_t log = 0;

    for (uint32_t bit = 0; bit < 32U; bit++) {
        log = (power >> bit & 1U) != 0U ? bit : log;
    }
    return log;
}

/* 5.4: only while the mode is Off and the queues are off. */
static enum iommu_result set_features(pa_t regs, enum iommu_interrupt_kind kind)
{
    const uint32_t all = IOMMU_FCTL_BE | IOMMU_FCTL_WSI | IOMMU_FCTL_GXL;
    const uint32_t wsi = kind == IOMMU_WIRED ? IOMMU_FCTL_WSI : 0U;

    iommu_write32(regs, IOMMU_FCTL, (iommu_read32(regs, IOMMU_FCTL) & ~all) | wsi);

    const uint32_t fctl = iommu_read32(regs, IOMMU_FCTL);
    if ((fctl & IOMMU_FCTL_BE) != 0U) {
        return IOMMU_BIG_ENDIAN;
    }
    if ((fctl & IOMMU_FCTL_GXL) != 0U) {
        return IOMMU_NO_GSTAGE;
    }
    return kind != IOMMU_NO_INTERRUPT && (fctl & IOMMU_FCTL_WSI) != wsi ? IOMMU_NO_INTERRUPTS
                                                                        : IOMMU_OK;
}

static enum iommu_result check(const struct iommu *iommu)
{
    const struct iommu_caps *caps = &iommu->caps;
    const enum iommu_interrupt_kind kind = iommu->setup.interrupt.kind;

    if (caps->major != MAJOR_VERSION) {
        return IOMMU_BAD_VERSION;
    }
    if (!iommu_caps_offer_gstage(caps, iommu->setup.deny)) {
        return IOMMU_NO_GSTAGE;
    }
    return (kind == IOMMU_WIRED && !caps->can_wire) || (kind == IOMMU_MSI && !caps->can_msi)
               ? IOMMU_NO_INTERRUPTS : IOMMU_OK;
}

/* Every cause has vector 0. Its MSI stays masked until all is in place; what is pending is
 * from before. */
static enum iommu_result set_interrupts(const struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const struct iommu_interrupt *interrupt = &iommu->setup.interrupt;

    iommu_write64(regs, IOMMU_ICVEC, iommu_read64(regs, IOMMU_ICVEC) & ~IOMMU_ICVEC_MASK);
    iommu_write32(regs, IOMMU_MSI_VEC_CTL(0U), IOMMU_MSI_VEC_CTL_M);
    iommu_write32(regs, IOMMU_IPSR, iommu_read32(regs, IOMMU_IPSR));
    if (interrupt->kind != IOMMU_MSI) {
        return IOMMU_OK;
    }
    iommu_write64(regs, IOMMU_MSI_ADDR(0U), interrupt->msi_address.v);
    iommu_write32(regs, IOMMU_MSI_DATA(0U), interrupt->msi_data);
    return iommu_read64(regs, IOMMU_MSI_ADDR(0U)) == interrupt->msi_address.v &&
                   iommu_read32(regs, IOMMU_MSI_DATA(0U)) == interrupt->msi_data
               ? IOMMU_OK : IOMMU_NO_INTERRUPTS;
}

static bool take_memory(struct iommu *iommu, struct pages *pages)
{
    const uint64_t command_size = (uint64_t)IOMMU_COMMAND_ENTRIES * IOMMU_COMMAND_BYTES;
    const uint64_t fault_size =
        align_up((uint64_t)iommu->setup.fault_entries * IOMMU_FAULT_BYTES, PAGE_SIZE);
    const uint32_t cache_block = iommu->setup.cache_block;

    /* A queue is aligned to its size (5.6, 5.9). */
    if (!pages_take(pages, 1U, PAGE_SIZE, &iommu->directory.root) ||
        !pages_take(pages, command_size / PAGE_SIZE, command_size, &iommu->commands) ||
        !pages_take(pages, fault_size / PAGE_SIZE, fault_size, &iommu->faults)) {
        return false;
    }
    /* The root is all invalid for certain; no zero of ours is written back over a fault record. */
    iommu_flush(iommu->directory.root, PAGE_SIZE, cache_block);
    iommu_flush(iommu->commands, command_size, cache_block);
    iommu_flush(iommu->faults, fault_size, cache_block);
    return true;
}

/* Both fields of a base register are WARL: it may take fewer entries. *entries: asked for, and
 * taken. */
static bool set_queue(pa_t regs, uint32_t base_register, pa_t base, uint32_t *entries,
                      uint32_t at_least)
{
    const uint32_t asked = *entries;

    iommu_write64(regs, base_register, IOMMU_PPN_53_10(base.v) | (log2_of(asked) - 1U));

    const uint64_t kept = iommu_read64(regs, base_register);
    const uint32_t log = ((uint32_t)kept & IOMMU_QB_LOG2SZ_MASK) + 1U;
    *entries = log < 32U ? 1U << log : 0U;
    return (kept & IOMMU_PPN_53_10_MASK) == IOMMU_PPN_53_10(base.v) && *entries >= at_least &&
           *entries <= asked;
}

static enum iommu_result start_queues(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint32_t fie = iommu->setup.interrupt.kind == IOMMU_NO_INTERRUPT ? 0U : IOMMU_FQCSR_FIE;

    iommu->command_entries = IOMMU_COMMAND_ENTRIES;
    if (!set_queue(regs, IOMMU_CQB, iommu->commands, &iommu->command_entries,
                   IOMMU_COMMAND_ENTRIES_MIN) ||
        !set_queue(regs, IOMMU_FQB, iommu->faults, &iommu->setup.fault_entries,
                   FAULT_ENTRIES_MIN) ||
        iommu_commands_start(iommu) != IOMMU_OK) {
        return IOMMU_QUEUE_STUCK;
    }
    iommu_write32(regs, IOMMU_FQH, 0U);
    return iommu_queue_on(regs, IOMMU_FQCSR, fie, iommu->setup.patience) ? IOMMU_OK
                                                                         : IOMMU_QUEUE_STUCK;
}

/* The fewest levels that it keeps and that reach far enough. 5.5: from one number of levels to
 * another only through Off. A level that it does not have may read back as anything legal, so Off
 * comes at once.
 */
static enum iommu_result set_mode(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint64_t patience = iommu->setup.patience;
    const uint32_t fewest =
        iommu_directory_levels(iommu->directory.dc_words, iommu->setup.max_device_id);

    for (uint32_t levels = fewest; levels != 0U && levels <= IOMMU_MAX_LEVELS; levels++) {
        if (iommu_mode_levels(regs, levels, iommu->directory.root, patience)) {
            iommu->directory.levels = levels;
            return IOMMU_OK;
        }
        if (!iommu_mode_off(regs, patience)) {
            return IOMMU_BUSY;
        }
    }
    return IOMMU_NO_LEVELS;
}

/* What the firmware may have left in its caches: they survive Off (5.5). Of first stages, those
 * of hosts; those of a GSCID go when an id is claimed for it. */
static enum iommu_result forget(struct iommu *iommu)
{
    const struct iommu_command batch[] = {
        iommu_inval_ddt_all(),
        iommu_inval_vma_host(),
        iommu_inval_gvma_all(),
    };

    _Static_assert(sizeof(batch) / sizeof(batch[0]) <= IOMMU_BATCH_MAX, "a batch holds these");
    return iommu_run(iommu, batch, sizeof(batch) / sizeof(batch[0]));
}

static enum iommu_result bring_up(struct iommu *iommu, struct pages *pages)
{
    enum iommu_result result = check(iommu);

    if (result == IOMMU_OK) {
        result = set_features(iommu->setup.regs, iommu->setup.interrupt.kind);
    }
    if (result == IOMMU_OK) {
        result = set_interrupts(iommu);
    }
    if (result == IOMMU_OK) {
        result = take_memory(iommu, pages) ? IOMMU_OK : IOMMU_NO_MEMORY;
    }
    if (result == IOMMU_OK) {
        result = start_queues(iommu);
    }
    if (result == IOMMU_OK) {
        result = set_mode(iommu);
    }
    if (result == IOMMU_OK) {
        result = forget(iommu);
    }
    if (result == IOMMU_OK && iommu->setup.interrupt.kind == IOMMU_MSI) {
        iommu_write32(iommu->setup.regs, IOMMU_MSI_VEC_CTL(0U), 0U);
    }
    return result;
}

enum iommu_result iommu_open(struct iommu *iommu, const struct iommu_setup *setup,
                             struct pages *pages)
{
    *iommu = (struct iommu){ .setup = *setup, .caps = iommu_caps_read(setup->regs) };
    iommu->directory.dc_words = iommu_dc_words(&iommu->caps);
    iommu->directory.cache_block = setup->cache_block;

    if (!iommu_switch_off(setup->regs, setup->patience)) {
        return IOMMU_BUSY;
    }
    const enum iommu_result result = bring_up(iommu, pages);
    if (result != IOMMU_OK) {
        (void)iommu_switch_off(setup->regs, setup->patience);
    }
    return result;
}
