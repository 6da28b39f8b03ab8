/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one PCI bus of a guest: its functions, flat, at the places that the plan gives them, and
 * nothing else. Configuration space as an ECAM (PCI Express 7.2.2); an access is one look-up. Pure;
 * one access at a time.
 */
#ifndef HYP_PCI_BUS_H
#define HYP_PCI_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/pci/sriov.h"
#include "hyp/pci/view.h"
#include "hyp/plan/plan.h"
#include "platform/pages.h"

/* What is at a place of the bus. */
struct pci_slot {
    uint8_t view;            /* 1 + index in views; 0: nothing */
    uint8_t stub;            /* 0: that function; n: its virtual function n - 1, a stub
                              * (hyp/pci/sriov.h) */
};

struct pci_bus {
    struct pci_slot slots[PCI_VIRTUAL_RIDS];
    struct pci_view *views[CONFIG_MAX_DEVICES];
    uint32_t count;
};

/* *bus is zeroed. A page for each function is taken. False when there is none, or a function
 * does not answer: that has been logged. Boot hart, after pci_apply. */
bool pci_bus_build(struct pci_bus *bus, const struct plan *plan, uint32_t guest,
                   struct pages *pages);

/* offset in GUEST_PCI_ECAM_SIZE, width 1, 2 or 4, offset aligned to it. Where nothing is, all
 * ones are read. */
uint32_t pci_bus_read(const struct pci_bus *bus, uint64_t offset, uint32_t width);
void pci_bus_write(struct pci_bus *bus, uint64_t offset, uint32_t width, uint32_t value);

#endif
