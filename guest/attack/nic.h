/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Intel 82574 NIC (QEMU: e1000e) as a gun: its MSI-X message is a write of any 32-bit word to any
 * address, whenever it is told. First hart.
 *
 * Intel, 82574 GbE Controller Family Datasheet, 10.2.4 (interrupt registers).
 */
#ifndef GUEST_ATTACK_NIC_H
#define GUEST_ATTACK_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/pci.h"

bool nic_open(struct pci_function *nic);  /* bus mastering is on then */

/* Write data to address, a multiple of 4; now and then twice. */
void nic_fire(const struct pci_function *nic, uint64_t address, uint32_t data);

#endif
