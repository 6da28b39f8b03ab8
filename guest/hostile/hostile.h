/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hostile guest: it does everything that a guest must not be able to do, and checks that each
 * attempt ends in the guest itself, with the exception or error that the architecture would give.
 * Nothing of it may show outside; a test watches another guest meanwhile.
 *
 * Each attack is one file and one function. With words in bootargs only those attacks run.
 */
#ifndef GUEST_HOSTILE_HOSTILE_H
#define GUEST_HOSTILE_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/probe.h"

struct tally {
    uint64_t tried;
    uint64_t wrong;
};

void attack_sweep(struct tally *t);      /* every address that is not its own */
void attack_paging(struct tally *t);     /* the same through its own page tables */
void attack_privileged(struct tally *t); /* CSRs and instructions of HS- and M-mode */
void attack_returns(struct tally *t);    /* mret and the like; only when asked for */
void attack_sbi(struct tally *t);        /* calls with wild arguments */
void attack_devices(struct tally *t);    /* odd accesses to what it does own */
void attack_interrupts(struct tally *t); /* wild identities, storms */

/* Bits for the causes that are an acceptable end of an attempt; bit 63: no exception at all. */
#define ANY(cause)   (UINT64_C(1) << (cause))
#define NO_EXCEPTION (UINT64_C(1) << 63)

/* Run op(a, b) and count whether it ended as accepted; the first few that do not are printed. */
void attempt(struct tally *t, const char *what, uint64_t (*op)(uint64_t, uint64_t), uint64_t a,
             uint64_t b, uint64_t accepted);

/* Count a result that was found otherwise. */
void verdict(struct tally *t, const char *what, uint64_t a, uint64_t b, bool right);

/* Whether [address, address+size) shares a byte with what the guest's device tree says it has. */
bool is_mine(uint64_t address, uint64_t size);

#endif
