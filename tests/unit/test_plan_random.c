/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant I13 on random boards and configurations: if there is a plan, what it gives out lies in
 * free memory and is given to nobody else. The seed is fixed, so a failure can be repeated.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/plan/plan.h"
#include "hyp/plan/space.h"
#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_tree.h"

#define ROUNDS 4000U
#define MAX_GIVEN 64U

static struct board board;
static struct config config;
static struct plan plan, first;
static struct pa_range used[3];

static bool overlap(struct pa_range a, struct pa_range b)
{
    return span_overlaps(a.base.v, a.size, b.base.v, b.size);
}

static uint32_t given_ranges(struct pa_range given[MAX_GIVEN])
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

static void check_memory(void)
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
static void check_devices(void)
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
static void check_guest_map(const struct plan_guest *guest)
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

static bool build(void)
{
    struct told told;

    told_init(&told);
    const bool good = plan_build(&board, NULL, &config, NULL, used, 3, &plan, &told.diag);
    assert_int_equal(good, told.diag.errors == 0U);
    return good;
}

/* shows: R-MEM-01, R-MEM-02, R-MEM-06 */
static void test_random_plans_are_disjoint(void **state)
{
    struct dice dice = { UINT64_C(0xb01d4ead) };
    uint32_t plans = 0;

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fake_random_board(&board, &dice);
        fake_random_config(&config, &board, &dice);
        for (uint32_t i = 0; i < 3U; i++) {
            used[i] = (struct pa_range){ pa(dice_below(&dice, UINT64_C(1) << 33)),
                                         dice_below(&dice, UINT64_C(1) << 26) };
        }
        if (!build()) {
            continue;
        }
        plans++;
        check_memory();
        check_devices();
        for (uint32_t g = 0; g < plan.guest_count; g++) {
            check_guest_map(&plan.guests[g]);
        }
        /* The same input gives the same plan, whatever was in its place: byte for byte, because a
         * plan points into itself and into its input only. */
        memcpy(&first, &plan, sizeof(first));
        memset(&plan, 0xa5, sizeof(plan));
        assert_true(build());
        assert_memory_equal(&plan, &first, sizeof(plan));
    }
    /* Enough of both kinds, or the rounds show nothing. */
    assert_in_range(plans, ROUNDS / 10U, ROUNDS - ROUNDS / 10U);
}

/* ---- the list of free ranges against a bitmap of pages --------------------------------------- */

#define MODEL_PAGES 256U

static void compare(const struct space *space, const bool free_pages[MODEL_PAGES])
{
    uint64_t listed = 0, expected = 0;

    for (uint32_t i = 0; i < space->count; i++) {
        const struct pa_range range = space->ranges[i];
        assert_true(range.size != 0U);
        if (i > 0U) {
            const struct pa_range before = space->ranges[i - 1U];
            assert_true(before.base.v + before.size <= range.base.v);
        }
        for (uint64_t at = range.base.v; at < range.base.v + range.size; at += PAGE_SIZE) {
            assert_true(free_pages[at / PAGE_SIZE]);
        }
        listed += range.size;
    }
    for (uint32_t i = 0; i < MODEL_PAGES; i++) {
        expected += free_pages[i] ? PAGE_SIZE : 0U;
    }
    assert_int_equal(listed, expected);
    assert_int_equal(space_total(space), expected);
}

/* shows: R-MEM-01 */
static void test_space_against_a_bitmap(void **state)
{
    struct dice dice = { 42 };

    (void)state;
    for (uint32_t round = 0; round < 500U; round++) {
        const struct pa_range all = { pa(0), MODEL_PAGES * PAGE_SIZE };
        bool free_pages[MODEL_PAGES];
        struct space space;

        memset(free_pages, true, sizeof(free_pages));
        space_open(&space, &all, 1);
        for (uint32_t step = 0; step < 20U; step++) {
            const uint64_t base = dice_below(&dice, all.size);
            struct pa_range range = { pa(base), dice_below(&dice, 6U * PAGE_SIZE) };
            if (dice_below(&dice, 2) == 0U) {
                const uint64_t align = PAGE_SIZE << dice_below(&dice, 5);
                const uint64_t like = align_down(base, PAGE_SIZE);
                range.size = align_up(range.size + 1U, PAGE_SIZE);
                if (!space_take(&space, range.size, like, align, &range.base)) {
                    continue;
                }
                assert_int_equal((range.base.v - like) % align, 0);
                for (uint64_t at = 0; at < range.size; at += PAGE_SIZE) {
                    assert_true(free_pages[(range.base.v + at) / PAGE_SIZE]);
                }
            } else {
                space_remove(&space, range);
            }
            for (uint64_t i = 0; i < MODEL_PAGES; i++) {
                free_pages[i] = free_pages[i] && !span_overlaps(i * PAGE_SIZE, PAGE_SIZE,
                                                                range.base.v, range.size);
            }
            compare(&space, free_pages);
        }
    }
}

/* shows: R-MEM-01 */
static void test_space_keeps_whole_pages_only(void **state)
{
    static const struct pa_range odd[] = {
        { { 0x1001 }, 0x2000 }, { { 0x8000 }, 0xfff }, { { 0xa000 }, 0x1800 },
    };
    struct space space;

    (void)state;
    space_open(&space, odd, 3);
    assert_int_equal(space.count, 2);
    assert_int_equal(space.ranges[0].base.v, 0x2000);
    assert_int_equal(space.ranges[0].size, 0x1000);
    assert_int_equal(space.ranges[1].base.v, 0xa000);
    assert_int_equal(space_largest(&space).size, 0x1000);
    space_remove(&space, (struct pa_range){ pa(0xa001), UINT64_MAX - 0xa000U });
    assert_int_equal(space.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_plans_are_disjoint),
        cmocka_unit_test(test_space_against_a_bitmap),
        cmocka_unit_test(test_space_keeps_whole_pages_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
