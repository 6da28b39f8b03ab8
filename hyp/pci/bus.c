/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/pci/bus.h"

#include <stddef.h>

#include "hyp/log.h"
#include "hyp/pci/regs.h"
#include "lib/boot_only.h"
#include "platform/hw/phys.h"

#define ECAM_RID_SHIFT 12U /* offset in an ECAM: bus, device, function, then 12 bits of register */
#define BYTE_BITS      8U

_Static_assert(GUEST_PCI_ECAM_SIZE >> ECAM_RID_SHIFT == PCI_VIRTUAL_RIDS, "one bus");
_Static_assert(CONFIG_MAX_DEVICES < UINT8_MAX && PCI_VIRTUAL_RIDS <= UINT8_MAX + 1U,
               "struct pci_slot");

/* Whether the guest has another function at the same virtual device. */
BOOT_ONLY static bool is_multifunction(const struct plan_guest *part, const struct plan_pci *one)
{
    for (uint32_t i = 0U; i < part->config->device_count; i++) {
        const struct plan_device *const other = &part->devices[i];

        if (other->is_pci && other->pci.virtual_rid != one->virtual_rid &&
            pci_rid_device(other->pci.virtual_rid) == pci_rid_device(one->virtual_rid)) {
            return true;
        }
    }
    return false;
}

BOOT_ONLY static void find_taken(const struct pci_bus *bus, bool taken[PCI_VIRTUAL_RIDS])
{
    for (uint32_t rid = 0U; rid < PCI_VIRTUAL_RIDS; rid++) {
        taken[rid] = bus->slots[rid].view != 0U;
    }
}

/* Of a physical function whose virtual ones somebody has. */
BOOT_ONLY static void place_stubs(const struct pci_bus *bus, const struct plan *plan, const char *guest,
                        struct pci_view_source *from)
{
    const uint32_t wanted = plan->pci_wanted[from->plan->function].vfs;
    bool taken[PCI_VIRTUAL_RIDS];
    char text[PCI_NAME_MAX];

    if (!from->has_vfs) {
        return;
    }
    find_taken(bus, taken);
    from->vf_count = (uint16_t)pci_stubs_place(taken, from->plan->virtual_rid, wanted,
                                               &from->vf_first, &from->vf_stride);
    if (from->vf_count < wanted) {
        log_line("guest \"%s\": its driver of %s can enable %u of %u virtual functions: there is "
                 "no place for more on the guest's bus; give it fewer PCI devices",
                 guest, pci_name(from->host->domain, from->plan->rid, text), from->vf_count,
                 wanted);
    }
}

BOOT_ONLY static bool add_function(struct pci_bus *bus, const struct plan *plan,
                         const struct plan_guest *part, const struct plan_pci *pci,
                         uint32_t view_index, struct pages *pages)
{
    const struct pci_function *const function = &plan->pci->functions[pci->function];
    struct pci_view_source from = {
        .host = &plan->board->pci[function->host],
        .function = function,
        .plan = pci,
        .multifunction = is_multifunction(part, pci),
        .has_vfs = !pci->is_virtual && plan->pci_wanted[pci->function].vfs != 0U,
    };
    char text[PCI_NAME_MAX];
    pa_t page;

    if (!pages_take(pages, 1U, PAGE_SIZE, &page)) {
        log_line("error: guest \"%s\": no memory is left for what it sees of its PCI functions",
                 part->config->name);
        return false;
    }
    struct pci_view *const view = phys_pointer(page, sizeof(*view));

    place_stubs(bus, plan, part->config->name, &from);
    if (!pci_view_build(view, &from)) {
        log_line("error: guest \"%s\": PCI function %s does not answer", part->config->name,
                 pci_name(from.host->domain, pci->rid, text));
        return false;
    }
    bus->views[view_index] = view;
    for (uint32_t vf = 0U; vf < view->vf_count; vf++) {
        bus->slots[pci->virtual_rid + view->vf_first + vf * view->vf_stride] =
            (struct pci_slot){ (uint8_t)(view_index + 1U), (uint8_t)(vf + 1U) };
    }
    return true;
}

BOOT_ONLY bool pci_bus_build(struct pci_bus *bus, const struct plan *plan, uint32_t guest,
                   struct pages *pages)
{
    const struct plan_guest *const part = &plan->guests[guest];
    uint32_t n = 0U;

    /* First the functions: stubs come where they leave place. */
    for (uint32_t i = 0U; i < part->config->device_count; i++) {
        if (part->devices[i].is_pci) {
            bus->slots[part->devices[i].pci.virtual_rid].view = (uint8_t)++bus->count;
        }
    }
    for (uint32_t i = 0U; i < part->config->device_count; i++) {
        if (part->devices[i].is_pci &&
            !add_function(bus, plan, part, &part->devices[i].pci, n++, pages)) {
            return false;
        }
    }
    return true;
}

/* NULL: nothing is there, or a virtual function that is not enabled. */
static struct pci_view *find(const struct pci_bus *bus, uint64_t offset, bool *is_stub)
{
    const struct pci_slot slot = bus->slots[offset >> ECAM_RID_SHIFT];

    *is_stub = slot.stub != 0U;
    if (slot.view == 0U || (*is_stub && slot.stub > pci_view_vfs(bus->views[slot.view - 1U]))) {
        return NULL;
    }
    return bus->views[slot.view - 1U];
}

uint32_t pci_bus_read(const struct pci_bus *bus, uint64_t offset, uint32_t width)
{
    const uint32_t reg = (uint32_t)(offset % PCI_CONFIG_SIZE);
    bool is_stub;
    const struct pci_view *const view = find(bus, offset, &is_stub);

    if (view == NULL) {
        return PCI_ABSENT >> (BYTE_BITS * (sizeof(uint32_t) - width));
    }
    return is_stub ? pci_stub_read(reg, width) : pci_view_read(view, reg, width);
}

void pci_bus_write(struct pci_bus *bus, uint64_t offset, uint32_t width, uint32_t value)
{
    bool is_stub;
    struct pci_view *const view = find(bus, offset, &is_stub);

    if (view != NULL && !is_stub) {
        pci_view_write(view, (uint32_t)(offset % PCI_CONFIG_SIZE), width, value);
    }
}
