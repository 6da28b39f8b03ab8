/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/pci_host.h"

#include <libfdt.h>
#include <stddef.h>

#include "guest/lib/aplic.h"

/* Cells of the binding: a PCI address is 3, a size 2, an address of the CPU 2, an interrupt 1. */
#define PCI_CELLS      3
#define RANGE_CELLS    (PCI_CELLS + 2 + 2)
#define UNIT_CELLS     (PCI_CELLS + 1)
#define SPACE_SHIFT    24U         /* in the first cell of a PCI address */
#define SPACE_MASK     3U
#define SPACE_MEMORY32 2U
#define SPACE_MEMORY64 3U
#define FUNCTION_SHIFT 8U          /* device and function, likewise */

static int host_node(void)
{
    return fdt_node_offset_by_compatible(tree_blob(), -1, "pci-host-ecam-generic");
}

static const fdt32_t *cells(int node, const char *name, int *count)
{
    const fdt32_t *value = fdt_getprop(tree_blob(), node, name, count);

    *count = value == NULL ? 0 : *count / 4;
    return value;
}

static uint32_t cell_or(int node, const char *name, uint32_t fallback)
{
    int count;
    const fdt32_t *value = cells(node, name, &count);

    return count > 0 ? fdt32_to_cpu(value[0]) : fallback;
}

static uint64_t two(const fdt32_t *at)
{
    return (uint64_t)fdt32_to_cpu(at[0]) << 32 | fdt32_to_cpu(at[1]);
}

bool pci_host_open(struct pci_host *out)
{
    int node = host_node(), count;
    const fdt32_t *reg = cells(node, "reg", &count), *at;

    *out = (struct pci_host){ 0 };
    if (node < 0 || count < 4) {
        return false;
    }
    out->ecam = (struct tree_range){ .base = two(reg), .size = two(reg + 2) };
    at = cells(node, "ranges", &count);
    for (; count >= RANGE_CELLS; count -= RANGE_CELLS, at += RANGE_CELLS) {
        uint32_t space = fdt32_to_cpu(at[0]) >> SPACE_SHIFT & SPACE_MASK;
        struct pci_window window = { .pci = two(at + 1), .cpu = two(at + PCI_CELLS),
                                     .size = two(at + PCI_CELLS + 2) };
        if (space == SPACE_MEMORY32 && out->low.size == 0U) {
            out->low = window;
        } else if (space == SPACE_MEMORY64 && out->high.size == 0U) {
            out->high = window;
        }
    }
    return true;
}

uint32_t pci_host_interrupt(uint32_t device_function, uint32_t pin, uint32_t *mode)
{
    int node = host_node(), count, mask_count, parent_cells;
    const fdt32_t *at = cells(node, "interrupt-map", &count);
    const fdt32_t *mask = cells(node, "interrupt-map-mask", &mask_count);
    uint32_t wanted[UNIT_CELLS] = { device_function << FUNCTION_SHIFT, 0, 0, pin };

    for (; mask_count == UNIT_CELLS && count > UNIT_CELLS;
         count -= UNIT_CELLS + 1 + parent_cells, at += UNIT_CELLS + 1 + parent_cells) {
        int parent = fdt_node_offset_by_phandle(tree_blob(), fdt32_to_cpu(at[UNIT_CELLS]));
        int address_cells = (int)cell_or(parent, "#address-cells", 0);
        bool same = true;

        parent_cells = address_cells + (int)cell_or(parent, "#interrupt-cells", 0);
        if (count < UNIT_CELLS + 1 + parent_cells) {
            return 0;
        }
        for (int i = 0; i < UNIT_CELLS; i++) {
            same = same && (wanted[i] & fdt32_to_cpu(mask[i])) == fdt32_to_cpu(at[i]);
        }
        if (same && parent_cells == address_cells + 2) {
            /* Types of the binding are 1, 2 (edges), 4, 8 (levels). */
            static const uint32_t modes[] = { [1] = APLIC_RISING, [2] = APLIC_FALLING,
                                              [4] = APLIC_HIGH, [8] = APLIC_LOW };
            const fdt32_t *interrupt = at + UNIT_CELLS + 1 + address_cells;
            uint32_t type = fdt32_to_cpu(interrupt[1]);

            *mode = type < sizeof(modes) / sizeof(modes[0]) ? modes[type] : 0U;
            return fdt32_to_cpu(interrupt[0]);
        }
    }
    return 0;
}
