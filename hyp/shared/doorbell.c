/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doorbell of a shared memory: one page of registers at each end. A write of any value to
 * its first word, 32 bits wide, is an edge on the peer's interrupt source. Reads give 0. A peer
 * that is stopped or restarting does not hear it.
 *
 * The ringing guest pays one exit; the peer none. (The peer's interrupt file could be mapped into the
 * ringing guest to save that exit, but then it could forge every interrupt of the peer.)
 */
#include "hyp/irq/irq.h"
#include "hyp/unit.h"

#define DOORBELL_RING  0U
#define DOORBELL_WIDTH 4U

static bool doorbell_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                          uint64_t *value)
{
    (void)guest;
    (void)tag;
    *value = 0;
    return offset == DOORBELL_RING && width == DOORBELL_WIDTH;
}

/* tag: which of the guest's shares. */
static bool doorbell_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                           uint64_t value)
{
    const struct plan_share *own = &guest->part->shares[tag];
    const struct plan_guest *peer = &guest->plan->guests[own->peer];

    (void)value;
    if (offset != DOORBELL_RING || width != DOORBELL_WIDTH) {
        return false;
    }
    for (uint32_t s = 0; s < peer->share_count; s++) {
        if (peer->shares[s].shared == own->shared) {
            irq_pulse(own->peer, peer->shares[s].source);
        }
    }
    return true;
}

static bool doorbell_guest_init(struct guest *guest, struct pages *pages)
{
    const struct plan_guest *part = guest->part;

    (void)pages;
    for (uint32_t s = 0; s < part->share_count; s++) {
        if (part->shares[s].doorbell.v == 0U) {
            continue;
        }
        if (!guest_add_region(guest, (struct mmio_region){
                .range = { part->shares[s].doorbell, PAGE_SIZE },
                .counter = EXIT_DOORBELL,
                .read = doorbell_read,
                .write = doorbell_write,
                .tag = s,
            })) {
            return false;
        }
    }
    return true;
}

UNIT("40", doorbell_unit) = {
    .name = "doorbell",
    .guest_init = doorbell_guest_init,
};
