/* SPDX-License-Identifier: Apache-2.0 */
/* One device of the board, for passing it to a guest, and the registers of its neighbours. */
#include <libfdt.h>
#include <string.h>

#include "platform/board_read.h"

/* The least that an entry of reg has: an address and a size. */
#define REG_ENTRY_CELLS_MIN 2U

/* An entry of iommus: the IOMMU and one cell, as its #iommu-cells says. */
#define IOMMUS_ENTRY_CELLS 2U

/*
 * The kinds of device that cannot read or write memory by themselves. This is the only place that
 * says so: whatever is not here is taken to do DMA. A generic compatible such as syscon, which
 * devices of any kind add, does not belong here.
 */
static const char *const kinds_without_dma[] = {
    /* UARTs; where one uses a DMA engine, the engine is a node of its own */
    "ns16550a", "ns16550", "snps,dw-apb-uart", "sifive,uart0",
    /* real-time clocks, timers, watchdogs */
    "google,goldfish-rtc", "snps,dw-apb-timer", "snps,dw-wdt", "sifive,pwm0",
    /* power and reset of QEMU's virt and of SiFive's test finisher */
    "sifive,test0", "sifive,test1",
    /* general-purpose I/O */
    "sifive,gpio0", "snps,dw-apb-gpio",
    /* I2C controllers */
    "snps,designware-i2c", "sifive,i2c0", "opencores,i2c-ocores",
    /* memory-mapped flash */
    "cfi-flash",
};
#define KINDS_WITHOUT_DMA (sizeof kinds_without_dma / sizeof kinds_without_dma[0])

static bool can_dma(const void *fdt, int node)
{
    for (size_t i = 0U; i < KINDS_WITHOUT_DMA; i++) {
        if (fdt_read_is_compatible(fdt, node, kinds_without_dma[i])) {
            return false;
        }
    }
    return true;
}

/* A device on a bus that is not okay is not there either. */
static bool is_there(const struct fdt_tree *tree, int node)
{
    int at = node;

    for (uint32_t depth = 0U; depth < FDT_READ_MAX_DEPTH && at >= 0; depth++) {
        if (!fdt_read_is_okay(tree->fdt, at)) {
            return false;
        }
        at = fdt_tree_parent(tree, at);
    }
    return at < 0;
}

static enum board_device_result read_regs(const struct board *board, struct board_device *out)
{
    struct pa_range reg;
    enum fdt_read_result result = fdt_read_reg(&board->tree, out->node, 0U, &reg);

    while (result == FDT_READ_OK) {
        if (out->reg_count == BOARD_DEVICE_MAX_REGS) {
            return BOARD_DEVICE_TOO_LARGE;
        }
        out->regs[out->reg_count] = reg;
        out->reg_count++;
        result = fdt_read_reg(&board->tree, out->node, out->reg_count, &reg);
    }
    return result == FDT_READ_END && out->reg_count != 0U ? BOARD_DEVICE_OK : BOARD_DEVICE_NO_REG;
}

static enum board_device_result read_irqs(const struct board *board, struct board_device *out)
{
    uint32_t source = 0U;
    uint32_t flags = 0U;
    enum board_irq_result result = board_read_irq(board, out->node, 0U, &source, &flags);

    while (result == BOARD_IRQ_OK) {
        if (out->irq_count == BOARD_DEVICE_MAX_IRQS) {
            return BOARD_DEVICE_TOO_LARGE;
        }
        if (!board_irq_has_type(flags)) {
            return BOARD_DEVICE_BAD_IRQ;
        }
        out->irqs[out->irq_count].source = source;
        out->irqs[out->irq_count].flags = flags & BOARD_IRQ_TYPE_MASK;
        out->irq_count++;
        result = board_read_irq(board, out->node, out->irq_count, &source, &flags);
    }
    return result == BOARD_IRQ_END ? BOARD_DEVICE_OK : BOARD_DEVICE_BAD_IRQ;
}

static bool has_id(const struct board_device *device, uint32_t id)
{
    for (uint32_t i = 0U; i < device->id_count; i++) {
        if (device->ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* iommus: pairs of an IOMMU and a device id there. */
static enum board_device_result read_ids(const struct board *board, struct board_device *out)
{
    struct fdt_cells list;

    if (!fdt_read_has(board->fdt, out->node, "iommus")) {
        return BOARD_DEVICE_OK;
    }
    if (!fdt_read_cells(board->fdt, out->node, "iommus", &list) || list.count == 0U ||
        list.count % IOMMUS_ENTRY_CELLS != 0U) {
        return BOARD_DEVICE_BAD_IOMMU;
    }
    for (uint32_t at = 0U; at < list.count; at += IOMMUS_ENTRY_CELLS) {
        const uint32_t iommu = board_find_iommu(board, fdt_cell(list, at));
        const uint32_t id = fdt_cell(list, at + 1U);

        if (iommu == BOARD_NO_IOMMU || (at != 0U && iommu != out->iommu)) {
            return BOARD_DEVICE_BAD_IOMMU;
        }
        out->iommu = iommu;
        if (has_id(out, id)) {
            continue;
        }
        if (out->id_count == BOARD_DEVICE_MAX_IDS) {
            return BOARD_DEVICE_TOO_LARGE;
        }
        out->ids[out->id_count] = id;
        out->id_count++;
    }
    return BOARD_DEVICE_OK;
}

enum board_device_result board_find_device(const struct board *board, const char *path,
                                           struct board_device *out)
{
    memset(out, 0, sizeof *out);
    out->node = path[0] == '/' ? fdt_read_by_path(&board->tree, path, strlen(path)) : -1;
    if (out->node < 0 || !is_there(&board->tree, out->node)) {
        return BOARD_DEVICE_ABSENT;
    }
    out->can_dma = can_dma(board->fdt, out->node);
    out->iommu = BOARD_NO_IOMMU;

    enum board_device_result result = read_regs(board, out);
    if (result == BOARD_DEVICE_OK) {
        result = read_irqs(board, out);
    }
    return result == BOARD_DEVICE_OK ? read_ids(board, out) : result;
}

bool board_node_reg(const struct board *board, int node, uint32_t index, struct pa_range *out)
{
    struct fdt_cells reg;

    if (!fdt_read_cells(board->fdt, node, "reg", &reg) ||
        index >= reg.count / REG_ENTRY_CELLS_MIN) {
        return false;
    }
    enum fdt_read_result result = fdt_read_reg(&board->tree, node, index, out);
    if (result != FDT_READ_OK) {
        out->size = 0U; /* a bad entry says nothing of those behind it */
    }
    return result != FDT_READ_END;
}
