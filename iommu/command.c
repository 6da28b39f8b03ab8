/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/command.h"

#include "iommu/regs.h"

struct iommu_command iommu_inval_ddt(uint32_t device_id)
{
    return iommu_command_of(IOMMU_IODIR_INVAL_DDT | IOMMU_IODIR_DV |
                  (uint64_t)device_id << IOMMU_IODIR_DID_SHIFT);
}

struct iommu_command iommu_inval_ddt_all(void)
{
    return iommu_command_of(IOMMU_IODIR_INVAL_DDT);
}

struct iommu_command iommu_inval_gvma(uint16_t gscid)
{
    return iommu_command_of(IOMMU_IOTINVAL_GVMA | iommu_command_gscid(gscid));
}

struct iommu_command iommu_inval_pdt(uint32_t device_id, uint32_t process_id)
{
    return iommu_command_of(IOMMU_IODIR_INVAL_PDT | IOMMU_IODIR_DV |
                  (process_id & IOMMU_PROCESS_ID_MASK) << IOMMU_IODIR_PID_SHIFT |
                  (uint64_t)device_id << IOMMU_IODIR_DID_SHIFT);
}

struct iommu_command iommu_inval_vma_host(void)
{
    return iommu_command_of(IOMMU_IOTINVAL_VMA);
}

struct iommu_command iommu_inval_gvma_all(void)
{
    return iommu_command_of(IOMMU_IOTINVAL_GVMA);
}
