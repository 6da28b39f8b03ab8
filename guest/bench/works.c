/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "guest/bench/iommu.h"

#define LENGTH 64U

static uint8_t source[IOMMU_PAGE] __attribute__((aligned(IOMMU_PAGE)));
static uint8_t target[IOMMU_PAGE] __attribute__((aligned(IOMMU_PAGE)));

static bool arrives(struct edu *edu, uint64_t iova)
{
    memset(target, 0, LENGTH);
    return edu_transfer(edu, EDU_TO_MEMORY, iova, 0, LENGTH)
           && memcmp(target, source, LENGTH) == 0;
}

/* Nothing has changed there, and the first record says that a page was missing. */
static bool refused(struct mapping *mapping, struct edu *edu, uint64_t iova)
{
    struct iommu_fault fault;

    return !arrives(edu, iova) && target[0] == 0U && iommu_fault_take(mapping->iommu, &fault)
           && fault.cause == CAUSE_WRITE_PAGE
           && fault.iotval / IOMMU_PAGE == iova / IOMMU_PAGE;
}

bool mapping_works(struct mapping *mapping, struct edu *edu)
{
    uint64_t from, to;

    for (uint32_t i = 0; i < LENGTH; i++) {
        source[i] = (uint8_t)(i + 1U);
    }
    return mapping_map(mapping, (uint64_t)source, 1, &from)
           && mapping_map(mapping, (uint64_t)target, 1, &to)
           && edu_transfer(edu, EDU_FROM_MEMORY, from, 0, LENGTH) && arrives(edu, to)
           && mapping_unmap(mapping, to, 1) && refused(mapping, edu, to)
           && mapping_unmap(mapping, from, 1);
}
