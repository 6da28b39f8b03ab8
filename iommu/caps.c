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
        .sv39x4 = (capabilities & IOMMU_CAP_SV39X4) != 0U,
        .sv48x4 = (capabilities & IOMMU_CAP_SV48X4) != 0U,
        .sv57x4 = (capabilities & IOMMU_CAP_SV57X4) != 0U,
        .msi_flat = (capabilities & IOMMU_CAP_MSI_FLAT) != 0U,
        .msi_mrif = (capabilities & IOMMU_CAP_MSI_MRIF) != 0U,
        .amo_mrif = (capabilities & IOMMU_CAP_AMO_MRIF) != 0U,
        .can_msi = igs == IOMMU_IGS_MSI || igs == IOMMU_IGS_BOTH,
        .can_wire = igs == IOMMU_IGS_WSI || igs == IOMMU_IGS_BOTH,
        .both_endian = (capabilities & IOMMU_CAP_END) != 0U,
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
