/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/config/value.h"

#include <stddef.h>
#include <string.h>

#include "hyp/config/size.h"

#define CELL_BYTES 4U

/* The number of texts that these bytes are, one after the other, or 0 when they are not. */
static uint32_t count_texts(const uint8_t *bytes, uint32_t length)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < length; i++) {
        if (bytes[i] == 0U) {
            count++;
        } else if (bytes[i] < 0x20U || bytes[i] > 0x7eU) {
            return 0;
        }
    }
    return length != 0U && bytes[length - 1U] == 0U ? count : 0U;
}

/* Bytes that read as a text are a text, so "16M" is never the cell <0x31364d00>. The few amounts
 * that this takes from cells (three printable bytes and a 0, as in <0x31303000>) can be written as
 * text or in two cells. */
static bool is_text(const uint8_t *bytes, uint32_t length)
{
    return count_texts(bytes, length) == 1U;
}

bool value_fits(enum value_kind kind, const void *data, uint32_t length)
{
    switch (kind) {
    case VALUE_FLAG:
        return length == 0U;
    case VALUE_TEXT:
        return is_text(data, length);
    case VALUE_TEXTS:
        return count_texts(data, length) != 0U;
    case VALUE_CELL:
        return length == CELL_BYTES && !is_text(data, length);
    case VALUE_CELLS:
        return length != 0U && length % CELL_BYTES == 0U;
    case VALUE_BYTES:
        return is_text(data, length) || length == CELL_BYTES || length == 2U * CELL_BYTES;
    default:
        return false;
    }
}

const char *value_wanted(enum value_kind kind)
{
    switch (kind) {
    case VALUE_FLAG:
        return "a flag: write the name alone, without a value";
    case VALUE_TEXT:
        return "one text, such as \"name\"";
    case VALUE_TEXTS:
        return "one or more texts, such as \"a\", \"b\"";
    case VALUE_CELL:
        return "one number, such as <1>";
    case VALUE_CELLS:
        return "one or more numbers, such as <1 2>";
    case VALUE_BYTES:
    default:
        return "an amount or address, such as \"64M\", <0x4000000> or <0x0 0x80000000>";
    }
}

uint32_t value_cell(const void *data, uint32_t i)
{
    const uint8_t *b = (const uint8_t *)data + (size_t)i * CELL_BYTES;

    return ((uint32_t)b[0] << 24) | ((uint32_t)b[1] << 16) | ((uint32_t)b[2] << 8) | b[3];
}

bool value_bytes(const void *data, uint32_t length, uint64_t *out)
{
    if (is_text(data, length)) {
        return size_parse(data, out);
    }
    *out = length == CELL_BYTES
               ? value_cell(data, 0)
               : ((uint64_t)value_cell(data, 0) << 32) | value_cell(data, 1);
    return true;
}

const char *value_next_text(const void *data, uint32_t length, const char *text)
{
    const char *next = text + strlen(text) + 1U;

    return next < (const char *)data + length ? next : NULL;
}
