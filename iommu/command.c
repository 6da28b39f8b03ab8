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

/* AV = 0 goes without S, NL and ADDR. */
struct iommu_command iommu_inval_vma_of(uint16_t gscid, const struct iommu_addresses *what)
{
    struct iommu_command command = iommu_inval_vma(gscid);

    if (what->by_pscid) {
        command.word[0] |= IOMMU_IOTINVAL_PSCV |
                           (what->pscid & IOMMU_PSCID_MASK) << IOMMU_IOTINVAL_PSCID_SHIFT;
    }
    if (what->by_address) {
        command.word[0] |= IOMMU_IOTINVAL_AV | (what->non_leaf ? IOMMU_IOTINVAL_NL : 0U);
        command.word[1] = IOMMU_IOTINVAL_ADDR(what->address) |
                          (what->range ? IOMMU_IOTINVAL_S : 0U);
    }
    return command;
}

struct iommu_command iommu_inval_pdt(uint32_t device_id, uint32_t process_id)
{
    return simple(IOMMU_IODIR_INVAL_PDT | IOMMU_IODIR_DV |
                  (process_id & IOMMU_PROCESS_ID_MASK) << IOMMU_IODIR_PID_SHIFT |
                  (uint64_t)device_id << IOMMU_IODIR_DID_SHIFT);
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
