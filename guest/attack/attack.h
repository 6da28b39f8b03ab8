/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attacker: one place for everything that a guest must not get away with. Each idea is one
 * file and one function; the table of them is in attack.c. An idea does its worst, checks that each
 * attempt ends in this guest, with the exception, the error or the refusal that the architecture
 * gives, and says so in one line:
 *   attack: PASS | FAIL name: N tried, N exceptions, N refused[, N wrong]
 * What it may have done outside is seen by the witness beside it, and by the test from outside the
 * board.
 *
 * Words in bootargs: names of ideas (default: all that this machine has the parts for, but "mret");
 * "ms=N" how long races and floods go on each; "seed=N"; and "lives": after all of them, each
 * once more in a life of its own that ends somewhere in the middle (lives.c).
 */
#ifndef GUEST_ATTACK_ATTACK_H
#define GUEST_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/probe.h"
#include "guest/lib/random.h"

#define PAGE 4096U
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

struct tally {
    uint64_t tried;
    uint64_t exceptions;     /* attempts that ended so, */
    uint64_t refused;        /* and those that were told no in another way */
    uint64_t wrong;
};

/* ---- the ideas ------------------------------------------------------------------------------ */

/* Of a hart alone. */
void attack_privileged(struct tally *t);
void attack_mret(struct tally *t);
void attack_wild_sbi(struct tally *t);
void attack_interrupt_storm(struct tally *t);
void attack_odd_accesses(struct tally *t);
void attack_fetch_from_devices(struct tally *t);
void attack_foreign_tables(struct tally *t);
void attack_gstage_corners(struct tally *t);
void attack_sweep(struct tally *t);
void attack_console_flood(struct tally *t);

/* With a second hart. */
void attack_decode_race(struct tally *t);
void attack_hart_games(struct tally *t);
void attack_deaf_harts(struct tally *t);
void attack_doorbell_flood(struct tally *t);

/* With a virtual IOMMU and devices behind it: guest/attack/dma.h. */
void attack_state_page(struct tally *t);
void attack_config_space(struct tally *t);
void attack_queue_outside(struct tally *t);
void attack_msi_forgery(struct tally *t);
void attack_dma_sweep(struct tally *t);
void attack_directory_race(struct tally *t);
void attack_command_flood(struct tally *t);
void attack_fault_flood(struct tally *t);

/* ---- judge.c: attempts and what came of them ------------------------------------------------- */

/* Bits for the causes that are an acceptable end of an attempt; bit 63: no exception at all. */
#define ANY(cause)   (UINT64_C(1) << (cause))
#define NO_EXCEPTION (UINT64_C(1) << 63)

/* What may come of an access to a device of the guest's own that no driver makes. */
#define ODD_LOAD  (NO_EXCEPTION | ANY(CAUSE_LOAD_MISALIGNED) | ANY(CAUSE_LOAD_ACCESS))
#define ODD_STORE (NO_EXCEPTION | ANY(CAUSE_STORE_MISALIGNED) | ANY(CAUSE_STORE_ACCESS))

/* Run op(a, b) and count whether it ended as accepted; the first few that do not are printed. */
void attempt(struct tally *t, const char *what, uint64_t (*op)(uint64_t, uint64_t), uint64_t a,
             uint64_t b, uint64_t accepted);

/* Count a result that was found otherwise. */
void verdict(struct tally *t, const char *what, uint64_t a, uint64_t b, bool right);

/* Likewise, of something that is to be refused. */
void refusal(struct tally *t, const char *what, uint64_t a, uint64_t b, bool refused);

/* ---- own.c ----------------------------------------------------------------------------------- */

void own_open(void);

/* Whether [address, address+size) shares a byte with what the guest's device tree says it has. */
bool is_mine(uint64_t address, uint64_t size);

/* The n-th window of a device that is this guest's: no RAM, and not shared. False: no more. */
enum window_kind {
    WINDOW_EMULATED,         /* each access traps */
    WINDOW_READABLE,         /* each store does: a virtual IOMMU's registers */
    WINDOW_REAL              /* the device's own registers */
};
struct window {
    uint64_t base, size;
    enum window_kind kind;
};
bool own_window(uint32_t n, struct window *out);

/* ---- ways.c: all the ways in which an instruction reads or writes ---------------------------- */

struct way {
    const char *name;
    uint64_t (*op)(uint64_t address, uint64_t value);
    uint32_t width;          /* bytes; 0: a block of the cache */
    bool is_store;           /* what its exception is */
    uint32_t rare;           /* exceptions that it may end in besides: it may not be there */
    bool plain;              /* a load or store of a general register: others no emulation does */
    bool vector;             /* not for registers of real devices: ways.c */
};
extern const struct way ways[];
extern const uint32_t way_count;
void ways_open(void);        /* floating point and vectors on */

/* ---- helper.c: the guest's second hart ------------------------------------------------------- */

bool helper_exists(void);
uint64_t helper_id(void);

/* It does step(arg) again and again, with exceptions ending a step, until helper_stop. False: it
 * does not start. */
bool helper_run(uint64_t (*step)(uint64_t, uint64_t), uint64_t arg);
void helper_tell(void);      /* it is to stop, */
bool helper_stop(void);      /* and has. False: it does not stop */
bool helper_is_at_it(void);  /* it has done a step, perhaps only now. False: it does not */

/* ---- attack.c -------------------------------------------------------------------------------- */

extern struct random chance; /* of the first hart */

/* How long a race or a flood goes on: as long as bootargs say, and, where the machine is slow, until
 * there were some rounds at least. */
struct race { uint64_t begin; uint32_t rounds; }; /* {0} at first */
bool race_goes_on(struct race *race);

/* ---- lives.c --------------------------------------------------------------------------------- */

struct idea {
    const char *name;
    void (*run)(struct tally *t);
    uint32_t needs;          /* what it is not made without: NEEDS_ */
    bool unasked;            /* made when bootargs name none */
};
enum { NEEDS_HELPER = 1, NEEDS_IOMMU = 2, NEEDS_NO_IOMMU = 4 };

bool lives_open(void);       /* whether this life is the first, in which nothing is cut short */
void lives_record(uint32_t n, uint64_t tried); /* in the first life, of the n-th of its ideas */
void lives_attempt(void);    /* each attempt; does not return from the last one of a life */

/* The rest of this life, after all ideas in the first one. Returns when all lives are over, or if
 * there is to be but one. */
void lives_go_on(const struct idea *const *ideas, uint32_t count);

/* ---- fresh.c: this life has just begun, and nothing of the last one is there ----------------- */
void fresh(struct tally *t);

#endif
