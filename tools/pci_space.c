/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pci_space.h"

#include <stdlib.h>
#include <string.h>

#include "platform/hw/clock.h"
#include "platform/hw/pci_config.h"

#define NO_RID UINT32_MAX

struct pci_space pci_space;

void pci_space_reset(void)
{
    pci_space.count = 0U;
    pci_space.on_write = NULL;
}

int32_t pci_space_add(const struct board_pci_host *host, int32_t bridge, uint32_t device_function)
{
    if (pci_space.count == PCI_SPACE_MAX) {
        return PCI_SPACE_NONE;
    }
    struct pci_space_function *f = &pci_space.functions[pci_space.count];
    memset(f, 0, sizeof(*f));
    f->host = host;
    f->bridge = bridge;
    f->device_function = device_function;
    f->physical = PCI_SPACE_NONE;
    return (int32_t)pci_space.count++;
}

/* ---- registers ------------------------------------------------------------------------------- */

uint32_t pci_space_get(uint32_t function, uint32_t offset, uint32_t width)
{
    uint32_t value = 0U;

    for (uint32_t i = 0U; i < width; i++) {
        value |= (uint32_t)pci_space.functions[function].bytes[offset + i] << (8U * i);
    }
    return value;
}

void pci_space_set(uint32_t function, uint32_t offset, uint32_t width, uint32_t value)
{
    for (uint32_t i = 0U; i < width; i++) {
        pci_space.functions[function].bytes[offset + i] = (uint8_t)(value >> (8U * i));
    }
}

void pci_space_let_write(uint32_t function, uint32_t offset, uint32_t width, uint32_t bits)
{
    for (uint32_t i = 0U; i < width; i++) {
        pci_space.functions[function].writable[offset + i] = (uint8_t)(bits >> (8U * i));
    }
}

/* ---- ways ------------------------------------------------------------------------------------ */

/* Whether the bridges from the root on pass requests for this bus to what is behind this one. */
static bool is_reached(int32_t bridge, uint32_t bus)
{
    while (bridge != PCI_SPACE_NONE) {
        const uint32_t secondary = pci_space_get((uint32_t)bridge, PCI_SECONDARY_BUS, 1U);
        const uint32_t subordinate = pci_space_get((uint32_t)bridge, PCI_SUBORDINATE_BUS, 1U);
        const struct pci_space_function *f = &pci_space.functions[bridge];
        if (bus < secondary || bus > subordinate || secondary <= f->host->bus_first) {
            return false;
        }
        bridge = f->bridge;
    }
    return true;
}

static uint32_t rid_of(const struct pci_space_function *f)
{
    if (f->physical != PCI_SPACE_NONE) {
        const uint32_t pf = (uint32_t)f->physical, at = pci_space.functions[pf].sriov;
        if ((pci_space_get(pf, at + PCI_SRIOV_CONTROL, 2U) & PCI_SRIOV_VF_ENABLE) == 0U ||
            f->vf >= pci_space_get(pf, at + PCI_SRIOV_NUM_VFS, 2U)) {
            return NO_RID;
        }
        return rid_of(&pci_space.functions[pf]) +
               pci_space_get(pf, at + PCI_SRIOV_FIRST_VF_OFFSET, 2U) +
               f->vf * pci_space_get(pf, at + PCI_SRIOV_VF_STRIDE, 2U);
    }
    const uint32_t bus = f->bridge == PCI_SPACE_NONE
                             ? f->host->bus_first
                             : pci_space_get((uint32_t)f->bridge, PCI_SECONDARY_BUS, 1U);
    return pci_rid(bus, f->device_function);
}

int32_t pci_space_find(const struct board_pci_host *host, uint16_t rid)
{
    for (uint32_t i = 0U; i < pci_space.count; i++) {
        const struct pci_space_function *f = &pci_space.functions[i];
        if (f->host == host && rid_of(f) == rid && is_reached(f->bridge, pci_rid_bus(rid))) {
            return (int32_t)i;
        }
    }
    return PCI_SPACE_NONE;
}

/* ---- platform/hw/pci_config.h ---------------------------------------------------------------- */

/* The contract of the access, whose breach is a bug of the caller. */
static void check(const struct board_pci_host *host, uint16_t rid, uint32_t offset, uint32_t width)
{
    if (pci_rid_bus(rid) < host->bus_first || pci_rid_bus(rid) > host->bus_last ||
        (width != 1U && width != 2U && width != 4U) || offset % width != 0U ||
        offset >= PCI_CONFIG_SIZE) {
        abort();
    }
}

/* First VF Offset and Stride mean nothing before NumVFs is set. */
static bool is_undefined(uint32_t function, uint32_t offset)
{
    const uint32_t at = pci_space.functions[function].sriov;

    return at != 0U &&
           (offset == at + PCI_SRIOV_FIRST_VF_OFFSET || offset == at + PCI_SRIOV_VF_STRIDE) &&
           pci_space_get(function, at + PCI_SRIOV_NUM_VFS, 2U) == 0U;
}

uint32_t pci_config_read(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                         uint32_t width)
{
    check(host, rid, offset, width);
    const int32_t function = pci_space_find(host, rid);
    if (function == PCI_SPACE_NONE) {
        return UINT32_MAX >> (32U - 8U * width);
    }
    return is_undefined((uint32_t)function, offset)
               ? 0U : pci_space_get((uint32_t)function, offset, width);
}

void pci_config_write(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                      uint32_t width, uint32_t value)
{
    check(host, rid, offset, width);
    const int32_t function = pci_space_find(host, rid);
    if (function == PCI_SPACE_NONE) {
        return;
    }
    if (pci_space.on_write != NULL) {
        pci_space.on_write((uint32_t)function, offset, width, value);
    }
    struct pci_space_function *f = &pci_space.functions[function];
    for (uint32_t i = 0U; i < width; i++) {
        const uint8_t writable = f->writable[offset + i];
        f->bytes[offset + i] = (uint8_t)((f->bytes[offset + i] & ~writable) |
                                         ((value >> (8U * i)) & writable));
    }
}

/* ---- platform/hw/clock.h --------------------------------------------------------------------- */

/* Nothing here needs time, so whoever waits finds it passed. Weak: a test may have a clock of its
 * own. */
__attribute__((weak)) uint64_t clock_now(void)
{
    static uint64_t now;

    now += UINT64_C(1) << 32;
    return now;
}
