/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which functions can reach each other without passing the IOMMU, so that they belong to one guest.
 * Two functions are bonded when they carry the same requester id, are functions of one device of
 * which one has no ACS, are below ports of one switch or one device of which one has no ACS, or
 * have above both a port without ACS, which can turn a request around. Root ports that are devices
 * of their own do not bond what is below them.
 *
 * This is the rule of Linux' IOMMU groups, except that one function or switch port without ACS is
 * enough: it can reach the others, whatever they have. ACS counts as what pci_apply makes of it.
 * Pure.
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
    PCI_SAME_DEVICE,             /* functions of one device, of which *at has no ACS */
    PCI_SAME_PORT                /* the port or bridge *at has no ACS: it is above both, or above
                                    one, and its switch or device leads to the other */
};

/* a and b may be equal (a physical function and its virtual ones, or two of these: PCI_SAME_DEVICE,
 * unless it has ACS). *at: index of a function, for the last two results. */
enum pci_bond pci_bond(const struct pci *pci, uint32_t a, uint32_t b, uint32_t *at);

#endif
