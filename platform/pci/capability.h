/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capability lists of a function, which may lie: a loop ends, a pointer outside is the end of
 * the list, and a capability whose registers would pass the end of configuration space is not
 * there. Pure over platform/hw/pci_config.h; where that may be called, so may this.
 *
 * PCI Express Base 7.5.1.1.11 (capabilities pointer), 7.6.3 (extended capabilities).
 */
#ifndef PLATFORM_PCI_CAPABILITY_H
#define PLATFORM_PCI_CAPABILITY_H

#include <stdint.h>

#include "platform/board.h"

/* Offset of the first capability with this id that has size bytes, or 0. */
uint32_t pci_capability(const struct board_pci_host *host, uint16_t rid, uint32_t id,
                        uint32_t size);

/* The same of an extended one. Only a function with a PCI Express capability has any. */
uint32_t pci_extended_capability(const struct board_pci_host *host, uint16_t rid, uint32_t id,
                                 uint32_t size);

/* Offset of the register with ARI Forwarding Enable (PCI Express Base 7.5.3.16) of a port that can
 * do it, or 0. */
uint32_t pci_ari_forwarding(const struct board_pci_host *host, uint16_t rid);

#endif
