/* SPDX-License-Identifier: Apache-2.0 */
/* What a virtual IOMMU shows. 5.3, with its notes on emulated IOMMUs. */
#include "iommu/regs.h"
#include "iommu/viommu/viommu.h"

/*
 * A first stage is walked by the hardware, so what it can is what is shown of it. NL and S are shown
 * always: less precise an invalidation may be carried out, and they save a driver commands. PAS is no
 * wider than the hardware's, which may take a wider address in a context for a defect. All else
 * (second stages, MSI tables, ATS, A and D bits, big-endian tables, counters, QoS ids) is Bulkhead's
 * or not there.
 */
uint64_t viommu_capabilities(const struct iommu_caps *physical, uint32_t guest_address_bits,
                             bool process_ids)
{
    const uint32_t bits =
        guest_address_bits < physical->pas_bits ? guest_address_bits : physical->pas_bits;
    uint64_t shown = IOMMU_CAP_VERSION_1_0 | IOMMU_CAP_NL | IOMMU_CAP_S |
                     (uint64_t)IOMMU_IGS_BOTH << IOMMU_CAP_IGS_SHIFT |
                     (uint64_t)(bits & IOMMU_CAP_PAS_MASK) << IOMMU_CAP_PAS_SHIFT;

    shown |= physical->sv39 ? IOMMU_CAP_SV39 : 0U;
    shown |= physical->sv48 ? IOMMU_CAP_SV48 : 0U;
    shown |= physical->sv57 ? IOMMU_CAP_SV57 : 0U;
    if (process_ids) {
        shown |= physical->pd8 ? IOMMU_CAP_PD8 : 0U;
        shown |= physical->pd17 ? IOMMU_CAP_PD17 : 0U;
        shown |= physical->pd20 ? IOMMU_CAP_PD20 : 0U;
    }
    return shown;
}
