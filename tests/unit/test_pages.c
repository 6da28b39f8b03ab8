/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/hw/phys.h"
#include "platform/pages.h"
#include "tests/unit/fake_phys.h"

static struct pages open_pool(uint64_t offset, uint64_t size)
{
    struct pages pages;

    fake_phys_reset();
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE + offset), size });
    return pages;
}

/* shows: R-MEM-20 */
static void test_pages_are_zeroed_disjoint_and_inside_the_pool(void **state)
{
    (void)state;
    struct pages pages = open_pool(PAGE_SIZE, 8U * PAGE_SIZE);
    pa_t a, b;

    assert_true(pages_take(&pages, 3U, PAGE_SIZE, &a));
    assert_true(pages_take(&pages, 5U, PAGE_SIZE, &b));
    assert_int_equal(a.v, FAKE_PHYS_BASE + PAGE_SIZE);
    assert_int_equal(b.v, a.v + 3U * PAGE_SIZE);

    const uint8_t *bytes = phys_pointer(a, 8U * PAGE_SIZE);
    for (size_t i = 0U; i < 8U * PAGE_SIZE; i++) {
        assert_int_equal(bytes[i], 0);
    }
    /* Their neighbours are untouched. */
    assert_int_not_equal(*(const uint8_t *)phys_pointer(pa(a.v - 1U), 1U), 0);
    assert_int_not_equal(*(const uint8_t *)phys_pointer(pa(b.v + 5U * PAGE_SIZE), 1U), 0);
}

/* shows: R-MEM-20 */
static void test_pages_are_aligned_as_asked(void **state)
{
    (void)state;
    struct pages pages = open_pool(PAGE_SIZE, 16U * PAGE_SIZE);
    pa_t taken;

    assert_true(pages_take(&pages, 4U, 4U * PAGE_SIZE, &taken));
    assert_int_equal(taken.v, FAKE_PHYS_BASE + 4U * PAGE_SIZE);
    assert_true(pages_take(&pages, 1U, PAGE_SIZE, &taken));
    assert_int_equal(taken.v, FAKE_PHYS_BASE + 8U * PAGE_SIZE);
    assert_true(pages_take(&pages, 4U, 4U * PAGE_SIZE, &taken));
    assert_int_equal(taken.v, FAKE_PHYS_BASE + 12U * PAGE_SIZE);
}

/* shows: R-MEM-20 */
static void test_pages_exhausted_or_absurd_requests_fail_and_take_nothing(void **state)
{
    (void)state;
    struct pages pages = open_pool(PAGE_SIZE, 4U * PAGE_SIZE);
    pa_t out = pa(1U);

    assert_false(pages_take(&pages, 5U, PAGE_SIZE, &out));
    assert_false(pages_take(&pages, 0U, PAGE_SIZE, &out));
    assert_false(pages_take(&pages, UINT64_MAX, PAGE_SIZE, &out));
    assert_false(pages_take(&pages, UINT64_C(1) << 52, PAGE_SIZE, &out)); /* 2^64 bytes */
    assert_false(pages_take(&pages, 4U, 4U * PAGE_SIZE, &out)); /* the gap leaves too little */
    assert_false(pages_take(&pages, 1U, UINT64_C(1) << 63, &out));
    assert_int_equal(out.v, 1U);
    assert_true(pages_take(&pages, 4U, PAGE_SIZE, &out));
    assert_false(pages_take(&pages, 1U, PAGE_SIZE, &out));
}

/* shows: R-MEM-20 */
static void test_pages_empty_pool_has_none(void **state)
{
    (void)state;
    struct pages pages = open_pool(0U, 0U);
    pa_t out;

    assert_false(pages_take(&pages, 1U, PAGE_SIZE, &out));
}

/* shows: R-MEM-21 */
static void test_pages_closed_gives_nothing(void **state)
{
    (void)state;
    struct pages pages = open_pool(0U, 4U * PAGE_SIZE);
    pa_t out = pa(1U);

    assert_true(pages_take(&pages, 1U, PAGE_SIZE, &out));
    pages_close(&pages);
    out = pa(1U);
    assert_false(pages_take(&pages, 1U, PAGE_SIZE, &out));
    assert_int_equal(out.v, 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_zeroed_disjoint_and_inside_the_pool),
        cmocka_unit_test(test_pages_are_aligned_as_asked),
        cmocka_unit_test(test_pages_exhausted_or_absurd_requests_fail_and_take_nothing),
        cmocka_unit_test(test_pages_empty_pool_has_none),
        cmocka_unit_test(test_pages_closed_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
