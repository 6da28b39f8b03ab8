/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's vIOMMUs (binding riscv,iommu) and how its devices refer to them (bindings iommu and
 * pci-iommu). What is behind no vIOMMU has no such reference: its addresses are the guest's
 * physical ones.
 */
#include <libfdt.h>
#include <stddef.h>

#include "hyp/guestdt/parts.h"

/* Of an iommu-map: first requester id, phandle, its id, how many. */
#define MAP_CELLS 4U
#define BUS_RIDS  0x100U /* the guest's PCI host has one bus */

static uint32_t phandle_of(const struct plan *plan, const struct plan_guest *guest, uint32_t viommu)
{
    return GUESTDT_PHANDLE_VIOMMU + (uint32_t)(&plan->viommus[viommu] - guest->viommus);
}

static void viommu(struct dt_writer *w, const struct plan *plan, const struct plan_viommu *v,
                   uint32_t phandle)
{
    static const char compatible[] = "bulkhead,viommu\0riscv,iommu";
    const struct gpa_range reg = { v->regs, PAGE_SIZE };
    uint32_t pairs[2U * PLAN_VIOMMU_WIRES];

    for (uint32_t i = 0U; i < PLAN_VIOMMU_WIRES; i++) {
        pairs[2U * i] = v->sources[i];
        pairs[2U * i + 1U] = GUESTDT_LEVEL_HIGH;
    }
    dt_begin_at(w, "iommu", v->regs.v);
    dt_bytes(w, "compatible", compatible, sizeof(compatible));
    dt_reg(w, &reg, 1U);
    dt_u32(w, "#iommu-cells", 1U);
    guestdt_interrupts(w, pairs, PLAN_VIOMMU_WIRES);
    dt_u32(w, "msi-parent", GUESTDT_PHANDLE_IMSIC);
    if (v->iommu != PLAN_NO_IOMMU && !plan->board->iommu[v->iommu].coherent) {
        dt_flag(w, "dma-noncoherent"); /* it is the physical one that walks the guest's tables */
    }
    dt_u32(w, "phandle", phandle);
    dt_end(w);
}

void guestdt_viommus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t i = 0U; i < guest->config->viommu_count; i++) {
        viommu(w, plan, &guest->viommus[i], GUESTDT_PHANDLE_VIOMMU + i);
    }
}

void guestdt_iommus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest,
                    const struct plan_device *device)
{
    const struct plan_dma *const dma = &device->dma;
    uint32_t cells[2U * BOARD_DEVICE_MAX_IDS];

    if (dma->viommu == PLAN_NO_VIOMMU) {
        return;
    }
    for (uint32_t i = 0U; i < dma->id_count; i++) {
        cells[2U * i] = phandle_of(plan, guest, dma->viommu);
        cells[2U * i + 1U] = dma->virtual_ids[i];
    }
    dt_cells(w, "iommus", cells, 2U * dma->id_count);
}

/* ---- iommu-map ------------------------------------------------------------------------------- */

struct entry {
    uint32_t rid, phandle, id, length; /* length 0: there is none */
};

/* The function with this requester id in the guest, or an empty entry if it is behind no vIOMMU. */
static struct entry find_function(const struct plan *plan, const struct plan_guest *guest,
                                  uint32_t rid)
{
    for (uint32_t i = 0U; i < guest->config->device_count; i++) {
        const struct plan_device *const d = &guest->devices[i];

        if (d->is_pci && d->pci.virtual_rid == rid && d->dma.viommu != PLAN_NO_VIOMMU) {
            return (struct entry){ rid, phandle_of(plan, guest, d->dma.viommu),
                                   d->dma.virtual_ids[0], 1U };
        }
    }
    return (struct entry){ rid, 0U, 0U, 0U };
}

static bool goes_on(const struct entry *entry, const struct entry *next)
{
    return entry->length != 0U && next->phandle == entry->phandle &&
           next->rid == entry->rid + entry->length && next->id == entry->id + entry->length;
}

/* All entries, neighbours in one; cells may be NULL. Returns how many they are. */
static uint32_t write_entries(const struct plan *plan, const struct plan_guest *guest,
                              fdt32_t *cells)
{
    struct entry entry = { 0U, 0U, 0U, 0U };
    uint32_t count = 0U;

    for (uint32_t rid = 0U; rid < BUS_RIDS; rid++) {
        const struct entry next = find_function(plan, guest, rid);

        if (next.length == 0U) {
            continue;
        }
        if (goes_on(&entry, &next)) {
            entry.length++;
        } else {
            entry = next;
            count++;
        }
        if (cells != NULL) {
            fdt32_t *const at = &cells[(count - 1U) * MAP_CELLS];

            at[0] = cpu_to_fdt32(entry.rid);
            at[1] = cpu_to_fdt32(entry.phandle);
            at[2] = cpu_to_fdt32(entry.id);
            at[3] = cpu_to_fdt32(entry.length);
        }
    }
    return count;
}

void guestdt_iommu_map(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    const uint32_t count = write_entries(plan, guest, NULL);

    if (count != 0U) {
        fdt32_t *const cells = dt_room(w, "iommu-map", count * MAP_CELLS);

        if (cells != NULL) {
            (void)write_entries(plan, guest, cells);
        }
    }
}
