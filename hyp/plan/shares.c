/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared memory on the guests' side. The address depends on the position in the configuration
 * alone, so both ends see the memory at the same place, and pointers into it mean the same.
 */
#include "hyp/plan/parts.h"

static void add_share(struct plan_guest *guest, uint32_t index, const struct config_shared *shared,
                      gpa_t memory, uint32_t peer, uint32_t *next_source)
{
    struct plan_share *share = &guest->shares[guest->share_count];

    guest->share_count++;
    share->shared = index;
    share->memory = memory;
    share->peer = peer;
    if (shared->doorbell) {
        share->doorbell = gpa(GUEST_DOORBELL_BASE + index * PAGE_SIZE);
        share->source = *next_source;
        (*next_source)++;
    }
}

void plan_shares(const struct planning *p)
{
    uint32_t next_source[CONFIG_MAX_GUESTS];
    uint64_t offset = 0;

    for (uint32_t g = 0; g < CONFIG_MAX_GUESTS; g++) {
        next_source[g] = GUEST_SOURCE_FIRST;
    }
    for (uint32_t i = 0; i < p->config->shared_count; i++) {
        const struct config_shared *shared = &p->config->shared[i];
        const uint32_t a = shared->guests[0], b = shared->guests[1];

        if (!span_contains(0, GUEST_SHARED_SIZE, offset, shared->size)) {
            diag_error(p->d, shared->path, "size", "0x%lx bytes for \"%s\" pass the end of what a "
                       "guest has for shared memory, 0x%lx-0x%lx: 0x%lx bytes are left; lower a "
                       "size", shared->size, shared->name, GUEST_SHARED_BASE,
                       GUEST_SHARED_BASE + GUEST_SHARED_SIZE - 1U, GUEST_SHARED_SIZE - offset);
            return;
        }
        const gpa_t memory = gpa(GUEST_SHARED_BASE + offset);
        add_share(&p->plan->guests[a], i, shared, memory, b, &next_source[a]);
        add_share(&p->plan->guests[b], i, shared, memory, a, &next_source[b]);
        offset = align_up(offset + shared->size, MEGA_PAGE_SIZE);
    }
}
