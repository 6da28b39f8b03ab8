/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/claims.h"

#include <stddef.h>

const struct iommu_claim *iommu_claim_of(const struct iommu *iommu, uint32_t device_id)
{
    for (uint32_t i = 0; i < iommu->claim_count; i++) {
        if (iommu->claims[i].device_id == device_id) {
            return &iommu->claims[i];
        }
    }
    return NULL;
}
