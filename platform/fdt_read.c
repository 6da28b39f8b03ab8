/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/fdt_read.h"

#include <libfdt.h>
#include <string.h>

#include "lib/format.h"
#include "platform/fdt_walk.h"

#define CELL_BYTES 4U

/* Devicetree specification 5.2: alignment of the blocks in the blob, which libfdt takes for granted
 * and a hart may trap on. */
#define RESERVATION_ALIGN 8U
#define STRUCTURE_ALIGN   4U

/* Values had another alignment before. */
#define LEAST_VERSION 16U

/* libfdt before 1.7 adds the length of a property to its place and takes what overflows for a step
 * back: it walks for ever. Here each step goes forward, up to the end of the blob, whose header has
 * been checked. */
static bool leads_to_its_end(const void *fdt)
{
    struct fdt_walk walk = fdt_walk_from(fdt, 0U);

    while (fdt_walk_on(&walk)) {
    }
    return walk.tag == FDT_END;
}

const char *fdt_read_check(const void *fdt, size_t size)
{
    if (!is_aligned((uintptr_t)fdt, 8U)) {
        return "it does not lie at a multiple of 8 bytes";
    }
    if (size >= FDT_V1_SIZE && (!is_aligned(fdt_off_mem_rsvmap(fdt), RESERVATION_ALIGN) ||
                                !is_aligned(fdt_off_dt_struct(fdt), STRUCTURE_ALIGN))) {
        return "its header puts blocks where they are not aligned";
    }
    if (size >= sizeof(struct fdt_header) && fdt_check_header(fdt) == 0 &&
        fdt_totalsize(fdt) <= size && !leads_to_its_end(fdt)) {
        return "its structure is damaged";
    }
    int error = fdt_check_full(fdt, size);
    if (error == 0 && fdt_version(fdt) < LEAST_VERSION) {
        return "its format version is not supported";
    }
    if (error == -FDT_ERR_TRUNCATED) {
        return "it is cut off, or its header gives sizes that do not fit it";
    }
    if (error == -FDT_ERR_BADMAGIC) {
        return "it does not begin with the magic number of a flattened device tree";
    }
    if (error == -FDT_ERR_BADVERSION) {
        return "its format version is not supported";
    }
    return error == 0 ? NULL : "its structure is damaged";
}

const void *fdt_read_property(const void *fdt, int node, const char *name, int *length)
{
    struct fdt_walk walk = fdt_walk_from(fdt, (uint32_t)node);

    (void)fdt_walk_on(&walk); /* the node's own tag */
    while (fdt_walk_on(&walk) && (walk.tag == FDT_PROP || walk.tag == FDT_NOP)) {
        if (walk.tag == FDT_PROP && strcmp(walk.strings + walk.name, name) == 0) {
            if (length != NULL) {
                *length = (int)walk.length;
            }
            return walk.value;
        }
    }
    return NULL;
}

bool fdt_read_has(const void *fdt, int node, const char *name)
{
    return fdt_read_property(fdt, node, name, NULL) != NULL;
}

bool fdt_read_cells(const void *fdt, int node, const char *name, struct fdt_cells *out)
{
    int length = 0;
    const void *bytes = fdt_read_property(fdt, node, name, &length);

    if (bytes == NULL || length < 0 || (uint32_t)length % CELL_BYTES != 0U) {
        return false;
    }
    *out = (struct fdt_cells){ .bytes = bytes, .count = (uint32_t)length / CELL_BYTES };
    return true;
}

uint32_t fdt_cell(struct fdt_cells cells, uint32_t index)
{
    if (index >= cells.count) {
        return 0U;
    }
    return fdt_word(cells.bytes + (size_t)index * CELL_BYTES);
}

uint64_t fdt_cell_number(struct fdt_cells cells, uint32_t index, uint32_t width)
{
    uint64_t value = 0U;

    for (uint32_t i = 0U; i < width; i++) {
        value = value << 32 | fdt_cell(cells, index + i);
    }
    return value;
}

