/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/pci/sriov.h"

#include "hyp/pci/regs.h"
#include "hyp/pci/table.h"
#include "lib/boot_only.h"

#define DWORD      4U
#define BYTE_BITS  8U

/* A stub's device id is that of no device, and its class code says as much ("does not fit in any
 * defined class", PCI Code and ID Assignment 1.20): some drivers go by the class. */
#define STUB_DEVICE UINT32_C(0xffff)
#define STUB_CLASS  UINT32_C(0xff0000)

/* Distances beyond those from a device's function to the next device's are not tried. */
#define MAX_STRIDE 8U

BOOT_ONLY static uint32_t room(const bool taken[PCI_VIRTUAL_RIDS], uint32_t at, uint32_t stride,
                     uint32_t count)
{
    uint32_t n = 0U;

    while (n < count && at < PCI_VIRTUAL_RIDS && !taken[at]) {
        n++;
        at += stride;
    }
    return n;
}

BOOT_ONLY uint32_t pci_stubs_place(const bool taken[PCI_VIRTUAL_RIDS], uint16_t virtual_rid, uint32_t count,
                         uint16_t *first, uint16_t *stride)
{
    uint32_t most = 0U;

    for (uint32_t step = 1U; step <= MAX_STRIDE && most < count; step++) {
        for (uint32_t at = virtual_rid + 1U; at < PCI_VIRTUAL_RIDS && most < count; at++) {
            const uint32_t n = room(taken, at, step, count);

            if (n > most) {
                most = n;
                *first = (uint16_t)(at - virtual_rid);
                *stride = (uint16_t)step;
            }
        }
    }
    return most;
}

/*
 * Linux refuses another offset of 0, a stride of 0, or InitialVFs other than TotalVFs; and a
 * dependency link that is not the function itself would have it look for another. The virtual
 * functions' BARs are none of this guest's.
 */
BOOT_ONLY bool pci_table_add_sriov(struct pci_view *view, const struct pci_view_source *from, uint32_t offset)
{
    if (!pci_table_is_free(view, offset, PCI_SRIOV_SIZE, PCI_CONFIG_SIZE)) {
        return false;
    }
    pci_table_add_constant(view, offset, PCI_SRIOV_HEADER);
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)(offset + PCI_SRIOV_CONTROL),
        .write_virtual = PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE });
    pci_table_add_constant(view, offset + PCI_SRIOV_INITIAL_VFS,
                           from->vf_count | (uint32_t)from->vf_count << 16);
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)(offset + PCI_SRIOV_NUM_VFS),
        .value = (from->plan->virtual_rid & UINT32_C(0xff)) << PCI_SRIOV_LINK_SHIFT,
        .write_virtual = PCI_SRIOV_NUM_VFS_BITS });
    pci_table_add_constant(view, offset + PCI_SRIOV_FIRST_VF_OFFSET,
                           from->vf_first | (uint32_t)from->vf_stride << 16);
    pci_table_add_constant(view, offset + PCI_SRIOV_VF_DEVICE, STUB_DEVICE << 16);
    pci_table_add_constant(view, offset + PCI_SRIOV_PAGE_SIZES, PCI_SRIOV_PAGE_SIZES_ALL);
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)(offset + PCI_SRIOV_SYSTEM_PAGE_SIZE),
        .value = PCI_SRIOV_PAGE_4K, .initial = PCI_SRIOV_PAGE_4K,
        .write_virtual = PCI_SRIOV_PAGE_SIZES_ALL });
    view->sriov = (uint16_t)offset;
    view->vf_count = from->vf_count;
    view->vf_first = from->vf_first;
    view->vf_stride = from->vf_stride;
    return true;
}

uint32_t pci_stub_read(uint32_t offset, uint32_t width)
{
    const uint32_t all = width == DWORD ? UINT32_MAX : (UINT32_C(1) << (width * BYTE_BITS)) - 1U;
    uint32_t value = 0U;

    switch (offset - offset % DWORD) {
    case PCI_VENDOR_ID: /* as of every virtual function */
        value = PCI_ABSENT;
        break;
    case PCI_REVISION_CLASS:
        value = STUB_CLASS << PCI_CLASS_SHIFT;
        break;
    default: /* header type 0, and nothing else */
        break;
    }
    return value >> (offset % DWORD * BYTE_BITS) & all;
}
