/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/pci_config.h"
#include "platform/pci/inspect.h"
#include "platform/pci/pci.h"
#include "platform/pci/regs.h"

#define ECAM_BUS_SHIFT 20U
#define BUS_FUNCTIONS  256U /* devices and functions of a bus */
#define LINK_FUNCTIONS 8U   /* a link has one device, at number 0 */

/* Where the walk of a host is: at one function of one bus. What is above it is found through the
 * bridges' parents, so that no depth needs room. */
struct walk {
    const struct board *board;
    const struct board_pci_host *host;
    uint16_t host_index;
    struct pci *out;
    struct diag *d;
    int16_t parent;          /* the bridge that leads to this bus */
    uint32_t bus, next;      /* next: device and function that is looked at next */
    uint32_t last_bus;       /* the highest number in use */
};

/* ---- the functions of one bus ---------------------------------------------------------------- */

static bool is_link(const struct pci *pci, int16_t parent)
{
    if (parent == PCI_ROOT) {
        return false;
    }
    const enum pci_kind kind = pci->functions[parent].kind;
    return kind == PCI_ROOT_PORT || kind == PCI_DOWNSTREAM || kind == PCI_BRIDGE_FROM_PCI;
}

static uint32_t bus_end(const struct walk *w)
{
    return is_link(w->out, w->parent) ? LINK_FUNCTIONS : BUS_FUNCTIONS;
}

static bool is_multifunction(const struct board_pci_host *host, uint16_t rid)
{
    const uint16_t first = (uint16_t)(rid & ~PCI_FUNCTION_MASK);

    return pci_present(host, first) &&
           (pci_config_read(host, first, PCI_HEADER_TYPE, 1U) & PCI_HEADER_MULTIFUNCTION) != 0U;
}

/* A device of one function may answer as all eight: the others are not asked. */
static uint32_t following(const struct walk *w, uint32_t device_function)
{
    return is_multifunction(w->host, pci_rid(w->bus, device_function))
               ? device_function + 1U : (device_function | PCI_FUNCTION_MASK) + 1U;
}

/* Every function of a bus falls silent before any of them is looked at closer, and the buses of
 * their virtual functions are taken before those behind bridges. */
static void enter_bus(struct walk *w, int16_t parent, uint32_t bus)
{
    w->parent = parent;
    w->bus = bus;
    w->next = 0U;
    w->last_bus = bus;
    for (uint32_t n = 0U; n < bus_end(w); n = following(w, n)) {
        const uint16_t rid = pci_rid(bus, n);
        if (pci_present(w->host, rid)) {
            pci_silence(w->board, w->host, rid);
            const uint32_t last = pci_last_vf_bus(w->host, rid);
            w->last_bus = last > w->last_bus ? last : w->last_bus;
        }
    }
}

/* ---- bridges --------------------------------------------------------------------------------- */

/* What requests from here carry when they come to the IOMMU. A bridge from conventional PCI has to
 * put an id of its own: one to PCI Express that of function 0 on its secondary bus (PCI Express to
 * PCI/PCI-X Bridge 1.0, 2.3), any other its own. The uppermost one counts. */
static uint16_t find_alias(const struct pci *pci, const struct pci_function *function)
{
    uint16_t alias = function->rid;

    for (int16_t p = function->parent; p != PCI_ROOT; p = pci->functions[p].parent) {
        const struct pci_function *bridge = &pci->functions[p];
        if (bridge->kind == PCI_BRIDGE_TO_PCI) {
            alias = pci_rid(bridge->secondary, 0U);
        } else if (bridge->kind == PCI_CONVENTIONAL || bridge->kind == PCI_BRIDGE_FROM_PCI) {
            alias = bridge->rid;
        } else {
            /* A port of PCI Express passes the id on. */
        }
    }
    return alias;
}

/* False when no bus number is left: then nothing behind the bridge can be reached. */
static bool descend(struct walk *w, int16_t index)
{
    struct pci_function *bridge = &w->out->functions[index];
    char name[PCI_NAME_MAX];

    if (w->last_bus >= w->host->bus_last) {
        diag_error(w->d, "", NULL, "PCI bridge %s: no bus number is left for what is behind it: "
                   "its host has the buses %u to %u; give the host a longer bus-range and ECAM",
                   pci_name(w->host->domain, bridge->rid, name), w->host->bus_first,
                   w->host->bus_last);
        return false;
    }
    bridge->secondary = (uint8_t)(w->last_bus + 1U);
    pci_config_write(w->host, bridge->rid, PCI_PRIMARY_BUS, 1U, w->bus);
    pci_config_write(w->host, bridge->rid, PCI_SECONDARY_BUS, 1U, bridge->secondary);
    /* Until it is known how many buses there are, all of the rest. */
    pci_config_write(w->host, bridge->rid, PCI_SUBORDINATE_BUS, 1U, w->host->bus_last);
    enter_bus(w, index, bridge->secondary);
    return true;
}

