/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands as words: RISC-V IOMMU 1.0.1, 3.1. Pure.
 *
 * Fences carry no address (AV = 0): that they are done is seen by cqh, and the IOMMU writes
 * nowhere. Nor do invalidations of translations: by GSCID is what a change of a context needs
 * (6.3.1).
 */
#ifndef IOMMU_COMMAND_H
#define IOMMU_COMMAND_H

#include <stdint.h>

struct iommu_command {
    uint64_t word[2];
};

/* IODIR.INVAL_DDT: of one device, or of all and of the whole directory. */
struct iommu_command iommu_inval_ddt(uint32_t device_id);
struct iommu_command iommu_inval_ddt_all(void);

/* IOTINVAL.VMA and .GVMA: all that is cached for one GSCID. */
struct iommu_command iommu_inval_vma(uint16_t gscid);
struct iommu_command iommu_inval_gvma(uint16_t gscid);

/* IOTINVAL.VMA of what has no second stage; .GVMA of all second stages. */
struct iommu_command iommu_inval_vma_host(void);
struct iommu_command iommu_inval_gvma_all(void);

/* IOFENCE.C: all commands before it are done, and what devices read and wrote is visible
 * everywhere. */
struct iommu_command iommu_fence(void);

#endif
