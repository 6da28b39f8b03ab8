/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attacks of the viommuhog share. The guest must not hit itself: all that its IOMMU and
 * its devices are told to write to is in the playground, or not its own.
 */
#ifndef GUEST_VIOMMUHOG_H
#define GUEST_VIOMMUHOG_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/edu.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/random.h"
#include "guest/lib/testdev.h"
#include "guest/lib/tree.h"

#define HOG_WORD 4U

/* What it did, in all. Each number has one writer. */
struct hog_ledger {
    uint32_t stores, exceptions; /* to registers; of those that faulted */
    uint32_t commands;           /* given to the queue */
    uint32_t writes, landed;     /* by the testdev; of those that were not refused */
    uint32_t transfers;          /* begun by the edu */
    uint32_t meddled;            /* words changed by the second hart */
    uint32_t calms, wrong;
};

extern struct hog_ledger hog;
extern struct iommu hog_iommu;
extern struct testdev hog_testdev;
extern struct edu hog_edu;
extern uint32_t hog_testdev_id, hog_edu_id;

/* What it says once, and counts. */
void hog_wrong(const char *what);

/* ---- values.c ------------------------------------------------------------------------------- */

/* From the end of the image, at a multiple of 2 MiB, to the end of the guest's memory. */
#define PLAY_QUEUE_LOG2 15U            /* entries of the largest queue */
#define PLAY_PAGES      16U            /* of directories, and of tables */
#define PLAY_TARGETS    64U            /* pages */
struct playground {
    struct tree_range memory;          /* all of the guest's */
    uint64_t start, end;
    uint64_t commands, records;        /* of the largest size, aligned to it */
    uint64_t directories, tables, targets;
};
extern struct playground play;
bool play_open(void);                  /* false: too little memory */

uint64_t wild_address(struct random *r);  /* physical: to write to, or to tell others to */
uint64_t wild_iova(struct random *r);     /* for the devices, also where they are not translated */
uint64_t wild_base(struct random *r);     /* PPN and low bits, as in ddtp and queue bases */
uint64_t wild_pte(struct random *r);
uint64_t wild_entry(struct random *r);    /* of a directory, or the first word of a context */
uint64_t wild_fsc(struct random *r);
struct iommu_command wild_command(struct random *r);
struct iommu_command wild_forget(struct random *r); /* invalidations and fences that are in order */

/* ---- attacks.c: one of them, at random ---- */
void attack(struct random *r);

/* ---- meddler.c: the second hart changes structures that the IOMMU reads ---- */
bool meddler_start(uint32_t seed);
void meddler_run(bool on);             /* off: it has stopped when this returns */

/* ---- calm.c: after all that, the IOMMU and the devices work as they should ---- */
void calm(void);

/* ---- flush.c: invalidations without end, all of them in order (guest/lib/phase.h) ---- */
__attribute__((noreturn)) void flush_in_odd_phases(void);

#endif
