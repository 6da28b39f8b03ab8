/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/dc.h"

struct iommu_dc iommu_dc_compose(const struct iommu_context *context)
{
    const struct iommu_first_stage *first = &context->first_stage;
    struct iommu_dc dc = { .word = {
        [IOMMU_DC_TC] = IOMMU_TC_V | (context->quiet ? IOMMU_TC_DTF : 0U) |
                        (first->process_directory ? IOMMU_TC_PDTV : 0U) |
                        (first->default_process ? IOMMU_TC_DPE : 0U),
        [IOMMU_DC_IOHGATP] = context->iohgatp,
        [IOMMU_DC_TA] = (uint64_t)first->pscid << IOMMU_TA_PSCID_SHIFT,
        [IOMMU_DC_FSC] = first->fsc,
    } };

    if (context->msi_table.v != 0U) {
        dc.word[IOMMU_DC_MSIPTP] =
            IOMMU_MSIPTP_FLAT | (context->msi_table.v >> PAGE_SHIFT & IOMMU_PPN_43_0_MASK);
        dc.word[IOMMU_DC_MSI_MASK] = context->msi_mask;
        dc.word[IOMMU_DC_MSI_PATTERN] = context->msi_pattern;
    }
    return dc;
}

struct iommu_dc iommu_dc_blocked(uint64_t deny, bool quiet)
{
    return iommu_dc_compose(&(struct iommu_context){ .iohgatp = deny, .quiet = quiet });
}

/* Of guest physical addresses by this iohgatp. */
static uint32_t address_bits(uint64_t iohgatp)
{
    switch (iohgatp >> IOMMU_HGATP_MODE_SHIFT) {
    case IOMMU_HGATP_MODE_SV39X4:
        return 41U;
    case IOMMU_HGATP_MODE_SV48X4:
        return 50U;
    default:
        return 56U;              /* Sv57x4 has 59, a PPN has 44 */
    }
}

bool iommu_first_stage_offered(const struct iommu_caps *caps, const struct iommu_context *context)
{
    const struct iommu_first_stage *first = &context->first_stage;
    const uint64_t root = (first->fsc & IOMMU_PPN_43_0_MASK) << PAGE_SHIFT;
    const uint32_t gstage = address_bits(context->iohgatp);
    const uint32_t bits = gstage < caps->pas_bits ? gstage : caps->pas_bits;

    if ((first->fsc & IOMMU_FSC_RESERVED) != 0U || first->pscid > IOMMU_PSCID_MASK ||
        root >> bits != 0U) {
        return false;
    }
    return first->process_directory
               ? iommu_caps_offer_pdtp(caps, first->fsc)
               : !first->default_process && iommu_caps_offer_iosatp(caps, first->fsc);
}

uint16_t iommu_iohgatp_gscid(uint64_t iohgatp)
{
    return (uint16_t)(iohgatp >> IOMMU_HGATP_GSCID_SHIFT & IOMMU_HGATP_GSCID_MASK);
}

uint32_t iommu_dc_words(const struct iommu_caps *caps)
{
    return caps->msi_flat ? IOMMU_DC_WORDS_EXTENDED : IOMMU_DC_WORDS_BASE;
}
