/* SPDX-License-Identifier: Apache-2.0 */
/* Free memory of the board (hyp/plan/space.c), held against a map with one bit for each page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/plan/space.h"

#define PAGES  256U
#define BASE   UINT64_C(0x80000000)
#define ROUNDS 2000U
#define STEPS  60U

static struct space space;
static bool is_free[PAGES];
static uint64_t state_of_random;

static uint32_t below(uint32_t bound)
{
    state_of_random = state_of_random * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)(state_of_random >> 33) % bound;
}

static struct pa_range pages_at(uint32_t from, uint32_t count)
{
    return (struct pa_range){ pa(BASE + from * PAGE_SIZE), count * PAGE_SIZE };
}

/* The ranges are those of the map, in order, each as long as it gets. */
static void assert_as_the_map(void)
{
    uint32_t at = 0U, range = 0U, largest = 0U, total = 0U;

    while (at < PAGES) {
        uint32_t end = at;

        while (end < PAGES && is_free[end]) {
            end++;
        }
        if (end != at) {
            assert_true(range < space.count);
            assert_int_equal(space.ranges[range].base.v, BASE + at * PAGE_SIZE);
            assert_int_equal(space.ranges[range].size, (end - at) * PAGE_SIZE);
            range++;
            total += end - at;
            largest = end - at > largest ? end - at : largest;
        }
        at = end + 1U;
    }
    assert_int_equal(space.count, range);
    assert_int_equal(space_total(&space), total * PAGE_SIZE);
    assert_int_equal(space_largest(&space).size, largest * PAGE_SIZE);
}

/* Bytes, not pages: what is touched is gone whole. */
static void remove_some(void)
{
    const uint64_t offset = below(PAGES * PAGE_SIZE), size = below(3U * PAGE_SIZE);

    space_remove(&space, (struct pa_range){ pa(BASE + offset), size });
    for (uint64_t page = offset / PAGE_SIZE;
         size != 0U && page <= (offset + size - 1U) / PAGE_SIZE && page < PAGES; page++) {
        is_free[page] = false;
    }
}

static bool fits(uint32_t at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (at + i >= PAGES || !is_free[at + i]) {
            return false;
        }
    }
    return true;
}

static void take_some(void)
{
    const uint32_t count = 1U + below(8U), align = 1U << below(4U), like = below(align);
    uint32_t at = 0U;
    pa_t out = pa(0);

    while (at < PAGES && (at % align != like || !fits(at, count))) {
        at++;
    }
    assert_int_equal(space_take(&space, count * PAGE_SIZE, BASE + like * PAGE_SIZE,
                                align * PAGE_SIZE, &out), at < PAGES);
    if (at == PAGES) {
        assert_int_equal(out.v, 0);
        return;
    }
    assert_int_equal(out.v, BASE + at * PAGE_SIZE);
    memset(&is_free[at], 0, count);
}

/* shows: R-MEM-01, R-ISO-98 */
static void test_nothing_is_given_out_twice(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint32_t hole = 10U + below(100U), end = hole + 1U + below(100U);
        const struct pa_range ranges[] = { pages_at(0U, hole), pages_at(end, PAGES - end) };

        state_of_random += round;
        space.count = 1U;                     /* of the plan before */
        space_open(&space, ranges, 2U);
        memset(is_free, true, sizeof(is_free));
        memset(&is_free[hole], 0, end - hole);
        assert_as_the_map();
        for (uint32_t step = 0; step < STEPS; step++) {
            if (below(2U) == 0U) {
                remove_some();
            } else {
                take_some();
            }
            assert_as_the_map();
        }
    }
}

/* shows: R-MEM-01, R-ISO-98 */
static void test_parts_of_pages_are_left_out(void **state)
{
    const struct pa_range ranges[] = {
        { pa(BASE + 1U), 2U * PAGE_SIZE }, { pa(BASE + 8U * PAGE_SIZE - 1U), PAGE_SIZE },
        { pa(BASE + 16U * PAGE_SIZE), PAGE_SIZE - 1U }, { pa(BASE + 17U * PAGE_SIZE + 8U), 16U },
    };

    (void)state;
    space_open(&space, ranges, 4U);
    assert_int_equal(space.count, 1);
    assert_int_equal(space.ranges[0].base.v, BASE + PAGE_SIZE);
    assert_int_equal(space.ranges[0].size, PAGE_SIZE);
}

/* shows: R-MEM-01, R-ISO-98 */
static void test_up_to_the_end_of_all_addresses(void **state)
{
    const struct pa_range top = { pa(UINT64_MAX - 8U * PAGE_SIZE + 1U), 7U * PAGE_SIZE };

    (void)state;
    space_open(&space, &top, 1U);
    space_remove(&space, (struct pa_range){ pa(top.base.v + 2U * PAGE_SIZE), 6U * PAGE_SIZE });
    assert_int_equal(space.count, 1);
    assert_int_equal(space.ranges[0].base.v, top.base.v);
    assert_int_equal(space.ranges[0].size, 2U * PAGE_SIZE);
}

/* Holes in every second page: when no more ranges can be remembered, the smaller part is forgotten. */
/* shows: R-MEM-01, R-ISO-98 */
static void test_more_ranges_than_can_be_remembered(void **state)
{
    const uint32_t count = 2U * SPACE_MAX_RANGES + 40U;
    const struct pa_range all = { pa(BASE), count * PAGE_SIZE };

    (void)state;
    space_open(&space, &all, 1U);
    for (uint32_t page = 1U; page + 2U < count; page += 2U) {
        space_remove(&space, pages_at(page, 1U));
        assert_true(space.count <= SPACE_MAX_RANGES);
        for (uint32_t i = 0; i < space.count; i++) {
            const uint64_t from = (space.ranges[i].base.v - BASE) / PAGE_SIZE;
            /* Nothing that was removed is free again, and the large rest is kept. */
            assert_true(from > page || (from % 2U == 0U && space.ranges[i].size == PAGE_SIZE));
        }
        assert_int_equal(space_largest(&space).size, (count - page - 1U) * PAGE_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_given_out_twice),
        cmocka_unit_test(test_parts_of_pages_are_left_out),
        cmocka_unit_test(test_up_to_the_end_of_all_addresses),
        cmocka_unit_test(test_more_ranges_than_can_be_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
