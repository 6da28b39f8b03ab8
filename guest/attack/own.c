/* SPDX-License-Identifier: Apache-2.0 */
/* What the device tree says is this guest's. */
#include "guest/attack/attack.h"

#include <libfdt.h>
#include <stddef.h>

#include "guest/lib/pci.h"
#include "guest/lib/tree.h"
#include "lib/addr.h"

#define MINE_MAX    48U
#define RANGE_CELLS 4            /* address and size, of two cells each */

static struct tree_range mine[MINE_MAX];
static uint32_t mine_count;
static uint32_t window_first;    /* before it: memory and what is shared; */
static uint32_t bar_first;       /* from it on: BARs */

static void add(uint64_t base, uint64_t size)
{
    if (size != 0U && mine_count < MINE_MAX) {
        mine[mine_count++] = (struct tree_range){ base, size };
    }
}

static void add_memory(void)
{
    struct tree_range memory;
    struct tree_share share;

    if (tree_memory(&memory)) {
        add(memory.base, memory.size);
    }
    for (uint32_t i = 0; tree_share(i, &share); i++) {
        add(share.memory.base, share.memory.size);
    }
}

/* Every reg in the tree but those of the harts, of memory, and of functions on the bus. */
static void add_windows(void)
{
    const void *fdt = tree_blob();
    int cpus = fdt_path_offset(fdt, "/cpus");

    for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        int length, parent = fdt_parent_offset(fdt, node);
        const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);

        if (cells == NULL || parent == cpus) {
            continue;
        }
        for (int i = 0; i < length / (RANGE_CELLS * 4); i++, cells += RANGE_CELLS) {
            uint64_t base = (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);

            if (!is_mine(base, 1)) {
                add(base, (uint64_t)fdt32_to_cpu(cells[2]) << 32 | fdt32_to_cpu(cells[3]));
            }
        }
    }
}

static void add_bars(void)
{
    struct pci_function function;

    for (uint32_t at = 0; pci_open() && at < PCI_FUNCTIONS; at++) {
        if (!pci_at(at, &function)) {
            continue;
        }
        for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
            add(function.bars[bar].base, function.bars[bar].size);
        }
    }
}

void own_open(void)
{
    add_memory();
    window_first = mine_count;
    add_windows();
    bar_first = mine_count;
    add_bars();
}

bool is_mine(uint64_t address, uint64_t size)
{
    for (uint32_t i = 0; i < mine_count; i++) {
        if (span_overlaps(address, size, mine[i].base, mine[i].size)) {
            return true;
        }
    }
    return false;
}

/* Most boards have interrupt files for guests. */
static bool is_file(uint64_t base)
{
    struct tree_imsic imsic;

    return tree_imsic(&imsic) && base == imsic.base;
}

static enum window_kind kind_of(uint32_t n)
{
    int iommu = fdt_node_offset_by_compatible(tree_blob(), -1, "riscv,iommu");
    int length;
    const fdt32_t *reg = fdt_getprop(tree_blob(), iommu, "reg", &length);

    if (reg != NULL && mine[n].base == ((uint64_t)fdt32_to_cpu(reg[0]) << 32
                                        | fdt32_to_cpu(reg[1]))) {
        return WINDOW_READABLE;
    }
    return n >= bar_first || is_file(mine[n].base) ? WINDOW_REAL : WINDOW_EMULATED;
}

bool own_window(uint32_t n, struct window *out)
{
    if (n >= mine_count - window_first) {
        return false;
    }
    n += window_first;
    *out = (struct window){ mine[n].base, mine[n].size, kind_of(n) };
    return true;
}
