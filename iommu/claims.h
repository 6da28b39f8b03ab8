/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which device id (iommu/iommu.h, iommu_claim). Pure; the caller holds iommu.lock, or is
 * the boot hart before guests run. */
#ifndef IOMMU_CLAIMS_H
#define IOMMU_CLAIMS_H

#include "iommu/iommu.h"

/* The claim of this id; NULL: nobody has it. */
const struct iommu_claim *iommu_claim_of(const struct iommu *iommu, uint32_t device_id);

/* Whether any id was claimed for this GSCID. */
static inline bool iommu_claimed_for(const struct iommu *iommu, uint16_t gscid)
{
    for (uint32_t i = 0; i < iommu->claim_count; i++) {
        if (iommu->claims[i].gscid == gscid) {
            return true;
        }
    }
    return false;
}

#endif
