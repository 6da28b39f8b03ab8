/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IOMMU as its specification has it (RISC-V IOMMU 1.0.1), that a test can make stubborn:
 * registers with their WARL and W1C fields, a command queue and a fault queue in the arena of
 * fake_phys, a walk through the device directory, and caches that forget nothing until they are
 * told to.
 *
 * It ends the test program when software does what the specification leaves undefined (a register
 * written while busy, fctl while on, from one number of levels to another, ...), when the mode Bare
 * is asked for, when the command queue is filled beyond its last entry but one, and, at each
 * fence, when
 *   - a watched context changed and it still has the old one, or translations of its GSCID, in a
 *     cache;
 *   - a watched context is misconfigured, or changed so that a mixture of old and new words, which
 *     the hardware may read, is misconfigured, pairs an MSI table with a G-stage that it is not of,
 *     or a first stage with one that it is not of: unless that is the empty one, with the GSCID
 *     FAKE_IOMMU_DENY_GSCID;
 *   - a watched context that was valid is not any more.
 * After each fence every watched device does DMA, so the caches are as full as they can be.
 *
 * When cache_block is not 0 the IOMMU sees memory only as of the last flush, and the hart what the
 * IOMMU wrote only after one.
 */
#ifndef TESTS_UNIT_FAKE_IOMMU_H
#define TESTS_UNIT_FAKE_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

#define FAKE_IOMMU_REGS    UINT64_C(0x3010000)
/* of the arena, from its start: what it can reach */
#define FAKE_IOMMU_MEMORY  (UINT64_C(2) << 20)
#define FAKE_IOMMU_WATCHED 16U
#define FAKE_IOMMU_LOG     2048U
#define FAKE_FOREVER       UINT32_MAX
#define FAKE_IOMMU_DENY_GSCID 0U

/* As QEMU 11's: 1.0, all modes, MSI_FLAT and MSI_MRIF, IGS both, ATS, HPM, PAS 56. */
#define FAKE_IOMMU_CAPABILITIES UINT64_C(0x78e2cf4f10)

enum fake_iommu_event_kind { FAKE_WRITE, FAKE_COMMAND };

struct fake_iommu_event {
    enum fake_iommu_event_kind kind;
    uint32_t offset;             /* FAKE_WRITE */
    uint64_t value[2];           /* written; or the command */
};

struct fake_iommu {
    /* What it is like; fake_iommu_reset sets defaults. */
    uint64_t capabilities;
    uint32_t fctl, fctl_writable;
    uint32_t modes;              /* bit n: ddtp keeps mode n */
    uint32_t other_mode;         /* what a mode that it does not keep reads back as */
    uint32_t log2_most;          /* of the entries of a queue */
    uint32_t busy_reads;         /* how often a busy bit reads 1 */
    uint32_t cache_block;
    bool cip_clears_fip;         /* QEMU 10 */

    /* Faults of its own. */
    uint32_t ddtp_busy, cq_stays, fq_stays; /* reads for which: busy; cqon, fqon do not follow
                                             * the enable bit */
    uint32_t fail_bits;          /* error bits of cqcsr, */
    uint32_t fail_skip;          /* set at the command after that many, */
    uint32_t fail_times;         /* so often */
    bool deaf;                   /* takes no commands */
    bool off_refused;            /* keeps its mode */

    /* What it has seen and done. */
    struct fake_iommu_event log[FAKE_IOMMU_LOG];
    uint32_t events;
    uint32_t fences;
    uint32_t msis;
    uint64_t msi_address;
    uint32_t msi_data;
    uint32_t flushes;
    void (*on_flush)(void);      /* after each flush */
    void (*on_fqh)(void);        /* after each write of fqh */
};

extern struct fake_iommu fake_iommu;

/* Out of reset, with the arena full of garbage, and a clock that ticks once for each look
 * (fake_uart). */
void fake_iommu_reset(void);

uint32_t fake_iommu_reg32(uint32_t offset);
uint64_t fake_iommu_reg64(uint32_t offset);
void fake_iommu_set32(uint32_t offset, uint32_t value);
void fake_iommu_set64(uint32_t offset, uint64_t value);

/* The context that it finds in memory for this id, as its ddtp and its capabilities say; false:
 * none valid. words of a base format context beyond the fourth are 0. */
bool fake_iommu_walk(uint32_t device_id, uint64_t dc[8]);

void fake_iommu_watch(uint32_t device_id);

/* It reports a fault, if it can. */
void fake_iommu_fault(uint32_t device_id, uint16_t cause, uint8_t ttyp, uint64_t iotval,
                      uint64_t iotval2);

/* The index in the log of the first such event from index from on; events when there is none. */
uint32_t fake_iommu_find_write(uint32_t from, uint32_t offset);
uint32_t fake_iommu_find_command(uint32_t from, uint64_t word);

#endif
