/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the virtual bus to guests: its registers and its lock, and rest for its functions when
 * the guest ends. */
#include "hyp/log.h"
#include "hyp/pci/bus.h"
#include "hyp/pci/quiesce.h"
#include "hyp/unit.h"
#include "lib/lock.h"
#include "platform/hw/phys.h"

struct guest_pci {
    struct lock lock;        /* guards the views and their functions' configuration space, while
                              * vCPUs run; leaf */
    struct pci_bus bus;
    bool at_rest;            /* since the last life ended */
};

_Static_assert(sizeof(struct guest_pci) <= PAGE_SIZE, "it has one page");

static struct guest_pci *of_guest[CONFIG_MAX_GUESTS]; /* NULL: it has no PCI */

static bool ecam_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                      uint64_t *value)
{
    struct guest_pci *const pci = of_guest[guest->index];

    (void)tag;
    if (width > sizeof(uint32_t)) {
        return false;
    }
    lock_acquire(&pci->lock);
    *value = pci_bus_read(&pci->bus, offset, width);
    lock_release(&pci->lock);
    return true;
}

static bool ecam_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                       uint64_t value)
{
    struct guest_pci *const pci = of_guest[guest->index];

    (void)tag;
    if (width > sizeof(uint32_t)) {
        return false;
    }
    lock_acquire(&pci->lock);
    pci_bus_write(&pci->bus, offset, width, (uint32_t)value);
    lock_release(&pci->lock);
    return true;
}

static bool pci_guest_init(struct guest *guest, struct pages *pages)
{
    pa_t page;

    if (!guest->part->has_pci) {
        return true;
    }
    if (!pages_take(pages, 1U, PAGE_SIZE, &page)) {
        log_line("error: guest \"%s\": no memory is left for its PCI bus",
                 guest->part->config->name);
        return false;
    }
    of_guest[guest->index] = phys_pointer(page, sizeof(struct guest_pci));
    return pci_bus_build(&of_guest[guest->index]->bus, guest->plan, guest->index, pages) &&
           guest_add_region(guest, (struct mmio_region){
               .range = { gpa(GUEST_PCI_ECAM_BASE), GUEST_PCI_ECAM_SIZE },
               .counter = EXIT_PCI,
               .read = ecam_read,
               .write = ecam_write,
           });
}

/* No vCPU of the guest runs, so the lock is not needed; and it would be held too long. */
static void pci_guest_rest(struct guest *guest)
{
    struct guest_pci *const pci = of_guest[guest->index];

    if (pci != NULL && !pci->at_rest) {
        pci->at_rest = true;
        pci_quiesce(pci->bus.views, pci->bus.count, guest->plan->board->timebase_hz,
                    guest->part->config->name);
    }
}

/* Before the first life there was no rest: the firmware may have used the functions. */
static void pci_guest_reset(struct guest *guest)
{
    struct guest_pci *const pci = of_guest[guest->index];

    pci_guest_rest(guest);
    if (pci != NULL) {
        pci->at_rest = false;
    }
}

UNIT("12", pci_unit) = {
    .name = "PCI",
    .guest_init = pci_guest_init,
    .guest_reset = pci_guest_reset,
    .guest_stop = pci_guest_rest,
};
