/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs cases in processes of their own, so that whatever ends one (an invariant, a sanitizer, a
 * fault, a time limit) is caught, made short, printed, and left as a file.
 */
#ifndef TESTS_PROPERTY_RUNNER_H
#define TESTS_PROPERTY_RUNNER_H

#include "tests/property/case.h"

enum { RUNNER_TEXT = 16384, RUNNER_KIND = 32 };

/* How a case ended. kind: the invariant, or "sanitizer", "time", "crash"; "" if it ended well. */
struct runner_end {
    char kind[RUNNER_KIND];
    char text[RUNNER_TEXT];        /* what it said, the end of it */
    size_t done;                   /* operations, with the one that failed */
    uint64_t seen[WORLD_SIGHTS];
};

void runner_run(const struct property_case *c, struct runner_end *end);

/* Cases by chance, one after the other, until so many operations are done or one fails. Cases and
 * operations are the same in every run with that seed, and no other seed has the same ones. True:
 * none failed; else *failed is the case, up to the operation that did. */
struct runner_wish {
    uint64_t seed, steps;
};
bool runner_random(const struct runner_wish *wish, struct property_case *failed,
                   struct runner_end *end);

/* Makes a failed case short, as long as it fails in the same way, and writes it to
 * build/property/NAME.hex and to the error output, with what it says. */
void runner_report(const char *name, struct property_case *failed, const struct runner_end *end);

#endif
