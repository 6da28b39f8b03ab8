/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/command.h"

#include "iommu/regs.h"

static struct iommu_command simple(uint64_t word)
{
    return (struct iommu_command){ { word, 0U } };
}

static uint64_t of_gscid(uint16_t gscid)
{
    return IOMMU_IOTINVAL_GV | (uint64_t)gscid << IOMMU_IOTINVAL_GSCID_SHIFT;
}

struct iommu_command iommu_inval_ddt(uint32_t device_id)
{
    return simple(IOMMU_IODIR_INVAL_DDT | IOMMU_IODIR_DV |
                  (uint64_t)device_id << IOMMU_IODIR_DID_SHIFT);
}

struct iommu_command iommu_inval_ddt_all(void)
{
    return simple(IOMMU_IODIR_INVAL_DDT);
}

struct iommu_command iommu_inval_vma(uint16_t gscid)
{
    return simple(IOMMU_IOTINVAL_VMA | of_gscid(gscid));
}

struct iommu_command iommu_inval_gvma(uint16_t gscid)
{
    return simple(IOMMU_IOTINVAL_GVMA | of_gscid(gscid));
}

struct iommu_command iommu_inval_vma_host(void)
{
    return simple(IOMMU_IOTINVAL_VMA);
}

struct iommu_command iommu_inval_gvma_all(void)
{
    return simple(IOMMU_IOTINVAL_GVMA);
}

struct iommu_command iommu_fence(void)
{
    return simple(IOMMU_IOFENCE_C | IOMMU_IOFENCE_PR | IOMMU_IOFENCE_PW);
}
