/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing things that may fault, and going on: an exception inside a probe ends the probe and is
 * recorded, instead of ending the guest. Any hart, one probe at a time on each.
 */
#ifndef GUEST_LIB_PROBE_H
#define GUEST_LIB_PROBE_H

#include <stdint.h>

#include "guest/lib/hart.h"

/* Exception codes of scause: privileged architecture, "Supervisor Cause Register". */
enum {
    CAUSE_FETCH_MISALIGNED = 0,
    CAUSE_FETCH_ACCESS = 1,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_MISALIGNED = 4,
    CAUSE_LOAD_ACCESS = 5,
    CAUSE_STORE_MISALIGNED = 6,
    CAUSE_STORE_ACCESS = 7
};

/* Run op(a, b); the fault, if any, is in *fault. Returns what op returned, anything after a fault. */
uint64_t probe(uint64_t (*op)(uint64_t, uint64_t), uint64_t a, uint64_t b, struct fault *fault);

/* Operations for it. Loads return the value. width: 1, 2, 4 or 8 bytes. */
uint64_t probe_load(uint64_t address, uint64_t width);
uint64_t probe_store1(uint64_t address, uint64_t value);
uint64_t probe_store2(uint64_t address, uint64_t value);
uint64_t probe_store4(uint64_t address, uint64_t value);
uint64_t probe_store8(uint64_t address, uint64_t value);
uint64_t probe_amo4(uint64_t address, uint64_t value);  /* amoadd.w */
uint64_t probe_lr4(uint64_t address, uint64_t unused);  /* lr.w */
uint64_t probe_fetch(uint64_t address, uint64_t unused); /* a call to address */

#endif
