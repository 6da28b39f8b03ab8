/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that a property of the configuration can have, and how they are read. A flattened tree
 * carries no types (Devicetree specification v0.4, 2.2.4), so the schema says what is expected and
 * value_fits decides whether the bytes are that. Pure; any hart, any time.
 */
#ifndef HYP_CONFIG_VALUE_H
#define HYP_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

enum value_kind {
    VALUE_FLAG,              /* present, empty */
    VALUE_TEXT,              /* one printable text */
    VALUE_TEXTS,             /* one or more of them */
    VALUE_CELL,              /* one 32-bit number */
    VALUE_CELLS,             /* one or more of them */
    VALUE_BYTES              /* an amount or address: a text for size_parse, one or two cells */
};

/* Whether the bytes are a value of that kind. An amount in text has the right shape here, its
 * number is value_bytes' to judge. */
bool value_fits(enum value_kind kind, const void *data, uint32_t length);

/* What the user should have written: ends the sentence "... must be". */
const char *value_wanted(enum value_kind kind);

/* Cell i of a value; i below length / 4. */
uint32_t value_cell(const void *data, uint32_t i);

/* The amount of a value that fits VALUE_BYTES; false when its text is no amount. */
bool value_bytes(const void *data, uint32_t length, uint64_t *out);

/* The text after this one in a VALUE_TEXTS of length bytes, or NULL. */
const char *value_next_text(const void *data, uint32_t length, const char *text);

#endif
