/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/inspect.h"

#include "platform/hw/pci_config.h"
#include "platform/pci/bar.h"
#include "platform/pci/capability.h"
#include "platform/pci/regs.h"
#include "platform/pci/wait.h"

#define LAYOUT_FUNCTION 0U
#define LAYOUT_BRIDGE   1U

/* Device/Port Type (PCI Express Base 7.5.3.2). */
#define TYPE_ENDPOINT        0U
#define TYPE_LEGACY_ENDPOINT 1U
#define TYPE_ROOT_PORT       4U
#define TYPE_UPSTREAM        5U
#define TYPE_DOWNSTREAM      6U
#define TYPE_BRIDGE_TO_PCI   7U
#define TYPE_BRIDGE_FROM_PCI 8U
#define TYPE_INTEGRATED      9U
#define TYPE_EVENT_COLLECTOR 10U

bool pci_present(const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t vendor = pci_config_read(host, rid, PCI_VENDOR_ID, 2U);

    return vendor != PCI_VENDOR_NONE && vendor != 0U;
}

static uint32_t header_layout(const struct board_pci_host *host, uint16_t rid)
{
    return pci_config_read(host, rid, PCI_HEADER_TYPE, 1U) & PCI_HEADER_LAYOUT;
}

/* ---- silence --------------------------------------------------------------------------------- */

static void clear_bits(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                       uint32_t bits)
{
    pci_config_write(host, rid, offset, 2U,
                     pci_config_read(host, rid, offset, 2U) & ~bits);
}

static void silence_interrupts(const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t msi = pci_capability(host, rid, PCI_CAP_MSI, PCI_MSI_SIZE);
    const uint32_t msix = pci_capability(host, rid, PCI_CAP_MSIX, PCI_MSIX_SIZE);

    if (msi != 0U) {
        clear_bits(host, rid, msi + PCI_MSI_CONTROL, PCI_MSI_ENABLE);
    }
    if (msix != 0U) {
        clear_bits(host, rid, msix + PCI_MSIX_CONTROL, PCI_MSIX_ENABLE);
    }
}

/* The power management capability is hidden from guests, so nobody else wakes the function. */
static void wake(const struct board *board, const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t pm = pci_capability(host, rid, PCI_CAP_PM, PCI_PM_SIZE);

    if (pm != 0U && (pci_config_read(host, rid, pm + PCI_PM_CONTROL, 2U) & PCI_PM_POWER_STATE) !=
                        0U) {
        clear_bits(host, rid, pm + PCI_PM_CONTROL, PCI_PM_POWER_STATE);
        pci_wait(board, PCI_WAIT_D0);
    }
}

/* Whatever the firmware thought of what is below a port, it is looked for at device number 0. */
static void silence_port(const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t at = pci_ari_forwarding(host, rid);

    if (at != 0U) {
        clear_bits(host, rid, at, PCI_EXPRESS_ARI_FORWARDING);
    }
}

/* Address forwarding of the VGA kind and the like; and a bus that was left in reset would seem empty. */
static void release_bus(const struct board *board, const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t control = pci_config_read(host, rid, PCI_BRIDGE_CONTROL, 2U);

    pci_config_write(host, rid, PCI_BRIDGE_CONTROL, 2U, 0U);
    if ((control & PCI_BRIDGE_RESET) != 0U) {
        pci_wait(board, PCI_WAIT_BUS_RESET);
    }
}

static void silence_extended(const struct board *board, const struct board_pci_host *host,
                             uint16_t rid)
{
    static const struct { uint32_t id, control; } translation[] = {
        { PCI_EXT_ATS, PCI_ATS_CONTROL },
        { PCI_EXT_PAGE_REQUEST, PCI_PAGE_REQUEST_CONTROL },
        { PCI_EXT_PASID, PCI_PASID_CONTROL },
    };

    for (uint32_t i = 0U; i < sizeof(translation) / sizeof(translation[0]); i++) {
        const uint32_t at = pci_extended_capability(host, rid, translation[i].id,
                                                    translation[i].control + 2U);
        if (at != 0U) {
            pci_config_write(host, rid, at + translation[i].control, 2U, 0U);
        }
    }
    const uint32_t sriov = pci_extended_capability(host, rid, PCI_EXT_SRIOV, PCI_SRIOV_SIZE);
    if (sriov != 0U) {
        const uint32_t control = pci_config_read(host, rid, sriov + PCI_SRIOV_CONTROL, 2U);
        /* Without ARI Capable Hierarchy too: the ids are read as they are then. */
        pci_config_write(host, rid, sriov + PCI_SRIOV_CONTROL, 2U, 0U);
        if ((control & PCI_SRIOV_VF_ENABLE) != 0U) {
            pci_wait(board, PCI_WAIT_VF_DISABLE);
        }
    }
}

