/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/nearest.h"

#include <stddef.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Length of text, or NEAREST_LENGTH_MAX + 1 for anything longer. */
static uint32_t bounded_length(const char *text)
{
    uint32_t n = 0U;

    while (n <= NEAREST_LENGTH_MAX && text[n] != '\0') {
        n++;
    }
    return n;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Three rows of the table are kept: the exchange of two neighbours looks two rows back. */
static uint32_t distance(const char *a, uint32_t alen, const char *b, uint32_t blen)
{
    uint32_t rows[3][NEAREST_LENGTH_MAX + 1U];

    for (uint32_t j = 0U; j <= blen; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1U; i <= alen; i++) {
        uint32_t *row = rows[i % 3U];
        const uint32_t *above = rows[(i + 2U) % 3U];
        const uint32_t *above2 = rows[(i + 1U) % 3U];

        row[0] = i;
        for (uint32_t j = 1U; j <= blen; j++) {
            char x = lower(a[i - 1U]);
            char y = lower(b[j - 1U]);

            row[j] = least(least(above[j], row[j - 1U]) + 1U, above[j - 1U] + (x == y ? 0U : 1U));
            if (i > 1U && j > 1U && x == lower(b[j - 2U]) && y == lower(a[i - 2U])) {
                row[j] = least(row[j], above2[j - 2U] + 1U);
            }
        }
    }
    return rows[alen % 3U][blen];
}

const char *nearest_name(const char *word, const char *const *names, uint32_t count)
{
    const char *best = NULL;
    uint32_t best_distance = UINT32_MAX;
    uint32_t length = bounded_length(word);

    if (length > NEAREST_LENGTH_MAX) {
        return NULL;
    }
    for (uint32_t i = 0U; i < count; i++) {
        uint32_t name_length = bounded_length(names[i]);
        if (name_length > NEAREST_LENGTH_MAX) {
            continue;
        }
        uint32_t longer = length > name_length ? length : name_length;
        uint32_t allowed = longer / 3U;
        if (allowed == 0U && longer >= 2U) {
            allowed = 1U;
        }
        uint32_t d = distance(word, length, names[i], name_length);
        if (d <= allowed && d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
