/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter and the findings made with it (lib/format.h, lib/diag.h). */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/diag.h"
#include "lib/format.h"

/* The host's snprintf is the reference for whatever both understand. */
#define SAME_AS_LIBC(...)                                                                          \
    do {                                                                                           \
        char ours[200];                                                                            \
        char libc[200];                                                                            \
        size_t length = format_text(ours, sizeof ours, __VA_ARGS__);                               \
        int expected = snprintf(libc, sizeof libc, __VA_ARGS__);                                   \
        assert_string_equal(ours, libc);                                                           \
        assert_int_equal(length, expected);                                                        \
    } while (0)

/* shows: R-PLAT-01 */
static void test_conversions(void **state)
{
    (void)state;
    SAME_AS_LIBC("plain");
    SAME_AS_LIBC("%s and %s", "one", "two");
    SAME_AS_LIBC("[%8s] [%-8s] [%2s]", "abc", "abc", "abc");
    SAME_AS_LIBC("[%.*s] [%.*s] [%6.*s]", 2, "abcdef", 0, "abcdef", 3, "abcdef");
    SAME_AS_LIBC("%c%c%%", 'x', 'y');
    SAME_AS_LIBC("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME_AS_LIBC("%u %u %x %x", 0U, UINT_MAX, 0U, UINT_MAX);
    SAME_AS_LIBC("[%5d] [%-5d] [%05d] [%05d]", 42, 42, 42, -42);
    SAME_AS_LIBC("0x%08x 0x%016llx", 0xbeefU, 0x80000000ULL);
    SAME_AS_LIBC("%lu %lx %ld", ULONG_MAX, ULONG_MAX, LONG_MIN);
    SAME_AS_LIBC("%llu %llx %lld", ULLONG_MAX, ULLONG_MAX, LLONG_MIN);
    SAME_AS_LIBC("%zu", SIZE_MAX);
}

/* shows: R-PLAT-01 */
static void test_cut_at_the_size(void **state)
{
    (void)state;
    for (size_t size = 1U; size < 12U; size++) {
        char buffer[16];
        memset(buffer, '#', sizeof buffer);
        size_t length = format_text(buffer, size, "%s-%d", "abcd", 12345);
        size_t expected = size - 1U < 10U ? size - 1U : 10U;
        assert_int_equal(length, expected);
        assert_memory_equal(buffer, "abcd-12345", expected);
        assert_int_equal(buffer[expected], 0);
        assert_int_equal(buffer[expected + 1U], '#');
    }
}

/* The formats are variables here, since the compiler would refuse them as literals. */
static size_t format_unchecked(char *buffer, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t length = format_text_v(buffer, size, format, args);
    va_end(args);
    return length;
}

/* shows: R-PLAT-01 */
static void test_unknown_conversions_stand(void **state)
{
    static const char *const unknown[] = { "%", "%q", "50% of", "%5", "%l", "%.3s", "%ls", "%.*d" };
    char buffer[64];

    (void)state;
    for (size_t i = 0U; i < sizeof unknown / sizeof unknown[0]; i++) {
        (void)format_unchecked(buffer, sizeof buffer, unknown[i], 1, 2);
        assert_string_equal(buffer, unknown[i]);
    }
    (void)format_unchecked(buffer, sizeof buffer, "%s", (char *)NULL);
    assert_string_equal(buffer, "(none)");
}

/* shows: R-PLAT-01 */
static void test_width_is_bounded(void **state)
{
    char buffer[200];

    (void)state;
    assert_int_equal(format_unchecked(buffer, sizeof buffer, "%4294967296d", 7), 64);
    assert_int_equal(buffer[63], '7');
}

struct heard {
    uint32_t count;
    char path[32], property[32], text[DIAG_TEXT_MAX];
};

static void hear(void *ctx, const char *path, const char *property, const char *text)
{
    struct heard *h = ctx;

    h->count++;
    (void)snprintf(h->path, sizeof h->path, "%s", path);
    (void)snprintf(h->property, sizeof h->property, "%s", property != NULL ? property : "");
    (void)snprintf(h->text, sizeof h->text, "%s", text);
}

/* shows: R-PLAT-02 */
static void test_findings_are_counted_and_told(void **state)
{
    struct heard h = { 0 };
    struct diag d = { .emit = hear, .ctx = &h };
    char lengthy[2U * DIAG_TEXT_MAX];

    (void)state;
    diag_error(&d, "/guests/a", "memory", "asked for 0x%llx", 0x1000ULL);
    assert_int_equal(d.errors, 1);
    assert_string_equal(h.path, "/guests/a");
    assert_string_equal(h.property, "memory");
    assert_string_equal(h.text, "asked for 0x1000");

    memset(lengthy, 'x', sizeof lengthy - 1U);
    lengthy[sizeof lengthy - 1U] = '\0';
    diag_error(&d, "", NULL, "%s", lengthy);
    assert_int_equal(d.errors, 2);
    assert_int_equal(h.count, 2);
    assert_int_equal(strlen(h.text), DIAG_TEXT_MAX - 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_cut_at_the_size),
        cmocka_unit_test(test_unknown_conversions_stand),
        cmocka_unit_test(test_width_is_bounded),
        cmocka_unit_test(test_findings_are_counted_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
