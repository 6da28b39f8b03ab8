/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page is the smallest piece that a guest can be given, so what else has registers in a device's
 * pages goes with it. It must not go unseen.
 */
#include <libfdt.h>
#include <string.h>

#include "hyp/plan/parts.h"
#include "platform/fdt_read.h"

/* Whether any guest was given this node; what is wrong with that is said elsewhere. */
static bool is_given(const struct planning *p, int node)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (!given_device(p, n)->is_pci && given_device(p, n)->node.node == node) {
            return true;
        }
    }
    return false;
}

/* The node itself, one above it or one below it is no stranger. */
static bool is_kin(const struct fdt_tree *tree, int a, int b)
{
    return fdt_tree_is_above(tree, a, b) || fdt_tree_is_above(tree, b, a);
}

/* Nobody is said to use it. Any other status counts: "reserved" may be the firmware's. */
static bool is_disabled(const void *fdt, int node)
{
    const char *status = fdt_read_text(fdt, node, "status");

    return status != NULL && strcmp(status, "disabled") == 0;
}

/* Whoever has the range s, it must have no byte in the pages of the device. */
static void check_range(const struct planning *p, const struct config_device *device,
                        const struct board_device *found, int node, struct pa_range s)
{
    const struct fdt_tree *tree = &p->board->tree;
    char path[FDT_READ_PATH_MAX];

    for (uint32_t i = 0; i < found->reg_count; i++) {
        const struct pa_range r = found->regs[i], pages = pa_range_pages(r);
        if (span_overlaps(pages.base.v, pages.size, s.base.v, s.size) &&
            !is_kin(tree, node, found->node)) {
            diag_error(p->d, device->path, "node", "the registers of \"%s\" (0x%lx-0x%lx) share a "
                       "page with those of \"%s\" (0x%lx-0x%lx), which is given to nobody: the "
                       "guest would have it too; give it to the same guest", device->node,
                       r.base.v, plan_last(r), fdt_read_path(tree, node, path), s.base.v,
                       plan_last(s));
        }
    }
}

void plan_check_neighbours(const struct planning *p, uint32_t n)
{
    const void *fdt = p->board->fdt;
    const struct board_device *found = &given_device(p, n)->node;
    const struct config_device *config = given_config(p, n);

    for (uint32_t k = 1U; k < p->board->tree.count; k++) { /* all but the root */
        const int node = p->board->tree.nodes[k].node;
        struct pa_range range;
        if (is_given(p, node) || is_disabled(fdt, node)) {
            continue;
        }
        for (uint32_t i = 0; board_node_reg(p->board, node, i, &range); i++) {
            check_range(p, config, found, node, range);
        }
    }
}
