/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function: made silent, then described. Steps of pci_enumerate; boot hart only.
 */
#ifndef PLATFORM_PCI_INSPECT_H
#define PLATFORM_PCI_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/pci/pci.h"

/* Whether a function answers there. */
bool pci_present(const struct board_pci_host *host, uint16_t rid);

/* As pci_enumerate says; a bridge also loses its bus numbers, so that nothing behind it answers. */
void pci_silence(const struct board *board, const struct board_pci_host *host, uint16_t rid);

/* The bus of its last virtual function, or its own. */
uint32_t pci_last_vf_bus(const struct board_pci_host *host, uint16_t rid);

/* All fields that configuration space tells; host, alias, parent, secondary and subordinate are
 * left to the caller. The function is silent. False: neither a type 0 nor a type 1 header. */
bool pci_inspect(const struct board_pci_host *host, uint16_t rid, struct pci_function *out);

#endif
