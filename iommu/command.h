/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands as words: RISC-V IOMMU 1.0.1, 3.1. Pure.
 *
 * Fences carry no address (AV = 0): that they are done is seen by cqh, and the IOMMU writes
 * nowhere. Every invalidation of translations for a guest names its GSCID (invariant I5).
 */
#ifndef IOMMU_COMMAND_H
#define IOMMU_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/regs.h"

struct iommu_command {
    uint64_t word[2];
};

/* What commands are made of: the second doubleword is 0, the GSCID in the first. */
static inline struct iommu_command iommu_command_of(uint64_t word)
{
    return (struct iommu_command){ { word, 0U } };
}

static inline uint64_t iommu_command_gscid(uint16_t gscid)
{
    return IOMMU_IOTINVAL_GV | (uint64_t)gscid << IOMMU_IOTINVAL_GSCID_SHIFT;
}

/* IODIR.INVAL_DDT: of one device, or of all and of the whole directory. */
struct iommu_command iommu_inval_ddt(uint32_t device_id);
struct iommu_command iommu_inval_ddt_all(void);

/* IOTINVAL.VMA and .GVMA: all that is cached for one GSCID. */
static inline struct iommu_command iommu_inval_vma(uint16_t gscid)
{
    return iommu_command_of(IOMMU_IOTINVAL_VMA | iommu_command_gscid(gscid));
}
struct iommu_command iommu_inval_gvma(uint16_t gscid);

/* Which first-stage translations: all, or less. 3.1.1; NL and S: "Non-leaf PTE invalidation" and
 * "Address range invalidation". */
struct iommu_addresses {
    bool by_pscid;               /* PSCV: of this PSCID alone, */
    uint32_t pscid;
    bool by_address;             /* AV: and of this address alone, */
    uint64_t address;            /* a multiple of the page size; low bits as S reads them */
    bool range;                  /* S: it stands for a range, */
    bool non_leaf;               /* NL: and non-leaf entries go as well */
};
/* AV = 0 goes without S, NL and ADDR. */
static inline struct iommu_command iommu_inval_vma_of(uint16_t gscid,
                                                     const struct iommu_addresses *what)
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

/* IODIR.INVAL_PDT: the context of one process of one device. */
struct iommu_command iommu_inval_pdt(uint32_t device_id, uint32_t process_id);

/* IOTINVAL.VMA of what has no second stage; .GVMA of all second stages. */
struct iommu_command iommu_inval_vma_host(void);
struct iommu_command iommu_inval_gvma_all(void);

/* IOFENCE.C: all commands before it are done, and what devices read and wrote is visible
 * everywhere. */
static inline struct iommu_command iommu_fence(void)
{
    return iommu_command_of(IOMMU_IOFENCE_C | IOMMU_IOFENCE_PR | IOMMU_IOFENCE_PW);
}

#endif
