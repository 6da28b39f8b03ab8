/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console UART, PCI hosts and IOMMUs (bindings serial/8250, pci/host-generic-pci,
 * iommu/riscv,iommu).
 */
#include <libfdt.h>
#include <string.h>

#include "platform/board_read.h"

#define UART_REGISTERS    8U   /* PC16550D: RBR/THR to SCR */
#define UART_SHIFT_MAX    4U
#define ECAM_BUS_SHIFT    20U  /* PCI Express 7.2.2: 1 MiB of configuration space for each bus */
#define PCI_BUS_MAX       255U
#define IOMMU_REG_SIZE    UINT64_C(0x1000) /* RISC-V IOMMU 1.0, chapter 6 */

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
static int find_uart(const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");
    const char *text = chosen < 0 ? NULL : fdt_read_text(fdt, chosen, "stdout-path");

    if (text != NULL) {
        const char *options = strchr(text, ':');
        size_t length = options != NULL ? (size_t)(options - text) : strlen(text);
        int node = fdt_read_by_path(fdt, text, length);
        if (node >= 0) {
            return is_uart(fdt, node) && fdt_read_is_okay(fdt, node) ? node : -1;
        }
    }
    for (size_t i = 0U; i < UART_KINDS; i++) {
        int node = board_next_compatible(fdt, -1, uart_kinds[i]);
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

    uart.node = find_uart(r->fdt);
    if (uart.node < 0) {
        return;
    }
    (void)fdt_read_u32(r->fdt, uart.node, "reg-shift", &uart.reg_shift);
    (void)fdt_read_u32(r->fdt, uart.node, "reg-io-width", &uart.io_width);
    if (uart.reg_shift > UART_SHIFT_MAX || (uart.io_width != 1U && uart.io_width != 4U) ||
        uart.io_width > 1U << uart.reg_shift ||
        fdt_getprop(r->fdt, uart.node, "reg-offset", NULL) != NULL) {
        diag_error(r->d, board_path(r, uart.node), "reg-shift",
                   "the registers lie in a way that is not supported: reg-shift %u, reg-io-width "
                   "%u (1 or 4, at most the distance of registers), and no reg-offset",
                   uart.reg_shift, uart.io_width);
        return;
    }
    if (fdt_read_reg(r->fdt, uart.node, 0U, &uart.reg) != FDT_READ_OK ||
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

static void read_pci_host(struct board_reader *r, int node)
{
    struct board *b = r->board;
    struct board_pci_host host = { .node = node, .bus_last = PCI_BUS_MAX, .domain = b->pci_count };
    struct fdt_cells buses;

    if (fdt_read_cells(r->fdt, node, "bus-range", &buses) && buses.count == 2U) {
        host.bus_first = fdt_cell(buses, 0U);
        host.bus_last = fdt_cell(buses, 1U);
    }
    (void)fdt_read_u32(r->fdt, node, "linux,pci-domain", &host.domain);
    if (host.bus_first > host.bus_last || host.bus_last > PCI_BUS_MAX) {
        diag_error(r->d, board_path(r, node), "bus-range", "buses %u to %u are no range within 0 "
                   "to %u", host.bus_first, host.bus_last, PCI_BUS_MAX);
        return;
    }
    if (fdt_read_reg(r->fdt, node, 0U, &host.ecam) != FDT_READ_OK) {
        diag_error(r->d, board_path(r, node), "reg",
                   "the configuration space is missing or malformed");
        return;
    }
    /* A small one is no reason to refuse the board: nothing drives PCI, it is only kept. */
    uint64_t room = host.ecam.size >> ECAM_BUS_SHIFT;
    if (host.bus_last - host.bus_first >= room) {
        host.bus_last = host.bus_first + (room == 0U ? 0U : (uint32_t)room - 1U);
    }
    if (b->pci_count == BOARD_MAX_PCI_HOSTS) {
        diag_error(r->d, board_path(r, node), NULL, "more than %u PCI hosts", BOARD_MAX_PCI_HOSTS);
        return;
    }
    b->pci[b->pci_count] = host;
    b->pci_count++;
}

void board_read_pci(struct board_reader *r)
{
    int node = board_next_compatible(r->fdt, -1, "pci-host-ecam-generic");

    while (node >= 0) {
        read_pci_host(r, node);
        node = board_next_compatible(r->fdt, node, "pci-host-ecam-generic");
    }
}

static void read_iommu(struct board_reader *r, int node, bool is_pci)
{
    struct board *b = r->board;
    struct board_iommu iommu = { .node = node, .is_pci = is_pci };

    iommu.phandle = fdt_get_phandle(r->fdt, node);
    if (!is_pci && (fdt_read_reg(r->fdt, node, 0U, &iommu.reg) != FDT_READ_OK ||
                    iommu.reg.size < IOMMU_REG_SIZE || !is_aligned(iommu.reg.base.v, PAGE_SIZE))) {
        diag_error(r->d, board_path(r, node), "reg",
                   "the registers of the IOMMU are missing, misaligned, or smaller than 0x%llx "
                   "bytes", (unsigned long long)IOMMU_REG_SIZE);
        return;
    }
    if (b->iommu_count == BOARD_MAX_IOMMUS) {
        diag_error(r->d, board_path(r, node), NULL, "more than %u IOMMUs", BOARD_MAX_IOMMUS);
        return;
    }
    b->iommu[b->iommu_count] = iommu;
    b->iommu_count++;
}

static void read_iommus_of(struct board_reader *r, const char *compatible, bool is_pci)
{
    int node = board_next_compatible(r->fdt, -1, compatible);

    while (node >= 0) {
        read_iommu(r, node, is_pci);
        node = board_next_compatible(r->fdt, node, compatible);
    }
}

void board_read_iommus(struct board_reader *r)
{
    read_iommus_of(r, "riscv,iommu", false);
    read_iommus_of(r, "riscv,pci-iommu", true);
}
