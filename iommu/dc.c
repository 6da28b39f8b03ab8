/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/dc.h"

struct iommu_dc iommu_dc_compose(const struct iommu_context *context)
{
    struct iommu_dc dc = { .word = {
        [IOMMU_DC_TC] = IOMMU_TC_V | (context->quiet ? IOMMU_TC_DTF : 0U),
        [IOMMU_DC_IOHGATP] = context->iohgatp,
    } };

    if (context->msi_table.v != 0U) {
        dc.word[IOMMU_DC_MSIPTP] =
            IOMMU_MSIPTP_FLAT | (context->msi_table.v >> PAGE_SHIFT & IOMMU_PPN_43_0_MASK);
        dc.word[IOMMU_DC_MSI_MASK] = context->msi_mask;
        dc.word[IOMMU_DC_MSI_PATTERN] = context->msi_pattern;
    }
    return dc;
}

struct iommu_dc iommu_dc_blocked(uint64_t deny)
{
    return iommu_dc_compose(&(struct iommu_context){ .iohgatp = deny, .quiet = true });
}

uint16_t iommu_iohgatp_gscid(uint64_t iohgatp)
{
    return (uint16_t)(iohgatp >> IOMMU_HGATP_GSCID_SHIFT & IOMMU_HGATP_GSCID_MASK);
}

uint32_t iommu_dc_words(const struct iommu_caps *caps)
{
    return caps->msi_flat ? IOMMU_DC_WORDS_EXTENDED : IOMMU_DC_WORDS_BASE;
}
