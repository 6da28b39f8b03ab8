/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the fake IOMMU: what its files share. fake_iommu.c is what it is and remembers
 * (memory, directory, caches), fake_iommu_commands.c what it is told, fake_iommu_context.c what a
 * context may be, fake_iommu_regs.c what the hart meets (registers, faults, interrupts). */
#ifndef TESTS_UNIT_FAKE_IOMMU_INSIDE_H
#define TESTS_UNIT_FAKE_IOMMU_INSIDE_H

#include "iommu/regs.h"
#include "tests/unit/fake_iommu.h"

#define REG_BYTES  1024U
#define GSCIDS     65536U
#define CQ_ERRORS  (IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_CMD_ILL)
#define CQ_W1C     (CQ_ERRORS | IOMMU_CQCSR_FENCE_W_IP)
#define FQ_W1C     (IOMMU_FQCSR_FQMF | IOMMU_FQCSR_FQOF)
#define BARE       1U

struct fake_watched {
    uint32_t id;
    bool valid, cached;
    uint64_t committed[8];       /* its context as of the last fence */
    uint64_t cache[8];
};

struct fake_iommu_inside {
    uint32_t reg[REG_BYTES / 4U];
    uint32_t busy;               /* reads of any busy bit that still see it */
    uint8_t seen[FAKE_IOMMU_MEMORY];   /* memory as the IOMMU sees it, not coherent */
    uint8_t clean[FAKE_IOMMU_MEMORY];  /* as of the last flush: what differs in the arena is
                                        * dirty */
    struct fake_watched watched[FAKE_IOMMU_WATCHED];
    uint32_t watched_count;
    bool vma[GSCIDS], gvma[GSCIDS];  /* whose translations it remembers */
    bool msi_pending;            /* masked when it was to be sent */
};

extern struct fake_iommu_inside fake_inside;

/* Ends the test program. */
void fake_iommu_wrong(const char *what, uint64_t value);

/* It writes memory. */
void fake_iommu_put64(uint64_t address, uint64_t value);

void fake_iommu_log_event(enum fake_iommu_event_kind kind, uint32_t offset, uint64_t a, uint64_t b);

uint32_t fake_iommu_mode(void);

/* Of the queue with this base register: its entries less one. */
uint32_t fake_iommu_queue_mask(uint32_t base);

uint64_t fake_iommu_seen64(uint64_t address);

bool fake_iommu_extended(void);

/* All that is promised when a fence is done. */
void fake_iommu_fence_done(void);

bool fake_iommu_misconfigured(const uint64_t dc[8]);
void fake_iommu_check_mixtures(const uint64_t old[8], const uint64_t now[8]);

/* Does the next command, if there is one and the queue is on. */
void fake_iommu_one_command(void);

#endif
