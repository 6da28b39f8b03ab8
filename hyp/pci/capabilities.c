/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capabilities that a guest sees, bit by bit. All others are hidden: power management (D3 loses
 * the BARs), and whatever tells the function to go around the IOMMU's checks or to change what it
 * shares with others.
 */
#include "hyp/pci/regs.h"
#include "hyp/pci/table.h"
#include "platform/hw/pci_config.h"

#define DWORD   4U
#define HIGH(bits) ((bits) << 16) /* of a register in the upper half of its dword */

static uint32_t hardware(const struct pci_view *view, uint32_t offset)
{
    return pci_config_read(view->host, view->rid, offset, DWORD);
}

static void add_passed(struct pci_view *view, uint32_t offset, uint32_t bits)
{
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)offset, .read_hw = bits, .write_hw = bits });
}

static void add_shown(struct pci_view *view, uint32_t offset, uint32_t bits)
{
    pci_table_add(view, (struct pci_view_dword){ .offset = (uint16_t)offset, .read_hw = bits });
}

/* The first dword of MSI and MSI-X: id, and message control with what may be written of it. */
static void add_control(struct pci_view *view, uint32_t offset, uint32_t constant, uint32_t passed)
{
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)offset, .value = constant,
        .read_hw = HIGH(passed), .write_hw = HIGH(passed) });
}

/* Address and data are the guest's business: what an MSI reaches is for the IOMMU to say. */
static bool add_msi(struct pci_view *view, uint32_t offset, uint32_t header)
{
    const uint32_t control = header >> 16;
    const bool wide = (control & PCI_MSI_WIDE) != 0U, masks = (control & PCI_MSI_MASKS) != 0U;
    const uint32_t constant = PCI_MSI_MULTIPLE_CAPABLE | PCI_MSI_WIDE | PCI_MSI_MASKS;
    const uint32_t dwords = 3U + (wide ? 1U : 0U) + (masks ? 2U : 0U);
    uint32_t at = offset + PCI_MSI_ADDRESS;

    if (!pci_table_is_free(view, offset, dwords * DWORD, PCI_COMPATIBLE_SIZE)) {
        return false;
    }
    add_control(view, offset, (header & PCI_CAP_ID) | (header & HIGH(constant)),
                PCI_MSI_ENABLE | PCI_MSI_MULTIPLE_ENABLE);
    add_passed(view, at, PCI_MSI_ADDRESS_BITS);
    if (wide) {
        at += DWORD;
        add_passed(view, at, UINT32_MAX);
    }
    at += DWORD;
    add_passed(view, at, PCI_MSI_DATA_BITS);
    if (masks) {
        add_passed(view, at + DWORD, UINT32_MAX);
        add_shown(view, at + 2U * DWORD, UINT32_MAX); /* pending bits */
    }
    view->msi = (uint16_t)offset;
    return true;
}

/* The table is in a BAR, and the guest's own. */
static bool add_msix(struct pci_view *view, uint32_t offset, uint32_t header)
{
    if (!pci_table_is_free(view, offset, PCI_MSIX_SIZE, PCI_COMPATIBLE_SIZE)) {
        return false;
    }
    add_control(view, offset, (header & PCI_CAP_ID) | (header & HIGH(PCI_MSIX_TABLE_SIZE)),
                PCI_MSIX_ENABLE | PCI_MSIX_FUNCTION_MASK);
    pci_table_add_constant(view, offset + PCI_MSIX_TABLE, hardware(view, offset + PCI_MSIX_TABLE));
    pci_table_add_constant(view, offset + PCI_MSIX_PENDING,
                           hardware(view, offset + PCI_MSIX_PENDING));
    view->msix = (uint16_t)offset;
    return true;
}

/* virtio finds its registers through these. One of virtio's own is a window to a BAR, which
 * without writes shows nothing. */
static bool add_vendor(struct pci_view *view, uint32_t offset, uint32_t header)
{
    const uint32_t length = header >> PCI_VENDOR_LENGTH_SHIFT & PCI_VENDOR_LENGTH;

    if (!pci_table_is_free(view, offset, length < DWORD ? DWORD : length, PCI_COMPATIBLE_SIZE)) {
        return false;
    }
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)offset, .value = header & PCI_CAP_ID,
        .read_hw = HIGH(UINT32_C(0xffff)) });
    for (uint32_t at = DWORD; at < length; at += DWORD) {
        add_shown(view, offset + at, UINT32_MAX);
    }
    return true;
}

/*
 * Device Control, bit by bit:
 *   error reporting      virtual: the messages go to a port that is not the guest's, and could only
 *                        disturb there
 *   relaxed ordering     passes: it is about this function's own requests among each other
 *   max payload size     fixed: it must fit the port above, or that port takes every request for
 *                        broken
 *   extended tags        fixed: the same
 *   phantom functions    off: requests would carry requester ids of functions that are not the
 *                        guest's
 *   auxiliary power      off: it is the slot's
 *   no snoop             off: the guest is told by its device tree whether DMA is coherent
 *   max read request     fixed: longer ones keep others waiting at the port that they share
 *   initiate reset       off: BARs and command would be gone; Bulkhead resets the function with the
 *                        guest
 * Device Status passes, and its errors are the guest's to clear. Link registers are shown, as they
 * are the port's. All of the second set of registers (Device Control 2, ...) reads 0: each bit is a
 * port's, or needs one's consent.
 */
#define DEVCAP_HIDDEN \
    (PCI_EXPRESS_PHANTOM | PCI_EXPRESS_EXTENDED_TAG | PCI_EXPRESS_FLR)
