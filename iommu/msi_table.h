/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flat MSI page tables: where the MSIs of a guest's devices go. Entry n is for the guest's
 * interrupt file n; it leads to a physical guest interrupt file (basic mode, M = 3), or to a
 * memory-resident interrupt file (MRIF mode, M = 1). Entries without a file behind them are
 * invalid: such an MSI is refused, cause 262.
 *
 * RISC-V IOMMU 1.0.1, "MSI address translation"; AIA 1.0, chapter 8 (IOMMU support for MSIs).
 */
#ifndef IOMMU_MSI_TABLE_H
#define IOMMU_MSI_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/pages.h"

struct iommu_msi_table {
    pa_t base;
    uint64_t mask, pattern;      /* guest page numbers: a page A is an MSI page if (A & ~mask) ==
                                  * pattern */
    uint32_t entries;            /* a power of two */
};

/* Entries of a table for this many files: a power of two. */
uint32_t iommu_msi_table_entries(uint32_t files);

/* Pages that a table for this many files takes. */
uint64_t iommu_msi_table_pages(uint32_t files);

/* Boot: an empty table for files interrupt files, one page each from first on. first is aligned
 * to files pages, rounded up to a power of two. */
bool iommu_msi_table_make(struct iommu_msi_table *table, gpa_t first, uint32_t files,
                          struct pages *pages);

/* Entry n leads to the interrupt file whose page is at file. The caller flushes (iommu/flush.h). */
void iommu_msi_table_set(const struct iommu_msi_table *table, uint32_t n, pa_t file);

/* Where the MSIs of an entry are left in memory, and who is told then. */
struct iommu_mrif {
    pa_t file;                   /* 512 bytes, aligned to that */
    pa_t notice;                 /* page of the interrupt file that gets the notice, */
    uint32_t notice_id;          /* 1..2047, as this identity */
};

/* Entry n leads to this memory-resident interrupt file. An IOMMU that has MSI_MRIF; its walks are
 * coherent. If the entry led to another one with the same notice, that one is not written any more
 * after iommu_msi_moved at every IOMMU that has the table. */
void iommu_msi_table_set_mrif(const struct iommu_msi_table *table, uint32_t n,
                              const struct iommu_mrif *mrif);

#endif