static void ascend(struct walk *w)
{
    struct pci_function *bridge = &w->out->functions[w->parent];

    bridge->subordinate = (uint8_t)w->last_bus;
    pci_config_write(w->host, bridge->rid, PCI_SUBORDINATE_BUS, 1U, w->last_bus);
    w->parent = bridge->parent;
    w->bus = pci_rid_bus(bridge->rid);
    w->next = following(w, bridge->rid & (BUS_FUNCTIONS - 1U));
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Index of the function in the inventory, or -1 if it is not taken in. */
static int16_t take_in(struct walk *w, uint16_t rid)
{
    struct pci_function function;
    char name[PCI_NAME_MAX];

    if (!pci_inspect(w->host, rid, &function)) {
        diag_error(w->d, "", NULL, "PCI function %s has a header of type 0x%x: only types 0 and 1 "
                   "are known; it is left alone", pci_name(w->host->domain, rid, name),
                   pci_config_read(w->host, rid, PCI_HEADER_TYPE, 1U) & PCI_HEADER_LAYOUT);
        return -1;
    }
    if (w->out->count == PCI_MAX_FUNCTIONS) {
        diag_error(w->d, "", NULL, "PCI function %s is one more than the %u that Bulkhead keeps; "
                   "it cannot be used, nor what is behind it",
                   pci_name(w->host->domain, rid, name), PCI_MAX_FUNCTIONS);
        return -1;
    }
    function.host = w->host_index;
    function.parent = w->parent;
    function.multifunction = is_multifunction(w->host, rid);
    function.alias = find_alias(w->out, &function);
    w->out->functions[w->out->count] = function;
    w->out->count++;
    return (int16_t)(w->out->count - 1U);
}

/* Each turn looks at one function or leaves one bus: at most 257 turns for each bus number. */
static void walk_host(struct walk *w)
{
    enter_bus(w, PCI_ROOT, w->host->bus_first);
    for (;;) {
        if (w->next >= bus_end(w)) {
            if (w->parent == PCI_ROOT) {
                return;
            }
            ascend(w);
            continue;
        }
        const uint16_t rid = pci_rid(w->bus, w->next);
        w->next = following(w, w->next);
        if (pci_present(w->host, rid)) {
            const int16_t index = take_in(w, rid);
            if (index >= 0 && w->out->functions[index].is_bridge) {
                (void)descend(w, index);
            }
        }
    }
}

/* Whether the requester id is that of one of its virtual functions. */
static bool has_vf_at(const struct pci_function *physical, uint16_t rid)
{
    const uint32_t first = (uint32_t)physical->rid + physical->vf_first;

    if (physical->vf_count == 0U || rid < first) {
        return false;
    }
    const uint32_t at = rid - first;
    return physical->vf_stride == 0U
               ? at == 0U
               : at % physical->vf_stride == 0U && at / physical->vf_stride < physical->vf_count;
}

/* A function whose virtual ones would have ids of functions that are there counts as having none. */
static void drop_strange_vfs(struct pci *pci)
{
    for (uint32_t i = 0U; i < pci->count; i++) {
        for (uint32_t k = 0U; k < pci->count; k++) {
            if (pci->functions[k].host == pci->functions[i].host &&
                has_vf_at(&pci->functions[i], pci->functions[k].rid)) {
                pci->functions[i].vf_count = 0U;
            }
        }
    }
}

bool pci_enumerate(const struct board *board, struct pci *out, struct diag *d)
{
    const uint32_t errors = d->errors;

    out->count = 0U;
    for (uint32_t h = 0U; h < board->pci_count; h++) {
        const struct board_pci_host *host = &board->pci[h];
        const uint64_t buses = host->ecam.size >> ECAM_BUS_SHIFT;
        if (host->bus_last - host->bus_first < buses) {
            struct walk w = { .board = board, .host = host, .host_index = (uint16_t)h,
                              .out = out, .d = d };
            walk_host(&w);
        }
    }
    drop_strange_vfs(out);
    return d->errors == errors;
}
