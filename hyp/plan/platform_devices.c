/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the platform, named by their nodes: on the board, nobody else's, in whole pages. */
#include <libfdt.h>
#include <string.h>

#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "lib/nearest.h"

#define MAX_SIBLINGS 64U     /* names to choose the nearest from; more are not looked at */

/* ---- finding the node ------------------------------------------------------------------------ */

/* The deepest node of the path that the board has; *rest is what it lacks below that. */
static int deepest_node(const void *fdt, const char *path, const char **rest)
{
    int node = 0;

    *rest = path;
    while (**rest == '/') {
        const char *name = *rest + 1, *end = strchr(name, '/');
        const size_t length = end == NULL ? strlen(name) : (size_t)(end - name);
        const int child = fdt_subnode_offset_namelen(fdt, node, name, (int)length);
        if (child < 0) {
            *rest = name;
            return node;
        }
        node = child;
        *rest = name + length;
    }
    return node;
}

static void report_absent(const struct planning *p, const struct config_device *device)
{
    const void *fdt = p->board->fdt;
    const char *sisters[MAX_SIBLINGS], *rest;
    char wrong[NEAREST_LENGTH_MAX + 1U];
    uint32_t count = 0;
    int child;

    if (fdt_path_offset(fdt, device->node) >= 0) {
        diag_error(p->d, device->path, "node", "\"%s\" is disabled on this board (its status is "
                   "not \"okay\"): it cannot be given to a guest", device->node);
        return;
    }
    const int parent = deepest_node(fdt, device->node, &rest);
    const char *end = strchr(rest, '/');
    (void)format_text(wrong, sizeof(wrong), "%.*s",
                      (int)(end == NULL ? strlen(rest) : (size_t)(end - rest)), rest);
    fdt_for_each_subnode(child, fdt, parent) {
        if (count < MAX_SIBLINGS) {
            sisters[count] = fdt_get_name(fdt, child, NULL);
            count++;
        }
    }
    const char *near = nearest_name(wrong, sisters, count);
    if (near != NULL) {
        diag_error(p->d, device->path, "node", "the board has no node \"%s\": instead of \"%s\", "
                   "did you mean \"%s\"?", device->node, wrong, near);
    } else {
        diag_error(p->d, device->path, "node", "the board has no node \"%s\": take a path from its "
                   "device tree", device->node);
    }
}

bool plan_find_node(const struct planning *p, uint32_t n)
{
    const struct config_device *device = given_config(p, n);

    switch (board_find_device(p->board, device->node, &given_device(p, n)->node)) {
    case BOARD_DEVICE_OK:
        return true;
    case BOARD_DEVICE_ABSENT:
        report_absent(p, device);
        break;
    case BOARD_DEVICE_NO_REG:
        diag_error(p->d, device->path, "node", "\"%s\" has no registers of its own (no reg that "
                   "leads to a physical address): only a device with registers can be given to a "
                   "guest", device->node);
        break;
    case BOARD_DEVICE_BAD_IRQ:
        diag_error(p->d, device->path, "node", "an interrupt of \"%s\" does not go to the board's "
                   "S-level APLIC: only such lines can be given to a guest", device->node);
        break;
    case BOARD_DEVICE_BAD_IOMMU:
        diag_error(p->d, device->path, "node", "the iommus of \"%s\" is not pairs of one of the "
                   "board's IOMMUs, always the same, and a device id: it is not known what confines "
                   "this device, so it cannot be given to a guest", device->node);
        break;
    case BOARD_DEVICE_TOO_LARGE:
    default:
        diag_error(p->d, device->path, "node", "\"%s\" has more than %u register ranges, %u "
                   "interrupts or %u device ids: it cannot be given to a guest", device->node,
                   BOARD_DEVICE_MAX_REGS, BOARD_DEVICE_MAX_IRQS, BOARD_DEVICE_MAX_IDS);
        break;
    }
    return false;
}

/* ---- whose it is ----------------------------------------------------------------------------- */

/* Report an overlap, in whole pages, with a range of somebody else's. */
static void check_range(const struct planning *p, const struct config_device *device,
                        struct pa_range reg, struct pa_range other, const char *owner)
{
    if (reg.size == 0U || other.size == 0U) {
        return;
    }
    const struct pa_range a = pa_range_pages(reg), b = pa_range_pages(other);
    if (span_overlaps(a.base.v, a.size, b.base.v, b.size)) {
        diag_error(p->d, device->path, "node", "the registers of \"%s\" (0x%lx-0x%lx) share a page "
                   "with the board's %s (0x%lx-0x%lx): this device cannot be given to a guest",
                   device->node, reg.base.v, plan_last(reg), owner,
                   other.base.v, plan_last(other));
    }
}

/* What Bulkhead or the firmware owns on the board. */
static void check_board_owned(const struct planning *p, const struct config_device *device,
                              struct pa_range reg)
{
    const struct board *board = p->board;

