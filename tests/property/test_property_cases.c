/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What random tests and the fuzzer have found once (tests/property/cases), and whether the apparatus
 * finds at all: how cases are written, how failures are told apart, and made short.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/property/runner.h"
#include "tests/property/shrink.h"

#define CASES "tests/property/cases"

/* shows: R-ISO-40, R-ISO-42 */
static void test_property_kept_cases(void **state)
{
    static struct property_case c;
    static struct runner_end end;
    DIR *folder = opendir(CASES);
    struct dirent *entry;
    unsigned count = 0;
    char path[512];

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot == NULL || strcmp(dot, ".hex") != 0) {
            continue;
        }
        (void)snprintf(path, sizeof(path), CASES "/%s", entry->d_name);
        assert_true(case_read(path, &c));
        runner_run(&c, &end);
        if (end.kind[0] != '\0') {
            fail_msg("%s: %s\n%s", path, end.kind, end.text);
        }
        count++;
    }
    (void)closedir(folder);
    assert_true(count != 0U);
}

/* ---- the apparatus -------------------------------------------------------------------------- */

static uint64_t dice = 1U;

static uint64_t below(uint64_t limit)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (dice >> 33) % limit;
}

static struct property_case random_case(size_t count)
{
    struct property_case c = { .seed = below(UINT64_MAX), .count = count };

    for (size_t i = 0; i < count; i++) {
        c.ops[i] = (struct world_op){
            (uint8_t)below(WORLD_KINDS), (uint8_t)below(256U), (uint16_t)below(65536U),
            (uint32_t)below(UINT32_MAX), below(UINT64_MAX) << 31 ^ below(UINT64_MAX),
        };
    }
    return c;
}

/* A planted defect: a restart, later a command of guest 1 with bit 5 of its value set, and after
 * that any DMA. */
static bool planted(void *ctx, const struct property_case *c)
{
    unsigned stage = 0;

    ++*(unsigned *)ctx;
    for (size_t i = 0; i < c->count; i++) {
        const struct world_op *op = &c->ops[i];

        if (stage == 0U && op->kind == WORLD_RESTART) {
            stage = 1U;
        } else if (stage == 1U && op->kind == WORLD_COMMAND && (op->value & 32U) != 0U) {
            stage = 2U;
        } else if (stage == 2U && op->kind == WORLD_DMA) {
            return true;
        }
    }
    return false;
}

/* shows: R-ISO-43 */
static void test_property_shrinks_to_what_matters(void **state)
{
    unsigned asked = 0;
    struct property_case c = random_case(CASE_OPS);

    (void)state;
    assert_true(planted(&asked, &c));
    asked = 0;
    const struct shrink how = { planted, &asked, 10000U };
    const unsigned told = shrink_case(&how, &c);
    assert_int_equal(told, asked);
    assert_int_equal(c.count, 3U);
    assert_int_equal(c.ops[0].kind, WORLD_RESTART);
    assert_int_equal(c.ops[1].kind, WORLD_COMMAND);
    assert_int_equal(c.ops[2].kind, WORLD_DMA);
    assert_int_equal(c.seed, 0U);
    assert_int_equal(c.ops[0].value | c.ops[0].where | c.ops[0].which | c.ops[0].who, 0U);
    assert_true(c.ops[1].value < 256U && (c.ops[1].value & 32U) != 0U);
}

/* shows: R-ISO-43 */
static void test_property_shrinking_ends_with_its_budget(void **state)
{
    unsigned asked = 0;
    struct property_case c = random_case(CASE_OPS);
    const struct shrink how = { planted, &asked, 7U };

    (void)state;
    assert_int_equal(shrink_case(&how, &c), 7U);
    assert_int_equal(asked, 7U);
    assert_true(planted(&asked, &c));
}

/* shows: R-ISO-43 */
static void test_property_cases_are_bytes_and_text(void **state)
{
    static struct property_case c, read;
    static uint8_t bytes[CASE_BYTES + 40U];
    char path[] = "build/property-XXXXXX";

    (void)state;
    c = random_case(40U);
    const int number = mkstemp(path);
    assert_true(number >= 0);
    FILE *file = fdopen(number, "w");
    assert_non_null(file);
    fputs("# a comment\n\n", file);
    case_print(file, &c);
    assert_int_equal(fclose(file), 0);
    const bool good = case_read(path, &read);
    (void)unlink(path);
    assert_true(good);
    assert_memory_equal(&read, &c, sizeof(c));

    /* Bytes that are no whole operation, or more than a case has, do not count. */
    memset(bytes, 0x11, sizeof(bytes));
    case_from_bytes(bytes, CASE_SEED_BYTES + 2U * CASE_OP_BYTES + 5U, &read);
    assert_int_equal(read.count, 2U);
    assert_int_equal(read.seed, UINT64_C(0x1111111111111111));
    assert_int_equal(read.ops[1].where, 0x11111111U);
    case_from_bytes(bytes, sizeof(bytes), &read);
    assert_int_equal(read.count, CASE_OPS);
    case_from_bytes(bytes, 3U, &read);
    assert_int_equal(read.seed, 0x111111U);
    assert_int_equal(read.count, 0U);
}

/* shows: R-ISO-41 */
static void test_property_runs_are_repeated_exactly(void **state)
{
    static struct property_case one, other;
    static struct runner_end first, second;
    const struct runner_wish wish = { 99U, 2000U };

    (void)state;
    assert_true(runner_random(&wish, &one, &first));
    assert_true(runner_random(&wish, &other, &second));
    assert_memory_equal(&one, &other, sizeof(one));
    assert_memory_equal(first.seen, second.seen, sizeof(first.seen));
    /* The last case by itself, too. */
    runner_run(&one, &first);
    assert_string_equal(first.kind, "");
    assert_int_equal(first.done, one.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property_kept_cases),
        cmocka_unit_test(test_property_shrinks_to_what_matters),
        cmocka_unit_test(test_property_shrinking_ends_with_its_budget),
        cmocka_unit_test(test_property_cases_are_bytes_and_text),
        cmocka_unit_test(test_property_runs_are_repeated_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
