/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page is the smallest piece that a guest can be given, so what else has registers in a device's
 * pages goes with it. It must not go unseen.
 */
#include <libfdt.h>
#include <string.h>

#include "hyp/plan/parts.h"

#define NODE_PATH_MAX 256U   /* of a node of the board */

/* Whether any guest was given this node; what is wrong with that is said elsewhere. */
static bool is_given(const struct plan *plan, int node)
{
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        for (uint32_t i = 0; i < plan->guests[g].config->device_count; i++) {
            if (plan->guests[g].devices[i].node == node) {
                return true;
            }
        }
    }
    return false;
}

/* Whether path names the node itself, one above it or one below it: those are no strangers. */
static bool is_kin(const char *path, const char *device)
{
    const size_t a = strlen(path), b = strlen(device);
    const size_t shorter = a < b ? a : b;

    return strncmp(path, device, shorter) == 0 &&
           (a == b || (a > b ? path[shorter] : device[shorter]) == '/');
}

/* Bulkhead's own are reported with their names in devices.c. */
static bool is_bulkheads(const struct board *board, int node)
{
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        if (board->iommu[i].node == node) {
            return true;
        }
    }
    for (uint32_t i = 0; i < board->pci_count; i++) {
        if (board->pci[i].node == node) {
            return true;
        }
    }
    return (board->uart.present && board->uart.node == node) ||
           (board->aplic.present && board->aplic.node == node) ||
           (board->imsic.present && board->imsic.node == node);
}

static bool has_part_page(struct pa_range r)
{
    return r.size != 0U && !(is_aligned(r.base.v, PAGE_SIZE) && is_aligned(r.size, PAGE_SIZE));
}

static void check_node(const struct planning *p, const struct config_device *device,
                       const struct board_device *found, const char *path)
{
    struct board_device other;

    if (board_find_device(p->board, path, &other) != BOARD_DEVICE_OK) {
        return;
    }
    for (uint32_t x = 0; x < found->reg_count * other.reg_count; x++) {
        const struct pa_range r = found->regs[x / other.reg_count];
        const struct pa_range s = other.regs[x % other.reg_count];
        const struct pa_range pages = plan_page_range(r);
        if (has_part_page(r) && span_overlaps(pages.base.v, pages.size, s.base.v, s.size)) {
            diag_error(p->d, device->path, "node", "the registers of \"%s\" (0x%lx-0x%lx) share a "
                       "page with those of \"%s\" (0x%lx-0x%lx), which is given to nobody: the "
                       "guest would have it too; give it to the same guest", device->node,
                       r.base.v, plan_last(r), path, s.base.v, plan_last(s));
        }
    }
}

void plan_check_neighbours(const struct planning *p, uint32_t guest, uint32_t device)
{
    const void *fdt = p->board->fdt;
    const struct board_device *found = &p->plan->guests[guest].devices[device];
    const struct config_device *config = &p->plan->guests[guest].config->devices[device];
    char own[NODE_PATH_MAX], path[NODE_PATH_MAX];
    bool part = false;

    for (uint32_t i = 0; i < found->reg_count; i++) {
        part = part || has_part_page(found->regs[i]);
    }
    if (!part || fdt_get_path(fdt, found->node, own, (int)sizeof(own)) != 0) {
        return;
    }
    for (int node = fdt_next_node(fdt, 0, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        if (!is_given(p->plan, node) && !is_bulkheads(p->board, node) &&
            fdt_getprop(fdt, node, "reg", NULL) != NULL &&
            fdt_get_path(fdt, node, path, (int)sizeof(path)) == 0 && !is_kin(path, own)) {
            check_node(p, config, found, path);
        }
    }
}
