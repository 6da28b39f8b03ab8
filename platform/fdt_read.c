/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/fdt_read.h"

#include <libfdt.h>
#include <string.h>

#include "lib/format.h"

#define CELL_BYTES 4U

/* Devicetree specification 5.2: alignment of the blocks in the blob, which libfdt takes for granted
 * and a hart may trap on. */
#define RESERVATION_ALIGN 8U
#define STRUCTURE_ALIGN   4U
#define PROPERTY_LENGTH   0U   /* 5.4.1: what follows FDT_PROP, besides the value */
#define PROPERTY_BYTES    8U

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

/* libfdt before 1.7 adds the length of a property to its place and takes what overflows for a step
 * back: it walks for ever. Here each step goes forward, up to the end of the blob, whose header has
 * been checked. */
static bool leads_to_its_end(const uint8_t *fdt)
{
    const uint64_t size = fdt_totalsize(fdt);
    uint64_t at = fdt_off_dt_struct(fdt);

    while (at + FDT_TAGSIZE <= size) {
        const uint32_t tag = big_endian(fdt + at);

        at += FDT_TAGSIZE;
        if (tag == FDT_END) {
            return true;
        }
        if (tag == FDT_PROP && at + PROPERTY_BYTES <= size) {
            at += PROPERTY_BYTES + (uint64_t)big_endian(fdt + at + PROPERTY_LENGTH);
        }
        while (tag == FDT_BEGIN_NODE && at < size && fdt[at] != '\0') {
            at++;
        }
        at = align_up(at + (tag == FDT_BEGIN_NODE ? 1U : 0U), STRUCTURE_ALIGN);
    }
    return false;
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

bool fdt_read_cells(const void *fdt, int node, const char *name, struct fdt_cells *out)
{
    int length = 0;
    const void *bytes = fdt_getprop(fdt, node, name, &length);

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
    return big_endian(cells.bytes + (size_t)index * CELL_BYTES);
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
    const char *text = fdt_getprop(fdt, node, name, &length);

    if (text == NULL || length <= 0 || memchr(text, '\0', (size_t)length) == NULL) {
        return NULL;
    }
    return text;
}

bool fdt_read_is_compatible(const void *fdt, int node, const char *compatible)
{
    return fdt_node_check_compatible(fdt, node, compatible) == 0;
}

bool fdt_read_is_okay(const void *fdt, int node)
{
    if (fdt_getprop(fdt, node, "status", NULL) == NULL) {
        return true;
    }
    const char *status = fdt_read_text(fdt, node, "status");
    return status != NULL && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

int fdt_read_by_phandle(const void *fdt, uint32_t phandle)
{
    int node = fdt_node_offset_by_phandle(fdt, phandle);
    return node < 0 ? -1 : node;
}

int fdt_read_by_path(const void *fdt, const char *text, size_t length)
{
    const char *path = text;
    size_t path_length = length;

    /* libfdt would follow an alias by itself, but to another alias without a bound. */
    if (length > 0U && text[0] != '/') {
        int aliases = fdt_path_offset(fdt, "/aliases");
        int value_length = 0;
        if (aliases < 0 || length > FDT_READ_PATH_MAX) {
            return -1;
        }
        path = fdt_getprop_namelen(fdt, aliases, text, (int)length, &value_length);
        if (path == NULL || value_length <= 0) {
            return -1;
        }
        path_length = strnlen(path, (size_t)value_length);
    }
    if (path_length == 0U || path_length > INT32_MAX || path[0] != '/') {
        return -1;
    }
    int node = fdt_path_offset_namelen(fdt, path, (int)path_length);
    return node < 0 ? -1 : node;
}

int fdt_read_parent(const void *fdt, int node)
{
    int parent = fdt_parent_offset(fdt, node);
    return parent < 0 ? -1 : parent;
}

const char *fdt_read_path(const void *fdt, int node, char buffer[FDT_READ_PATH_MAX])
{
    if (fdt_get_path(fdt, node, buffer, (int)FDT_READ_PATH_MAX) != 0) {
        const char *name = fdt_get_name(fdt, node, NULL);
        (void)format_text(buffer, FDT_READ_PATH_MAX, ".../%s", name != NULL ? name : "?");
    }
    return buffer;
}
