/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/pci.h"
#include "platform/pci/regs.h"

#define PINS 4U

bool pci_intx(const struct board *board, const struct pci *pci, uint32_t function, uint32_t *source,
              uint32_t *flags)
{
    const struct pci_function *at = &pci->functions[function];
    uint32_t pin = at->pin;

    if (pin == 0U) {
        return false;
    }
    while (at->parent != PCI_ROOT) {
        pin = (pin - 1U + pci_rid_device(at->rid)) % PINS + 1U;
        at = &pci->functions[at->parent];
    }
    return board_pci_irq(board, at->host, at->rid, pin, source, flags);
}
