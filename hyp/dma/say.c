/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

#include <stddef.h>

#include "hyp/log.h"

void dma_report(const struct plan *plan, uint32_t iommu, enum iommu_result result)
{
    static const char *const so[] = {
        [IOMMU_NO_ANSWER] = "no device behind it does DMA any more",
        [IOMMU_LOST] = "devices behind it may go on with the DMA that they could do last, until "
                       "the board is reset",
    };
    const char *then = (uint32_t)result < sizeof(so) / sizeof(so[0]) ? so[result] : NULL;

    if (result != IOMMU_OK) {
        log_line("error: the IOMMU at 0x%lx: %s; %s", plan->iommu_regs[iommu].base.v,
                 iommu_result_text(result), then != NULL ? then : "its devices stay as they are");
    }
}

/* Counters are read while they grow: each is one aligned load, so it is some true value. */
void dma_say_faults(void)
{
    const struct plan *plan = guests[0].plan;

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct dma_device *device = &dma_devices[i];
        if (device->meter.total != 0U) {
            log_line("faults %s %s: total=%lu%s", plan->guests[plan->device_guests[i]].config->name,
                     plan->config->devices[i].name, device->meter.total,
                     device->blocked ? " blocked" : "");
        }
    }
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        const struct dma_iommu *d = &dma_iommus[i];
        if (d->used && (d->strangers.total != 0U || d->iommu.stats.fault_overflows != 0U)) {
            log_line("faults of the IOMMU at 0x%lx: strangers=%lu overflows=%lu",
                     plan->iommu_regs[i].base.v, d->strangers.total,
                     d->iommu.stats.fault_overflows);
        }
    }
}
