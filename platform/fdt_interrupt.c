/* SPDX-License-Identifier: Apache-2.0 */
/* interrupts, interrupts-extended, interrupt-map: from a device to its interrupt controller. */
#include <libfdt.h>

#include "platform/fdt_read.h"

#define FDT_READ_UNIT_CELLS_MAX 3U

static bool read_controller(const void *fdt, int controller, struct fdt_interrupt *out)
{
    *out = (struct fdt_interrupt){ .controller = controller };
    return controller >= 0 && fdt_read_u32(fdt, controller, "#interrupt-cells", &out->count) &&
           out->count >= 1U && out->count <= FDT_READ_IRQ_CELLS;
}

static void copy_cells(struct fdt_cells from, uint32_t at, struct fdt_interrupt *out)
{
    for (uint32_t i = 0U; i < out->count; i++) {
        out->cells[i] = fdt_cell(from, at + i);
    }
}

/* The entries may differ in length, so the way to one leads over all before it. */
static enum fdt_read_result read_extended(const struct fdt_tree *tree, struct fdt_cells list, uint32_t index,
                                          struct fdt_interrupt *out)
{
    uint32_t at = 0U;

    for (uint32_t i = 0U; at < list.count; i++) {
        if (!read_controller(tree->fdt, fdt_tree_by_phandle(tree, fdt_cell(list, at)), out) ||
            out->count > list.count - at - 1U) {
            return FDT_READ_BAD;
        }
        if (i == index) {
            copy_cells(list, at + 1U, out);
            return FDT_READ_OK;
        }
        at += 1U + out->count;
    }
    return FDT_READ_END;
}

/* 2.4.1: the nearest interrupt-parent on the way up, or an ancestor that is a controller itself. */
static int find_interrupt_parent(const struct fdt_tree *tree, int node)
{
    int at = node;

    for (uint32_t depth = 0U; depth < FDT_READ_MAX_DEPTH && at >= 0; depth++) {
        uint32_t phandle = 0U;
        if (fdt_read_u32(tree->fdt, at, "interrupt-parent", &phandle)) {
            return fdt_tree_by_phandle(tree, phandle);
        }
        at = fdt_tree_parent(tree, at);
        if (at >= 0 && fdt_read_has(tree->fdt, at, "#interrupt-cells")) {
            return at;
        }
    }
    return -1;
}

enum fdt_read_result fdt_read_interrupt(const struct fdt_tree *tree, int node, uint32_t index,
                                        struct fdt_interrupt *out)
{
    struct fdt_cells list;

    if (fdt_read_has(tree->fdt, node, "interrupts-extended")) {
        return fdt_read_cells(tree->fdt, node, "interrupts-extended", &list)
                   ? read_extended(tree, list, index, out)
                   : FDT_READ_BAD;
    }
    if (!fdt_read_has(tree->fdt, node, "interrupts")) {
        return FDT_READ_END;
    }
    if (!fdt_read_cells(tree->fdt, node, "interrupts", &list) ||
        !read_controller(tree->fdt, find_interrupt_parent(tree, node), out) ||
        list.count % out->count != 0U) {
        return FDT_READ_BAD;
    }
    if (index >= list.count / out->count) {
        return FDT_READ_END;
    }
    copy_cells(list, index * out->count, out);
    return FDT_READ_OK;
}

/* Cells of a controller's unit address in a map; none when it does not say (as Linux has it: controllers
 * are rarely buses, whose default of 2 this would be). */
static bool read_unit_cells(const void *fdt, int controller, uint32_t *out)
{
    *out = 0U;
    return !fdt_read_has(fdt, controller, "#address-cells") ||
           (fdt_read_u32(fdt, controller, "#address-cells", out) &&
            *out <= FDT_READ_UNIT_CELLS_MAX);
}

static bool unit_is_equal(struct fdt_cells map, uint32_t at, struct fdt_cells mask,
                          const uint32_t unit[FDT_READ_PCI_UNIT])
{
    for (uint32_t i = 0U; i < FDT_READ_PCI_UNIT; i++) {
        uint32_t bits = mask.count == 0U ? UINT32_MAX : fdt_cell(mask, i);
        if (((fdt_cell(map, at + i) ^ unit[i]) & bits) != 0U) {
            return false;
        }
    }
    return true;
}

enum fdt_read_result fdt_read_interrupt_map(const struct fdt_tree *tree, int node,
                                            const uint32_t unit[FDT_READ_PCI_UNIT],
                                            struct fdt_interrupt *out)
{
    struct fdt_cells map;
    struct fdt_cells mask = { .count = 0U };
    uint32_t at = 0U;

    if (!fdt_read_has(tree->fdt, node, "interrupt-map")) {
        return FDT_READ_END;
    }
    if (!fdt_read_cells(tree->fdt, node, "interrupt-map", &map) ||
        (fdt_read_has(tree->fdt, node, "interrupt-map-mask") &&
         (!fdt_read_cells(tree->fdt, node, "interrupt-map-mask", &mask) ||
          mask.count != FDT_READ_PCI_UNIT))) {
        return FDT_READ_BAD;
    }
    /* Each entry is as long as its own controller says. */
    while (at < map.count) {
        uint32_t unit_cells = 0U;
        uint32_t before = at + FDT_READ_PCI_UNIT + 1U;
        int controller = fdt_tree_by_phandle(tree, fdt_cell(map, at + FDT_READ_PCI_UNIT));

        if (map.count - at <= FDT_READ_PCI_UNIT || !read_controller(tree->fdt, controller, out) ||
            !read_unit_cells(tree->fdt, controller, &unit_cells) ||
            map.count - before < unit_cells + out->count) {
            return FDT_READ_BAD;
        }
        if (unit_is_equal(map, at, mask, unit)) {
            copy_cells(map, before + unit_cells, out);
            return FDT_READ_OK;
        }
        at = before + unit_cells + out->count;
    }
    return FDT_READ_END;
}
