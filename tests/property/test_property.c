/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The invariants under operations by chance. One source for several programs, which run side by
 * side: the number at the end of a program's name is its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/property/runner.h"

#define PROGRAMS UINT64_C(8)
#define STEPS    (UINT64_C(1000000) / PROGRAMS)

static const char *name;

static void print_speed(const struct timespec *from)
{
    struct timespec to;

    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    const double seconds = (double)(to.tv_sec - from->tv_sec) +
                           (double)(to.tv_nsec - from->tv_nsec) / 1e9;
    (void)printf("%s: %llu steps, %.0f a second\n", name, (unsigned long long)STEPS,
                 (double)STEPS / seconds);
}

/* shows: R-ISO-35, R-ISO-40 */
static void test_property_invariants_hold(void **state)
{
    static struct property_case failed;
    static struct runner_end end;
    const char *digits = &name[strcspn(name, "0123456789")];
    const struct runner_wish wish = { strtoull(digits, NULL, 10), STEPS };
    struct timespec from;

    (void)state;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    if (!runner_random(&wish, &failed, &end)) {
        runner_report(name, &failed, &end);
        fail_msg("%s does not hold", end.kind);
    }
    print_speed(&from);
    /* A run that never came to these would have shown nothing. */
    for (unsigned i = 0; i < WORLD_SIGHTS; i++) {
        if (end.seen[i] == 0U) {
            fail_msg("never seen: %s", world_sight_names[i]);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_property_invariants_hold) };
    const char *slash = argc != 0 ? strrchr(argv[0], '/') : NULL;

    name = slash != NULL ? slash + 1 : "test_property_1";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
