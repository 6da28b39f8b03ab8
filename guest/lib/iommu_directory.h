/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device directories of one to three levels, with contexts of either format, and process
 * directories of one. First hart. What is changed here, an IOMMU sees for certain after it was told
 * to forget what it had (iommu_queue.h).
 *
 * RISC-V IOMMU 1.0.1, 2.1 and 2.2.
 */
#ifndef GUEST_LIB_IOMMU_DIRECTORY_H
#define GUEST_LIB_IOMMU_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu.h"

#define IOMMU_DEVICE_ID_BITS 24U

struct iommu_directory {
    uint32_t levels;           /* 1..3 */
    bool extended;             /* contexts of 64 bytes, as capabilities.MSI_FLAT says */
    uint64_t *root;
    struct iommu_pages *pages;
};

bool iommu_directory_open(const struct iommu *iommu, uint32_t levels, struct iommu_pages *pages,
                          struct iommu_directory *out);

/* The value of ddtp.iommu_mode for it. */
uint32_t iommu_directory_mode(const struct iommu_directory *directory);

/* Has a directory of so many levels room for this id? */
bool iommu_directory_holds(const struct iommu_directory *directory, uint32_t device_id);

/* The words of an id's context (DC_...), and the entry that leads to the level above it, level
 * counting from 1, the one above contexts. Tables on the way are made. NULL: no room for the
 * id, no such level, or no pages. */
uint64_t *iommu_context(const struct iommu_directory *directory, uint32_t device_id);
uint64_t *iommu_directory_entry(const struct iommu_directory *directory, uint32_t device_id,
                                uint32_t level);

/* Write a context: not valid, then all words, then valid as tc says. */
void iommu_context_set(uint64_t *context, uint64_t tc, uint32_t pscid, uint64_t fsc);

/* A process directory for process ids below 256 (PD8): the root is a page. */
void iommu_process_set(uint64_t *root, uint32_t process_id, uint64_t ta, uint64_t fsc);

#endif
