/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI hosts (bindings pci/host-generic-pci, pci/pci-iommu; PCI Bus Binding to IEEE 1275, 2.2): where
 * their configuration space and memory are, whose ids their requests carry, where their pins lead.
 */
#include <libfdt.h>

#include "platform/board_read.h"

#define ECAM_BUS_SHIFT  20U  /* PCI Express 7.2.2: 1 MiB of configuration space for each bus */
#define PCI_BUS_MAX     255U

/* PCI Bus Binding 2.2.1.1: an address has three cells, the first of which is phys.hi. */
#define ADDRESS_CELLS   3U
#define SIZE_CELLS      2U
#define HI_PREFETCHABLE (1U << 30)
#define HI_SPACE(hi)    ((hi) >> 24 & 3U)
#define SPACE_MEMORY32  2U
#define SPACE_MEMORY64  3U
#define HI_RID_SHIFT    8U

#define MEMORY32_SIZE   (UINT64_C(1) << 32)

/* pci/pci-iommu: requester id, IOMMU, device id, length. */
#define ID_MAP_CELLS    4U
#define ALL_ONES        UINT32_MAX

/* ---- windows --------------------------------------------------------------------------------- */

static void add_window(struct board_reader *r, struct board_pci_host *host, uint32_t hi,
                       struct board_pci_window window)
{
    const char *path = board_path(r, host->node);
    const uint64_t pci = window.pci;
    const uint64_t size = window.range.size;
    uint64_t address = window.range.base.v;

    window.wide = HI_SPACE(hi) == SPACE_MEMORY64;
    window.prefetchable = (hi & HI_PREFETCHABLE) != 0U;
    if ((!window.wide && !span_contains(0U, MEMORY32_SIZE, pci, size)) ||
        size - 1U > UINT64_MAX - pci || size - 1U > UINT64_MAX - address) {
        diag_error(r->d, path, "ranges", "the window of PCI addresses 0x%llx, 0x%llx bytes, at 0x%llx "
                   "passes the end of its address space", (unsigned long long)pci,
                   (unsigned long long)size, (unsigned long long)address);
        return;
    }
    if (!fdt_read_translate(r->tree, fdt_tree_parent(r->tree, host->node), size, &address)) {
        diag_error(r->d, path, "ranges", "the window of PCI addresses 0x%llx, 0x%llx bytes, at 0x%llx "
                   "cannot be translated to physical addresses", (unsigned long long)pci,
                   (unsigned long long)size, (unsigned long long)address);
        return;
    }
    window.range.base = pa(address);
    if (host->window_count < BOARD_PCI_MAX_WINDOWS) { /* less room for BARs is no contradiction */
        host->windows[host->window_count] = window;
        host->window_count++;
    }
}

static bool has_pci_cells(const void *fdt, int node)
{
    uint32_t address_cells = 0U;
    uint32_t size_cells = 0U;

    return fdt_read_u32(fdt, node, "#address-cells", &address_cells) &&
           fdt_read_u32(fdt, node, "#size-cells", &size_cells) &&
           address_cells == ADDRESS_CELLS && size_cells == SIZE_CELLS;
}

