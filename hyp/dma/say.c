/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"
#include "hyp/log.h"

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
