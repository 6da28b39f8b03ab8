/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ECAM_PER_BUS UINT64_C(0x100000)

struct board fake_pci_board;
uint32_t fake_pci_reports;
char fake_pci_report[DIAG_TEXT_MAX];

static uint32_t free_capability[PCI_SPACE_MAX], free_extended[PCI_SPACE_MAX];

void fake_pci_reset(void)
{
    pci_space_reset();
    memset(&fake_pci_board, 0, sizeof(fake_pci_board));
    fake_pci_reports = 0U;
    fake_pci_report[0] = '\0';
    fake_pci_board.timebase_hz = 10000000U;
    fake_pci_board.pci_count = 1U;
    fake_pci_board.pci[0] = (struct board_pci_host){
        .ecam = { pa(0x30000000U), 256U * ECAM_PER_BUS },
        .bus_last = 255U,
        .windows = {
            { FAKE_PCI_LOW_PCI, { pa(FAKE_PCI_LOW_CPU), FAKE_PCI_LOW_SIZE }, false, false },
            { FAKE_PCI_HIGH, { pa(FAKE_PCI_HIGH), FAKE_PCI_HIGH_SIZE }, true, false },
        },
        .window_count = 2U,
    };
}

static void note(void *ctx, const char *path, const char *property, const char *text)
{
    (void)ctx;
    (void)path;
    (void)property;
    fake_pci_reports++;
    snprintf(fake_pci_report, sizeof(fake_pci_report), "%s", text);
}

struct diag fake_pci_diag(void)
{
    return (struct diag){ .emit = note };
}

static uint32_t add(uint32_t host, int32_t bridge, uint32_t device, uint32_t function)
{
    const int32_t added = pci_space_add(&fake_pci_board.pci[host], bridge,
                                        (device << PCI_DEVICE_SHIFT) | function);

    if (added == PCI_SPACE_NONE) {
        abort();
    }
    const uint32_t f = (uint32_t)added;
    free_capability[f] = PCI_CAPABILITIES_FIRST;
    free_extended[f] = PCI_EXT_FIRST;
    pci_space_set(f, PCI_VENDOR_ID, 2U, 0x1b36U);
    pci_space_set(f, PCI_DEVICE_ID, 2U, f);
    pci_space_let_write(f, PCI_COMMAND, 2U, 0x0547U);
    return f;
}

uint32_t fake_pci_function(uint32_t host, int32_t bridge, uint32_t device, uint32_t function)
{
    const uint32_t f = add(host, bridge, device, function);

    pci_space_set(f, PCI_REVISION_CLASS, 4U, 0x01080201U);
    pci_space_let_write(f, PCI_ROM, 4U, 0xffff0001U);
    return f;
}

uint32_t fake_pci_bridge(uint32_t host, int32_t bridge, uint32_t device, uint32_t function)
{
    const uint32_t f = add(host, bridge, device, function);

    pci_space_set(f, PCI_REVISION_CLASS, 4U, 0x06040000U);
    pci_space_set(f, PCI_HEADER_TYPE, 1U, 1U);
    pci_space_let_write(f, PCI_PRIMARY_BUS, 4U, 0x00ffffffU);
    pci_space_let_write(f, PCI_IO_BASE_LIMIT, 2U, 0xf0f0U);
    pci_space_let_write(f, PCI_MEMORY_BASE, 4U, 0xfff0fff0U);
    pci_space_let_write(f, PCI_PREFETCH_BASE, 4U, 0xfff0fff0U);
    pci_space_set(f, PCI_PREFETCH_BASE, 4U, 0x00010001U);
    pci_space_let_write(f, PCI_PREFETCH_UPPER_BASE, 4U, UINT32_MAX);
    pci_space_let_write(f, PCI_PREFETCH_UPPER_LIMIT, 4U, UINT32_MAX);
    return f;
}

void fake_pci_multifunction(uint32_t function)
{
    pci_space_set(function, PCI_HEADER_TYPE, 1U,
                  pci_space_get(function, PCI_HEADER_TYPE, 1U) | PCI_HEADER_MULTIFUNCTION);
}

static void set_bar(uint32_t function, uint32_t offset, uint64_t size, uint32_t flags)
{
    const uint64_t mask = ~(size - 1U);

    pci_space_set(function, offset, 4U, flags);
    pci_space_let_write(function, offset, 4U, (uint32_t)mask & ~PCI_BAR_MEMORY_FLAGS);
    if ((flags & PCI_BAR_IO) == 0U && (flags & PCI_BAR_TYPE) == PCI_BAR_TYPE_64) {
        pci_space_let_write(function, offset + 4U, 4U, (uint32_t)(mask >> 32));
    }
}

void fake_pci_bar(uint32_t function, uint32_t bar, uint64_t size, uint32_t flags)
{
    set_bar(function, PCI_BAR0 + 4U * bar, size, flags);
}

