/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doorbell of a shared memory, rung from two harts without end, and in ways that it is not for.
 * The peer is to lose time to its own handler at most: not its console, not its other interrupts.
 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

static uint64_t ring(uint64_t doorbell, uint64_t step)
{
    return probe_store4(doorbell, step);
}

static bool find_doorbell(uint64_t *at)
{
    struct tree_share share;

    for (uint32_t i = 0; tree_share(i, &share); i++) {
        if (share.doorbell.size != 0U) {
            *at = share.doorbell.base;
            return true;
        }
    }
    return false;
}

void attack_doorbell_flood(struct tally *t)
{
    struct race race = { 0 };
    uint64_t doorbell;

    if (!find_doorbell(&doorbell)) {
        verdict(t, "there is no doorbell", 0, 0, false);
        return;
    }
    verdict(t, "the second hart does not start", 0, 0, helper_run(ring, doorbell));
    while (race_goes_on(&race)) {
        attempt(t, "ring", probe_store4, doorbell, 1, NO_EXCEPTION);
        attempt(t, "amo", probe_amo4, doorbell, 1, ANY(CAUSE_STORE_ACCESS));
        attempt(t, "lr", probe_lr4, doorbell, 0, ANY(CAUSE_LOAD_ACCESS));
        attempt(t, "beside it", probe_store4, doorbell + 4U, 1, ANY(CAUSE_STORE_ACCESS));
        attempt(t, "wide", probe_store8, doorbell, 1, ANY(CAUSE_STORE_ACCESS));
    }
    verdict(t, "the second hart does not stop", 0, 0, helper_stop());
}
