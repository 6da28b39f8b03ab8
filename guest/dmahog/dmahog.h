/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attacks of the dmahog share: its devices, and the ledger of what it tried and got. First
 * hart.
 */
#ifndef GUEST_DMAHOG_H
#define GUEST_DMAHOG_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/edu.h"
#include "guest/lib/testdev.h"
#include "guest/lib/tree.h"

#define HOG_PAGE         4096U
#define HOG_TESTDEVS_MAX 4U

/* It outlives the guest, in the shared memory, which is zero when the board starts. All lives
 * together. */
struct hog_ledger {
    uint32_t lives;          /* begun */
    uint32_t edu_attempts;   /* of 4 bytes at what is not its own, and MSIs likewise */
    uint32_t testdev_attempts;
    uint32_t late;           /* transfers under way when it rebooted */
    uint32_t foreign;        /* words it read that are none of its business, */
    uint32_t arrived;        /* writes that were not refused although they should, */
    uint32_t wrong;          /* and whatever else should not have happened */
};

extern struct hog_ledger *hog_ledger;
extern struct edu hog_edus[EDU_MAX];
extern uint32_t hog_edu_count;
extern struct testdev hog_testdevs[HOG_TESTDEVS_MAX];
extern uint32_t hog_testdev_count;

/* A verdict line; a bad one enters the ledger. */
void hog_verdict(const char *name, bool good);

/* ---- own.c: what is this guest's ---- */
#define HOG_IMAGE 0x80200000U /* where the image begins: guest/lib/link.ld */

void own_open(void);
bool hog_owns_memory(uint64_t address);  /* its memory and its shared memory */
bool hog_owns(uint64_t address);         /* that, and its harts' interrupt files */
bool hog_may_write(uint64_t address);    /* own memory that nothing uses */

/* ---- attempts.c: words of 4 bytes, so that each is one fault record ---- */

/* Own memory is reached in both directions, by every edu: else nothing that follows means
 * anything. */
bool attempts_control(void);

/* Read the word at each address; what comes is judged. */
void attempts_read(const uint64_t *addresses, uint32_t count);

/* Write the marker at each address; at own ones (which are left alone if used) it must arrive. */
void attempts_write(const uint64_t *addresses, uint32_t count);

/* Start a write of the marker to address in every edu, and do not wait. */
void attempts_leave(uint64_t address);

/* What is written: found nowhere outside this guest's memory. Made at run time, so that the image
 * of the guest does not hold it either. */
uint32_t hog_marker(void);

/* ---- targets.c: the addresses ---- */
uint32_t targets_list(uint64_t *out, uint32_t max);

/* ---- the other attacks ---- */
void attack_messages(void);  /* messages.c: MSIs to whom it may not concern */
void attack_config(void);    /* config.c: the configuration spaces of its functions and of others */
void attack_sweep(void);     /* sweep.c: a write to each page of the board, by the testdevs */
void attack_flood(void);     /* sweep.c: as many fault records at once as there can be */

#endif
