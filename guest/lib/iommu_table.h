/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First-stage page tables for devices: Sv39, Sv48, Sv57, with leaves of 4 KiB, 64 KiB (Svnapot),
 * 2 MiB, 1 GiB and up. First hart. A leaf that was not valid is seen at once; any other change, for
 * certain, after the IOMMU was told to forget (iommu_queue.h).
 *
 * Privileged architecture, "Sv39" and "Svnapot"; RISC-V IOMMU 1.0.1, 2.1.3 (iosatp).
 */
#ifndef GUEST_LIB_IOMMU_TABLE_H
#define GUEST_LIB_IOMMU_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu.h"

#define IOMMU_4K  UINT64_C(0x1000)
#define IOMMU_64K UINT64_C(0x10000)
#define IOMMU_2M  UINT64_C(0x200000)
#define IOMMU_1G  UINT64_C(0x40000000)

/* A leaf that a device may read and write: it acts as a user, and nothing sets A and D for it. */
#define IOMMU_READ_WRITE (PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D)
#define IOMMU_READ_ONLY  (PTE_V | PTE_R | PTE_U | PTE_A)

struct iommu_table {
    uint32_t mode;             /* FSC_SV39, FSC_SV48, FSC_SV57 */
    uint64_t *root;
    struct iommu_pages *pages;
};

bool iommu_table_open(uint32_t mode, struct iommu_pages *pages, struct iommu_table *out);

/* What a context says of it. */
uint64_t iommu_table_fsc(const struct iommu_table *table);

/* One leaf of size, whose PTE has these flags. iova and address are aligned to size; what was there
 * before is replaced. False: no such size, no pages, or a leaf of a greater size is in the way. */
bool iommu_map(const struct iommu_table *table, uint64_t iova, uint64_t address, uint64_t size,
               uint64_t flags);
bool iommu_unmap(const struct iommu_table *table, uint64_t iova, uint64_t size);

/* The entry at that level (0: of 4 KiB) on the way to iova; tables above it are made. NULL as for
 * iommu_map. */
uint64_t *iommu_table_entry(const struct iommu_table *table, uint64_t iova, uint32_t level);

#endif
