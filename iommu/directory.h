/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device directory: one to three levels of pages from a device id to its context. RISC-V IOMMU
 * 1.0.1, 2.1: with contexts of 32 bytes (base format) an id is split 8 / 9 / 7, with 64 bytes
 * (extended format) 9 / 9 / 6.
 */
#ifndef IOMMU_DIRECTORY_H
#define IOMMU_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/pages.h"

#define IOMMU_MAX_LEVELS 3U

struct iommu_directory {
    pa_t root;               /* one page */
    uint32_t levels;         /* 1 .. IOMMU_MAX_LEVELS */
    uint32_t dc_words;       /* IOMMU_DC_WORDS_BASE or _EXTENDED */
    uint32_t cache_block;    /* iommu/flush.h */
};

/* The fewest levels that reach this id; 0: no number of levels does. Pure. */
uint32_t iommu_directory_levels(uint32_t dc_words, uint32_t device_id);

/* How far into its table the entry is that leads to the context of this id: level 0 is the leaf,
 * whose entries are the contexts. In bytes, below a page. Pure. */
uint64_t iommu_directory_offset(uint32_t dc_words, uint32_t level, uint32_t device_id);

/* Make room for the context of this id, which has V = 0 when it is new. Takes levels - 1 pages
 * at most. False when there are none left, or when the levels do not reach the id. Boot. */
bool iommu_directory_make(const struct iommu_directory *directory, uint32_t device_id,
                          struct pages *pages);

/* Where the context of this id is; 0: nowhere. */
pa_t iommu_directory_find(const struct iommu_directory *directory, uint32_t device_id);

#endif