void pci_silence(const struct board *board, const struct board_pci_host *host, uint16_t rid)
{
    const uint32_t layout = header_layout(host, rid);

    pci_config_write(host, rid, PCI_COMMAND, 2U, PCI_COMMAND_INTX_DISABLE);
    wake(board, host, rid);
    /* Leaving D3hot may have reset it. */
    pci_config_write(host, rid, PCI_COMMAND, 2U, PCI_COMMAND_INTX_DISABLE);
    silence_interrupts(host, rid);
    if (pci_capability(host, rid, PCI_CAP_EXPRESS, PCI_EXPRESS_SIZE) != 0U) {
        silence_extended(board, host, rid);
    }
    if (layout == LAYOUT_FUNCTION) {
        pci_config_write(host, rid, PCI_ROM, 4U, 0U);
    } else if (layout == LAYOUT_BRIDGE) {
        pci_config_write(host, rid, PCI_BRIDGE_ROM, 4U, 0U);
        pci_config_write(host, rid, PCI_PRIMARY_BUS, 1U, 0U);
        pci_config_write(host, rid, PCI_SECONDARY_BUS, 1U, 0U);
        pci_config_write(host, rid, PCI_SUBORDINATE_BUS, 1U, 0U);
        silence_port(host, rid);
        release_bus(board, host, rid);
    } else {
        /* Where else it has what is not known. */
    }
}

/* ---- description ----------------------------------------------------------------------------- */

/* First VF Offset and Stride hold for the number in NumVFs (9.3.3.9), so that is set first. */
static void inspect_sriov(const struct board_pci_host *host, uint16_t rid, struct pci_function *out)
{
    const uint32_t at = pci_extended_capability(host, rid, PCI_EXT_SRIOV, PCI_SRIOV_SIZE);

    if (at == 0U) {
        return;
    }
    const uint32_t count = pci_config_read(host, rid, at + PCI_SRIOV_TOTAL_VFS, 2U);
    pci_config_write(host, rid, at + PCI_SRIOV_NUM_VFS, 2U, count);
    pci_config_write(host, rid, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U, PCI_SRIOV_PAGE_4K);
    const uint32_t first = pci_config_read(host, rid, at + PCI_SRIOV_FIRST_VF_OFFSET, 2U);
    const uint32_t stride = pci_config_read(host, rid, at + PCI_SRIOV_VF_STRIDE, 2U);

    out->sriov_offset = (uint16_t)at;
    out->vf_first = (uint16_t)first;
    out->vf_stride = (uint16_t)stride;
    /* A function that gives two of them one id is taken to have none. */
    if (count == 0U || first == 0U || (stride == 0U && count > 1U)) {
        return;
    }
    const uint64_t last = (uint64_t)rid + first + (uint64_t)stride * (count - 1U);
    if ((last >> PCI_BUS_SHIFT) <= host->bus_last) {
        out->vf_count = (uint16_t)count;
    }
}

static enum pci_kind inspect_kind(uint32_t capabilities)
{
    switch ((capabilities >> PCI_EXPRESS_TYPE_SHIFT) & PCI_EXPRESS_TYPE) {
    case TYPE_ENDPOINT:
    case TYPE_LEGACY_ENDPOINT:
        return PCI_ENDPOINT;
    case TYPE_ROOT_PORT:
        return PCI_ROOT_PORT;
    case TYPE_UPSTREAM:
        return PCI_UPSTREAM;
    case TYPE_DOWNSTREAM:
        return PCI_DOWNSTREAM;
    case TYPE_BRIDGE_TO_PCI:
        return PCI_BRIDGE_TO_PCI;
    case TYPE_BRIDGE_FROM_PCI:
        return PCI_BRIDGE_FROM_PCI;
    case TYPE_INTEGRATED:
    case TYPE_EVENT_COLLECTOR:
        return PCI_INTEGRATED;
    default:
        return PCI_CONVENTIONAL; /* the kind of which the least is believed */
    }
}