    check_range(p, device, reg, board->uart.reg, "console UART");
    check_range(p, device, reg, board->aplic.reg, "APLIC");
    for (uint32_t i = 0; i < board->imsic.region_count; i++) {
        check_range(p, device, reg, board->imsic.regions[i], "IMSIC");
    }
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        check_range(p, device, reg, board->iommu[i].reg, "IOMMU");
    }
    for (uint32_t i = 0; i < board->pci_count; i++) {
        check_range(p, device, reg, board->pci[i].ecam, "PCI configuration space");
        for (uint32_t w = 0; w < board->pci[i].window_count; w++) {
            check_range(p, device, reg, board->pci[i].windows[w].range, "PCI memory");
        }
    }
    for (uint32_t i = 0; i < board->ram_count; i++) {
        check_range(p, device, reg, board->ram[i], "memory");
    }
    for (uint32_t i = 0; i < board->reserved_count; i++) {
        check_range(p, device, reg, board->reserved[i], "reserved range");
    }
}

static void check_two_devices(const struct planning *p, uint32_t n, uint32_t m)
{
    const struct config_device *device = given_config(p, n), *earlier = given_config(p, m);
    const struct board_device *a = &given_device(p, n)->node, *b = &given_device(p, m)->node;
    const bool one_guest = p->given[n].guest == p->given[m].guest;

    if (a->node == b->node) {
        diag_error(p->d, device->path, "node", "\"%s\" is given twice, by %s and by %s: remove one",
                   device->node, earlier->path, device->path);
        return;
    }
    for (uint32_t x = 0; !one_guest && x < a->reg_count * b->reg_count; x++) {
        const struct pa_range r = a->regs[x / b->reg_count], s = b->regs[x % b->reg_count];
        const struct pa_range rp = pa_range_pages(r), sp = pa_range_pages(s);
        if (r.size != 0U && s.size != 0U &&
            span_overlaps(rp.base.v, rp.size, sp.base.v, sp.size)) {
            diag_error(p->d, device->path, "node", "the registers of \"%s\" (0x%lx-0x%lx) share a "
                       "page with those of \"%s\" (0x%lx-0x%lx), which \"%s\" has (%s): give both "
                       "to one guest", device->node, r.base.v, plan_last(r), earlier->node,
                       s.base.v, plan_last(s), given_guest(p, m)->config->name, earlier->path);
        }
    }
}

bool plan_check_node(const struct planning *p, uint32_t n)
{
    const struct config_device *device = given_config(p, n);
    const struct board_device *found = &given_device(p, n)->node;
    const uint32_t errors_before = p->d->errors;

    for (uint32_t m = 0; m < n; m++) {
        if (!given_device(p, m)->is_pci && given_device(p, m)->node.node != PLAN_NO_NODE) {
            check_two_devices(p, n, m);
        }
    }
    for (uint32_t k = 0; k < found->reg_count; k++) {
        check_board_owned(p, device, found->regs[k]);
    }
    if (p->d->errors == errors_before) {
        plan_check_neighbours(p, n);
    }
    return p->d->errors == errors_before;
}

/* ---- what the guest gets --------------------------------------------------------------------- */

/* Add the pages of a register range, as one window with those that touch the same pages. Devices reach it if
 * that was said of all of it. */
static bool add_window(const struct planning *p, uint32_t n, struct pa_range reg)
{
    struct plan_guest *guest = given_guest(p, n);
    struct pa_range pages = pa_range_pages(reg);
    bool peer_dma = given_config(p, n)->peer_dma;
    uint32_t i = 0;

    while (i < guest->window_count) {
        const struct plan_window *window = &guest->windows[i];
        if (!span_overlaps(window->pa.v, window->size, pages.base.v, pages.size)) {
            i++;
            continue;
        }
        const uint64_t end_a = window->pa.v + window->size, end_b = pages.base.v + pages.size;
        const uint64_t base = window->pa.v < pages.base.v ? window->pa.v : pages.base.v;
        pages = (struct pa_range){ pa(base), (end_a > end_b ? end_a : end_b) - base };
        peer_dma = peer_dma && window->peer_dma;
        guest->window_count--;
        guest->windows[i] = guest->windows[guest->window_count];
        i = 0;
    }
    return plan_add_window(p, n, &(struct plan_window){ .gpa = gpa(pages.base.v), .pa = pages.base,
                                                        .size = pages.size, .device = true,
                                                        .peer_dma = peer_dma });
}

void plan_node_windows(const struct planning *p, uint32_t n)
{
    const struct board_device *found = &given_device(p, n)->node;

    for (uint32_t k = 0; k < found->reg_count; k++) {
        if (found->regs[k].size != 0U && !add_window(p, n, found->regs[k])) {
            return;
        }
    }
}
