/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device tree from a file: source, compiled by dtc, or a blob as it is. For source, every node
 * and property keeps the file and line where it was written, as `dtc -T` tells them.
 */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/diag.h"

struct place {
    char *path;              /* of the node */
    char *property;          /* NULL: the node itself */
    char *where;             /* "file:line" */
};

struct source {
    const char *file;        /* as the user named it */
    void *blob;
    size_t size;
    struct place *places;
    size_t place_count;
};

/* False after saying why on standard error. */
bool source_load(const char *file, struct source *out);
void source_free(struct source *source);

/* The line of the node at path in the file itself; 0 when none is known or it is in an included
 * file. */
uint32_t source_line(const struct source *source, const char *path);

/* Findings in this tree go to standard error as "file:line: error: text", or with the node's path
 * where no line is known. */
struct diag source_diag(struct source *source);

#endif
