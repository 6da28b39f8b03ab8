/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/config/size.h"

#include "lib/format.h"

uint32_t size_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (uint32_t)(c - 'a') + 10U;
    }
    if (c >= 'A' && c <= 'F') {
        return (uint32_t)(c - 'A') + 10U;
    }
    return 16U;
}

/* The power of two that a unit stands for, or 64 when it is none. */
static uint32_t unit_shift(const char *unit)
{
    if (unit[0] == '\0') {
        return 0U;
    }
    if (unit[1] != '\0') {
        return 64U;
    }
    switch (unit[0]) {
    case 'K': return 10U;
    case 'M': return 20U;
    case 'G': return 30U;
    default:  return 64U;
    }
}

bool size_parse(const char *text, uint64_t *out)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const uint32_t radix = hex ? 16U : 10U;
    const char *first = hex ? text + 2 : text;
    const char *at = first;
    uint64_t value = 0;

    for (uint32_t digit = size_digit(*at); digit < radix; digit = size_digit(*at)) {
        if (value > (UINT64_MAX - digit) / radix) {
            return false;
        }
        value = value * radix + digit;
        at++;
    }
    const uint32_t shift = unit_shift(at);
    if (at == first || shift == 64U || value > UINT64_MAX >> shift) {
        return false;
    }
    *out = value << shift;
    return true;
}

struct size_text size_text(uint64_t bytes)
{
    static const struct { uint32_t shift; const char *name; } units[] = {
        { 30U, "G" }, { 20U, "M" }, { 10U, "K" },
    };
    struct size_text out = { "" };
    uint32_t shift = 0;
    const char *name = "";

    for (uint32_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (bytes != 0U && (bytes & ((UINT64_C(1) << units[i].shift) - 1U)) == 0U) {
            shift = units[i].shift;
            name = units[i].name;
            break;
        }
    }
    (void)format_text(out.text, sizeof(out.text), "%lu%s", (unsigned long)(bytes >> shift), name);
    return out;
}
