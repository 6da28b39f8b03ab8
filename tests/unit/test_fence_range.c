/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/vcpu/fence_range.h"

/* shows: R-SBI-32 */
static void test_pages_touched(void **state)
{
    (void)state;
    static const struct { uint64_t start, size, pages; } cases[] = {
        { 0x1000, 0x1000, 1 },
        { 0x1fff, 1, 1 },
        { 0x1fff, 2, 2 },
        { 0x1001, 0x1000, 2 },
        { 0, FENCE_MAX_BYTES, 64 },
        { 1, FENCE_MAX_BYTES, 65 },
        /* The last pages of all: seen to loop for ever when addresses were compared. */
        { UINT64_MAX - 1U, 1, 1 },
        { UINT64_MAX, 1, 1 },
        { UINT64_MAX - 0xfffU, 0x1000, 1 },
        { UINT64_MAX - 0x1fffU, 0x2000, 2 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(fence_range_pages(cases[i].start, cases[i].size), cases[i].pages);
    }
}

/* shows: R-SBI-32 */
static void test_everything(void **state)
{
    (void)state;
    static const struct { uint64_t start, size; } cases[] = {
        { 0, 0 },
        { 0x1000, 0 },
        { 0, UINT64_MAX },
        { 0x1000, UINT64_MAX },
        { 0, FENCE_MAX_BYTES + 1U },
        { UINT64_MAX, 2 },
        { UINT64_MAX - 0xfffU, 0x1001 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(fence_range_pages(cases[i].start, cases[i].size), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_touched),
        cmocka_unit_test(test_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
