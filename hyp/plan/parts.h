/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to hyp/plan: the steps of plan_build, in their order. Each reports all that it finds. */
#ifndef HYP_PLAN_PARTS_H
#define HYP_PLAN_PARTS_H

#include "hyp/plan/plan.h"

/* What every step needs. */
struct planning {
    const struct board *board;
    const struct config *config;
    const struct bundle *bundle; /* or NULL */
    const struct pa_range *used;
    uint32_t used_count;
    struct plan *plan;
    struct diag *d;
};

/* Where each shared memory appears in its guests, and what its doorbell raises there. */
void plan_shares(const struct planning *p);

/* Resolve the guests' devices on the board: their windows and lines. After plan_shares, whose
 * sources come first. */
void plan_devices(const struct planning *p);

/* Report what two things of one guest want at the same guest address. After plan_devices. */
void plan_check_maps(const struct planning *p);

/* Lay the images out in each guest's RAM. */
void plan_images(const struct planning *p);

/* Find physical memory for guests, shared memory and the pool. Last: it needs all windows. */
void plan_place(const struct planning *p);

/* Report whoever else on the board has registers in the pages of this device of this guest. */
void plan_check_neighbours(const struct planning *p, uint32_t guest, uint32_t device);

/* The last byte of a range, for messages; size is not 0. */
static inline uint64_t plan_last(struct pa_range r) { return r.base.v + r.size - 1U; }

#endif
