/* SPDX-License-Identifier: Apache-2.0 */
/* Whose requests bear which GSCID: each guest has one, and each of its vIOMMUs another. */
#include "hyp/dma/state.h"

uint16_t dma_gscid(const struct plan *plan, uint32_t device)
{
    const uint32_t viommu = plan->devices[device].dma.viommu;

    return viommu == PLAN_NO_VIOMMU ? (uint16_t)(DMA_GSCID_FIRST + plan->device_guests[device])
                                    : dma_viommu_gscid(viommu);
}

bool dma_is_at(const struct guest *guest, uint32_t viommu, uint32_t iommu)
{
    const struct plan_viommu *v = &guest->plan->viommus[viommu];

    return v->guest == guest->index && v->iommu == iommu;
}

uint32_t dma_gscids(const struct guest *guest, uint32_t iommu, uint16_t gscids[DMA_MAX_GSCIDS])
{
    uint32_t count = 0U;

    gscids[count++] = (uint16_t)(DMA_GSCID_FIRST + guest->index);
    for (uint32_t i = 0; i < guest->plan->config->viommu_count && count < DMA_MAX_GSCIDS; i++) {
        if (dma_is_at(guest, i, iommu)) {
            gscids[count++] = dma_viommu_gscid(i);
        }
    }
    return count;
}
