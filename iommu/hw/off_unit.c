/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Default deny: whatever state the firmware left an IOMMU in, no device behind it does DMA once
 * Bulkhead runs. Platform IOMMUs only so far: a PCI IOMMU leaves reset in Off as well, and is
 * reached when the PCI host is.
 *
 * RISC-V IOMMU 1.0.1: 5.5 ddtp (offset 16): iommu_mode 3:0, busy 4. Mode Off disallows all inbound
 * transactions.
 */
#include "hyp/log.h"
#include "hyp/unit.h"
#include "platform/hw/csr.h"
#include "platform/hw/mmio.h"

#define IOMMU_DDTP           16U
#define IOMMU_DDTP_MODE_OFF  UINT64_C(0)
#define IOMMU_DDTP_BUSY      (UINT64_C(1) << 4)
#define IOMMU_DDTP_MODE      UINT64_C(0xf)

/* How long a mode change may take before the IOMMU counts as broken. */
#define IOMMU_BUSY_SECONDS 1U

static bool wait_idle(uintptr_t ddtp, uint64_t ticks)
{
    uint64_t start = time_now();

    while ((mmio_read64(ddtp) & IOMMU_DDTP_BUSY) != 0U) {
        if (time_now() - start > ticks) {
            return false;
        }
    }
    return true;
}

static bool iommu_off_init(const struct plan *plan)
{
    const struct board *board = plan->board;
    uint64_t ticks = (uint64_t)board->timebase_hz * IOMMU_BUSY_SECONDS;

    for (uint32_t i = 0; i < board->iommu_count; i++) {
        if (board->iommu[i].is_pci) {
            continue;
        }
        uintptr_t ddtp = (uintptr_t)board->iommu[i].reg.base.v + IOMMU_DDTP;
        bool idle = wait_idle(ddtp, ticks);
        if (idle) {
            mmio_write64(ddtp, IOMMU_DDTP_MODE_OFF);
            idle = wait_idle(ddtp, ticks);
        }
        if (!idle || (mmio_read64(ddtp) & IOMMU_DDTP_MODE) != IOMMU_DDTP_MODE_OFF) {
            log_line("error: the IOMMU at 0x%lx does not switch off: devices behind it could "
                     "reach all memory", board->iommu[i].reg.base.v);
            return false;
        }
    }
    return true;
}

UNIT("05", iommu_off_unit) = {
    .name = "iommu-off",
    .init = iommu_off_init,
};
