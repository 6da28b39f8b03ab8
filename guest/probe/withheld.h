/* SPDX-License-Identifier: Apache-2.0 */
/* What the hart has and the guest has not. Each function tries it and returns the exception's cause,
 * 0 for none. First hart, no address translation. */
#ifndef GUEST_PROBE_WITHHELD_H
#define GUEST_PROBE_WITHHELD_H

#include <stdbool.h>
#include <stdint.h>

/* hpmcounter3, the first that counts events. */
uint64_t withheld_counter(void);

/* sstateen0. */
uint64_t withheld_state_enable(void);

/* A page of the memory type NC (Svpbmt); typed = false: one without a type. */
uint64_t withheld_memory_type(bool typed);

#endif
