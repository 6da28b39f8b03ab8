/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's iommu-testdev: writes a fixed word all over a range of memory by DMA, at once, and says
 * whether the write was refused. First hart.
 *
 * QEMU (11.1 or later), hw/misc/iommu-testdev.c, is the device.
 */
#ifndef GUEST_LIB_TESTDEV_H
#define GUEST_LIB_TESTDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/pci.h"

#define TESTDEV_WORD UINT32_C(0x12345678) /* what it writes, little-endian, repeated */

struct testdev {
    struct pci_function pci;
};

/* The index-th of them (from 0), with bus mastering on. */
bool testdev_open(struct testdev *testdev, uint32_t index);

/* Write length bytes at address. False: refused, at least in part. */
bool testdev_write(const struct testdev *testdev, uint64_t address, uint32_t length);

#endif