uint32_t fake_pci_capability(uint32_t function, uint32_t id, uint32_t size)
{
    const uint32_t at = free_capability[function];

    free_capability[function] += (size + 3U) & ~3U;
    pci_space_set(function, PCI_STATUS, 2U, PCI_STATUS_CAPABILITIES);
    pci_space_set(function, at, 1U, id);
    pci_space_set(function, at + PCI_CAP_NEXT, 1U,
                  pci_space_get(function, PCI_CAPABILITIES_POINTER, 1U));
    pci_space_set(function, PCI_CAPABILITIES_POINTER, 1U, at);
    if (id == PCI_CAP_MSI || id == PCI_CAP_MSIX) {
        pci_space_let_write(function, at + PCI_MSI_CONTROL, 2U,
                            id == PCI_CAP_MSI ? PCI_MSI_ENABLE : PCI_MSIX_ENABLE);
    } else if (id == PCI_CAP_PM) {
        pci_space_let_write(function, at + PCI_PM_CONTROL, 2U, PCI_PM_POWER_STATE);
    }
    return at;
}

uint32_t fake_pci_extended(uint32_t function, uint32_t id, uint32_t size)
{
    const uint32_t at = free_extended[function];
    const uint32_t next = at + ((size + 3U) & ~3U);

    /* The one before ends the list until now. */
    for (uint32_t last = PCI_EXT_FIRST; last < at;) {
        const uint32_t header = pci_space_get(function, last, 4U);
        if (header >> PCI_EXT_NEXT_SHIFT == 0U) {
            pci_space_set(function, last, 4U, header | (at << PCI_EXT_NEXT_SHIFT));
            break;
        }
        last = header >> PCI_EXT_NEXT_SHIFT;
    }
    free_extended[function] = next;
    pci_space_set(function, at, 4U, id | (1U << 16));
    return at;
}

uint32_t fake_pci_express(uint32_t function, enum fake_port port)
{
    const uint32_t at = fake_pci_capability(function, PCI_CAP_EXPRESS, PCI_EXPRESS_SIZE_2);

    pci_space_set(function, at + PCI_EXPRESS_CAPABILITIES, 2U,
                  PCI_EXPRESS_VERSION_2 | ((uint32_t)port << PCI_EXPRESS_TYPE_SHIFT));
    if (port == FAKE_ENDPOINT || port == FAKE_INTEGRATED) {
        pci_space_set(function, at + PCI_EXPRESS_DEVICE_CAPABILITIES, 4U, PCI_EXPRESS_FLR);
    } else {
        pci_space_set(function, at + PCI_EXPRESS_DEVICE_CAPABILITIES_2, 4U,
                      PCI_EXPRESS_ARI_FORWARDING);
        pci_space_let_write(function, at + PCI_EXPRESS_DEVICE_CONTROL_2, 2U,
                            PCI_EXPRESS_ARI_FORWARDING);
    }
    return at;
}

uint32_t fake_pci_acs(uint32_t function, uint32_t can)
{
    const uint32_t at = fake_pci_extended(function, PCI_EXT_ACS, PCI_ACS_SIZE);

    pci_space_set(function, at + PCI_ACS_CAPABILITY, 2U, can);
    pci_space_let_write(function, at + PCI_ACS_CONTROL, 2U, can);
    return at;
}

uint32_t fake_pci_sriov(uint32_t function, uint32_t count, uint32_t first, uint32_t stride)
{
    const uint32_t at = fake_pci_extended(function, PCI_EXT_SRIOV, PCI_SRIOV_SIZE);

    pci_space.functions[function].sriov = at;
    pci_space_let_write(function, at + PCI_SRIOV_CONTROL, 2U, 0x19U);
    pci_space_set(function, at + PCI_SRIOV_TOTAL_VFS, 2U, count);
    pci_space_let_write(function, at + PCI_SRIOV_NUM_VFS, 2U, 0xffffU);
    pci_space_set(function, at + PCI_SRIOV_FIRST_VF_OFFSET, 2U, first);
    pci_space_set(function, at + PCI_SRIOV_VF_STRIDE, 2U, stride);
    pci_space_set(function, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U, 4U);
    pci_space_let_write(function, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U, 0x7ffU);
    for (uint32_t i = 0U; i < count; i++) {
        const uint32_t vf = add(0U, pci_space.functions[function].bridge, 0U, 0U);
        pci_space.functions[vf].host = pci_space.functions[function].host;
        pci_space.functions[vf].physical = (int32_t)function;
        pci_space.functions[vf].vf = i;
        pci_space_set(vf, PCI_VENDOR_ID, 4U, UINT32_MAX);
    }
    return at;
}

void fake_pci_vf_bar(uint32_t function, uint32_t bar, uint64_t size, uint32_t flags)
{
    set_bar(function, pci_space.functions[function].sriov + PCI_SRIOV_VF_BAR0 + 4U * bar, size,
            flags);
}

uint32_t fake_pci_port(int32_t bridge, uint32_t device, enum fake_port port, uint32_t acs)
{
    const uint32_t f = fake_pci_bridge(0U, bridge, device, 0U);

    (void)fake_pci_express(f, port);
    if (acs != 0U) {
        (void)fake_pci_acs(f, acs);
    }
    return f;
}
