/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/group.h"

#include "platform/pci/regs.h"

/* pci_apply enables what a function can do. Switch ports must be able to do all of it, root ports
 * only the first (6.12.1.1): what a root port cannot do it has no need of, because it passes
 * nothing to other root ports. */
#define ROOT_PORT_MUST PCI_ACS_SOURCE_VALIDATION
#define SWITCH_PORT_MUST (PCI_ACS_SOURCE_VALIDATION | PCI_ACS_REQUEST_REDIRECT | \
                          PCI_ACS_COMPLETION_REDIRECT | PCI_ACS_UPSTREAM_FORWARDING)

static bool has_acs(const struct pci_function *f)
{
    if (f->acs_offset == 0U) {
        return false;
    }
    switch (f->kind) {
    case PCI_ENDPOINT:
    case PCI_INTEGRATED:
    case PCI_UPSTREAM:
        return true;         /* what it cannot redirect it does not send (6.12.1.2) */
    case PCI_ROOT_PORT:
        return (f->acs_can & ROOT_PORT_MUST) == ROOT_PORT_MUST;
    case PCI_DOWNSTREAM:
        return (f->acs_can & SWITCH_PORT_MUST) == SWITCH_PORT_MUST;
    case PCI_CONVENTIONAL:
    case PCI_BRIDGE_TO_PCI:
    case PCI_BRIDGE_FROM_PCI:
        return false;        /* ACS is not for them (6.12.1.3) */
    default:
        return false;
    }
}

/* Whether a request that comes up through the port may go down again. The upstream port of a switch
 * has nothing to decide: the downstream ports do. */
static bool turns_around(const struct pci_function *port)
{
    return port->kind == PCI_UPSTREAM ? port->multifunction && !has_acs(port) : !has_acs(port);
}

/* Whether requests pass between two functions of one bus without that bus' bridge. */
static bool is_bus_shared(const struct pci *pci, const struct pci_function *x,
                          const struct pci_function *y)
{
    if (pci_rid_device(x->rid) == pci_rid_device(y->rid)) {
        return true;         /* functions of one device */
    }
    /* In a switch, whose bus is inside. The devices of a root bus meet in the root complex, before
     * the IOMMU. */
    return x->parent != PCI_ROOT && pci->functions[x->parent].kind == PCI_UPSTREAM;
}

enum pci_bond pci_bond(const struct pci *pci, uint32_t a, uint32_t b, uint32_t *at)
{
    const struct pci_function *const functions = pci->functions;
    uint32_t x = a, y = b;

    if (functions[a].host != functions[b].host) {
        return PCI_APART;
    }
    if (a != b && functions[a].alias == functions[b].alias) {
        return PCI_SAME_ID;
    }
    /* Up to the bus where their ways meet, or to the one that is above the other. A bridge has a
     * lower index than what is behind it, so whose bridge has the higher index is not there yet. */
    while (x != y && functions[x].parent != functions[y].parent) {
        if (functions[x].parent > functions[y].parent) {
            x = (uint32_t)functions[x].parent;
        } else {
            y = (uint32_t)functions[y].parent;
        }
    }
    if ((x != y || a == b) && is_bus_shared(pci, &functions[x], &functions[y]) &&
        !(has_acs(&functions[x]) && has_acs(&functions[y]))) {
        /* The first one that has none, whichever was asked for first. */
        *at = has_acs(&functions[x]) || (y < x && !has_acs(&functions[y])) ? y : x;
        return x == a && y == b ? PCI_SAME_DEVICE : PCI_SAME_PORT;
    }
    /* From the bridge of that bus on up, or from the one that is above the other. */
    for (int16_t p = x == y && a != b ? (int16_t)x : functions[x].parent; p != PCI_ROOT;
         p = functions[p].parent) {
        if (turns_around(&functions[p])) {
            *at = (uint32_t)p;
            return PCI_SAME_PORT;
        }
    }
    return PCI_APART;
}
