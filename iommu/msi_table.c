/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/msi_table.h"

#include "iommu/memory.h"
#include "iommu/regs.h"

bool iommu_msi_table_make(struct iommu_msi_table *table, gpa_t first, uint32_t files,
                          struct pages *pages)
{
    const uint32_t entries = iommu_msi_table_entries(files);
    const uint64_t count =
        align_up((uint64_t)entries * IOMMU_MSI_PTE_BYTES, PAGE_SIZE) / PAGE_SIZE;

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

void iommu_msi_table_set(const struct iommu_msi_table *table, uint32_t n, pa_t file)
{
    if (n >= table->entries) {
        return;
    }
    const pa_t entry = pa_add(table->base, (uint64_t)n * IOMMU_MSI_PTE_BYTES);

    /* The second doubleword is ignored in this mode, so the entry is one store. */
    iommu_store64(entry, IOMMU_PPN_53_10(file.v) | IOMMU_MSI_PTE_BASIC | IOMMU_MSI_PTE_V);
}

void iommu_msi_table_set_mrif(const struct iommu_msi_table *table, uint32_t n,
                              const struct iommu_mrif *mrif)
{
    if (n >= table->entries) {
        return;
    }
    const pa_t entry = pa_add(table->base, (uint64_t)n * IOMMU_MSI_PTE_BYTES);

    /* The notice first: of a valid entry it stays the same. */
    iommu_store64(pa_add(entry, IOMMU_MSI_PTE_NOTICE_WORD),
                  IOMMU_PPN_53_10(mrif->notice.v) | IOMMU_MSI_PTE_NID(mrif->notice_id));
    iommu_store64(entry, IOMMU_MSI_PTE_MRIF_ADDRESS(mrif->file.v) | IOMMU_MSI_PTE_MRIF |
                         IOMMU_MSI_PTE_V);
}
