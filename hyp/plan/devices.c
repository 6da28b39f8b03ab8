/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are passed through: what those of the platform and PCI functions have in common. */
#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "platform/pci/pci.h"

struct plan_label plan_label(const struct planning *p, uint32_t n)
{
    const struct config_device *device = given_config(p, n);
    struct plan_label label;
    char name[PCI_NAME_MAX];

    if (device->node != NULL) {
        (void)format_text(label.text, sizeof(label.text), "%s", device->node);
    } else if (device->is_virtual) {
        (void)format_text(label.text, sizeof(label.text), "%s virtual function %u",
                          pci_name(device->pci_domain, device->pci_rid, name), device->pci_vf);
    } else {
        (void)pci_name(device->pci_domain, device->pci_rid, label.text);
    }
    return label;
}

const char *plan_property(const struct planning *p, uint32_t n)
{
    return given_device(p, n)->is_pci ? "pci" : "node";
}

bool plan_add_window(const struct planning *p, uint32_t n, const struct plan_window *window)
{
    struct plan_guest *guest = given_guest(p, n);

    /* The windows of shared memories come last, when there are places for them. */
    if (guest->window_count + guest->share_count >= PLAN_MAX_WINDOWS) {
        diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "\"%s\" brings more than %u "
                   "ranges of registers and shared memory to \"%s\": give it fewer devices",
                   plan_label(p, n).text, PLAN_MAX_WINDOWS, guest->config->name);
        p->given[n].good = false;
        return false;
    }
    guest->windows[guest->window_count] = *window;
    guest->window_count++;
    return true;
}

static void find_all(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        p->given[n].good =
            given_device(p, n)->is_pci ? plan_find_function(p, n) : plan_find_node(p, n);
        if (!p->given[n].good && !given_device(p, n)->is_pci) {
            given_device(p, n)->node = (struct board_device){ .node = PLAN_NO_NODE };
        }
    }
}

/* What was found and is no good otherwise still counts when others are held against it. */
static void check_all(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (p->given[n].good) {
            p->given[n].good =
                given_device(p, n)->is_pci ? plan_check_function(p, n) : plan_check_node(p, n);
        }
    }
}

void plan_devices(const struct planning *p)
{
    find_all(p);
    check_all(p);
    plan_groups(p);
    plan_dma_ids(p);
    plan_viommu_ids(p);
    plan_pci_layout(p);
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (p->given[n].good && given_device(p, n)->is_pci) {
            plan_bars(p, n);
        } else if (p->given[n].good) {
            plan_node_windows(p, n);
        } else {
            /* nothing more is said of it */
        }
    }
    plan_bridges(p);
    plan_lines(p);
}
