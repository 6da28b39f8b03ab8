/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much address space base address registers want (PCI Express Base 7.5.1.2.1: all ones are
 * written and read back). Pure over platform/hw/pci_config.h; where that may be called, so may
 * this.
 */
#ifndef PLATFORM_PCI_BAR_H
#define PLATFORM_PCI_BAR_H

#include <stdint.h>

#include "platform/board.h"
#include "platform/pci/pci.h"

/* The count registers at offset. Nothing may decode them: memory and I/O decoding, or VF MSE, is
 * off. They hold 0 afterwards. */
void pci_size_bars(const struct board_pci_host *host, uint16_t rid, uint32_t offset, uint32_t count,
                   struct pci_bar out[PCI_BARS]);

#endif
