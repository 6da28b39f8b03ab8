/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory is taken. Apart from what takes it, because the host tool makes plans and has
 * no IOMMU. */
#include "iommu/iommu.h"
#include "iommu/msi_table.h"
#include "iommu/queue.h"
#include "iommu/regs.h"

uint64_t iommu_pages_bound(uint32_t fault_entries, uint32_t claims)
{
    const uint64_t commands = (uint64_t)IOMMU_COMMAND_ENTRIES * IOMMU_COMMAND_BYTES / PAGE_SIZE;
    const uint64_t faults =
        align_up((uint64_t)fault_entries * IOMMU_FAULT_BYTES, PAGE_SIZE) / PAGE_SIZE;

    /* The root; the queues, with the gap that the alignment of the fault queue may cost; the
     * levels below. */
    return 1U + commands + 2U * faults - 1U + (uint64_t)(IOMMU_MAX_LEVELS - 1U) * claims;
}

uint32_t iommu_msi_table_entries(uint32_t files)
{
    uint32_t entries = 1U;

    for (uint32_t bit = 0; bit < 31U && entries < files; bit++) {
        entries <<= 1;
    }
    return entries;
}

/* It is aligned to its size (AIA 1.0, 8.5), so the gap before it may be all but a page of that. */
uint64_t iommu_msi_table_pages(uint32_t files)
{
    const uint64_t size = (uint64_t)iommu_msi_table_entries(files) * IOMMU_MSI_PTE_BYTES;

    return 2U * (align_up(size, PAGE_SIZE) / PAGE_SIZE) - 1U;
}
