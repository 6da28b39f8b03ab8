/* SPDX-License-Identifier: Apache-2.0 */
/* The harts (Devicetree specification 3.8; bindings riscv/cpus, riscv/extensions). */
#include <libfdt.h>
#include <string.h>

#include "platform/board_read.h"
#include "platform/isa.h"

#define ID_CELLS_MAX 2U
#define CACHE_BLOCK_MIN 8U /* bytes: less than a doubleword is no cache block */

static bool is_cpu(const void *fdt, int node)
{
    const char *type = fdt_read_text(fdt, node, "device_type");
    const char *name = fdt_get_name(fdt, node, NULL);

    return type != NULL ? strcmp(type, "cpu") == 0
                        : name != NULL && strncmp(name, "cpu@", 4U) == 0;
}

/* A hart without an MMU (a monitor core) runs no guest; firmware marks what it keeps disabled. */
static bool is_usable(const void *fdt, int node)
{
    const char *mmu = fdt_read_text(fdt, node, "mmu-type");

    return fdt_read_is_okay(fdt, node) && mmu != NULL && strcmp(mmu, "riscv,none") != 0;
}

/* The hart's own interrupt controller. Its phandle must lead back to it: two nodes with one phandle
 * would give two harts the same interrupt files. */
static bool read_intc(struct board_reader *r, int cpu, uint32_t *phandle)
{
    for (int node = fdt_tree_next_child(r->tree, cpu, -1); node >= 0;
         node = fdt_tree_next_child(r->tree, cpu, node)) {
        if (fdt_read_is_compatible(r->fdt, node, "riscv,cpu-intc")) {
            *phandle = fdt_tree_phandle(r->tree, node);
            if (*phandle != 0U && fdt_tree_by_phandle(r->tree, *phandle) == node) {
                return true;
            }
            diag_error(r->d, board_path(r, node), "phandle",
                       "the phandle 0x%x is missing or belongs to another node too", *phandle);
            return false;
        }
    }
    diag_error(r->d, board_path(r, cpu), NULL, "the hart has no riscv,cpu-intc node");
    return false;
}

static void read_hart(struct board_reader *r, int node, uint32_t id_cells)
{
    struct board *b = r->board;
    struct board_hart hart = { .cpu_node = node };
    struct fdt_cells reg;

    if (!fdt_read_cells(r->fdt, node, "reg", &reg) || reg.count < id_cells) {
        diag_error(r->d, board_path(r, node), "reg", "the hart id is missing or malformed");
        return;
    }
    hart.id = fdt_cell_number(reg, 0U, id_cells);
    int other = board_find_hart(b, hart.id);
    if (other >= 0) {
        diag_error(r->d, board_path(r, node), "reg", "hart id %llu is that of %s too",
                   (unsigned long long)hart.id, board_path(r, b->harts[other].cpu_node));
        return;
    }
    if (!read_intc(r, node, &hart.intc_phandle)) {
        return;
    }
    hart.isa = isa_flags(r->fdt, node);
    b->harts[b->hart_count] = hart;
    b->hart_count++;
}

/* In /cpus, or in every hart alike. */
static void read_timebase(struct board_reader *r, int node)
{
    uint64_t hz = 0U;

    if (!fdt_read_number(r->fdt, node, "timebase-frequency", &hz) || hz == 0U) {
        return;
    }
    if (hz > UINT32_MAX ||
        (r->board->timebase_hz != 0U && r->board->timebase_hz != (uint32_t)hz)) {
        diag_error(r->d, board_path(r, node), "timebase-frequency",
                   "%llu Hz is out of range or differs from the %u Hz given before",
                   (unsigned long long)hz, r->board->timebase_hz);
        return;
    }
    r->board->timebase_hz = (uint32_t)hz;
}

/* riscv,cbom-block-size when all harts agree: a line that one hart flushes is flushed for all. */
static void read_cache_block(struct board_reader *r)
{
    struct board *b = r->board;

    for (uint32_t i = 0U; i < b->hart_count; i++) {
        uint32_t size = 0U;
        (void)fdt_read_u32(r->fdt, b->harts[i].cpu_node, "riscv,cbom-block-size", &size);
        const bool is_usable_size = size >= CACHE_BLOCK_MIN && size <= PAGE_SIZE &&
                                    (size & (size - 1U)) == 0U;
        if (!is_usable_size || (i != 0U && size != b->cache_block)) {
            b->cache_block = 0U;
            return;
        }
        b->cache_block = size;
    }
}

void board_read_harts(struct board_reader *r)
{
    int cpus = fdt_tree_top(r->tree, "cpus");
    uint32_t id_cells = 0U;

    if (cpus < 0) {
        return;
    }
    if (!fdt_read_u32(r->fdt, cpus, "#address-cells", &id_cells) || id_cells == 0U ||
        id_cells > ID_CELLS_MAX) {
        diag_error(r->d, "/cpus", "#address-cells", "hart ids have 1 or 2 cells");
        return;
    }
    read_timebase(r, cpus);
    for (int node = fdt_tree_next_child(r->tree, cpus, -1); node >= 0;
         node = fdt_tree_next_child(r->tree, cpus, node)) {
        if (!is_cpu(r->fdt, node) || !is_usable(r->fdt, node)) {
            continue;
        }
        if (r->board->hart_count == BOARD_MAX_HARTS) {
            diag_error(r->d, board_path(r, node), NULL, "the board has more than %u harts",
                       BOARD_MAX_HARTS);
            return;
        }
        read_timebase(r, node);
        read_hart(r, node, id_cells);
    }
    read_cache_block(r);
}
