/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#define DIGITS_MAX 20U /* of 2^64 - 1 in decimal */
#define WIDTH_MAX  64U /* wider fields are cut to this, so that a format cannot run away */

struct sink {
    char *buffer;
    size_t size;
    size_t used;
};

/* One conversion: %[-][0][width][.*][l|ll|z]letter */
struct conversion {
    bool left, zero, precise;
    uint32_t width;
    size_t precision;
    uint32_t bits; /* of an integer argument: 32 or 64 */
    char letter;
};

static void put(struct sink *s, char c)
{
    if (s->used + 1U < s->size) {
        s->buffer[s->used] = c;
        s->used++;
    }
}

static void pad(struct sink *s, char c, size_t length, uint32_t width)
{
    for (size_t i = length; i < width; i++) {
        put(s, c);
    }
}

/* Reads what follows a '%'; returns the characters it takes, or 0 when it is no conversion that is
 * known. The argument of '*' is left for the caller. */
static size_t parse(const char *text, struct conversion *c)
{
    const char *p = text;

    *c = (struct conversion){ .bits = 32U };
    if (*p == '-') {
        c->left = true;
        p++;
    }
    if (*p == '0') {
        c->zero = true;
        p++;
    }
    while (*p >= '0' && *p <= '9') {
        c->width = c->width * 10U + (uint32_t)(*p - '0');
        c->width = c->width > WIDTH_MAX ? WIDTH_MAX : c->width;
        p++;
    }
    if (p[0] == '.' && p[1] == '*') {
        c->precise = true;
        p += 2;
    }
    if (*p == 'l') {
        c->bits = 64U;
        p += p[1] == 'l' ? 2 : 1;
    } else if (*p == 'z') {
        c->bits = 64U;
        p++;
    }
    c->letter = *p;

    bool integer = *p == 'u' || *p == 'x' || *p == 'd';
    bool text_like = (*p == 's' || *p == 'c' || *p == '%') && c->bits == 32U;
    if (!(integer && !c->precise) && !(text_like && (!c->precise || *p == 's'))) {
        return 0U;
    }
    return (size_t)(p - text) + 1U;
}

static void put_string(struct sink *s, const struct conversion *c, const char *text)
{
    const char *shown = text != NULL ? text : "(none)";
    size_t length = 0U;

    while ((!c->precise || length < c->precision) && shown[length] != '\0') {
        length++;
    }
    if (!c->left) {
        pad(s, ' ', length, c->width);
    }
    for (size_t i = 0U; i < length; i++) {
        put(s, shown[i]);
    }
    if (c->left) {
        pad(s, ' ', length, c->width);
    }
}

static void put_number(struct sink *s, const struct conversion *c, uint64_t value, bool negative)
{
    char digits[DIGITS_MAX];
    size_t count = 0U;
    uint64_t base = c->letter == 'x' ? 16U : 10U;
    uint64_t rest = value;

    do {
        digits[count] = "0123456789abcdef"[rest % base];
        count++;
        rest /= base;
    } while (rest != 0U);

    size_t length = count + (negative ? 1U : 0U);
    if (!c->left && !c->zero) {
        pad(s, ' ', length, c->width);
    }
    if (negative) {
        put(s, '-');
    }
    if (!c->left && c->zero) {
        pad(s, '0', length, c->width);
    }
    while (count > 0U) {
        count--;
        put(s, digits[count]);
    }
    if (c->left) {
        pad(s, ' ', length, c->width);
    }
}

size_t format_text_v(char *buffer, size_t size, const char *format, va_list args)
{
    struct sink s = { .buffer = buffer, .size = size };
    struct conversion c;
    va_list ap;

    va_copy(ap, args);
    for (const char *p = format; *p != '\0'; p++) {
        size_t taken = *p == '%' ? parse(p + 1, &c) : 0U;
        if (taken == 0U) {
            put(&s, *p);
            continue;
        }
        p += taken;
        if (c.precise) {
            int precision = va_arg(ap, int);
            c.precise = precision >= 0;
            c.precision = precision >= 0 ? (size_t)precision : 0U;
        }
        if (c.letter == 's') {
            put_string(&s, &c, va_arg(ap, const char *));
        } else if (c.letter == 'c') {
            put(&s, (char)va_arg(ap, int));
        } else if (c.letter == '%') {
            put(&s, '%');
        } else if (c.letter == 'd') {
            int64_t value = c.bits == 64U ? va_arg(ap, long long) : va_arg(ap, int);
            /* 0 - x is right for the most negative value too, where -x would overflow. */
            put_number(&s, &c, value < 0 ? 0U - (uint64_t)value : (uint64_t)value, value < 0);
        } else {
            put_number(&s, &c,
                       c.bits == 64U ? va_arg(ap, unsigned long long) : va_arg(ap, unsigned int),
                       false);
        }
    }
    va_end(ap);
    s.buffer[s.used] = '\0';
    return s.used;
}

size_t format_text(char *buffer, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t length = format_text_v(buffer, size, format, args);
    va_end(args);
    return length;
}
