/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle: a newc cpio archive that the boot loader hands over as an initrd, holding config.dtb
 * and the guests' images. It stays where it is for the whole run, as the pristine copy from which
 * a guest is restarted. Every header field and length is checked once, here; after bundle_open the
 * file list is plain data. Pure.
 *
 * Format: cpio(5) "new ASCII format" (070701); 070702 (with CRC) is refused.
 */
#ifndef PLATFORM_BUNDLE_H
#define PLATFORM_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/diag.h"

#define BUNDLE_MAX_FILES 64U
#define BUNDLE_NAME_MAX  256U         /* of a file, with the final 0 */
#define BUNDLE_TRAILER   "TRAILER!!!" /* the name that ends the archive; no file can have it */

/* Whether a bundle can hold a file with this name: 1 to BUNDLE_NAME_MAX - 1 printable characters,
 * not BUNDLE_TRAILER. */
bool bundle_name_is_good(const char *name);

struct bundle_file {
    const char *name;        /* 0-terminated, inside the archive; no leading "./" */
    const uint8_t *data;     /* inside the archive */
    uint64_t size;           /* bytes */
};

struct bundle {
    struct bundle_file files[BUNDLE_MAX_FILES];
    uint32_t count;
};

/* Findings: truncated, bad magic, bad hex, name not terminated, sizes past the end, two files with
 * one name, too many files, no TRAILER!!!. Only regular files are taken; directories are skipped;
 * anything else (links, devices) is refused. */
bool bundle_open(const void *archive, size_t size, struct bundle *out, struct diag *d);

/* NULL if there is none. */
const struct bundle_file *bundle_find(const struct bundle *bundle, const char *name);

#endif
