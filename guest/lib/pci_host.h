/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI host as the device tree describes it. For pci.c; constant after pci_host_open. */
#ifndef GUEST_LIB_PCI_HOST_H
#define GUEST_LIB_PCI_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/tree.h"

/* An entry of ranges for memory: where PCI addresses are for the CPU. */
struct pci_window {
    uint64_t pci, cpu, size;     /* size 0: there is none */
};

struct pci_host {
    struct tree_range ecam;
    struct pci_window low, high; /* of 32-bit and of 64-bit BARs */
};

bool pci_host_open(struct pci_host *out);

/* What interrupt-map says of pin (1..4) of a function on bus 0; the source is 0 if nothing. */
uint32_t pci_host_interrupt(uint32_t device_function, uint32_t pin, uint32_t *mode);

#endif
