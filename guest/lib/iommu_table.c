/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/iommu_table.h"

#include <stddef.h>

#include "guest/lib/csr.h"

#define INDEX_BITS  9U
#define INDEX_MASK  UINT64_C(0x1ff)
#define NAPOT_PAGES 16U             /* of the one size that Svnapot has */
#define NAPOT_PPN   UINT64_C(8)     /* how that size is told in the PPN's low bits */
#define NO_LEVEL    UINT32_MAX

static uint32_t levels(const struct iommu_table *table)
{
    return table->mode - (uint32_t)FSC_SV39 + 3U;
}

static uint32_t level_of(uint64_t size)
{
    switch (size) {
    case IOMMU_4K:
    case IOMMU_64K: return 0;
    case IOMMU_2M:  return 1;
    case IOMMU_1G:  return 2;
    default:        return NO_LEVEL;
    }
}

bool iommu_table_open(uint32_t mode, struct iommu_pages *pages, struct iommu_table *out)
{
    *out = (struct iommu_table){ .mode = mode, .pages = pages, .root = iommu_page(pages) };
    return out->root != NULL;
}

uint64_t iommu_table_fsc(const struct iommu_table *table)
{
    return (uint64_t)table->mode << FSC_MODE_SHIFT | (uint64_t)table->root >> PAGE_SHIFT;
}

uint64_t *iommu_table_entry(const struct iommu_table *table, uint64_t iova, uint32_t level)
{
    uint64_t *at = table->root;

    for (uint32_t i = levels(table) - 1U;; i--) {
        uint64_t *entry = &at[iova >> (PAGE_SHIFT + i * INDEX_BITS) & INDEX_MASK];

        if (i == level) {
            return entry;
        }
        if ((*entry & (PTE_R | PTE_W | PTE_X)) != 0U) {
            return NULL;
        }
        if ((*entry & PTE_V) == 0U) {
            uint64_t *page = iommu_page(table->pages);

            if (page == NULL) {
                return NULL;
            }
            fence();
            *(volatile uint64_t *)entry = (uint64_t)page >> PAGE_SHIFT << PPN_SHIFT | PTE_V;
        }
        at = (uint64_t *)((*entry & PPN_MASK) >> PPN_SHIFT << PAGE_SHIFT);
    }
}

static bool put(const struct iommu_table *table, uint64_t iova, uint64_t size, uint64_t pte)
{
    uint32_t level = level_of(size), count = size == IOMMU_64K ? NAPOT_PAGES : 1U;
    uint64_t *entry = level >= levels(table) ? NULL : iommu_table_entry(table, iova, level);

    if (entry == NULL) {
        return false;
    }
    fence();
    for (uint32_t i = 0; i < count; i++) {
        *(volatile uint64_t *)&entry[i] = pte;
    }
    fence();
    return true;
}

bool iommu_map(const struct iommu_table *table, uint64_t iova, uint64_t address, uint64_t size,
               uint64_t flags)
{
    uint64_t ppn = address >> PAGE_SHIFT;

    if (size == IOMMU_64K) {
        ppn |= NAPOT_PPN;
        flags |= PTE_N;
    }
    return put(table, iova, size, ppn << PPN_SHIFT | flags);
}

bool iommu_unmap(const struct iommu_table *table, uint64_t iova, uint64_t size)
{
    return put(table, iova, size, 0);
}
