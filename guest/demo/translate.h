/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo guest's own IOMMU, if its device is behind one: pages are mapped for a transfer, at
 * addresses that only the device knows, and are out of its reach afterwards. First hart.
 */
#ifndef GUEST_DEMO_TRANSLATE_H
#define GUEST_DEMO_TRANSLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu_queue.h"
#include "guest/lib/pci.h"

/* From now on the device reaches the page of the hart's interrupt file, for its messages, and
 * what is * mapped. *events is counted up when it was refused something. False: there is no
 * IOMMU, or it does * not do as it should, and addresses are the memory's. */
bool translate_open(const struct pci_function *device, volatile uint32_t *events);

/* The page at address, for the device to read, or to read and write: returns where the device finds
 * it. Without an IOMMU that is address itself. slot 0, 1, ..: whatever was there is replaced. */
uint64_t translate_map(uint32_t slot, const void *page, bool writable);

/* When it returns the device reaches nothing there any more. False: the IOMMU does not answer. */
bool translate_unmap(uint32_t slot);

/* The next access that was refused. False: none so far. */
bool translate_refused(struct iommu_fault *out);

#endif
