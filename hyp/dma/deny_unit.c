/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before any guest runs, no device behind an IOMMU does DMA. Platform IOMMUs so far: a PCI IOMMU leaves
 * reset in Off as well, and is reached when the PCI host is.
 */
#include "hyp/log.h"
#include "hyp/unit.h"
#include "iommu/iommu.h"

/* How long a mode change may take before the IOMMU counts as broken. */
#define PATIENCE_SECONDS 1U

static bool deny_init(const struct plan *plan, struct pages *pages)
{
    const struct board *board = plan->board;

    (void)pages;
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        const struct board_iommu *iommu = &board->iommu[i];
        if (!iommu->is_pci &&
            !iommu_switch_off(iommu->reg.base, (uint64_t)board->timebase_hz * PATIENCE_SECONDS)) {
            log_line("error: the IOMMU at 0x%lx does not switch off: devices behind it could reach "
                     "all memory", iommu->reg.base.v);
            return false;
        }
    }
    return true;
}

UNIT("05", deny_unit) = {
    .name = "default deny of DMA",
    .init = deny_init,
};
