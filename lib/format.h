/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formatter of every message, the same on host and target so that messages are identical.
 * Conversions: %s %c %d %u %x %lu %lx %llu %llx %zu %%, with '0' flag and width for numbers, width
 * and '-' for %s, and %.*s. Anything else prints as it stands in the format.
 *
 * Returns the length that was stored (without the terminating 0), at most size - 1; longer text is
 * cut. size must be at least 1.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

size_t format_text(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_text_v(char *buffer, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