static void read_windows(struct board_reader *r, struct board_pci_host *host)
{
    struct fdt_cells ranges;
    uint32_t parent_cells = 0U;

    if (!fdt_read_has(r->fdt, host->node, "ranges")) {
        return;
    }
    /* The registers of the host were found, so its parent is a bus with sound cells. */
    (void)fdt_read_address_cells(r->fdt, fdt_tree_parent(r->tree, host->node), &parent_cells);
    const uint32_t entry = ADDRESS_CELLS + parent_cells + SIZE_CELLS;
    if (!fdt_read_cells(r->fdt, host->node, "ranges", &ranges) || ranges.count % entry != 0U ||
        (ranges.count != 0U && !has_pci_cells(r->fdt, host->node))) {
        diag_error(r->d, board_path(r, host->node), "ranges", "the windows are malformed: an entry "
                   "has %u cells, with #address-cells %u and #size-cells %u of the host", entry,
                   ADDRESS_CELLS, SIZE_CELLS);
        return;
    }
    for (uint32_t at = 0U; at < ranges.count; at += entry) {
        const uint32_t hi = fdt_cell(ranges, at);
        const uint32_t size_at = at + ADDRESS_CELLS + parent_cells;
        const struct board_pci_window window = {
            .pci = fdt_cell_number(ranges, at + 1U, 2U),
            .range = { .base = pa(fdt_cell_number(ranges, at + ADDRESS_CELLS, parent_cells)),
                       .size = fdt_cell_number(ranges, size_at, SIZE_CELLS) },
        };
        if (HI_SPACE(hi) >= SPACE_MEMORY32 && window.range.size != 0U) {
            add_window(r, host, hi, window);
        }
    }
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void read_pci_host(struct board_reader *r, int node)
{
    struct board *b = r->board;
    struct board_pci_host host = { .node = node, .bus_last = PCI_BUS_MAX, .domain = b->pci_count,
                                   .map_mask = ALL_ONES };
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
    if (fdt_read_reg(r->tree, node, 0U, &host.ecam) != FDT_READ_OK) {
        diag_error(r->d, board_path(r, node), "reg",
                   "the configuration space is missing or malformed");
        return;
    }
    /* A small one is no reason to refuse the board: the buses beyond it cannot be reached. */
    uint64_t room = host.ecam.size >> ECAM_BUS_SHIFT;
    if (host.bus_last - host.bus_first >= room) {
        host.bus_last = host.bus_first + (room == 0U ? 0U : (uint32_t)room - 1U);
    }
    if (b->pci_count == BOARD_MAX_PCI_HOSTS) {
        diag_error(r->d, board_path(r, node), NULL, "more than %u PCI hosts", BOARD_MAX_PCI_HOSTS);
        return;
    }
    read_windows(r, &host);
    b->pci[b->pci_count] = host;
    b->pci_count++;
}

void board_read_pci(struct board_reader *r)
{
    int node = board_next_compatible(r->tree, -1, "pci-host-ecam-generic");

    while (node >= 0) {
        read_pci_host(r, node);
        node = board_next_compatible(r->tree, node, "pci-host-ecam-generic");
    }
}

/* ---- ids at IOMMUs --------------------------------------------------------------------------- */

static void read_id_map(struct board_reader *r, struct board_pci_host *host)
{
    struct fdt_cells list;

    if (!fdt_read_has(r->fdt, host->node, "iommu-map")) {
        return;
    }
    if (!fdt_read_cells(r->fdt, host->node, "iommu-map", &list) || list.count % ID_MAP_CELLS != 0U) {
        diag_error(r->d, board_path(r, host->node), "iommu-map", "the map is malformed: an entry has "
                   "%u cells", ID_MAP_CELLS);
        return;
    }
    if (fdt_read_has(r->fdt, host->node, "iommu-map-mask") &&
        !fdt_read_u32(r->fdt, host->node, "iommu-map-mask", &host->map_mask)) {
        diag_error(r->d, board_path(r, host->node), "iommu-map-mask", "the mask is malformed: it has "
                   "one cell");
        return;
    }
    for (uint32_t at = 0U; at < list.count; at += ID_MAP_CELLS) {
        const struct board_id_map map = {
            .first = fdt_cell(list, at), .count = fdt_cell(list, at + 3U),
            .iommu = board_find_iommu(r->board, fdt_cell(list, at + 1U)),
            .base = fdt_cell(list, at + 2U),
        };
        if (map.count == 0U) {
            continue;                /* QEMU 10.0 makes such an entry */
        }
        if (map.count - 1U > UINT32_MAX - map.first || map.count - 1U > UINT32_MAX - map.base) {
            diag_error(r->d, board_path(r, host->node), "iommu-map", "entry %u, 0x%x ids from 0x%x to "
                       "0x%x, passes the end of 32 bits", at / ID_MAP_CELLS, map.count, map.first,
                       map.base);
            return;
        }
        if (host->map_count == BOARD_PCI_MAX_MAPS) {
            return;                  /* what is not known to be confined needs unprotected-dma */
        }
        host->maps[host->map_count] = map;
        host->map_count++;
    }
}

void board_read_id_maps(struct board_reader *r)
{
    for (uint32_t i = 0U; i < r->board->pci_count; i++) {
        read_id_map(r, &r->board->pci[i]);
    }
}

bool board_pci_id(const struct board *board, uint32_t host, uint16_t rid, uint32_t *iommu,
                  uint32_t *device_id)
{
    const struct board_pci_host *h = &board->pci[host];
    const uint32_t masked = rid & h->map_mask;

    for (uint32_t i = 0U; i < h->map_count; i++) {
        const struct board_id_map *map = &h->maps[i];
        if (masked >= map->first && masked - map->first < map->count) {
            if (map->iommu == BOARD_NO_IOMMU) {
                return false;
            }
            *iommu = map->iommu;
            *device_id = map->base + (masked - map->first);
            return true;
        }
    }
    return false;
}

/* ---- lines ----------------------------------------------------------------------------------- */

bool board_pci_irq(const struct board *board, uint32_t host, uint16_t device_rid, uint32_t pin,
                   uint32_t *source, uint32_t *flags)
{
    const uint32_t unit[FDT_READ_PCI_UNIT] = { (uint32_t)device_rid << HI_RID_SHIFT, 0U, 0U, pin };
    struct fdt_interrupt irq;
    uint32_t found = 0U;
    uint32_t type = 0U;

    if (fdt_read_interrupt_map(&board->tree, board->pci[host].node, unit, &irq) != FDT_READ_OK ||
        board_judge_irq(board, &irq, &found, &type) != BOARD_IRQ_OK || !board_irq_has_type(type)) {
        return false;
    }
    *source = found;
    *flags = type & BOARD_IRQ_TYPE_MASK;
    return true;
}
