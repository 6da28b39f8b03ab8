/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target only. Guest images are copied with these, so blocks move by the widest accesses that both ends
 * are aligned for alike: a file of a cpio archive begins at a multiple of 4 bytes. Misaligned accesses are
 * never made, since a hart may trap them.
 */
#include <string.h>

#include <stdbool.h>
#include <stdint.h>

/* Without this the compiler recognises the loops below and turns them into calls of themselves. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* A word that may overlay objects of any type, as the functions of this file must. */
typedef uint64_t __attribute__((may_alias)) word_t;
typedef uint32_t __attribute__((may_alias)) half_t;

#define WORD       sizeof(word_t)
#define HALF       sizeof(half_t)
#define UNROLLED   8U /* words of one round of a loop: 64 bytes, a usual cache block */

static bool aligned(const void *p, size_t width)
{
    return ((uintptr_t)p & (width - 1U)) == 0U;
}

/* Whether accesses of that width can be aligned at both ends. */
static bool alike(const void *a, const void *b, size_t width)
{
    return (((uintptr_t)a ^ (uintptr_t)b) & (width - 1U)) == 0U;
}

static void copy_bytes_up(uint8_t *restrict d, const uint8_t *restrict s, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        d[i] = s[i];
    }
}

static void copy_words_up(word_t *restrict d, const word_t *restrict s, size_t words)
{
    size_t i = 0U;

    for (; words - i >= UNROLLED; i += UNROLLED) {
        word_t w0 = s[i], w1 = s[i + 1U], w2 = s[i + 2U], w3 = s[i + 3U];
        word_t w4 = s[i + 4U], w5 = s[i + 5U], w6 = s[i + 6U], w7 = s[i + 7U];
        d[i] = w0, d[i + 1U] = w1, d[i + 2U] = w2, d[i + 3U] = w3;
        d[i + 4U] = w4, d[i + 5U] = w5, d[i + 6U] = w6, d[i + 7U] = w7;
    }
    for (; i < words; i++) {
        d[i] = s[i];
    }
}

static void copy_halves_up(half_t *restrict d, const half_t *restrict s, size_t halves)
{
    size_t i = 0U;

    for (; halves - i >= UNROLLED; i += UNROLLED) {
        half_t h0 = s[i], h1 = s[i + 1U], h2 = s[i + 2U], h3 = s[i + 3U];
        half_t h4 = s[i + 4U], h5 = s[i + 5U], h6 = s[i + 6U], h7 = s[i + 7U];
        d[i] = h0, d[i + 1U] = h1, d[i + 2U] = h2, d[i + 3U] = h3;
        d[i + 4U] = h4, d[i + 5U] = h5, d[i + 6U] = h6, d[i + 7U] = h7;
    }
    for (; i < halves; i++) {
        d[i] = s[i];
    }
}

void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
    uint8_t *d = dest;
    const uint8_t *s = src;
    const size_t width = alike(d, s, WORD) ? WORD : alike(d, s, HALF) ? HALF : 1U;
    size_t left = n;

    while (left > 0U && !aligned(d, width)) {
        *d++ = *s++;
        left--;
    }
    const size_t most = left & ~(width - 1U);
    if (width == WORD) {
        copy_words_up((word_t *)(void *)d, (const word_t *)(const void *)s, most / WORD);
    } else if (width == HALF) {
        copy_halves_up((half_t *)(void *)d, (const half_t *)(const void *)s, most / HALF);
    } else {
        copy_bytes_up(d, s, most);
    }
    copy_bytes_up(d + most, s + most, left - most);
    return dest;
}

/* From the last byte to the first: for a destination that begins inside the source. */
static void copy_down(uint8_t *dest, const uint8_t *src, size_t n)
{
    size_t left = n;

    if (alike(dest, src, WORD)) {
        while (left > 0U && !aligned(dest + left, WORD)) {
            left--;
            dest[left] = src[left];
        }
        while (left >= WORD) {
            left -= WORD;
            *(word_t *)(void *)(dest + left) = *(const word_t *)(const void *)(src + left);
        }
    }
    while (left > 0U) {
        left--;
        dest[left] = src[left];
    }
}

/* As memcpy but for spans that overlap with the destination first; no restrict here. */
static void copy_up(uint8_t *dest, const uint8_t *src, size_t n)
{
    size_t done = 0U;

    if (alike(dest, src, WORD)) {
        while (done < n && !aligned(dest + done, WORD)) {
            dest[done] = src[done];
            done++;
        }
        while (n - done >= WORD) {
            *(word_t *)(void *)(dest + done) = *(const word_t *)(const void *)(src + done);
            done += WORD;
        }
    }
    while (done < n) {
        dest[done] = src[done];
        done++;
    }
}

void *memmove(void *dest, const void *src, size_t n)
{
    /* Unsigned wrap-around: below src gives a huge distance, which is safe upwards as well. */
    if ((uintptr_t)dest - (uintptr_t)src >= n) {
        copy_up(dest, src, n);
    } else {
        copy_down(dest, src, n);
    }
    return dest;
}

void *memset(void *dest, int byte, size_t n)
{
    uint8_t *d = dest;
    uint8_t value = (uint8_t)byte;
    word_t pattern = value * UINT64_C(0x0101010101010101);
    size_t left = n;

    while (left > 0U && !aligned(d, WORD)) {
        *d++ = value;
        left--;
    }
    word_t *w = (word_t *)(void *)d;
    size_t words = left / WORD;
    size_t i = 0U;
    for (; words - i >= UNROLLED; i += UNROLLED) {
        w[i] = pattern, w[i + 1U] = pattern, w[i + 2U] = pattern, w[i + 3U] = pattern;
        w[i + 4U] = pattern, w[i + 5U] = pattern, w[i + 6U] = pattern, w[i + 7U] = pattern;
    }
    for (; i < words; i++) {
        w[i] = pattern;
    }
    d += words * WORD;
    left -= words * WORD;
    while (left > 0U) {
        *d++ = value;
        left--;
    }
    return dest;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (size_t i = 0U; i < n; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

/* The standard's signatures drop const; this is the one place where it happens. */
static void *without_const(const void *p)
{
    return (void *)(uintptr_t)p;
}

void *memchr(const void *s, int byte, size_t n)
{
    const uint8_t *p = s;

    for (size_t i = 0U; i < n; i++) {
        if (p[i] == (uint8_t)byte) {
            return without_const(&p[i]);
        }
    }
    return NULL;
}

size_t strlen(const char *s)
{
    size_t n = 0U;

    while (s[n] != '\0') {
        n++;
    }
    return n;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0U;

    while (n < max && s[n] != '\0') {
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        uint8_t x = (uint8_t)a[i];
        uint8_t y = (uint8_t)b[i];
        if (x != y) {
            return x < y ? -1 : 1;
        }
        if (x == 0U) {
            break;
        }
    }
    return 0;
}

char *strchr(const char *s, int c)
{
    const char *p = s;

    while (*p != (char)c) {
        if (*p == '\0') {
            return NULL;
        }
        p++;
    }
    return without_const(p);
}

char *strrchr(const char *s, int c)
{
    const char *found = NULL;
    const char *p = s;

    for (; *p != '\0'; p++) {
        if (*p == (char)c) {
            found = p;
        }
    }
    return without_const((char)c == '\0' ? p : found);
}
