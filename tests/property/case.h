/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case of the property tests: a seed and operations (tests/world/world.h). As bytes: 8 of the seed
 * and 16 of each operation, little-endian; what is left over at the end is ignored, so all bytes are
 * a case. As a file: the same in hexadecimal digits, spaces and lines as one likes, comments from #
 * to the end of the line.
 */
#ifndef TESTS_PROPERTY_CASE_H
#define TESTS_PROPERTY_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/world/world.h"

enum { CASE_OPS = 512, CASE_SEED_BYTES = 8, CASE_OP_BYTES = 16,
       CASE_BYTES = CASE_SEED_BYTES + CASE_OPS * CASE_OP_BYTES };

struct property_case {
    uint64_t seed;
    size_t count;
    struct world_op ops[CASE_OPS];
};

/* What is beyond CASE_OPS operations does not count. */
void case_from_bytes(const uint8_t *data, size_t size, struct property_case *out);

/* Lines of hexadecimal digits: the seed, then one for each operation with its kind in words. */
void case_print(FILE *file, const struct property_case *c);

/* False: no such file, or not of that form. */
bool case_read(const char *path, struct property_case *out);

/* The world of a case, from its beginning to its end; ends the program if an invariant does not
 * hold. *done counts the operations that were begun. */
void case_run(const struct property_case *c, volatile size_t *done);

#endif
