/* SPDX-License-Identifier: Apache-2.0 */
/* RAM, reservations and what /chosen says (Devicetree specification 3.4, 3.5, 3.6, 5.3). */
#include <libfdt.h>
#include <string.h>

#include "lib/format.h"
#include "platform/board_read.h"

/* Node names are compared without their unit address (2.2.1). */
static bool name_is(const void *fdt, int node, const char *name)
{
    int length = 0;
    const char *full = fdt_get_name(fdt, node, &length);
    size_t expected = strlen(name);

    return full != NULL && length >= 0 && (size_t)length >= expected &&
           memcmp(full, name, expected) == 0 &&
           (full[expected] == '\0' || full[expected] == '@');
}

static bool is_memory(const void *fdt, int node)
{
    const char *type = fdt_read_text(fdt, node, "device_type");

    return type != NULL ? strcmp(type, "memory") == 0 : name_is(fdt, node, "memory");
}

/* The whole pages inside a range. */
static struct pa_range pages_inside(struct pa_range range)
{
    uint64_t lost = (PAGE_SIZE - range.base.v % PAGE_SIZE) % PAGE_SIZE;

    if (range.size <= lost) {
        return (struct pa_range){ .base = range.base };
    }
    return (struct pa_range){ .base = pa_add(range.base, lost),
                              .size = align_down(range.size - lost, PAGE_SIZE) };
}

/* Keeps the list sorted. nodes[] runs in step with board->ram, so that an overlap names both. */
static void add_ram(struct board_reader *r, int nodes[BOARD_MAX_RAM], int node,
                    struct pa_range range)
{
    struct board *b = r->board;
    uint32_t at = b->ram_count;

    for (uint32_t i = 0U; i < b->ram_count; i++) {
        if (span_overlaps(b->ram[i].base.v, b->ram[i].size, range.base.v, range.size)) {
            diag_error(r->d, board_path(r, node), "reg",
                       "RAM 0x%llx, 0x%llx bytes, overlaps the RAM 0x%llx, 0x%llx bytes, of %s",
                       (unsigned long long)range.base.v, (unsigned long long)range.size,
                       (unsigned long long)b->ram[i].base.v, (unsigned long long)b->ram[i].size,
                       board_path(r, nodes[i]));
            return;
        }
    }
    if (b->ram_count == BOARD_MAX_RAM) {
        diag_error(r->d, board_path(r, node), "reg", "more than %u ranges of RAM", BOARD_MAX_RAM);
        return;
    }
    while (at > 0U && b->ram[at - 1U].base.v > range.base.v) {
        b->ram[at] = b->ram[at - 1U];
        nodes[at] = nodes[at - 1U];
        at--;
    }
    b->ram[at] = range;
    nodes[at] = node;
    b->ram_count++;
}

/* Ranges that touch become one, so that a guest's memory may span two nodes. */
static void merge_ram(struct board *b)
{
    uint32_t kept = 0U;

    for (uint32_t i = 0U; i < b->ram_count; i++) {
        struct pa_range *last = kept > 0U ? &b->ram[kept - 1U] : NULL;
        if (last != NULL && last->base.v + last->size == b->ram[i].base.v) {
            last->size += b->ram[i].size;
        } else {
            b->ram[kept] = b->ram[i];
            kept++;
        }
    }
    b->ram_count = kept;
}

static void read_memory_node(struct board_reader *r, int nodes[BOARD_MAX_RAM], int node)
{
    struct pa_range range;
    uint32_t index = 0U;
    enum fdt_read_result result = fdt_read_reg_or_empty(r->tree, node, index, &range);

    while (result == FDT_READ_OK) {
        struct pa_range pages = pages_inside(range);
        if (pages.size != 0U) {
            add_ram(r, nodes, node, pages);
        }
        index++;
        result = fdt_read_reg_or_empty(r->tree, node, index, &range);
    }
    if (result == FDT_READ_BAD || index == 0U) {
        diag_error(r->d, board_path(r, node), "reg",
                   "entry %u of this memory is missing, malformed, or passes the end of the "
                   "address space", index);
    }
}

static void add_reserved(struct board_reader *r, const char *path, struct pa_range range)
{
    struct board *b = r->board;

    if (range.size == 0U) {
        return;
    }
    if (range.size - 1U > UINT64_MAX - range.base.v) {
        diag_error(r->d, path, NULL,
                   "the reservation 0x%llx, 0x%llx bytes, passes the end of the address space",
                   (unsigned long long)range.base.v, (unsigned long long)range.size);
        return;
    }
    if (b->reserved_count == BOARD_MAX_RESERVED) {
        diag_error(r->d, path, NULL, "more than %u reservations of memory", BOARD_MAX_RESERVED);
        return;
    }
    b->reserved[b->reserved_count] = pa_range_pages(range);
    b->reserved_count++;
}

static void read_reserved_node(struct board_reader *r, int node)
{
    struct pa_range range;
    uint32_t index = 0U;
    enum fdt_read_result result = fdt_read_reg_or_empty(r->tree, node, index, &range);

    while (result == FDT_READ_OK) {
        add_reserved(r, board_path(r, node), range);
        index++;
        result = fdt_read_reg_or_empty(r->tree, node, index, &range);
    }
    if (result == FDT_READ_BAD) {
        diag_error(r->d, board_path(r, node), "reg",
                   "entry %u of this reservation is malformed, cannot be translated, or passes the "
                   "end of the address space", index);
    }
}

