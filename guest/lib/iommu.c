/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/iommu.h"

#include <libfdt.h>
#include <stddef.h>
#include <string.h>

#include "guest/lib/aplic.h"
#include "guest/lib/csr.h"
#include "guest/lib/sleep.h"
#include "guest/lib/tree.h"

#define MAP_CELLS      4        /* of an entry of iommu-map: rid, phandle, id, length */
#define FUNCTION_SHIFT 8U       /* device and function in the first cell of a PCI address */
#define FUNCTION_MASK  0xffU

static const fdt32_t *cells(int node, const char *name, int *count)
{
    const fdt32_t *value = fdt_getprop(tree_blob(), node, name, count);

    *count = value == NULL ? 0 : *count / 4;
    return value;
}

uint64_t *iommu_page(struct iommu_pages *pages)
{
    uint64_t *page;

    if (pages->used == pages->count) {
        return NULL;
    }
    page = pages->pages[pages->used++];
    memset(page, 0, IOMMU_PAGE);
    return page;
}

/* ---- finding it ------------------------------------------------------------------------------ */

static void read_wires(int node, struct iommu *out)
{
    /* Types of the binding are 1, 2 (edges), 4, 8 (levels). */
    static const uint32_t modes[] = { [1] = APLIC_RISING, [2] = APLIC_FALLING, [4] = APLIC_HIGH,
                                      [8] = APLIC_LOW };
    int count;
    const fdt32_t *at = cells(node, "interrupts", &count);

    for (uint32_t i = 0; i < IOMMU_WIRES && (int)(2U * i + 1U) < count; i++) {
        uint32_t type = fdt32_to_cpu(at[2U * i + 1U]);

        out->wires[i].source = fdt32_to_cpu(at[2U * i]);
        out->wires[i].mode = type < sizeof(modes) / sizeof(modes[0]) ? modes[type] : 0U;
    }
}

/* A PCI function sends its messages by MSI-X, whose table is msi_cfg_tbl. */
static bool open_function(int node, struct iommu *out)
{
    int count;
    const fdt32_t *reg = cells(node, "reg", &count);
    struct pci_function function;

    if (count == 0 || !pci_at(fdt32_to_cpu(reg[0]) >> FUNCTION_SHIFT & FUNCTION_MASK, &function)
        || function.bars[0].size < IOMMU_PAGE) {
        return false;
    }
    pci_command(&function, PCI_COMMAND_BUS_MASTER, 0);
    out->base = function.bars[0].base;
    return pci_msix_enable(&function);
}

bool iommu_open_nth(struct iommu *out, uint32_t index)
{
    const void *fdt = tree_blob();
    int node = fdt_node_offset_by_compatible(fdt, -1, "riscv,iommu"), count;
    const fdt32_t *reg;

    *out = (struct iommu){ 0 };
    for (uint32_t i = 0; i < index && node >= 0; i++) {
        node = fdt_node_offset_by_compatible(fdt, node, "riscv,iommu");
    }
    if (node >= 0) {
        reg = cells(node, "reg", &count);
        if (count < 4) {
            return false;
        }
        out->base = (uint64_t)fdt32_to_cpu(reg[0]) << 32 | fdt32_to_cpu(reg[1]);
        read_wires(node, out);
    } else {
        node = fdt_node_offset_by_compatible(fdt, -1, "riscv,pci-iommu");
        if (index != 0U || node < 0 || !open_function(node, out)) {
            return false;
        }
    }
    out->phandle = fdt_get_phandle(fdt, node);
    out->capabilities = iommu_get64(out, IOMMU_CAPABILITIES);
    return (out->capabilities & CAP_VERSION_MASK) == CAP_VERSION_1_0;
}

bool iommu_open(struct iommu *out)
{
    return iommu_open_nth(out, 0);
}

