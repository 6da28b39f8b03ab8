/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/iommu.h"

#include "iommu/flush.h"
#include "iommu/hw/regs.h"
#include "iommu/memory.h"
#include "iommu/regs.h"

#define ERRORS  (IOMMU_FQCSR_FQMF | IOMMU_FQCSR_FQOF)
#define PENDING (IOMMU_IPSR_CIP | IOMMU_IPSR_FIP | IOMMU_IPSR_PMIP | IOMMU_IPSR_PIP)

/* Only what was read is cleared. Whichever bits a model of IOMMU clears with them (QEMU 10
 * clears fip with cip): the queue is looked at afterwards, so nothing is missed. */
static void clear_interrupt(pa_t regs)
{
    const uint32_t pending = iommu_read32(regs, IOMMU_IPSR) & PENDING;

    if (pending != 0U) {
        iommu_write32(regs, IOMMU_IPSR, pending);
    }
}

/* Each word of the record is read once; the IOMMU may be writing others, never this one. */
static struct iommu_fault take(const struct iommu *iommu)
{
    const pa_t at = pa_add(iommu->faults, (uint64_t)iommu->fault_head * IOMMU_FAULT_BYTES);
    uint64_t record[IOMMU_FAULT_DWORDS];

    iommu_flush(at, IOMMU_FAULT_BYTES, iommu->setup.cache_block);
    for (uint32_t i = 0; i < IOMMU_FAULT_DWORDS; i++) {
        record[i] = iommu_load64(pa_add(at, i * sizeof(uint64_t)));
    }
    return iommu_fault_decode(record);
}

/* While an error bit is set, all records are thrown away (3.2). */
static void clear_errors(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint32_t fqcsr = iommu_read32(regs, IOMMU_FQCSR);
    const bool dead = atomic_load_explicit(&iommu->dead, memory_order_relaxed);

    /* Busy: it must not be written now. The interrupt stays pending with the error, so there is
     * a next time. */
    if ((fqcsr & IOMMU_QCSR_BUSY) != 0U || (fqcsr & IOMMU_QCSR_EN) == 0U) {
        return;
    }
    if (dead) {
        iommu_write32(regs, IOMMU_FQCSR, 0U);
        return;
    }
    iommu->stats.fault_overflows += (fqcsr & IOMMU_FQCSR_FQOF) != 0U;
    iommu->stats.fault_memory += (fqcsr & IOMMU_FQCSR_FQMF) != 0U;
    if ((fqcsr & ERRORS) != 0U) {
        iommu_write32(regs, IOMMU_FQCSR, fqcsr & (IOMMU_QCSR_EN | IOMMU_FQCSR_FIE | ERRORS));
    }
}

/* One that reads as ones, for it is gone, would seem to have a full queue for ever. */
static bool has_record(struct iommu *iommu)
{
    const uint32_t fqt = iommu_read32(iommu->setup.regs, IOMMU_FQT);

    if (fqt >= iommu->setup.fault_entries) {
        iommu->stats.fault_registers++;
        return false;
    }
    return fqt != iommu->fault_head;
}

uint32_t iommu_take_faults(struct iommu *iommu, struct iommu_fault *out, uint32_t max)
{
    const pa_t regs = iommu->setup.regs;
    const uint32_t last = iommu->setup.fault_entries - 1U;
    uint32_t taken = 0;

    clear_interrupt(regs);
    while (taken < max && has_record(iommu)) {
        out[taken++] = take(iommu);
        iommu->fault_head = (iommu->fault_head + 1U) & last;
    }
    if (taken != 0U) {
        iommu_write32(regs, IOMMU_FQH, iommu->fault_head);
    }
    clear_errors(iommu);
    return taken;
}
