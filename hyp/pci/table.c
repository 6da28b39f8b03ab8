/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/pci/table.h"

#define DWORD 4U

bool pci_table_is_free(const struct pci_view *view, uint32_t offset, uint32_t bytes, uint32_t limit)
{
    const uint32_t i = pci_table_search(view, offset);

    if (offset % DWORD != 0U || offset >= limit || bytes > limit - offset ||
        view->count + (bytes + DWORD - 1U) / DWORD > PCI_VIEW_DWORDS) {
        return false;
    }
    return i == view->count || view->dwords[i].offset >= offset + bytes;
}

void pci_table_add(struct pci_view *view, struct pci_view_dword dword)
{
    const uint32_t place = pci_table_search(view, dword.offset);

    for (uint32_t i = view->count; i > place; i--) {
        view->dwords[i] = view->dwords[i - 1U];
    }
    view->dwords[place] = dword;
    view->count++;
}

void pci_table_set(struct pci_view *view, uint32_t offset, uint32_t bits)
{
    view->dwords[pci_table_search(view, offset)].value |= bits;
}

void pci_table_add_constant(struct pci_view *view, uint32_t offset, uint32_t value)
{
    pci_table_add(view, (struct pci_view_dword){ .offset = (uint16_t)offset, .value = value });
}
