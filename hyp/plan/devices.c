/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are passed through: on the board, nobody else's, and their DMA accounted for. */
#include <libfdt.h>
#include <string.h>

#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "lib/nearest.h"

#define UNRESOLVED   (-1)    /* node of a device that the board does not have */
#define MAX_SIBLINGS 64U     /* names to choose the nearest from; more are not looked at */

_Static_assert(GUEST_SOURCE_FIRST + CONFIG_MAX_SHARED + PLAN_MAX_LINES <= GUEST_SOURCES + 1U,
               "every doorbell and line has a source");

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

static bool resolve(const struct planning *p, const struct config_device *device,
                    struct board_device *out)
{
    switch (board_find_device(p->board, device->node, out)) {
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
    case BOARD_DEVICE_TOO_LARGE:
    default:
        diag_error(p->d, device->path, "node", "\"%s\" has more than %u register ranges or %u "
                   "interrupts: it cannot be given to a guest", device->node, BOARD_DEVICE_MAX_REGS,
                   BOARD_DEVICE_MAX_IRQS);
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
    }
    for (uint32_t i = 0; i < board->ram_count; i++) {
        check_range(p, device, reg, board->ram[i], "memory");
    }
    for (uint32_t i = 0; i < board->reserved_count; i++) {
        check_range(p, device, reg, board->reserved[i], "reserved range");
    }
}

static void check_two_devices(const struct planning *p, const struct plan_guest *guest, uint32_t i,
                              const struct plan_guest *other, uint32_t k)
{
    const struct config_device *device = &guest->config->devices[i];
    const struct config_device *earlier = &other->config->devices[k];
    const struct board_device *a = &guest->devices[i].node, *b = &other->devices[k].node;

    if (a->node == b->node) {
        diag_error(p->d, device->path, "node", "\"%s\" is given twice, by %s and by %s: remove one",
                   device->node, earlier->path, device->path);
        return;
    }
    for (uint32_t x = 0; guest != other && x < a->reg_count * b->reg_count; x++) {
        const struct pa_range r = a->regs[x / b->reg_count], s = b->regs[x % b->reg_count];
        const struct pa_range rp = pa_range_pages(r), sp = pa_range_pages(s);
        if (r.size != 0U && s.size != 0U &&
            span_overlaps(rp.base.v, rp.size, sp.base.v, sp.size)) {
            diag_error(p->d, device->path, "node", "the registers of \"%s\" (0x%lx-0x%lx) share a "
                       "page with those of \"%s\" (0x%lx-0x%lx), which \"%s\" has (%s): give both "
                       "to one guest", device->node, r.base.v, plan_last(r), earlier->node,
                       s.base.v, plan_last(s), other->config->name, earlier->path);
        }
    }
}

/* Against every device that comes before it in the configuration. */
static void check_earlier_devices(const struct planning *p, uint32_t g, uint32_t i)
{
    for (uint32_t h = 0; h <= g; h++) {
        const struct plan_guest *other = &p->plan->guests[h];
        const uint32_t count = h == g ? i : other->config->device_count;
        for (uint32_t k = 0; k < count; k++) {
            if (other->devices[k].node.node != UNRESOLVED) {
                check_two_devices(p, &p->plan->guests[g], i, other, k);
            }
        }
    }
}

/* No IOMMU is programmed for devices of the platform bus, so the one that a device may sit behind
 * confines nothing yet: the integrator must know. */
static void check_dma(const struct planning *p, const struct config_device *device,
                      const struct board_device *found)
{
    if (found->can_dma && !device->unprotected_dma) {
        diag_error(p->d, device->path, "node", "\"%s\" may do DMA, and %s: it could reach all of "
                   "the board's memory; if you trust it and the guest, write unprotected-dma",
                   device->node, found->iommu != BOARD_NO_IOMMU ? "its IOMMU is not programmed by this version"
                                                     : "it is behind no IOMMU");
    }
}

/* ---- what the guest gets --------------------------------------------------------------------- */

/* Add the pages of a register range, as one window with those that touch the same pages. */
static void add_window(struct plan_guest *guest, struct pa_range reg)
{
    struct pa_range pages = pa_range_pages(reg);
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
        guest->window_count--;
        guest->windows[i] = guest->windows[guest->window_count];
        i = 0;
    }
    guest->windows[guest->window_count] = (struct plan_window){
        .gpa = gpa(pages.base.v), .pa = pages.base, .size = pages.size, .device = true };
    guest->window_count++;
}

