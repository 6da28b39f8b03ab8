/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/pci_config.h"

#include "platform/hw/mmio.h"

/* Address bits (PCI Express 7.2.2, table 7-1): bus 27:20, device 19:15, function 14:12, register
 * 11:0. */
#define ECAM_RID_SHIFT 12U
#define ECAM_BUS_SHIFT 20U

/* The window begins with the host's first bus (binding pci-host-ecam-generic). */
static uintptr_t config_address(const struct board_pci_host *host, uint16_t rid, uint32_t offset)
{
    return (uintptr_t)host->ecam.base.v + ((uintptr_t)rid << ECAM_RID_SHIFT) -
           ((uintptr_t)host->bus_first << ECAM_BUS_SHIFT) + offset;
}

uint32_t pci_config_read(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                         uint32_t width)
{
    const uintptr_t address = config_address(host, rid, offset);

    switch (width) {
    case 1U:
        return mmio_read8(address);
    case 2U:
        return mmio_read16(address);
    default:
        return mmio_read32(address);
    }
}

void pci_config_write(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                      uint32_t width, uint32_t value)
{
    const uintptr_t address = config_address(host, rid, offset);

    switch (width) {
    case 1U:
        mmio_write8(address, (uint8_t)value);
        break;
    case 2U:
        mmio_write16(address, (uint16_t)value);
        break;
    default:
        mmio_write32(address, value);
        break;
    }
}
