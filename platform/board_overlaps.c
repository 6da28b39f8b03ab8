/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not lie in one place. RAM is written before anything of the board is tried, and PCI memory
 * is given to guests: neither may be the registers of what Bulkhead drives or keeps.
 */
#include "platform/board_read.h"

/* One thing of the board; size 0: it is not there. */
struct piece {
    int node;
    struct pa_range range;
    const char *what;
};

#define HOST_PIECES (1U + BOARD_PCI_MAX_WINDOWS)
#define FIXED_PIECES (2U + BOARD_MAX_IMSIC_REGIONS + BOARD_MAX_IOMMUS)
#define PIECES (FIXED_PIECES + BOARD_MAX_PCI_HOSTS * HOST_PIECES)

static struct piece host_piece(const struct board_pci_host *host, uint32_t i)
{
    if (i == 0U) {
        return (struct piece){ host->node, host->ecam, "PCI host" };
    }
    return (struct piece){ host->node,
                           i <= host->window_count ? host->windows[i - 1U].range
                                                   : (struct pa_range){ .size = 0U },
                           "window of the PCI host" };
}

static struct piece piece_at(const struct board *b, uint32_t i)
{
    uint32_t at = i;

    if (at == 0U) {
        return (struct piece){ b->uart.node, b->uart.reg, "UART" };
    }
    if (at == 1U) {
        return (struct piece){ b->aplic.node, b->aplic.reg, "APLIC" };
    }
    at -= 2U;
    if (at < BOARD_MAX_IMSIC_REGIONS) {
        return (struct piece){ b->imsic.node, b->imsic.regions[at], "IMSIC" };
    }
    at -= BOARD_MAX_IMSIC_REGIONS;
    if (at < BOARD_MAX_IOMMUS) {
        return (struct piece){ b->iommu[at].node, b->iommu[at].reg, "IOMMU" };
    }
    at -= BOARD_MAX_IOMMUS;
    return host_piece(&b->pci[at / HOST_PIECES], at % HOST_PIECES);
}

static bool is_window(uint32_t i)
{
    return i >= FIXED_PIECES && (i - FIXED_PIECES) % HOST_PIECES != 0U;
}

static bool overlaps(struct pa_range a, struct pa_range b)
{
    return span_overlaps(a.base.v, a.size, b.base.v, b.size);
}

static void check_ram(struct board_reader *r, const struct piece *piece)
{
    for (uint32_t i = 0U; i < r->board->ram_count; i++) {
        const struct pa_range ram = r->board->ram[i];
        if (overlaps(ram, piece->range)) {
            diag_error(r->d, board_path(r, piece->node), "reg", "the registers 0x%llx, 0x%llx bytes, "
                       "of the %s overlap the RAM 0x%llx, 0x%llx bytes",
                       (unsigned long long)piece->range.base.v,
                       (unsigned long long)piece->range.size, piece->what,
                       (unsigned long long)ram.base.v, (unsigned long long)ram.size);
        }
    }
}

/* A window against all that comes before it, anything else against the windows before it. */
static void check_windows(struct board_reader *r, uint32_t index, const struct piece *piece)
{
    for (uint32_t i = 0U; i < index; i++) {
        const struct piece other = piece_at(r->board, i);
        if ((is_window(i) || is_window(index)) && overlaps(other.range, piece->range)) {
            diag_error(r->d, board_path(r, piece->node), is_window(index) ? "ranges" : "reg",
                       "the %s, 0x%llx, 0x%llx bytes, and the %s of %s, 0x%llx, 0x%llx bytes, lie in "
                       "one place", piece->what, (unsigned long long)piece->range.base.v,
                       (unsigned long long)piece->range.size, other.what,
                       board_path(r, other.node), (unsigned long long)other.range.base.v,
                       (unsigned long long)other.range.size);
        }
    }
}

/* A BAR would be at two addresses, and two BARs perhaps at one. */
static void check_bus(struct board_reader *r, const struct board_pci_host *host)
{
    for (uint32_t i = 1U; i < host->window_count; i++) {
        const struct board_pci_window *a = &host->windows[i];
        for (uint32_t k = 0U; k < i; k++) {
            const struct board_pci_window *b = &host->windows[k];
            if (span_overlaps(a->pci, a->range.size, b->pci, b->range.size)) {
                diag_error(r->d, board_path(r, host->node), "ranges", "two windows of the PCI host "
                           "have the same PCI addresses: 0x%llx, 0x%llx bytes, and 0x%llx, 0x%llx "
                           "bytes", (unsigned long long)b->pci, (unsigned long long)b->range.size,
                           (unsigned long long)a->pci, (unsigned long long)a->range.size);
            }
        }
    }
}

void board_check_overlaps(struct board_reader *r)
{
    for (uint32_t i = 0U; i < r->board->pci_count; i++) {
        check_bus(r, &r->board->pci[i]);
    }
    for (uint32_t i = 0U; i < PIECES; i++) {
        const struct piece piece = piece_at(r->board, i);
        if (piece.range.size != 0U) {
            check_ram(r, &piece);
            check_windows(r, i, &piece);
        }
    }
}
