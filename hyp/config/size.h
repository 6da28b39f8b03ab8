/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amounts of bytes as the configuration writes them: a number, decimal or 0x-hexadecimal, with K, M
 * or G behind it for 2^10, 2^20 or 2^30 bytes. Pure; any hart, any time.
 */
#ifndef HYP_CONFIG_SIZE_H
#define HYP_CONFIG_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* False when text is anything else, or the amount does not fit 64 bits; then *out is untouched. */
bool size_parse(const char *text, uint64_t *out);

/* The value of a hexadecimal digit, or 16 when it is none. */
uint32_t size_digit(char c);

/* The same amount as text, in the largest unit that holds it whole: "512M", "4K", "100". */
#define SIZE_TEXT_MAX 24U
struct size_text { char text[SIZE_TEXT_MAX]; };
struct size_text size_text(uint64_t bytes);

#endif