#define DEVCTL_SHOWN \
    (PCI_DEVICE_CONTROL_RELAXED | PCI_DEVICE_CONTROL_PAYLOAD | PCI_DEVICE_CONTROL_EXTENDED_TAG | \
     PCI_DEVICE_CONTROL_READ_REQUEST)
#define DEVCTL_KEPT DEVCTL_SHOWN /* through a reset of the function */

/* Table 7-17; version 1 has them only where there is a link. */
static bool has_link(uint32_t flags)
{
    const uint32_t type = flags >> PCI_EXPRESS_TYPE_SHIFT & PCI_EXPRESS_TYPE;

    return (flags & PCI_EXPRESS_VERSION) > 1U || type < PCI_EXPRESS_TYPE_INTEGRATED;
}

static bool add_express(struct pci_view *view, uint32_t offset, uint32_t header)
{
    const uint32_t flags = header >> 16;
    const uint32_t bytes = has_link(flags) ? PCI_EXPRESS_LINK_END : PCI_EXPRESS_LINK;

    if (!pci_table_is_free(view, offset, bytes, PCI_COMPATIBLE_SIZE)) {
        return false;
    }
    const uint32_t devcap = hardware(view, offset + PCI_EXPRESS_DEVICE_CAPABILITIES);
    const uint32_t devctl = hardware(view, offset + PCI_EXPRESS_DEVICE_CONTROL);

    const uint32_t shown = PCI_EXPRESS_VERSION | PCI_EXPRESS_TYPE << PCI_EXPRESS_TYPE_SHIFT;

    pci_table_add_constant(view, offset, (header & PCI_CAP_ID) | HIGH(flags & shown));
    pci_table_add_constant(view, offset + PCI_EXPRESS_DEVICE_CAPABILITIES, devcap & ~DEVCAP_HIDDEN);
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)(offset + PCI_EXPRESS_DEVICE_CONTROL),
        .initial = (devctl & PCI_DEVICE_CONTROL_RELAXED) | HIGH(PCI_DEVICE_STATUS_W1C),
        .read_hw = DEVCTL_SHOWN | HIGH(PCI_DEVICE_STATUS_ALL),
        .write_hw = PCI_DEVICE_CONTROL_RELAXED | HIGH(PCI_DEVICE_STATUS_W1C),
        .write_virtual = PCI_DEVICE_CONTROL_ERRORS });
    for (uint32_t at = PCI_EXPRESS_LINK; at < bytes; at += DWORD) {
        add_shown(view, offset + at, UINT32_MAX);
    }
    view->express = (uint16_t)offset;
    view->has_flr = (devcap & PCI_EXPRESS_FLR) != 0U;
    view->device_control = (uint16_t)(devctl & DEVCTL_KEPT);
    return true;
}

/* For Bulkhead alone: a way to reset a function that has no other. */
static void note_power_management(struct pci_view *view, uint32_t offset)
{
    if (view->pm == 0U && offset <= PCI_COMPATIBLE_SIZE - PCI_PM_SIZE &&
        (hardware(view, offset + PCI_PM_CONTROL) & PCI_PM_NO_SOFT_RESET) == 0U) {
        view->pm = (uint16_t)offset;
    }
}

bool pci_table_add_capability(struct pci_view *view, uint32_t offset, uint32_t header)
{
    switch (header & PCI_CAP_ID) {
    case PCI_CAP_MSI:
        return view->msi == 0U && add_msi(view, offset, header);
    case PCI_CAP_MSIX:
        return view->msix == 0U && add_msix(view, offset, header);
    case PCI_CAP_EXPRESS:
        return view->express == 0U && add_express(view, offset, header);
    case PCI_CAP_PM:
        note_power_management(view, offset);
        return false;
    case PCI_CAP_VENDOR:
        return add_vendor(view, offset, header);
    default:
        return false;
    }
}

static bool add_serial(struct pci_view *view, uint32_t offset, uint32_t header)
{
    if (!pci_table_is_free(view, offset, PCI_SERIAL_SIZE, PCI_CONFIG_SIZE)) {
        return false;
    }
    /* All of the next pointer is ours, also its two bits that are reserved. */
    pci_table_add_constant(view, offset, header & ((UINT32_C(1) << PCI_EXT_NEXT_SHIFT) - 1U));
    pci_table_add_constant(view, offset + PCI_SERIAL_LOW, hardware(view, offset + PCI_SERIAL_LOW));
    pci_table_add_constant(view, offset + PCI_SERIAL_HIGH,
                           hardware(view, offset + PCI_SERIAL_HIGH));
    return true;
}

bool pci_table_add_extended(struct pci_view *view, const struct pci_view_source *from,
                            uint32_t offset, uint32_t header)
{
    switch (header & PCI_EXT_ID) {
    case PCI_EXT_SERIAL:
        return add_serial(view, offset, header);
    case PCI_EXT_SRIOV:
        return from->vf_count != 0U && view->sriov == 0U && pci_table_add_sriov(view, from, offset);
    case PCI_EXT_ACS: /* for Bulkhead alone: it keeps functions of one device apart */
        if (view->acs == 0U && offset + PCI_ACS_CONTROL < PCI_CONFIG_SIZE) {
            view->acs = (uint16_t)offset;
            view->acs_control = (uint16_t)pci_config_read(
                view->host, view->rid, offset + PCI_ACS_CONTROL, sizeof(uint16_t));
        }
        return false;
    default:
        return false;
    }
}
