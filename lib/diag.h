/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checkers say. One source of checks serves the host tool and the hypervisor, so a
 * finding carries the place in the configuration (node path and property), and whoever receives it
 * turns that into file and line (host tool) or prints it as it is (hypervisor).
 *
 * All findings of a stage are reported, not only the first: the user mends them in one go.
 */
#ifndef LIB_DIAG_H
#define LIB_DIAG_H

#include <stdarg.h>
#include <stdint.h>

#define DIAG_TEXT_MAX 480U

struct diag {
    /* path: node in the configuration or board tree, "" when there is none; property may be NULL.
     * The text is one line without a final newline and lives only during the call. */
    void (*emit)(void *ctx, const char *path, const char *property, const char *text);
    void *ctx;
    uint32_t errors; /* findings reported so far; 0 means the checked thing is good */
};

void diag_error(struct diag *d, const char *path, const char *property, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
