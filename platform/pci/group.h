/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which functions can reach each other without passing the IOMMU, so that they belong to one guest. Two functions
 * are in one group when they carry the same requester id, are functions of one device that has no ACS, or have
 * above them a port without ACS that can turn a request around. Pure.
 *
 * PCI Express Base 6.12 (Access Control Services).
 */
#ifndef PLATFORM_PCI_GROUP_H
#define PLATFORM_PCI_GROUP_H

#include <stdint.h>

#include "platform/pci/pci.h"

enum pci_bond {
    PCI_APART,                   /* every way between them goes through the IOMMU */
    PCI_SAME_ID,                 /* the same requester id: the IOMMU cannot tell them apart */
    PCI_SAME_DEVICE,             /* functions of one device, without ACS; virtual functions count to it */
    PCI_SAME_PORT                /* below the port or bridge *at, which has no ACS */
};

/* a and b may be equal (a physical function and its virtual ones: PCI_SAME_DEVICE, unless it has ACS).
 * For PCI_SAME_PORT *at is the index of the port. */
enum pci_bond pci_bond(const struct pci *pci, uint32_t a, uint32_t b, uint32_t *at);

#endif
