/* SPDX-License-Identifier: Apache-2.0 */
/* The IOMMUs, platform devices and PCI functions (binding iommu/riscv,iommu). */
#include <libfdt.h>

#include "platform/board_read.h"

#define IOMMU_REG_SIZE UINT64_C(0x1000) /* RISC-V IOMMU 1.0, chapter 6 */

/* PCI Bus Binding 2.2.1.1: phys.hi of a configuration address. */
#define PCI_REG_CELLS    5U
#define PCI_RID_SHIFT    8U
#define PCI_BUS_SHIFT    8U   /* of a requester id */
#define PCI_DEVFN_MASK   0xffU

uint32_t board_find_iommu(const struct board *board, uint32_t phandle)
{
    for (uint32_t i = 0U; i < board->iommu_count; i++) {
        uint32_t cells = 0U;
        if (phandle != 0U && board->iommu[i].phandle == phandle &&
            fdt_read_u32(board->fdt, board->iommu[i].node, "#iommu-cells", &cells)) {
            return cells == 1U ? i : BOARD_NO_IOMMU;
        }
    }
    return BOARD_NO_IOMMU;
}

/* Lines of another controller cannot be taken, and a gap among the vectors would shift the rest: then it is
 * as if it had none. */
static void read_irqs(const struct board *board, struct board_iommu *iommu)
{
    enum board_irq_result result = BOARD_IRQ_OK;

    for (uint32_t i = 0U; i < BOARD_IOMMU_MAX_IRQS && result == BOARD_IRQ_OK; i++) {
        uint32_t flags = 0U;
        result = board_read_irq(board, iommu->node, i, &iommu->irqs[i], &flags);
        if (result == BOARD_IRQ_OK && !board_irq_has_type(flags)) {
            result = BOARD_IRQ_BAD;
        }
        if (result == BOARD_IRQ_OK) {
            iommu->irq_flags[i] = flags & BOARD_IRQ_TYPE_MASK;
            iommu->irq_count = i + 1U;
        }
    }
    if (result == BOARD_IRQ_FOREIGN || result == BOARD_IRQ_BAD) {
        iommu->irq_count = 0U;
    }
}

/* The host whose buses a node is on, as far up as there is need; BOARD_MAX_PCI_HOSTS: none. */
static uint32_t find_host(const struct board *board, int node)
{
    int at = node;

    for (uint32_t depth = 0U; depth < FDT_READ_MAX_DEPTH && at >= 0; depth++) {
        for (uint32_t i = 0U; i < board->pci_count; i++) {
            if (board->pci[i].node == at) {
                return i;
            }
        }
        at = fdt_tree_parent(&board->tree, at);
    }
    return BOARD_MAX_PCI_HOSTS;
}

/* A tree made before buses were numbered says bus 0: that is the host's first. */
static bool read_rid(struct board_reader *r, struct board_iommu *iommu)
{
    const struct board_pci_host *host = &r->board->pci[iommu->pci_host];
    struct fdt_cells reg;

    if (!fdt_read_cells(r->fdt, iommu->node, "reg", &reg) || reg.count < PCI_REG_CELLS) {
        diag_error(r->d, board_path(r, iommu->node), "reg", "the PCI address of the IOMMU is missing "
                   "or malformed: it has %u cells", PCI_REG_CELLS);
        return false;
    }
    const uint32_t rid = fdt_cell(reg, 0U) >> PCI_RID_SHIFT & UINT16_MAX;
    const uint32_t bus = rid >> PCI_BUS_SHIFT == 0U ? host->bus_first : rid >> PCI_BUS_SHIFT;
    if (bus < host->bus_first || bus > host->bus_last) {
        diag_error(r->d, board_path(r, iommu->node), "reg", "the IOMMU is on bus %u, but its PCI host "
                   "has buses %u to %u", bus, host->bus_first, host->bus_last);
        return false;
    }
    iommu->pci_rid = (uint16_t)(bus << PCI_BUS_SHIFT | (rid & PCI_DEVFN_MASK));
    return true;
}

static bool read_place(struct board_reader *r, struct board_iommu *iommu)
{
    if (iommu->is_pci) {
        iommu->pci_host = find_host(r->board, iommu->node);
        /* Below a host of another kind it cannot be reached: it is left out. */
        return iommu->pci_host != BOARD_MAX_PCI_HOSTS && read_rid(r, iommu);
    }
    if (fdt_read_reg(r->tree, iommu->node, 0U, &iommu->reg) != FDT_READ_OK ||
        iommu->reg.size < IOMMU_REG_SIZE || !is_aligned(iommu->reg.base.v, PAGE_SIZE)) {
        diag_error(r->d, board_path(r, iommu->node), "reg",
                   "the registers of the IOMMU are missing, misaligned, or smaller than 0x%llx "
                   "bytes", (unsigned long long)IOMMU_REG_SIZE);
        return false;
    }
    return true;
}

/* What devices name it by. Two with one phandle would make it unclear who confines whom. */
static bool read_phandle(struct board_reader *r, struct board_iommu *iommu)
{
    iommu->phandle = fdt_tree_phandle(r->tree, iommu->node);
    if (iommu->phandle != 0U && fdt_tree_by_phandle(r->tree, iommu->phandle) != iommu->node) {
        diag_error(r->d, board_path(r, iommu->node), "phandle",
                   "the phandle 0x%x belongs to another node too", iommu->phandle);
        return false;
    }
    return true;
}

static void read_iommu(struct board_reader *r, int node, bool is_pci)
{
    struct board *b = r->board;
    struct board_iommu iommu = { .node = node, .is_pci = is_pci };

    if (!read_phandle(r, &iommu) || !read_place(r, &iommu)) {
        return;
    }
    if (b->iommu_count == BOARD_MAX_IOMMUS) {
        diag_error(r->d, board_path(r, node), NULL, "more than %u IOMMUs", BOARD_MAX_IOMMUS);
        return;
    }
    read_irqs(b, &iommu);
    iommu.coherent = fdt_read_is_coherent(r->tree, node);
    b->iommu[b->iommu_count] = iommu;
    b->iommu_count++;
}

static void read_iommus_of(struct board_reader *r, const char *compatible, bool is_pci)
{
    int node = board_next_compatible(r->tree, -1, compatible);

    while (node >= 0) {
        read_iommu(r, node, is_pci);
        node = board_next_compatible(r->tree, node, compatible);
    }
}

void board_read_iommus(struct board_reader *r)
{
    read_iommus_of(r, "riscv,iommu", false);
    read_iommus_of(r, "riscv,pci-iommu", true);
}
