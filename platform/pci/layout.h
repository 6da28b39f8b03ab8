/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every BAR lies in physical addresses: decided once, by Bulkhead, from the host's windows
 * and nothing that the firmware left. Only functions that somebody wants get addresses; each of
 * their BARs has its pages to itself. Pure; the same input gives the same addresses.
 *
 * PCI-to-PCI Bridge 1.2, 3.2.5 (windows of 1 MiB).
 */
#ifndef PLATFORM_PCI_LAYOUT_H
#define PLATFORM_PCI_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/pci/pci.h"

/* What somebody wants of a function. */
struct pci_want {
    bool function;           /* itself: its BARs */
    uint16_t vfs;            /* so many of its virtual functions, from the first; at most
                              * vf_count */
};

struct pci_layout {
    /* Physical (CPU) addresses; 0: none. Those of virtual functions: of the first, the next
     * vf_bars[].size (or a page, if that is larger) further, and so on. */
    pa_t bars[PCI_MAX_FUNCTIONS][PCI_BARS];
    pa_t vf_bars[PCI_MAX_FUNCTIONS][PCI_BARS];
    /* Of bridges, in PCI addresses: [base, end); empty: base = end = 0. */
    struct {
        uint64_t memory_base, memory_end, prefetch_base, prefetch_end;
    } bridges[PCI_MAX_FUNCTIONS];
};

/* wanted[i]: of functions[i]. A bridge above something wanted gets addresses too, for its
 * windows and its own BARs. Behind bridges only a 64-bit prefetchable BAR can lie above 4 GiB (PCI
 * Express Base 7.5.1.3.9), on a root bus each 64-bit one. False when something does not fit:
 * *failed is the function, *bar its register (PCI_BARS + n for a virtual function's). */
bool pci_lay_out(const struct board *board, const struct pci *pci, const struct pci_want *wanted,
                 struct pci_layout *out, uint32_t *failed, uint32_t *bar);

/* Bytes from one virtual function's BAR to the next one's. */
uint64_t pci_vf_bar_step(const struct pci_bar *bar);

/* What a BAR or bridge of that host holds for a physical address in one of the host's windows; 0:
 * it is in none. */
uint64_t pci_bus_address(const struct board *board, uint32_t host, pa_t address);

/* Whether something wanted is behind this bridge. */
bool pci_passes(const struct pci *pci, const struct pci_want *wanted, uint32_t bridge);

/*
 * Make it so: windows of bridges, ACS on every function that has it (source validation, translation
 * blocking, request and completion redirect, upstream forwarding), BARs, virtual functions enabled
 * (and as long as the specification wants waited for). Memory decoding is on for what is wanted,
 * bus mastering for bridges only, and only for those above something wanted.
 *
 * NumVFs is the number that is wanted, because hardware may share out its resources by it: a
 * physical function's driver has to enable the same number. Should First VF Offset or VF Stride
 * then not be what enumeration found with all of them (9.3.3.9 allows it), the virtual functions
 * stay off: their ids would not be those of the plan. Boot hart, before any guest runs.
 */
void pci_apply(const struct board *board, const struct pci *pci, const struct pci_want *wanted,
               const struct pci_layout *layout);

#endif
