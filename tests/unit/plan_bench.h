/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of devices in the plan have in common: a board, its functions, a configuration, the verdict. */
#ifndef TESTS_UNIT_PLAN_BENCH_H
#define TESTS_UNIT_PLAN_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/plan/plan.h"
#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct board board;
static struct pci pci;
static struct config config;
static struct plan plan;
static struct told told;

/* The virt board with FAKE_... and three guests without devices. */
static inline int bench_setup(void **state)
{
    (void)state;
    fake_board(&board);
    fake_inventory(&pci);
    fake_config(&config, &board, 3);
    return 0;
}

static inline bool build(void)
{
    told_init(&told);
    return plan_build(&board, &pci, &config, NULL, NULL, 0, &plan, &told.diag);
}

static inline void assert_good(void)
{
    if (!build()) {
        fail_msg("%s", told.text);
    }
}

/* The only finding, all of it. */
static inline void assert_finding(const char *expected)
{
    if (build() || strcmp(told.text, expected) != 0) {
        fail_msg("expected: %ssaid:     %s", expected, told.text);
    }
}

#endif
