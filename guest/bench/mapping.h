/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DMA mapping for a device's driver, made as operating systems make it, so that what is counted of it
 * is what one of them would spend: I/O addresses come from a bitmap and go back to it, all under a
 * lock with interrupts off; tables are walked level by level and each entry is checked before it is
 * changed; commands go to a queue that may be full, and what waits for them looks for errors and at
 * the time. Nothing is done for the sake of the figures, in either direction.
 *
 * The same code on the physical IOMMU and on a guest's virtual one. Sv39, leaves of 4 KiB. Any hart,
 * one at a time in each mapping.
 *
 * RISC-V IOMMU 1.0.1, 3.1 and 6.
 */
#ifndef GUEST_BENCH_MAPPING_H
#define GUEST_BENCH_MAPPING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/iommu_table.h"

#define MAPPING_PAGES    512U   /* of I/O addresses: those of one last-level table */
#define MAPPING_RUN_MAX  64U    /* pages that are mapped at once */
#define MAPPING_LATER    64U    /* runs that wait to be forgotten all at once */

struct mapping_run { uint32_t first, count; }; /* pages of I/O addresses */

struct mapping {
    struct iommu *iommu;
    struct iommu_table table;
    uint32_t pscid;
    uint64_t patience;          /* ticks that commands may take */

    atomic_flag lock;           /* of all below and of the table */
    uint64_t used[MAPPING_PAGES / 64U];
    uint32_t next;              /* where the search for free pages goes on */
    struct mapping_run later[MAPPING_LATER];
    uint32_t later_count;

    atomic_flag queue_lock;     /* of the queue */
    uint32_t head;              /* of the queue, when it was last looked at */
};

/* The queue of *iommu is new and empty; nothing else writes to it from now on. */
bool mapping_open(struct mapping *mapping, struct iommu *iommu, struct iommu_pages *pages,
                  uint32_t pscid);

/* Let a device read and write count pages (a power of two, up to MAPPING_RUN_MAX) at address; it may
 * be told of *iova at once. False: no room. */
bool mapping_map(struct mapping *mapping, uint64_t address, uint32_t count, uint64_t *iova);

/* Strict: no device reaches them any more when this returns. One doorbell. False: they were not
 * mapped, or the IOMMU does not do what it is told. */
bool mapping_unmap(struct mapping *mapping, uint64_t iova, uint32_t count);

/* Deferred: the pages are not mapped any more, but may be cached until the next mapping_flush, and
 * until then their addresses are not given again. False: too many wait. */
bool mapping_unmap_later(struct mapping *mapping, uint64_t iova, uint32_t count);
bool mapping_flush(struct mapping *mapping);

#endif
