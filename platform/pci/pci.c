/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/pci.h"

#include "lib/format.h"
#include "platform/pci/regs.h"

int pci_find(const struct pci *pci, uint32_t host, uint16_t rid)
{
    for (uint32_t i = 0U; i < pci->count; i++) {
        if (pci->functions[i].host == host && pci->functions[i].rid == rid) {
            return (int)i;
        }
    }
    return -1;
}

uint16_t pci_vf_rid(const struct pci_function *physical, uint32_t vf)
{
    return (uint16_t)(physical->rid + physical->vf_first + vf * physical->vf_stride);
}

const char *pci_name(uint32_t domain, uint16_t rid, char buffer[PCI_NAME_MAX])
{
    (void)format_text(buffer, PCI_NAME_MAX, "%04x:%02x:%02x.%u", domain, pci_rid_bus(rid),
                      pci_rid_device(rid), pci_rid_function(rid));
    return buffer;
}
