/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a case that fails as short and as plain as it can: operations are taken out, many at once
 * first (delta debugging); then numbers become 0 or lose digits, and the seed a small one; again,
 * until nothing helps. Whether a case still fails says its caller, who is asked `budget` times at
 * most.
 */
#ifndef TESTS_PROPERTY_SHRINK_H
#define TESTS_PROPERTY_SHRINK_H

#include "tests/property/case.h"

struct shrink {
    bool (*fails)(void *ctx, const struct property_case *c);
    void *ctx;
    unsigned budget;
};

/* *c fails before and after. Returns how often was asked. */
unsigned shrink_case(const struct shrink *how, struct property_case *c);

#endif
