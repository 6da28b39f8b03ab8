/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/bar.h"

#include "platform/hw/pci_config.h"
#include "platform/pci/regs.h"

/* The bits of a register that can be set. */
static uint32_t writable_bits(const struct board_pci_host *host, uint16_t rid, uint32_t offset)
{
    pci_config_write(host, rid, offset, 4U, UINT32_MAX);
    const uint32_t bits = pci_config_read(host, rid, offset, 4U);
    pci_config_write(host, rid, offset, 4U, 0U);
    return bits;
}

void pci_size_bars(const struct board_pci_host *host, uint16_t rid, uint32_t offset, uint32_t count,
                   struct pci_bar out[PCI_BARS])
{
    for (uint32_t i = 0U; i < PCI_BARS; i++) {
        out[i] = (struct pci_bar){ .size = 0U };
    }
    for (uint32_t i = 0U; i < count; i++) {
        const uint32_t low = writable_bits(host, rid, offset + i * 4U);
        const uint32_t type = low & PCI_BAR_TYPE;
        uint64_t mask = low & ~PCI_BAR_MEMORY_FLAGS;

        if ((low & PCI_BAR_IO) != 0U || type == PCI_BAR_TYPE_RESERVED || low == 0U ||
            (type == PCI_BAR_TYPE_64 && i + 1U == count)) {
            continue;
        }
        struct pci_bar *bar = &out[i];
        bar->prefetchable = (low & PCI_BAR_PREFETCHABLE) != 0U;
        if (type == PCI_BAR_TYPE_64) {
            bar->wide = true;
            i++;
            mask |= (uint64_t)writable_bits(host, rid, offset + i * 4U) << 32;
        }
        bar->size = mask & (~mask + 1U); /* the lowest bit that can be set */
    }
}
