/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/capability.h"

#include "platform/hw/pci_config.h"
#include "platform/pci/regs.h"

/* As many as fit without sharing a dword: whoever walks further goes in circles. */
#define CAPABILITIES_MAX ((PCI_COMPATIBLE_SIZE - PCI_CAPABILITIES_FIRST) / 4U)
#define EXTENDED_MAX     ((PCI_CONFIG_SIZE - PCI_EXT_FIRST) / 4U)

uint32_t pci_capability(const struct board_pci_host *host, uint16_t rid, uint32_t id,
                        uint32_t size)
{
    if ((pci_config_read(host, rid, PCI_STATUS, 2U) & PCI_STATUS_CAPABILITIES) == 0U) {
        return 0U;
    }
    uint32_t offset = pci_config_read(host, rid, PCI_CAPABILITIES_POINTER, 1U) & ~3U;
    for (uint32_t n = 0U; n < CAPABILITIES_MAX && offset >= PCI_CAPABILITIES_FIRST; n++) {
        if (pci_config_read(host, rid, offset, 1U) == id && size <= PCI_COMPATIBLE_SIZE - offset) {
            return offset;
        }
        offset = pci_config_read(host, rid, offset + PCI_CAP_NEXT, 1U) & ~3U;
    }
    return 0U;
}

uint32_t pci_extended_capability(const struct board_pci_host *host, uint16_t rid, uint32_t id,
                                 uint32_t size)
{
    uint32_t offset = PCI_EXT_FIRST;

    for (uint32_t n = 0U; n < EXTENDED_MAX && offset >= PCI_EXT_FIRST; n++) {
        const uint32_t header = pci_config_read(host, rid, offset, 4U);
        if (header == 0U || header == UINT32_MAX) {
            return 0U;
        }
        if ((header & PCI_EXT_ID) == id && size <= PCI_CONFIG_SIZE - offset) {
            return offset;
        }
        offset = (header >> PCI_EXT_NEXT_SHIFT) & ~3U;
    }
    return 0U;
}

uint32_t pci_ari_forwarding(const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t at = pci_capability(host, rid, PCI_CAP_EXPRESS, PCI_EXPRESS_SIZE_2);

    if (at == 0U || (pci_config_read(host, rid, at + PCI_EXPRESS_CAPABILITIES, 2U) &
                     PCI_EXPRESS_VERSION) < PCI_EXPRESS_VERSION_2) {
        return 0U;
    }
    const uint32_t can = pci_config_read(host, rid, at + PCI_EXPRESS_DEVICE_CAPABILITIES_2, 4U);
    return (can & PCI_EXPRESS_ARI_FORWARDING) != 0U ? at + PCI_EXPRESS_DEVICE_CONTROL_2 : 0U;
}
