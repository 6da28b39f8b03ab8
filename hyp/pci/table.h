/* SPDX-License-Identifier: Apache-2.0 */
/* How a view is built: the parts of pci_view_build, each written by one file. Pure; boot hart. */
#ifndef HYP_PCI_TABLE_H
#define HYP_PCI_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/pci/view.h"

/* Index of the first dword at offset or behind it; count if there is none. */
uint32_t pci_table_search(const struct pci_view *view, uint32_t offset);

/* Whether bytes at offset are in no dword of the table yet and end before limit, and the table
 * has room for them. */
bool pci_table_is_free(const struct pci_view *view, uint32_t offset, uint32_t bytes,
                       uint32_t limit);

/* Its offset is free. */
void pci_table_add(struct pci_view *view, struct pci_view_dword dword);

/* Set these bits of a dword that is in the table: constants that are known late. */
void pci_table_set(struct pci_view *view, uint32_t offset, uint32_t bits);

/* A dword of constants. */
void pci_table_add_constant(struct pci_view *view, uint32_t offset, uint32_t value);

/* The capability of that id at offset, of which header is the first dword: true when the guest
 * sees it, and then its dwords are added, without a next pointer. */
bool pci_table_add_capability(struct pci_view *view, uint32_t offset, uint32_t header);

/* The same for an extended capability. */
bool pci_table_add_extended(struct pci_view *view, const struct pci_view_source *from,
                            uint32_t offset, uint32_t header);

/* The virtual SR-IOV capability, in the place of the physical one. */
bool pci_table_add_sriov(struct pci_view *view, const struct pci_view_source *from,
                         uint32_t offset);

#endif
