/* SPDX-License-Identifier: Apache-2.0 */
/* Whether addresses of a guest are its own (hyp/guest.h), and the checks below (lib/addr.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/guest.h"
#include "tests/unit/fake_hart.h"

#define TOP UINT64_MAX

/* shows: R-PLAT-05 */
static void test_spans_contain_and_overlap_to_the_byte(void **state)
{
    (void)state;
    assert_true(span_contains(0x1000U, 0x100U, 0x1000U, 0x100U));
    assert_true(span_contains(0x1000U, 0x100U, 0x10ffU, 1U));
    assert_true(span_contains(0x1000U, 0x100U, 0x1100U, 0U));
    assert_false(span_contains(0x1000U, 0x100U, 0x1000U, 0x101U));
    assert_false(span_contains(0x1000U, 0x100U, 0x10ffU, 2U));
    assert_false(span_contains(0x1000U, 0x100U, 0x1100U, 1U));
    assert_false(span_contains(0x1000U, 0x100U, 0xfffU, 1U));
    assert_false(span_contains(0x1000U, 0x100U, 0x1001U, TOP));
    assert_false(span_contains(0x1000U, 0x100U, TOP, 2U));
    assert_true(span_contains(TOP - 0xfU, 0x10U, TOP, 1U));
    assert_false(span_contains(TOP - 0xfU, 0x10U, TOP, 2U));

    assert_true(span_overlaps(0x1000U, 0x100U, 0x10ffU, 1U));
    assert_true(span_overlaps(0x1000U, 0x100U, 0xfffU, 2U));
    assert_false(span_overlaps(0x1000U, 0x100U, 0x1100U, 1U));
    assert_false(span_overlaps(0x1000U, 0x100U, 0xfffU, 1U));
    assert_false(span_overlaps(0x1000U, 0x100U, 0x1000U, 0U));
    assert_true(span_overlaps(TOP, 1U, TOP - 1U, 2U));
}

/* shows: R-ISO-16 */
static void test_ram_of_a_guest_ends_with_its_last_byte(void **state)
{
    (void)state;
    fake_machine_init();
    const uint8_t *ram = guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE);
    const uint64_t last = GUEST_RAM_BASE + FAKE_RAM_SIZE - 1U;

    assert_non_null(ram);
    assert_ptr_equal(guest_ram(fake.guest, gpa(last), 1U), ram + FAKE_RAM_SIZE - 1U);
    assert_null(guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE + 1U));
    assert_null(guest_ram(fake.guest, gpa(last), 2U));
    assert_null(guest_ram(fake.guest, gpa(last + 1U), 1U));
    assert_null(guest_ram(fake.guest, gpa(GUEST_RAM_BASE - 1U), 2U));
    assert_null(guest_ram(fake.guest, gpa(GUEST_RAM_BASE), TOP));
    assert_null(guest_ram(fake.guest, gpa(TOP), 2U));
}

/* shows: R-ISO-16 */
static void test_a_region_answers_for_its_bytes_alone(void **state)
{
    const struct mmio_region first = { .range = { gpa(0x1000U), 0x1000U }, .tag = 1U };
    const struct mmio_region second = { .range = { gpa(0x2000U), 0x10U }, .tag = 2U };

    (void)state;
    fake_machine_init();
    assert_null(guest_find_region(fake.guest, gpa(0U)));
    assert_true(guest_add_region(fake.guest, first));
    assert_true(guest_add_region(fake.guest, second));
    assert_int_equal(guest_find_region(fake.guest, gpa(0x1000U))->tag, 1U);
    assert_int_equal(guest_find_region(fake.guest, gpa(0x1fffU))->tag, 1U);
    assert_int_equal(guest_find_region(fake.guest, gpa(0x2000U))->tag, 2U);
    assert_int_equal(guest_find_region(fake.guest, gpa(0x200fU))->tag, 2U);
    assert_null(guest_find_region(fake.guest, gpa(0xfffU)));
    assert_null(guest_find_region(fake.guest, gpa(0x2010U)));
    assert_null(guest_find_region(fake.guest, gpa(TOP)));
}

/* So an aligned access that begins in one ends in it (the mmio_region contract).
 * shows: R-ISO-16 */
static void test_a_region_has_aligned_bounds(void **state)
{
    struct mmio_region region = { .range = { gpa(0x1000U), 8U } };

    (void)state;
    fake_machine_init();
    for (uint64_t odd = 1U; odd < 8U; odd++) {
        region.range = (struct gpa_range){ gpa(0x1000U + odd), 8U };
        assert_false(guest_add_region(fake.guest, region));
        region.range = (struct gpa_range){ gpa(0x1000U), 8U + odd };
        assert_false(guest_add_region(fake.guest, region));
    }
    region.range.size = 8U;
    for (uint32_t r = 0U; r < GUEST_MAX_REGIONS; r++) {
        assert_true(guest_add_region(fake.guest, region));
        region.range.base.v += 8U;
    }
    assert_false(guest_add_region(fake.guest, region));
    assert_ptr_equal(guest_find_region(fake.guest, gpa(region.range.base.v - 1U)),
                     &fake.guest->regions[GUEST_MAX_REGIONS - 1U]);
    assert_null(guest_find_region(fake.guest, region.range.base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans_contain_and_overlap_to_the_byte),
        cmocka_unit_test(test_ram_of_a_guest_ends_with_its_last_byte),
        cmocka_unit_test(test_a_region_answers_for_its_bytes_alone),
        cmocka_unit_test(test_a_region_has_aligned_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
