/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's access to its function's configuration space. */
#include "hyp/pci/view.h"

#include <stddef.h>

#include "hyp/pci/regs.h"
#include "hyp/pci/table.h"
#include "platform/hw/pci_config.h"

#define DWORD      4U
#define HALF       2U
#define BYTE_BITS  8U

_Static_assert(sizeof(struct pci_view) <= PAGE_SIZE, "a view has one page");

uint32_t pci_table_search(const struct pci_view *view, uint32_t offset)
{
    uint32_t low = 0U, high = view->count;

    while (low < high) { /* as many steps as the number of dwords has bits */
        const uint32_t middle = (low + high) / 2U;

        if (view->dwords[middle].offset < offset) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t index_of(const struct pci_view *view, uint32_t offset)
{
    const uint32_t i = pci_table_search(view, offset);

    return i < view->count && view->dwords[i].offset == offset ? i : PCI_VIEW_DWORDS;
}

/* The bits of its dword that an access of so many bytes at this offset is about. */
static uint32_t access_mask(uint32_t offset, uint32_t width)
{
    const uint32_t bits = width == DWORD ? UINT32_MAX : (UINT32_C(1) << (width * BYTE_BITS)) - 1U;

    return bits << (offset % DWORD * BYTE_BITS);
}

/* The hardware's bits, where they stand in their dword. */
static uint32_t read_hardware(const struct pci_view *view, uint32_t offset, uint32_t width)
{
    return pci_config_read(view->host, view->rid, offset, width) << (offset % DWORD * BYTE_BITS);
}

uint32_t pci_view_read(const struct pci_view *view, uint32_t offset, uint32_t width)
{
    const uint32_t i = index_of(view, offset - offset % DWORD);
    const uint32_t mask = access_mask(offset, width);

    if (view->is_dead) {
        return PCI_ABSENT & mask >> (offset % DWORD * BYTE_BITS);
    }
    if (i == PCI_VIEW_DWORDS) {
        return 0U;
    }
    const struct pci_view_dword *const d = &view->dwords[i];
    uint32_t value = d->value;

    if ((d->read_hw & mask) != 0U) {
        value |= read_hardware(view, offset, width) & d->read_hw;
    }
    return (value & mask) >> (offset % DWORD * BYTE_BITS);
}

/*
 * At the guest's own width, for a register may begin where the dword does not; but a byte of one
 * with bits that are to be set takes them along. What the guest may not write is written as it is
 * read; of the bits that a 1 clears there is none among it. A function that is not there, or not
 * yet back from a reset, reads as ones, and these are not written back: one of them would start
 * another reset.
 */
static void write_hardware(const struct pci_view *view, const struct pci_view_dword *d,
                           uint32_t offset, uint32_t width, uint32_t bits)
{
    const bool is_widened = d->set_hw != 0U && width < HALF;
    const uint32_t at = is_widened ? offset - offset % HALF : offset;
    const uint32_t bytes = is_widened ? HALF : width;
    const uint32_t mask = access_mask(at, bytes);
    const uint32_t writable = d->write_hw & access_mask(offset, width);
    const uint32_t set = d->set_hw & mask;
    uint32_t others = 0U;

    if (writable == 0U) {
        return;
    }
    if (writable != mask) {
        others = read_hardware(view, at, bytes);
        if (others == mask) {
            return;
        }
    }
    pci_config_write(view->host, view->rid, at, bytes,
                     ((others & ~writable) | (bits & writable) | set) >> (at % DWORD * BYTE_BITS));
}

/* A guest that asks for its size sets all that can be set; it moves nothing, so any other value is
 * the true one. */
static void settle_bar(struct pci_view_dword *d)
{
    if (d->offset >= PCI_BAR0 && d->offset < PCI_BAR0 + PCI_BARS * PCI_BAR_SIZE &&
        (d->value & d->write_virtual) != d->write_virtual) {
        d->value = d->initial;
    }
}

void pci_view_write(struct pci_view *view, uint32_t offset, uint32_t width, uint32_t value)
{
    const uint32_t i = index_of(view, offset - offset % DWORD);
    const uint32_t mask = access_mask(offset, width);
    const uint32_t bits = value << (offset % DWORD * BYTE_BITS);

    if (view->is_dead || i == PCI_VIEW_DWORDS) {
        return;
    }
    struct pci_view_dword *const d = &view->dwords[i];
    const uint32_t kept = d->write_virtual & mask;

    d->value = (d->value & ~kept) | (bits & kept);
    settle_bar(d);
    write_hardware(view, d, offset, width, bits);
}

void pci_view_reset(struct pci_view *view)
{
    for (uint32_t i = 0U; i < view->count; i++) {
        struct pci_view_dword *const d = &view->dwords[i];

        d->value = (d->value & ~d->write_virtual) | (d->initial & d->write_virtual);
        write_hardware(view, d, d->offset, DWORD, d->initial);
    }
}

uint32_t pci_view_vfs(const struct pci_view *view)
{
    const uint32_t control = view->sriov == 0U || view->is_dead
                                 ? 0U
                                 : pci_view_read(view, view->sriov + PCI_SRIOV_CONTROL,
                                                 sizeof(uint16_t));

    return (control & PCI_SRIOV_VF_ENABLE) == 0U
               ? 0U
               : pci_view_read(view, view->sriov + PCI_SRIOV_NUM_VFS, sizeof(uint16_t));
}