/* Report that somebody has the line already; false then. */
static bool line_is_free(const struct planning *p, const struct config_device *device,
                         uint32_t source)
{
    if (source == p->board->uart.irq) {
        diag_error(p->d, device->path, "node", "interrupt %u of \"%s\" is the console UART's too, "
                   "which Bulkhead keeps: this device cannot be given to a guest", source,
                   device->node);
        return false;
    }
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        const struct plan_guest *guest = &p->plan->guests[g];
        for (uint32_t i = 0; i < guest->line_count; i++) {
            if (guest->lines[i].board_source == source) {
                diag_error(p->d, device->path, "node", "interrupt %u of \"%s\" is given already, "
                           "with %s: a line belongs to one device; remove one of the two", source,
                           device->node, guest->config->devices[guest->lines[i].device].path);
                return false;
            }
        }
    }
    return true;
}

static uint32_t first_line_source(const struct plan_guest *guest)
{
    uint32_t source = GUEST_SOURCE_FIRST;

    for (uint32_t i = 0; i < guest->share_count; i++) {
        source += guest->shares[i].source != 0U ? 1U : 0U;
    }
    return source;
}

static void add_lines(const struct planning *p, struct plan_guest *guest, uint32_t i)
{
    const struct config_device *device = &guest->config->devices[i];
    const struct board_device *found = &guest->devices[i].node;

    if (found->irq_count != 0U && !p->plan->wired_interrupts) {
        diag_error(p->d, device->path, "node", "\"%s\" has interrupts, but it is not known whether "
                   "the firmware lets lines of this board arrive: its APLIC can deliver directly as "
                   "well as by MSI; if the firmware has set the APLIC's MSI addresses, write "
                   "wired-interrupts in /board", device->node);
        return;
    }
    for (uint32_t k = 0; k < found->irq_count; k++) {
        if (!line_is_free(p, device, found->irqs[k].source)) {
            continue;
        }
        if (guest->line_count == PLAN_MAX_LINES) {
            diag_error(p->d, device->path, "node", "\"%s\" brings more than %u interrupts to "
                       "\"%s\": give it fewer devices", device->node, PLAN_MAX_LINES,
                       guest->config->name);
            return;
        }
        guest->lines[guest->line_count] = (struct plan_line){
            .virtual_source = first_line_source(guest) + guest->line_count,
            .board_source = found->irqs[k].source, .flags = found->irqs[k].flags, .device = i };
        guest->line_count++;
    }
}

/* With all devices resolved: whether this one can be the guest's, after reporting why not. */
static bool device_is_good(const struct planning *p, uint32_t g, uint32_t i)
{
    const struct config_device *device = &p->plan->guests[g].config->devices[i];
    const struct board_device *found = &p->plan->guests[g].devices[i].node;
    const uint32_t errors_before = p->d->errors;

    check_earlier_devices(p, g, i);
    for (uint32_t k = 0; k < found->reg_count; k++) {
        check_board_owned(p, device, found->regs[k]);
    }
    if (p->d->errors == errors_before) {
        plan_check_neighbours(p, g, i);
    }
    check_dma(p, device, found);
    return p->d->errors == errors_before;
}

static void plan_device(const struct planning *p, uint32_t g, uint32_t i)
{
    struct plan_guest *guest = &p->plan->guests[g];
    struct board_device *found = &guest->devices[i].node;

    if (!device_is_good(p, g, i)) {
        found->reg_count = 0;    /* nothing more is said of it */
        return;
    }
    for (uint32_t k = 0; k < found->reg_count; k++) {
        if (found->regs[k].size != 0U) {
            add_window(guest, found->regs[k]);
        }
    }
    add_lines(p, guest, i);
}

void plan_devices(const struct planning *p)
{
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        struct plan_guest *guest = &p->plan->guests[g];
        for (uint32_t i = 0; i < guest->config->device_count; i++) {
            if (!resolve(p, &guest->config->devices[i], &guest->devices[i].node)) {
                memset(&guest->devices[i], 0, sizeof(guest->devices[i]));
                guest->devices[i].node.node = UNRESOLVED;
            }
        }
    }
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        for (uint32_t i = 0; i < p->plan->guests[g].config->device_count; i++) {
            if (p->plan->guests[g].devices[i].node.node != UNRESOLVED) {
                plan_device(p, g, i);
            }
        }
    }
}