bool fdt_read_u32(const void *fdt, int node, const char *name, uint32_t *out)
{
    struct fdt_cells cells;

    if (!fdt_read_cells(fdt, node, name, &cells) || cells.count != 1U) {
        return false;
    }
    *out = fdt_cell(cells, 0U);
    return true;
}

bool fdt_read_number(const void *fdt, int node, const char *name, uint64_t *out)
{
    struct fdt_cells cells;

    if (!fdt_read_cells(fdt, node, name, &cells) || cells.count < 1U || cells.count > 2U) {
        return false;
    }
    *out = fdt_cell_number(cells, 0U, cells.count);
    return true;
}

const char *fdt_read_text(const void *fdt, int node, const char *name)
{
    int length = 0;
    const char *text = fdt_read_property(fdt, node, name, &length);

    if (text == NULL || length <= 0 || memchr(text, '\0', (size_t)length) == NULL) {
        return NULL;
    }
    return text;
}

bool fdt_read_is_compatible(const void *fdt, int node, const char *compatible)
{
    int length = 0;
    const char *list = fdt_read_property(fdt, node, "compatible", &length);

    return list != NULL && fdt_stringlist_contains(list, length, compatible) != 0;
}

bool fdt_read_is_okay(const void *fdt, int node)
{
    if (!fdt_read_has(fdt, node, "status")) {
        return true;
    }
    const char *status = fdt_read_text(fdt, node, "status");
    return status != NULL && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

int fdt_read_by_path(const struct fdt_tree *tree, const char *text, size_t length)
{
    const char *path = text;
    size_t path_length = length;

    /* Only once: an alias of an alias could lead back to itself. */
    if (length > 0U && text[0] != '/') {
        char name[FDT_READ_PATH_MAX];
        int aliases = fdt_tree_child(tree, 0, "aliases", sizeof("aliases") - 1U);
        int value_length = 0;
        if (aliases < 0 || length >= sizeof(name)) {
            return -1;
        }
        (void)format_text(name, sizeof(name), "%.*s", (int)length, text);
        path = fdt_read_property(tree->fdt, aliases, name, &value_length);
        if (path == NULL || value_length <= 0) {
            return -1;
        }
        path_length = strnlen(path, (size_t)value_length);
    }
    if (path_length == 0U || path[0] != '/') {
        return -1;
    }
    int node = 0;
    for (size_t at = 0U; at < path_length && node >= 0;) {
        const char *name = path + at + 1U; /* behind a '/' */
        const char *end = memchr(name, '/', path_length - at - 1U);
        size_t name_length = end != NULL ? (size_t)(end - name) : path_length - at - 1U;
        if (name_length != 0U) {
            node = fdt_tree_child(tree, node, name, name_length);
        }
        at += 1U + name_length;
    }
    return node;
}

const char *fdt_read_path(const struct fdt_tree *tree, int node, char buffer[FDT_READ_PATH_MAX])
{
    char *at = buffer + FDT_READ_PATH_MAX - 1U;
    int above = fdt_tree_parent(tree, node);

    *at = '\0';
    for (int n = node; above >= 0; n = above, above = fdt_tree_parent(tree, n)) {
        int length = 0;
        const char *name = fdt_get_name(tree->fdt, n, &length);
        if (name == NULL || (size_t)length >= (size_t)(at - buffer)) {
            name = fdt_get_name(tree->fdt, node, NULL);
            (void)format_text(buffer, FDT_READ_PATH_MAX, ".../%s", name != NULL ? name : "?");
            return buffer;
        }
        at -= length;
        memcpy(at, name, (size_t)length);
        at--;
        *at = '/';
    }
    if (*at == '\0') { /* the root */
        at--;
        *at = '/';
    }
    return memmove(buffer, at, strlen(at) + 1U);
}