bool iommu_device_id(const struct iommu *iommu, const struct pci_function *function, uint32_t *id)
{
    const void *fdt = tree_blob();
    int host = fdt_node_offset_by_compatible(fdt, -1, "pci-host-ecam-generic"), count;
    const fdt32_t *at = cells(host, "iommu-map-mask", &count);
    uint32_t rid = function->device_function & (count > 0 ? fdt32_to_cpu(at[0]) : UINT32_MAX);

    at = cells(host, "iommu-map", &count);
    for (; count >= MAP_CELLS; count -= MAP_CELLS, at += MAP_CELLS) {
        uint32_t first = fdt32_to_cpu(at[0]);

        /* An entry of no length, as QEMU 10.0 has one, is for nobody. */
        if (rid - first < fdt32_to_cpu(at[3]) && fdt32_to_cpu(at[1]) == iommu->phandle) {
            *id = rid - first + fdt32_to_cpu(at[2]);
            return true;
        }
    }
    return false;
}

/* ---- registers ------------------------------------------------------------------------------- */

uint32_t iommu_get32(const struct iommu *iommu, uint32_t offset)
{
    return *(volatile uint32_t *)(iommu->base + offset);
}

uint64_t iommu_get64(const struct iommu *iommu, uint32_t offset)
{
    return *(volatile uint64_t *)(iommu->base + offset);
}

void iommu_set32(const struct iommu *iommu, uint32_t offset, uint32_t value)
{
    fence();
    *(volatile uint32_t *)(iommu->base + offset) = value;
}

void iommu_set64(const struct iommu *iommu, uint32_t offset, uint64_t value)
{
    fence();
    *(volatile uint64_t *)(iommu->base + offset) = value;
}

bool iommu_await(const struct iommu *iommu, uint32_t offset, uint32_t bits, uint32_t value)
{
    uint64_t end = ms_from_now(IOMMU_PATIENCE_MS);

    while ((iommu_get32(iommu, offset) & bits) != value) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return true;
}

bool iommu_mode(const struct iommu *iommu, uint32_t mode, const uint64_t *root)
{
    uint64_t ppn = (uint64_t)root >> PAGE_SHIFT << PPN_SHIFT;

    if (root == NULL) {
        /* On the way to Off the PPN may not change (5.5). */
        ppn = iommu_get64(iommu, IOMMU_DDTP) & PPN_MASK;
    }
    if (!iommu_await(iommu, IOMMU_DDTP, (uint32_t)DDTP_BUSY, 0)) {
        return false;
    }
    iommu_set64(iommu, IOMMU_DDTP, ppn | mode);
    return iommu_await(iommu, IOMMU_DDTP, (uint32_t)(DDTP_BUSY | DDTP_MODE_MASK), mode);
}

/* ---- interrupts ------------------------------------------------------------------------------ */

bool iommu_signals(const struct iommu *iommu, bool by_wire, uint32_t command_vector,
                   uint32_t fault_vector)
{
    uint32_t fctl = iommu_get32(iommu, IOMMU_FCTL);
    uint64_t icvec = (uint64_t)command_vector << ICVEC_CIV | (uint64_t)fault_vector << ICVEC_FIV;

    /* Where there is one way only, the bit is fixed. */
    iommu_set32(iommu, IOMMU_FCTL, by_wire ? fctl | FCTL_WSI : fctl & ~FCTL_WSI);
    iommu_set64(iommu, IOMMU_ICVEC, icvec);
    return ((iommu_get32(iommu, IOMMU_FCTL) & FCTL_WSI) != 0U) == by_wire
           && iommu_get64(iommu, IOMMU_ICVEC) == icvec;
}

void iommu_message(const struct iommu *iommu, uint32_t vector, uint64_t address, uint32_t data)
{
    uint32_t entry = (uint32_t)IOMMU_MSI_CFG_TBL + vector * (uint32_t)MSI_ENTRY;

    iommu_set32(iommu, entry + (uint32_t)MSI_VEC_CTL, MSI_VEC_CTL_M);
    iommu_set64(iommu, entry + (uint32_t)MSI_ADDR, address);
    iommu_set32(iommu, entry + (uint32_t)MSI_DATA, data);
    iommu_set32(iommu, entry + (uint32_t)MSI_VEC_CTL, 0);
}
