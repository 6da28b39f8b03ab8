/* SPDX-License-Identifier: Apache-2.0 */
/* Invariant I13, checked on a plan: what it gives out lies in free memory and is given to nobody
 * else. Shared by the random test and the fuzzer; included by one program at a time, after
 * cmocka.h. */
#ifndef TESTS_UNIT_PLAN_CHECKS_H
#define TESTS_UNIT_PLAN_CHECKS_H

#include "hyp/plan/plan.h"
#include "hyp/plan/space.h"

#define MAX_GIVEN 64U

static struct board board;
static struct config config;
static struct plan plan;
static struct pa_range used[3];

static inline bool overlap(struct pa_range a, struct pa_range b)
{
    return span_overlaps(a.base.v, a.size, b.base.v, b.size);
}

static inline uint32_t given_ranges(struct pa_range given[MAX_GIVEN])
{
    uint32_t count = 0;

    given[count++] = plan.pool;
    for (uint32_t i = 0; i < config.shared_count; i++) {
        assert_int_equal(plan.shared[i].size, config.shared[i].size);
        given[count++] = plan.shared[i];
    }
    for (uint32_t g = 0; g < plan.guest_count; g++) {
        assert_int_equal(plan.guests[g].ram.size, config.guests[g].memory_size);
        given[count++] = plan.guests[g].ram;
    }
    return count;
}

static inline void check_memory(void)
{
    struct pa_range given[MAX_GIVEN];
    const uint32_t count = given_ranges(given);

    for (uint32_t i = 0; i < count; i++) {
        bool inside = false;
        assert_true(given[i].size != 0U && is_aligned(given[i].size, PAGE_SIZE));
        assert_true(given[i].base.v != 0U && is_aligned(given[i].base.v, PAGE_SIZE));
        for (uint32_t k = 0; k < board.ram_count; k++) {
            inside = inside || pa_range_contains(board.ram[k], given[i].base, given[i].size);
        }
        assert_true(inside);
        for (uint32_t k = 0; k < board.reserved_count; k++) {
            assert_false(overlap(given[i], board.reserved[k]));
        }
        for (uint32_t k = 0; k < 3U; k++) {
            assert_false(overlap(given[i], used[k]));
        }
        for (uint32_t k = 0; k < i; k++) {
            assert_false(overlap(given[i], given[k]));
        }
    }
}

/* Device windows of two guests never meet, nor memory, nor what Bulkhead drives itself. */
static inline void check_devices(void)
{
    for (uint32_t g = 0; g < plan.guest_count; g++) {
        for (uint32_t i = 0; i < plan.guests[g].window_count; i++) {
            const struct plan_window *window = &plan.guests[g].windows[i];
            const struct pa_range range = { window->pa, window->size };
            if (!window->device) {
                continue;
            }
            assert_false(overlap(range, board.uart.reg));
            assert_false(overlap(range, board.aplic.reg));
            for (uint32_t k = 0; k < board.ram_count; k++) {
                assert_false(overlap(range, board.ram[k]));
            }
            for (uint32_t h = 0; h < g; h++) {
                for (uint32_t k = 0; k < plan.guests[h].window_count; k++) {
                    const struct plan_window *other = &plan.guests[h].windows[k];
                    assert_false(other->device &&
                                 overlap(range, (struct pa_range){ other->pa, other->size }));
                }
            }
        }
    }
}

/* Everything at a guest address lies apart. */
static inline void check_guest_map(const struct plan_guest *guest)
{
    struct gpa_range all[PLAN_MAX_WINDOWS + CONFIG_MAX_SHARED + 4U];
    uint32_t count = 0;

    all[count++] = (struct gpa_range){ guest->ram_base, guest->ram.size };
    all[count++] = (struct gpa_range){ gpa(GUEST_APLIC_BASE), GUEST_APLIC_SIZE };
    all[count++] = (struct gpa_range){ gpa(GUEST_UART_BASE), GUEST_UART_SIZE };
    all[count++] = (struct gpa_range){ gpa(GUEST_IMSIC_BASE), guest->vcpu_count * PAGE_SIZE };
    for (uint32_t i = 0; i < guest->window_count; i++) {
        all[count++] = (struct gpa_range){ guest->windows[i].gpa, guest->windows[i].size };
    }
    for (uint32_t i = 0; i < guest->share_count; i++) {
        if (guest->shares[i].doorbell.v != 0U) {
            all[count++] = (struct gpa_range){ guest->shares[i].doorbell, PAGE_SIZE };
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        assert_true(all[i].base.v < GUEST_ADDRESS_LIMIT);
        for (uint32_t k = 0; k < i; k++) {
            assert_false(span_overlaps(all[i].base.v, all[i].size, all[k].base.v, all[k].size));
        }
    }
}

#endif
