/* SPDX-License-Identifier: Apache-2.0 */
/* The target's memory and string functions (lib/string.c), against the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* lib/string.c is compiled here under other names, since the host has these functions already. */
#define memcpy  target_memcpy
#define memmove target_memmove
#define memset  target_memset
#define memcmp  target_memcmp
#define memchr  target_memchr
#define strlen  target_strlen
#define strnlen target_strnlen
#define strcmp  target_strcmp
#define strncmp target_strncmp
#define strchr  target_strchr
#define strrchr target_strrchr
#include "lib/include/string.h"
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

#define SPAN 160U

static void fill(uint8_t *bytes, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        bytes[i] = (uint8_t)(i * 7U + 1U);
    }
}

/* Every alignment of both ends and every length up to a few words past the unrolled block. */
/* shows: R-PLAT-04 */
static void test_copy(void **state)
{
    uint8_t from[SPAN], ours[SPAN], host[SPAN];

    (void)state;
    fill(from, sizeof from);
    for (size_t d = 0U; d < 8U; d++) {
        for (size_t s = 0U; s < 8U; s++) {
            for (size_t n = 0U; n < 140U; n++) {
                memset(ours, 0xee, sizeof ours);
                memset(host, 0xee, sizeof host);
                assert_ptr_equal(target_memcpy(ours + d, from + s, n), ours + d);
                memcpy(host + d, from + s, n);
                assert_memory_equal(ours, host, SPAN);
            }
        }
    }
}

/* shows: R-PLAT-04 */
static void test_overlapping_move(void **state)
{
    uint8_t ours[SPAN], host[SPAN];

    (void)state;
    for (size_t d = 0U; d < 40U; d++) {
        for (size_t s = 0U; s < 40U; s++) {
            for (size_t n = 0U; n < 100U; n += 3U) {
                fill(ours, sizeof ours);
                fill(host, sizeof host);
                assert_ptr_equal(target_memmove(ours + d, ours + s, n), ours + d);
                memmove(host + d, host + s, n);
                assert_memory_equal(ours, host, SPAN);
            }
        }
    }
}

/* shows: R-PLAT-04 */
static void test_set(void **state)
{
    uint8_t ours[SPAN], host[SPAN];

    (void)state;
    for (size_t d = 0U; d < 8U; d++) {
        for (size_t n = 0U; n < 140U; n++) {
            fill(ours, sizeof ours);
            fill(host, sizeof host);
            assert_ptr_equal(target_memset(ours + d, 0x1a5, n), ours + d);
            memset(host + d, 0xa5, n);
            assert_memory_equal(ours, host, SPAN);
        }
    }
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

/* shows: R-PLAT-04 */
static void test_strings(void **state)
{
    static const char *const words[] = { "", "a", "ab", "abc", "abd", "b", "a\xff", "abcabc" };

    (void)state;
    for (size_t i = 0U; i < sizeof words / sizeof words[0]; i++) {
        const char *a = words[i];
        assert_int_equal(target_strlen(a), strlen(a));
        for (size_t n = 0U; n < 8U; n++) {
            assert_int_equal(target_strnlen(a, n), strnlen(a, n));
        }
        for (const char *c = "abcx"; *c != '\0'; c++) {
            assert_ptr_equal(target_strchr(a, *c), strchr(a, *c));
            assert_ptr_equal(target_strrchr(a, *c), strrchr(a, *c));
            assert_ptr_equal(target_memchr(a, *c, strlen(a)), memchr(a, *c, strlen(a)));
        }
        assert_ptr_equal(target_strchr(a, 0), a + strlen(a));
        assert_ptr_equal(target_strrchr(a, 0), a + strlen(a));
        for (size_t j = 0U; j < sizeof words / sizeof words[0]; j++) {
            const char *b = words[j];
            assert_int_equal(sign(target_strcmp(a, b)), sign(strcmp(a, b)));
            size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
            assert_int_equal(sign(target_memcmp(a, b, shorter)), sign(memcmp(a, b, shorter)));
            for (size_t n = 0U; n < 5U; n++) {
                assert_int_equal(sign(target_strncmp(a, b, n)), sign(strncmp(a, b, n)));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_overlapping_move),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