/* With System Page Size 4 KiB a BAR of a virtual function has whole pages (9.3.3.13). One that says
 * less lies, and would have them share pages. */
static bool is_apart(const struct pci_bar bars[PCI_BARS])
{
    for (uint32_t i = 0U; i < PCI_BARS; i++) {
        if (bars[i].size % PAGE_SIZE != 0U) {
            return false;
        }
    }
    return true;
}

static void inspect_express(const struct board_pci_host *host, uint16_t rid,
                            struct pci_function *out)
{
    const uint32_t at = pci_capability(host, rid, PCI_CAP_EXPRESS, PCI_EXPRESS_SIZE);

    if (at == 0U) {
        return;
    }
    out->kind = inspect_kind(pci_config_read(host, rid, at + PCI_EXPRESS_CAPABILITIES, 2U));
    out->has_flr = (pci_config_read(host, rid, at + PCI_EXPRESS_DEVICE_CAPABILITIES, 4U) &
                    PCI_EXPRESS_FLR) != 0U;
    out->acs_offset = (uint16_t)pci_extended_capability(host, rid, PCI_EXT_ACS, PCI_ACS_SIZE);
    if (out->acs_offset != 0U) {
        out->acs_can =
            (uint16_t)pci_config_read(host, rid, out->acs_offset + PCI_ACS_CAPABILITY, 2U);
    }
    inspect_sriov(host, rid, out);
    if (out->vf_count != 0U) {
        pci_size_bars(host, rid, out->sriov_offset + PCI_SRIOV_VF_BAR0, PCI_BARS, out->vf_bars);
        out->vf_count = is_apart(out->vf_bars) ? out->vf_count : 0U;
    }
}

bool pci_inspect(const struct board_pci_host *host, uint16_t rid, struct pci_function *out)
{
    const uint32_t layout = header_layout(host, rid);
    const uint32_t pin = pci_config_read(host, rid, PCI_INTERRUPT_PIN, 1U);

    *out = (struct pci_function){
        .rid = rid,
        .vendor = (uint16_t)pci_config_read(host, rid, PCI_VENDOR_ID, 2U),
        .device = (uint16_t)pci_config_read(host, rid, PCI_DEVICE_ID, 2U),
        .class_code = pci_config_read(host, rid, PCI_REVISION_CLASS, 4U) >> PCI_CLASS_SHIFT,
        .kind = PCI_CONVENTIONAL,
        .is_bridge = layout == LAYOUT_BRIDGE,
        .pin = (uint8_t)(pin <= 4U ? pin : 0U),
        .has_msi = pci_capability(host, rid, PCI_CAP_MSI, PCI_MSI_SIZE) != 0U,
        .has_msix = pci_capability(host, rid, PCI_CAP_MSIX, PCI_MSIX_SIZE) != 0U,
    };
    if (layout != LAYOUT_FUNCTION && layout != LAYOUT_BRIDGE) {
        return false;
    }
    inspect_express(host, rid, out);
    pci_size_bars(host, rid, PCI_BAR0, out->is_bridge ? PCI_BRIDGE_BARS : PCI_BARS, out->bars);
    if (out->is_bridge) {
        pci_config_write(host, rid, PCI_PREFETCH_BASE, 2U, PCI_WINDOW_ADDRESS);
        const uint32_t window = pci_config_read(host, rid, PCI_PREFETCH_BASE, 2U);
        out->wide_window = (window & PCI_WINDOW_ADDRESS) != 0U &&
                           (window & PCI_WINDOW_WIDTH) == PCI_WINDOW_WIDTH_64;
    }
    return true;
}

uint32_t pci_last_vf_bus(const struct board_pci_host *host, uint16_t rid)
{
    struct pci_function function = { .rid = rid };

    if (pci_capability(host, rid, PCI_CAP_EXPRESS, PCI_EXPRESS_SIZE) != 0U) {
        inspect_sriov(host, rid, &function);
    }
    return pci_rid_bus(function.vf_count == 0U ? rid : pci_vf_rid(&function,
                                                                  function.vf_count - 1U));
}
