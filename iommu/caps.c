/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/caps.h"

#include "iommu/hw/regs.h"
#include "iommu/regs.h"

struct iommu_caps iommu_caps_decode(uint64_t capabilities)
{
    const uint32_t version = (uint32_t)capabilities;
    const uint32_t igs = (uint32_t)(capabilities >> IOMMU_CAP_IGS_SHIFT) & IOMMU_CAP_IGS_MASK;

    return (struct iommu_caps){
        .major = (version >> IOMMU_CAP_MAJOR_SHIFT) & IOMMU_CAP_MAJOR_MASK,
        .minor = version & IOMMU_CAP_MINOR_MASK,
        .sv39 = (capabilities & IOMMU_CAP_SV39) != 0U,
        .sv48 = (capabilities & IOMMU_CAP_SV48) != 0U,
        .sv57 = (capabilities & IOMMU_CAP_SV57) != 0U,
        .sv39x4 = (capabilities & IOMMU_CAP_SV39X4) != 0U,
        .sv48x4 = (capabilities & IOMMU_CAP_SV48X4) != 0U,
        .sv57x4 = (capabilities & IOMMU_CAP_SV57X4) != 0U,
        .msi_flat = (capabilities & IOMMU_CAP_MSI_FLAT) != 0U,
        .msi_mrif = (capabilities & IOMMU_CAP_MSI_MRIF) != 0U,
        .amo_mrif = (capabilities & IOMMU_CAP_AMO_MRIF) != 0U,
        .can_msi = igs == IOMMU_IGS_MSI || igs == IOMMU_IGS_BOTH,
        .can_wire = igs == IOMMU_IGS_WSI || igs == IOMMU_IGS_BOTH,
        .both_endian = (capabilities & IOMMU_CAP_END) != 0U,
        .pd8 = (capabilities & IOMMU_CAP_PD8) != 0U,
        .pd17 = (capabilities & IOMMU_CAP_PD17) != 0U,
        .pd20 = (capabilities & IOMMU_CAP_PD20) != 0U,
        .non_leaf = (capabilities & IOMMU_CAP_NL) != 0U,
        .range = (capabilities & IOMMU_CAP_S) != 0U,
        .pas_bits = (uint32_t)(capabilities >> IOMMU_CAP_PAS_SHIFT) & IOMMU_CAP_PAS_MASK,
    };
}

struct iommu_caps iommu_caps_read(pa_t regs)
{
    return iommu_caps_decode(iommu_read64(regs, IOMMU_CAPABILITIES));
}

bool iommu_caps_offer_gstage(const struct iommu_caps *caps, uint64_t iohgatp)
{
    switch (iohgatp >> IOMMU_HGATP_MODE_SHIFT) {
    case IOMMU_HGATP_MODE_SV39X4:
        return caps->sv39x4;
    case IOMMU_HGATP_MODE_SV48X4:
        return caps->sv48x4;
    case IOMMU_HGATP_MODE_SV57X4:
        return caps->sv57x4;
    default:
        return false;
    }
}

bool iommu_caps_offer_iosatp(const struct iommu_caps *caps, uint64_t iosatp)
{
    switch (iosatp >> IOMMU_FSC_MODE_SHIFT) {
    case IOMMU_FSC_BARE:
        return true;
    case IOMMU_IOSATP_SV39:
        return caps->sv39;
    case IOMMU_IOSATP_SV48:
        return caps->sv48;
    case IOMMU_IOSATP_SV57:
        return caps->sv57;
    default:
        return false;
    }
}

bool iommu_caps_offer_pdtp(const struct iommu_caps *caps, uint64_t pdtp)
{
    switch (pdtp >> IOMMU_FSC_MODE_SHIFT) {
    case IOMMU_FSC_BARE:
        return true;
    case IOMMU_PDTP_PD8:
        return caps->pd8;
    case IOMMU_PDTP_PD17:
        return caps->pd17;
    case IOMMU_PDTP_PD20:
        return caps->pd20;
    default:
        return false;
    }
}

uint32_t iommu_caps_process_bits(const struct iommu_caps *caps)
{
    return caps->pd20 ? 20U : caps->pd17 ? 17U : caps->pd8 ? 8U : 0U;
}
