/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's memory that nobody has yet, as a sorted list of disjoint free ranges in whole pages.
 * Pure; the boot hart only, while the plan is made.
 */
#ifndef HYP_PLAN_SPACE_H
#define HYP_PLAN_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "hyp/plan/plan.h"

/* Each removal splits at most one range in two: those of the board, of the caller and of every
 * request of place.c. */
#define SPACE_MAX_RANGES (BOARD_MAX_RAM + BOARD_MAX_RESERVED + PLAN_MAX_USED + \
                          CONFIG_MAX_GUESTS + CONFIG_MAX_SHARED + 2U)

struct space {
    struct pa_range ranges[SPACE_MAX_RANGES];
    uint32_t count;
};

/* The ranges are sorted by base, disjoint and do not pass 2^64; parts of pages are left out. */
void space_open(struct space *space, const struct pa_range *ranges, uint32_t count);

/* What shares a page with [base, base + size) is no longer free. */
void space_remove(struct space *space, struct pa_range range);

/* The lowest free range of that size whose base is congruent to `like` modulo align (a power of
 * two, at least a page), removed from the free ones. False when there is none. */
bool space_take(struct space *space, uint64_t size, uint64_t like, uint64_t align, pa_t *out);

/* The largest free range, and the sum of all. Size 0 when nothing is free. */
struct pa_range space_largest(const struct space *space);
uint64_t space_total(const struct space *space);

#endif
