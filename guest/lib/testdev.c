/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/testdev.h"

#include "guest/lib/csr.h"

#define TESTDEV_VENDOR UINT16_C(0x1b36)
#define TESTDEV_DEVICE UINT16_C(0x0005)

/* Registers in BAR 0, of 32 bits. Reading the first one runs the transfer. */
enum { TESTDEV_RUN = 0x00, TESTDEV_ADDRESS_LOW = 0x04, TESTDEV_ADDRESS_HIGH = 0x08,
       TESTDEV_LENGTH = 0x0c, TESTDEV_RESULT = 0x10, TESTDEV_ARM = 0x14,
       TESTDEV_CHECK_LOW = 0x1c, TESTDEV_CHECK_HIGH = 0x20 };
#define RESULT_REFUSED UINT32_C(0xdead0002)

static void set(const struct testdev *testdev, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(testdev->pci.bars[0].base + offset) = value;
}

static uint32_t get(const struct testdev *testdev, uint32_t offset)
{
    return *(volatile uint32_t *)(testdev->pci.bars[0].base + offset);
}

bool testdev_open(struct testdev *testdev, uint32_t index)
{
    if (!pci_find(TESTDEV_VENDOR, TESTDEV_DEVICE, index, &testdev->pci)
        || testdev->pci.bars[0].size == 0U) {
        return false;
    }
    pci_command(&testdev->pci, PCI_COMMAND_BUS_MASTER, 0);
    return true;
}

bool testdev_write(const struct testdev *testdev, uint64_t address, uint32_t length)
{
    set(testdev, TESTDEV_ADDRESS_LOW, (uint32_t)address);
    set(testdev, TESTDEV_ADDRESS_HIGH, (uint32_t)(address >> 32));
    /* Where it looks afterwards, past any IOMMU. What it finds there is not used. */
    set(testdev, TESTDEV_CHECK_LOW, (uint32_t)address);
    set(testdev, TESTDEV_CHECK_HIGH, (uint32_t)(address >> 32));
    set(testdev, TESTDEV_LENGTH, length);
    set(testdev, TESTDEV_ARM, 1);
    fence();
    (void)get(testdev, TESTDEV_RUN);
    fence();
    return get(testdev, TESTDEV_RESULT) != RESULT_REFUSED;
}
