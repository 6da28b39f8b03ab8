/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/control.h"

#include "iommu/hw/regs.h"
#include "iommu/iommu.h"
#include "iommu/regs.h"
#include "platform/hw/clock.h"

#define ALL_COUNTERS UINT32_MAX

bool iommu_await(pa_t regs, uint32_t offset, uint32_t mask, uint32_t value, uint64_t patience)
{
    const uint64_t start = clock_now();
    bool late;

    /* The clock is read first: a hart that firmware held up between the two has not waited in
     * vain. */
    do {
        late = clock_now() - start > patience;
        if ((iommu_read32(regs, offset) & mask) == value) {
            return true;
        }
    } while (!late);
    return false;
}

static bool write_mode(pa_t regs, uint64_t ddtp, uint64_t patience)
{
    const uint32_t mode = (uint32_t)ddtp & IOMMU_DDTP_MODE_MASK;

    if (!iommu_await(regs, IOMMU_DDTP, IOMMU_DDTP_BUSY, 0U, patience)) {
        return false;
    }
    iommu_write64(regs, IOMMU_DDTP, ddtp);
    return iommu_await(regs, IOMMU_DDTP, IOMMU_DDTP_BUSY, 0U, patience) &&
           (iommu_read32(regs, IOMMU_DDTP) & IOMMU_DDTP_MODE_MASK) == mode;
}

bool iommu_is_off(pa_t regs)
{
    return (iommu_read32(regs, IOMMU_DDTP) & (IOMMU_DDTP_BUSY | IOMMU_DDTP_MODE_MASK)) ==
           IOMMU_DDTP_OFF;
}

bool iommu_mode_off(pa_t regs, uint64_t patience)
{
    /* The PPN must not change on the way to Off. */
    const uint64_t ppn = iommu_read64(regs, IOMMU_DDTP) & IOMMU_PPN_53_10_MASK;

    return write_mode(regs, ppn | IOMMU_DDTP_OFF, patience);
}

bool iommu_mode_levels(pa_t regs, uint32_t levels, pa_t root, uint64_t patience)
{
    const uint64_t ppn = IOMMU_PPN_53_10(root.v);

    return write_mode(regs, ppn | IOMMU_DDTP_LEVELS(levels), patience) &&
           (iommu_read64(regs, IOMMU_DDTP) & IOMMU_PPN_53_10_MASK) == ppn;
}

bool iommu_queue_off(pa_t regs, uint32_t csr, uint64_t patience)
{
    if (!iommu_await(regs, csr, IOMMU_QCSR_BUSY, 0U, patience)) {
        return false;
    }
    iommu_write32(regs, csr, 0U);
    return iommu_await(regs, csr, IOMMU_QCSR_BUSY | IOMMU_QCSR_ON, 0U, patience);
}

bool iommu_queue_on(pa_t regs, uint32_t csr, uint32_t enables, uint64_t patience)
{
    iommu_write32(regs, csr, IOMMU_QCSR_EN | enables);
    return iommu_await(regs, csr, IOMMU_QCSR_BUSY | IOMMU_QCSR_ON, IOMMU_QCSR_ON, patience);
}

bool iommu_switch_off(pa_t regs, uint64_t patience)
{
    /* Counters that the firmware started would interrupt when they overflow. */
    iommu_write32(regs, IOMMU_IOCOUNTINH, ALL_COUNTERS);
    const bool off = iommu_mode_off(regs, patience);
    const bool commands = iommu_queue_off(regs, IOMMU_CQCSR, patience);
    const bool faults = iommu_queue_off(regs, IOMMU_FQCSR, patience);
    const bool requests = iommu_queue_off(regs, IOMMU_PQCSR, patience); /* without ATS it reads 0 */

    return off && commands && faults && requests;
}