static void read_reservations(struct board_reader *r)
{
    int entries = fdt_num_mem_rsv(r->fdt);
    int parent = fdt_tree_top(r->tree, "reserved-memory");

    for (int i = 0; i < entries; i++) {
        uint64_t base = 0U;
        uint64_t size = 0U;
        if (fdt_get_mem_rsv(r->fdt, i, &base, &size) == 0) {
            add_reserved(r, "/memreserve/", (struct pa_range){ .base = pa(base), .size = size });
        }
    }
    if (parent < 0) {
        return;
    }
    for (int node = fdt_tree_next_child(r->tree, parent, -1); node >= 0;
         node = fdt_tree_next_child(r->tree, parent, node)) {
        if (fdt_read_is_okay(r->fdt, node)) {
            read_reserved_node(r, node);
        }
    }
}

void board_read_memory(struct board_reader *r)
{
    int nodes[BOARD_MAX_RAM];

    for (int node = fdt_tree_next_child(r->tree, 0, -1); node >= 0;
         node = fdt_tree_next_child(r->tree, 0, node)) {
        if (is_memory(r->fdt, node) && fdt_read_is_okay(r->fdt, node)) {
            read_memory_node(r, nodes, node);
        }
    }
    merge_ram(r->board);
    read_reservations(r);
}

/* What must not be touched is the firmware's, most often, and faults. A reservation without no-map
 * may be that of the initrd itself, as may one of the header: boot loaders list it there. */
static void check_initrd_against(struct board_reader *r, int node)
{
    const struct pa_range initrd = r->board->initrd;
    struct pa_range range;
    uint32_t index = 0U;

    while (fdt_read_reg_or_empty(r->tree, node, index, &range) == FDT_READ_OK) {
        if (span_overlaps(initrd.base.v, initrd.size, range.base.v, range.size)) {
            diag_error(r->d, "/chosen", "linux,initrd-start",
                       "the initrd 0x%llx, 0x%llx bytes, overlaps 0x%llx, 0x%llx bytes, which %s "
                       "keeps from being used (no-map)",
                       (unsigned long long)initrd.base.v, (unsigned long long)initrd.size,
                       (unsigned long long)range.base.v, (unsigned long long)range.size,
                       board_path(r, node));
        }
        index++;
    }
}

static void check_initrd(struct board_reader *r)
{
    int parent = fdt_tree_top(r->tree, "reserved-memory");

    if (parent < 0) {
        return;
    }
    for (int node = fdt_tree_next_child(r->tree, parent, -1); node >= 0;
         node = fdt_tree_next_child(r->tree, parent, node)) {
        if (fdt_read_is_okay(r->fdt, node) && fdt_read_has(r->fdt, node, "no-map")) {
            check_initrd_against(r, node);
        }
    }
}

static void read_initrd(struct board_reader *r, int chosen)
{
    uint64_t start = 0U;
    uint64_t end = 0U;
    bool has_start = fdt_read_number(r->fdt, chosen, "linux,initrd-start", &start);
    bool has_end = fdt_read_number(r->fdt, chosen, "linux,initrd-end", &end);

    if (!has_start && !has_end) {
        return;
    }
    if (!has_start || !has_end || end < start) {
        diag_error(r->d, "/chosen", "linux,initrd-start",
                   "linux,initrd-start and linux,initrd-end do not make a range: 0x%llx to 0x%llx",
                   (unsigned long long)start, (unsigned long long)end);
        return;
    }
    for (uint32_t i = 0U; i < r->board->ram_count; i++) {
        if (pa_range_contains(r->board->ram[i], pa(start), end - start)) {
            r->board->initrd = (struct pa_range){ .base = pa(start), .size = end - start };
            check_initrd(r);
            return;
        }
    }
    diag_error(r->d, "/chosen", "linux,initrd-start",
               "the initrd 0x%llx to 0x%llx does not lie in the board's RAM",
               (unsigned long long)start, (unsigned long long)end);
}

/* These texts reach the console, so a control character must not pass. */
static void copy_printable(char *out, size_t size, const char *text)
{
    size_t length = format_text(out, size, "%s", text);

    for (size_t i = 0U; i < length; i++) {
        out[i] = out[i] >= ' ' && out[i] <= '~' ? out[i] : '?';
    }
}

void board_read_chosen(struct board_reader *r)
{
    struct board *b = r->board;
    const char *model = fdt_read_text(r->fdt, 0, "model");
    int chosen = fdt_tree_top(r->tree, "chosen");

    if (model == NULL) {
        model = fdt_read_text(r->fdt, 0, "compatible");
    }
    copy_printable(b->model, sizeof b->model, model != NULL ? model : "unknown board");
    if (chosen < 0) {
        return;
    }
    const char *bootargs = fdt_read_text(r->fdt, chosen, "bootargs");
    copy_printable(b->bootargs, sizeof b->bootargs, bootargs != NULL ? bootargs : "");
    read_initrd(r, chosen);
}

bool board_seed(const struct board *board, struct seed *out)
{
    const int chosen = fdt_tree_top(&board->tree, "chosen");
    int length = 0;
    const void *const bytes = chosen < 0 ? NULL : fdt_read_property(board->fdt, chosen, "rng-seed",
                                                                    &length);

    if (bytes == NULL || length < (int)sizeof(*out)) {
        return false;
    }
    (void)memcpy(out, bytes, sizeof(*out));
    return true;
}
