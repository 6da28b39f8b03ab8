/* SPDX-License-Identifier: Apache-2.0 */
/* reg and ranges: from a bus address to a physical one. What DMA sees. */
#include <libfdt.h>

#include "platform/fdt_read.h"

struct bus {
    uint32_t address_cells, size_cells;
};

/* False: it is there, and no number. */
static bool read_or_default(const void *fdt, int node, const char *name, uint32_t *value)
{
    return fdt_read_u32(fdt, node, name, value) || !fdt_read_has(fdt, node, name);
}

/* The defaults are the specification's (2.3.5). Three address cells (PCI) and no size cells (I2C)
 * belong to buses that the processor does not reach by loads and stores. */
static bool read_bus(const void *fdt, int node, struct bus *out)
{
    *out = (struct bus){ .address_cells = 2U, .size_cells = 1U };
    return read_or_default(fdt, node, "#address-cells", &out->address_cells) &&
           read_or_default(fdt, node, "#size-cells", &out->size_cells) &&
           out->address_cells >= 1U && out->address_cells <= 2U && out->size_cells >= 1U &&
           out->size_cells <= 2U;
}

static bool passes_end(uint64_t base, uint64_t size)
{
    return size != 0U && size - 1U > UINT64_MAX - base;
}

/* One step: an address on bus becomes an address on bus' parent. */
static bool translate(const void *fdt, int bus_node, const struct bus *bus,
                      const struct bus *parent, uint64_t size, uint64_t *address)
{
    struct fdt_cells ranges;
    uint32_t entry = bus->address_cells + parent->address_cells + bus->size_cells;

    if (!fdt_read_cells(fdt, bus_node, "ranges", &ranges) || ranges.count % entry != 0U) {
        return false;
    }
    if (ranges.count == 0U) {
        return true;
    }
    for (uint32_t i = 0U; i < ranges.count; i += entry) {
        uint32_t at = i;
        uint64_t child_base = fdt_cell_number(ranges, at, bus->address_cells);
        at += bus->address_cells;
        uint64_t parent_base = fdt_cell_number(ranges, at, parent->address_cells);
        at += parent->address_cells;
        uint64_t length = fdt_cell_number(ranges, at, bus->size_cells);

        if (span_contains(child_base, length, *address, size) &&
            !passes_end(parent_base, length)) {
            *address = parent_base + (*address - child_base);
            return true;
        }
    }
    return false;
}

bool fdt_read_address_cells(const void *fdt, int bus_node, uint32_t *out)
{
    struct bus bus;

    if (!read_bus(fdt, bus_node, &bus)) {
        return false;
    }
    *out = bus.address_cells;
    return true;
}

bool fdt_read_translate(const struct fdt_tree *tree, int bus_node, uint64_t size, uint64_t *address)
{
    struct bus bus;
    int at = bus_node;

    if (!read_bus(tree->fdt, at, &bus)) {
        return false;
    }
    for (uint32_t depth = 0U; depth < FDT_READ_MAX_DEPTH; depth++) {
        int parent_node = fdt_tree_parent(tree, at);
        struct bus parent;

        if (parent_node < 0) {
            return true;
        }
        if (!read_bus(tree->fdt, parent_node, &parent) ||
            !translate(tree->fdt, at, &bus, &parent, size, address)) {
            return false;
        }
        at = parent_node;
        bus = parent;
    }
    return false;
}

enum fdt_read_result fdt_read_reg_or_empty(const struct fdt_tree *tree, int node, uint32_t index,
                                           struct pa_range *out)
{
    struct fdt_cells reg;
    struct bus bus;
    int bus_node = fdt_tree_parent(tree, node);

    if (!fdt_read_has(tree->fdt, node, "reg")) {
        return FDT_READ_END;
    }
    if (bus_node < 0 || !read_bus(tree->fdt, bus_node, &bus) ||
        !fdt_read_cells(tree->fdt, node, "reg", &reg)) {
        return FDT_READ_BAD;
    }
    uint32_t entry = bus.address_cells + bus.size_cells;
    if (reg.count % entry != 0U) {
        return FDT_READ_BAD;
    }
    if (index >= reg.count / entry) {
        return FDT_READ_END;
    }
    uint64_t address = fdt_cell_number(reg, index * entry, bus.address_cells);
    uint64_t size = fdt_cell_number(reg, index * entry + bus.address_cells, bus.size_cells);
    if (passes_end(address, size) || !fdt_read_translate(tree, bus_node, size, &address)) {
        return FDT_READ_BAD;
    }
    *out = (struct pa_range){ .base = pa(address), .size = size };
    return FDT_READ_OK;
}

enum fdt_read_result fdt_read_reg(const struct fdt_tree *tree, int node, uint32_t index, struct pa_range *out)
{
    enum fdt_read_result result = fdt_read_reg_or_empty(tree, node, index, out);

    return result == FDT_READ_OK && out->size == 0U ? FDT_READ_BAD : result;
}

/* As Linux' of_dma_is_coherent. */
bool fdt_read_is_coherent(const struct fdt_tree *tree, int node)
{
    int at = node;

    for (uint32_t depth = 0U; depth < FDT_READ_MAX_DEPTH && at >= 0; depth++) {
        if (fdt_read_has(tree->fdt, at, "dma-noncoherent")) {
            return false;
        }
        if (fdt_read_has(tree->fdt, at, "dma-coherent")) {
            return true;
        }
        at = fdt_tree_parent(tree, at);
    }
    return true;
}
