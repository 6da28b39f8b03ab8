/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/board.h"

#include <libfdt.h>
#include <string.h>

#include "platform/board_read.h"

/* A tick of a millisecond: the console UART is polled in such steps (hyp/console). */
#define TIMEBASE_HZ_MIN 1000U

const char *board_path(struct board_reader *r, int node)
{
    r->next_path ^= 1U;
    return fdt_read_path(r->tree, node, r->paths[r->next_path]);
}

int board_next_compatible(const struct fdt_tree *tree, int after, const char *compatible)
{
    int node = fdt_tree_next_compatible(tree, after, compatible);

    while (node >= 0 && !fdt_read_is_okay(tree->fdt, node)) {
        node = fdt_tree_next_compatible(tree, node, compatible);
    }
    return node;
}

bool board_from_fdt(const void *fdt, size_t size, struct board *out, struct diag *d)
{
    struct board_reader r = { .fdt = fdt, .tree = &out->tree, .board = out, .d = d };
    uint32_t errors_before = d->errors;
    const char *damage = fdt_read_check(fdt, size);

    if (damage != NULL) {
        diag_error(d, "", NULL, "the board's device tree cannot be read: %s", damage);
        return false;
    }
    memset(out, 0, sizeof *out);
    out->fdt = fdt;
    out->fdt_size = fdt_totalsize(fdt);
    if (!fdt_tree_open(fdt, &out->tree)) {
        diag_error(d, "", NULL, "the board's device tree has more than %u nodes", FDT_TREE_MAX_NODES);
        return false;
    }

    board_read_memory(&r);
    board_read_chosen(&r);
    board_read_harts(&r);
    board_read_imsic(&r);
    board_read_aplic(&r);
    board_read_uart(&r);
    board_read_pci(&r);
    board_read_iommus(&r);
    board_read_id_maps(&r);
    board_check_overlaps(&r);
    return d->errors == errors_before;
}

int board_find_hart(const struct board *board, uint64_t hart_id)
{
    for (uint32_t i = 0U; i < board->hart_count; i++) {
        if (board->harts[i].id == hart_id) {
            return (int)i;
        }
    }
    return -1;
}

static void require_isa(const struct board *board, struct diag *d, uint32_t flag, const char *what)
{
    for (uint32_t i = 0U; i < board->hart_count; i++) {
        if ((board->harts[i].isa & flag) == 0U) {
            char path[FDT_READ_PATH_MAX];
            diag_error(d, fdt_read_path(&board->tree, board->harts[i].cpu_node, path), NULL,
                       "hart %llu has no %s, which Bulkhead needs on every hart",
                       (unsigned long long)board->harts[i].id, what);
            return;
        }
    }
}

static void require_interrupts(const struct board *board, struct diag *d)
{
    if (!board->imsic.present) {
        diag_error(d, "", NULL,
                   "the board has no supervisor-level IMSIC (a riscv,imsics node that uses "
                   "interrupt 9): on QEMU virt start it with aia=aplic-imsic,aia-guests=1");
    } else if (!board->aplic.present) {
        diag_error(d, "", NULL,
                   "the board has no supervisor-level APLIC (a riscv,aplic node whose msi-parent "
                   "is the supervisor-level IMSIC)");
    } else {
        /* all there */
    }
}

bool board_require(const struct board *board, struct diag *d)
{
    uint32_t errors_before = d->errors;

    if (board->ram_count == 0U) {
        diag_error(d, "", NULL, "the board's device tree describes no RAM (no /memory node)");
    }
    if (board->hart_count == 0U) {
        diag_error(d, "/cpus", NULL,
                   "the board has no usable hart (status okay, with an mmu-type)");
    }
    require_isa(board, d, BOARD_ISA_H, "H (hypervisor) extension");
    require_isa(board, d, BOARD_ISA_SSTC, "Sstc extension (supervisor timer compare)");
    require_isa(board, d, BOARD_ISA_SSAIA, "Ssaia extension (supervisor AIA registers)");
    if (board->timebase_hz == 0U) {
        diag_error(d, "/cpus", "timebase-frequency", "the timebase frequency is missing or 0: "
                   "Bulkhead needs at least %u Hz", TIMEBASE_HZ_MIN);
    } else if (board->timebase_hz < TIMEBASE_HZ_MIN) {
        diag_error(d, "/cpus", "timebase-frequency", "the timebase frequency is %u Hz: Bulkhead "
                   "needs at least %u Hz", board->timebase_hz, TIMEBASE_HZ_MIN);
    } else {
        /* good */
    }
    require_interrupts(board, d);
    if (!board->uart.present) {
        diag_error(d, "/chosen", "stdout-path",
                   "the board has no console that Bulkhead drives: it takes the UART of "
                   "stdout-path, else the first one, if it is compatible with ns16550a, ns16550 or "
                   "snps,dw-apb-uart");
    }
    return d->errors == errors_before;
}
