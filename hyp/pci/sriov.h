/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SR-IOV as the guest with the physical function sees it. Its virtual functions are enabled at
 * boot, as many as are wanted, and belong to whomever the configuration gives them; but the
 * physical function's driver serves their mailboxes only after it has enabled them itself. So it
 * may: the capability is virtual, TotalVFs is the number of those that are enabled, and what then
 * appears are stubs, for no driver to take.
 *
 * PCI Express Base 9.3.3; Linux' drivers/pci/iov.c is what the stubs must satisfy. Pure; any hart.
 */
#ifndef HYP_PCI_SRIOV_H
#define HYP_PCI_SRIOV_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_VIRTUAL_RIDS 256U /* of the guest's one bus */

/*
 * Find place for the virtual functions of the one at virtual_rid: offsets that lead from there, at
 * equal distances, to places that are not taken. Returns how many there is place for, count at
 * most. Work: bounded by 2^19 steps.
 */
uint32_t pci_stubs_place(const bool taken[PCI_VIRTUAL_RIDS], uint16_t virtual_rid, uint32_t count,
                         uint16_t *first, uint16_t *stride);

/* Configuration space of a stub; offset and width as for pci_view_read. Writes are ignored. */
uint32_t pci_stub_read(uint32_t offset, uint32_t width);

#endif
