/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/msi_table.h"

#include "iommu/flush.h"
#include "iommu/memory.h"
#include "iommu/regs.h"

static uint32_t entries_for(uint32_t files)
{
    uint32_t entries = 1U;

    for (uint32_t bit = 0; bit < 31U && entries < files; bit++) {
        entries <<= 1;
    }
    return entries;
}

static uint64_t table_pages(uint32_t files)
{
    const uint64_t size = (uint64_t)entries_for(files) * IOMMU_MSI_PTE_BYTES;

    return align_up(size, PAGE_SIZE) / PAGE_SIZE;
}

/* It is aligned to its size (AIA 1.0, 8.5), so the gap before it may be all but a page of that. */
uint64_t iommu_msi_table_pages(uint32_t files)
{
    return 2U * table_pages(files) - 1U;
}

bool iommu_msi_table_make(struct iommu_msi_table *table, gpa_t first, uint32_t files,
                          struct pages *pages)
{
    const uint32_t entries = entries_for(files);
    const uint64_t count = table_pages(files);

    if (files == 0U || entries < files || !is_aligned(first.v, entries * PAGE_SIZE)) {
        return false;
    }
    *table = (struct iommu_msi_table){
        .mask = entries - 1U,
        .pattern = first.v >> PAGE_SHIFT,
        .entries = entries,
    };
    return pages_take(pages, count, count * PAGE_SIZE, &table->base);
}

void iommu_msi_table_set(const struct iommu_msi_table *table, uint32_t n, pa_t file,
                         uint32_t cache_block)
{
    if (n >= table->entries) {
        return;
    }
    const pa_t entry = pa_add(table->base, (uint64_t)n * IOMMU_MSI_PTE_BYTES);

    /* The second doubleword is ignored in this mode, so the entry is one store. */
    iommu_store64(entry, IOMMU_PPN_53_10(file.v) | IOMMU_MSI_PTE_BASIC | IOMMU_MSI_PTE_V);
    iommu_flush(entry, IOMMU_MSI_PTE_BYTES, cache_block);
}
