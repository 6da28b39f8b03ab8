/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz harnesses share. Each fuzz_NAME.c defines LLVMFuzzerTestOneInput and is built
 * twice: with driver.c as a unit test (seeds and seeded mutations, gcc), and with libFuzzer (`make
 * fuzz`, clang). cmocka's assertions and the sanitizers are the judges in both; libFuzzer takes
 * the exit or abort that follows an assertion for a crash.
 *
 * An input is either one file, or a sequence of operations that a guest could do. The comment at
 * the top of a harness says what it covers, files and folders: run.py counts their lines.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A harness may have a mutator of its own (and one that crosses two inputs); it may use libFuzzer's, or what driver.c has in its
 * place. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                                     unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_size,
                                 unsigned int seed);

/* How many inputs the unit test makes, about, if that is to be another number than for most. */
extern __attribute__((weak)) const uint32_t fuzz_inputs;

/* What is left of an input. */
struct fuzz_input {
    const uint8_t *data;
    size_t left;
};

/* The next bytes (at most 8) as a little-endian number; after the end zeros follow. */
static inline uint64_t fuzz_take(struct fuzz_input *in, uint32_t bytes)
{
    uint64_t value = 0U;

    for (uint32_t i = 0U; i < bytes && in->left != 0U; i++) {
        value |= (uint64_t)*in->data << 8U * i;
        in->data++;
        in->left--;
    }
    return value;
}

/* A copy of exactly that size, aligned as malloc does, so that a byte read past the end is seen. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0U ? 1U : size);

    assert_non_null(copy);
    if (size != 0U) {
        memcpy(copy, data, size);
    }
    return copy;
}

static inline void fuzz_told(void *ctx, const char *path, const char *property, const char *text)
{
    size_t *length = ctx;

    assert_non_null(path);
    assert_true(strlen(text) != 0U && strlen(text) < DIAG_TEXT_MAX);
    *length += strlen(path) + strlen(text) + (property != NULL ? strlen(property) : 0U);
}

/* Takes findings and reads each of them to its end. length is the caller's. */
static inline struct diag fuzz_diag(size_t *length)
{
    *length = 0U;
    return (struct diag){ .emit = fuzz_told, .ctx = length };
}

#endif
