/* SPDX-License-Identifier: Apache-2.0 */
/* Time in phases that guests beside each other agree on without a word: all harts have one clock.
 * Any hart. */
#ifndef GUEST_LIB_PHASE_H
#define GUEST_LIB_PHASE_H

#include <stdint.h>

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

#define PHASES_IN_SECOND 4U

/* The number of this phase. */
static inline uint64_t phase_now(void)
{
    return rdtime() / (tree_timebase() / PHASES_IN_SECOND);
}

#endif
