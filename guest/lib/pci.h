/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions on bus 0 of the host that the device tree names (pci-host-ecam-generic). The same
 * binary runs on plain OpenSBI, where no BAR has an address yet and this code gives one from the
 * host's ranges, and as a Bulkhead guest, where all have one. First hart.
 *
 * PCI Local Bus 3.0, chapter 6 (configuration space, MSI, MSI-X); PCI Express Base 4.0, 7.2.2
 * (ECAM); PCI Bus Binding to Open Firmware 2.1 (ranges, interrupt-map).
 */
#ifndef GUEST_LIB_PCI_H
#define GUEST_LIB_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/tree.h"

#define PCI_BARS          6U
#define PCI_FUNCTIONS     256U   /* of one bus */
#define PCI_CONFIG_SIZE   4096U  /* bytes of a function's configuration space */

/* Offsets of dwords in configuration space: PCI 3.0, 6.1. */
enum { PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_HEADER_TYPE = 0x0c, PCI_BAR0 = 0x10,
       PCI_CAPABILITIES = 0x34, PCI_INTERRUPT_PIN = 0x3c };

/* Bits of the command register. */
#define PCI_COMMAND_MEMORY       (1U << 1)
#define PCI_COMMAND_BUS_MASTER   (1U << 2)
#define PCI_COMMAND_INTX_DISABLE (1U << 10)

struct pci_function {
    uint64_t config;             /* address of its configuration space */
    uint32_t device_function;    /* 0..255: device 7:3, function 2:0 */
    uint16_t vendor, device;
    struct tree_range bars[PCI_BARS]; /* addresses for the CPU; size 0: none */
};

/* Find the host. False: the tree has none. */
bool pci_open(void);
struct tree_range pci_ecam(void); /* size 0: pci_open found none */

/* The index-th function (from 0) with these ids: gives its BARs addresses where they have none,
 * turns on memory decoding, leaves bus mastering off. False: there is no such function. */
bool pci_find(uint16_t vendor, uint16_t device, uint32_t index, struct pci_function *out);

/* The same for the function at that place. False: there is none. */
bool pci_at(uint32_t device_function, struct pci_function *out);

/* Dwords of its configuration space. offset: bytes, a multiple of 4. */
uint32_t pci_read(const struct pci_function *function, uint32_t offset);
void pci_write(const struct pci_function *function, uint32_t offset, uint32_t value);

/* Set the command register's bits; the status register beside it is left alone. */
void pci_command(const struct pci_function *function, uint32_t set, uint32_t clear);

/* Have vector (0.. ) sent as a write of data to address, by MSI-X if it has that, else by MSI,
 * which has vector 0 only. An interrupt file's page is given by irq_file. False: it has neither. */
bool pci_msi(const struct pci_function *function, uint32_t vector, uint64_t address, uint32_t data);

/* MSI-X on, for a function whose vectors are set up by its own registers. False: it has no MSI-X. */
bool pci_msix_enable(const struct pci_function *function);

/* The APLIC source of its INTx pin, 0: it has none. *mode: APLIC_HIGH and so on. */
uint32_t pci_intx(const struct pci_function *function, uint32_t *mode);

#endif
