/* SPDX-License-Identifier: Apache-2.0 */
/* The console UART (binding serial/8250). */
#include <libfdt.h>
#include <string.h>

#include "platform/board_read.h"

#define UART_REGISTERS    8U   /* PC16550D: RBR/THR to SCR */
#define UART_SHIFT_MAX    4U

static const char *const uart_kinds[] = { "ns16550a", "ns16550", "snps,dw-apb-uart" };
#define UART_KINDS (sizeof uart_kinds / sizeof uart_kinds[0])

static bool is_uart(const void *fdt, int node)
{
    for (size_t i = 0U; i < UART_KINDS; i++) {
        if (fdt_read_is_compatible(fdt, node, uart_kinds[i])) {
            return true;
        }
    }
    return false;
}

/* The UART of stdout-path; if it names none at all, the first of the tree. A console of another
 * kind is not replaced: nobody would be listening on another UART. */
static int find_uart(const struct fdt_tree *tree)
{
    const void *fdt = tree->fdt;
    int chosen = fdt_tree_top(tree, "chosen");
    const char *text = chosen < 0 ? NULL : fdt_read_text(fdt, chosen, "stdout-path");

    if (text != NULL) {
        const char *options = strchr(text, ':');
        size_t length = options != NULL ? (size_t)(options - text) : strlen(text);
        int node = fdt_read_by_path(tree, text, length);
        if (node >= 0) {
            return is_uart(fdt, node) && fdt_read_is_okay(fdt, node) ? node : -1;
        }
    }
    for (size_t i = 0U; i < UART_KINDS; i++) {
        int node = board_next_compatible(tree, -1, uart_kinds[i]);
        if (node >= 0) {
            return node;
        }
    }
    return -1;
}

void board_read_uart(struct board_reader *r)
{
    struct board_uart uart = { .present = true, .io_width = 1U };
    uint32_t flags = 0U;

    uart.node = find_uart(r->tree);
    if (uart.node < 0) {
        return;
    }
    (void)fdt_read_u32(r->fdt, uart.node, "reg-shift", &uart.reg_shift);
    (void)fdt_read_u32(r->fdt, uart.node, "reg-io-width", &uart.io_width);
    if (uart.reg_shift > UART_SHIFT_MAX || (uart.io_width != 1U && uart.io_width != 4U) ||
        uart.io_width > 1U << uart.reg_shift ||
        fdt_read_has(r->fdt, uart.node, "reg-offset")) {
        diag_error(r->d, board_path(r, uart.node), "reg-shift",
                   "the registers lie in a way that is not supported: reg-shift %u, reg-io-width "
                   "%u (1 or 4, at most the distance of registers), and no reg-offset",
                   uart.reg_shift, uart.io_width);
        return;
    }
    if (fdt_read_reg(r->tree, uart.node, 0U, &uart.reg) != FDT_READ_OK ||
        uart.reg.size < UART_REGISTERS << uart.reg_shift ||
        !is_aligned(uart.reg.base.v, uart.io_width)) {
        diag_error(r->d, board_path(r, uart.node), "reg",
                   "the registers of the UART are missing, misaligned, or smaller than 0x%x bytes",
                   UART_REGISTERS << uart.reg_shift);
        return;
    }
    if (board_read_irq(r->board, uart.node, 0U, &uart.irq, &flags) == BOARD_IRQ_BAD) {
        diag_error(r->d, board_path(r, uart.node), "interrupts",
                   "the interrupt is malformed or not one of the APLIC's sources 1 to %u",
                   r->board->aplic.sources);
        return;
    }
    r->board->uart = uart;
}
