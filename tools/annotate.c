/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/annotate.h"

#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyp/config/config.h"
#include "tools/file.h"

/* Bytes beside the tree as dtc wrote it: a property of one cell takes 16 and a node, of which each
 * can get one, at least 12; and the two names. */
#define ROOM_FACTOR 3U
#define ROOM_MORE   256U

/* The tree comes from dtc and has room, so no change fails but by a mistake of ours. */
static int must(int result)
{
    if (result < 0) {
        fprintf(stderr, "bulkhead: cannot add places to the configuration: %s\n",
                fdt_strerror(result));
        exit(1);
    }
    return result;
}

/* Text of the configuration is printable ASCII (hyp/config/value.h), names of files need not be.
 * The caller frees. */
static char *printable_name(const char *file)
{
    const char *name = file_name(file);
    const size_t length = strlen(name);
    char *out = file_allocate(length + 1U);

    for (size_t i = 0; i < length; i++) {
        out[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    }
    out[length] = '\0';
    return out;
}

static bool is_users(const void *blob, int node, const char *path, const char *property,
                     struct diag *d)
{
    if (fdt_getprop(blob, node, property, NULL) == NULL) {
        return false;
    }
    diag_error(d, path, property, "%s is what `bulkhead pack` writes: remove it", property);
    return true;
}

static void add_source(const struct source *config, void *blob, struct diag *d)
{
    char *name = printable_name(config->file);

    if (!is_users(blob, 0, "/", CONFIG_SOURCE_PROPERTY, d)) {
        must(fdt_setprop(blob, 0, CONFIG_SOURCE_PROPERTY, name, (int)strlen(name) + 1));
    }
    free(name);
}

/* A property of a node moves what is behind that node, so that the walk finds the next. */
static void add_lines(const struct source *config, void *blob, int guest, struct diag *d)
{
    const int devices = fdt_subnode_offset(blob, guest, "devices");
    char path[CONFIG_PATH_MAX];
    int node;

    if (devices < 0) {
        return;
    }
    fdt_for_each_subnode(node, blob, devices) {
        /* A path that is longer has a name that is refused. */
        if (fdt_get_path(blob, node, path, (int)sizeof(path)) != 0 ||
            is_users(blob, node, path, CONFIG_LINE_PROPERTY, d)) {
            continue;
        }
        const uint32_t line = source_line(config, path);
        if (line != 0U) {
            must(fdt_setprop_u32(blob, node, CONFIG_LINE_PROPERTY, line));
        }
    }
}

void annotate_config(struct source *config, struct diag *d)
{
    /* One that is too large is refused when it is read. */
    if (config->place_count == 0U || config->size > CONFIG_BLOB_MAX) {
        return;
    }
    const size_t room = ROOM_FACTOR * config->size + strlen(config->file) + ROOM_MORE;
    void *blob = file_allocate(room);
    int node;

    must(fdt_open_into(config->blob, blob, (int)room));
    add_source(config, blob, d);
    const int guests = fdt_subnode_offset(blob, 0, "guests");
    if (guests >= 0) {
        fdt_for_each_subnode(node, blob, guests) {
            add_lines(config, blob, node, d);
        }
    }
    must(fdt_pack(blob));
    free(config->blob);
    config->blob = blob;
    config->size = fdt_totalsize(blob);
}
