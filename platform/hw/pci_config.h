/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI configuration space through a host's ECAM (PCI Express 7.2.2). Leaf: host tests and the host
 * tool link a board made of data instead.
 *
 * rid is bus 15:8, device 7:3, function 2:0; its bus lies in the host's bus range, offset below
 * 4096, width 1, 2 or 4 and offset aligned to it. Reads of what is not there give all ones. Any
 * hart; two harts do not write one function at a time.
 */
#ifndef PLATFORM_HW_PCI_CONFIG_H
#define PLATFORM_HW_PCI_CONFIG_H

#include <stdint.h>

#include "platform/board.h"

uint32_t pci_config_read(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                         uint32_t width);
void pci_config_write(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                      uint32_t width, uint32_t value);

#endif
