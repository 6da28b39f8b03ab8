/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's PCI host: one bus with its functions (binding pci-host-ecam-generic; PCI Bus Binding
 * to IEEE 1275, 2.2.1 and 2.2.6). Addresses on the bus are the guest's physical ones.
 */
#include <libfdt.h>
#include <stddef.h>

#include "hyp/guestdt/parts.h"
#include "platform/fdt_read.h"

#define PCI_ADDRESS_CELLS 3U
#define PCI_SIZE_CELLS    2U

/* Of ranges: address on the bus, address for the harts, size. */
#define RANGE_CELLS       (PCI_ADDRESS_CELLS + DT_ADDRESS_CELLS + PCI_SIZE_CELLS)
#define WINDOW_UNIT       (UINT64_C(1) << 20) /* that a window is a multiple of */

_Static_assert(GUEST_PCI_LOW_SIZE % WINDOW_UNIT == 0U && GUEST_PCI_HIGH_SIZE % WINDOW_UNIT == 0U,
               "a window that is rounded up stays in its space");

/* phys.hi: kind of address, and of a register bus 23:16, device 15:11, function 10:8. */
#define SPACE_MEMORY_32   UINT32_C(0x02000000)
#define SPACE_MEMORY_64   UINT32_C(0x03000000)
#define RID_SHIFT         8U
#define MASK_RID          UINT32_C(0xff00)
#define MASK_PIN          UINT32_C(0x7)

/* Of an interrupt-map: address, pin; the APLIC, whose addresses have no cells; source, type. */
#define MAP_CELLS         (PCI_ADDRESS_CELLS + 1U + 1U + 2U)

/* Bytes of the guest's space for BARs that these take, from its base on. */
static uint64_t used_bytes(const struct plan_guest *guest, struct gpa_range space)
{
    uint64_t used = 0U;

    for (uint32_t i = 0U; i < guest->config->device_count; i++) {
        const struct plan_device *const device = &guest->devices[i];

        for (uint32_t b = 0U; device->is_pci && b < PCI_BARS; b++) {
            const struct plan_bar *const bar = &device->pci.bars[b];

            if (bar->size != 0U && gpa_range_contains(space, bar->gpa, bar->size)) {
                const uint64_t end = bar->gpa.v - space.base.v + bar->size;

                used = end > used ? end : used;
            }
        }
    }
    return used;
}

/* Not prefetchable, either: a window for any BAR takes prefetchable ones too. */
static uint32_t add_range(uint32_t *cells, uint32_t space, uint64_t base, uint64_t size)
{
    uint32_t n = 0U;

    cells[n++] = space;
    for (uint32_t twice = 0U; twice < 2U; twice++) { /* on the bus, and for the harts */
        cells[n++] = (uint32_t)(base >> 32);
        cells[n++] = (uint32_t)base;
    }
    cells[n++] = (uint32_t)(size >> 32);
    cells[n++] = (uint32_t)size;
    return n;
}

/*
 * No larger than the BARs need: of the size that there is room for Linux says that it is too much
 * for a driver that knows 32 bits. One window there is always, as Linux warns of a host without.
 */
static void ranges(struct dt_writer *w, const struct plan_guest *guest)
{
    const uint64_t low =
        used_bytes(guest, (struct gpa_range){ gpa(GUEST_PCI_LOW_BASE), GUEST_PCI_LOW_SIZE });
    const uint64_t high =
        used_bytes(guest, (struct gpa_range){ gpa(GUEST_PCI_HIGH_BASE), GUEST_PCI_HIGH_SIZE });
    uint32_t cells[2U * RANGE_CELLS];
    uint32_t n = 0U;

    if (low != 0U || high == 0U) {
        n += add_range(cells, SPACE_MEMORY_32, GUEST_PCI_LOW_BASE,
                       low == 0U ? WINDOW_UNIT : align_up(low, WINDOW_UNIT));
    }
    if (high != 0U) {
        n += add_range(&cells[n], SPACE_MEMORY_64, GUEST_PCI_HIGH_BASE,
                       align_up(high, WINDOW_UNIT));
    }
    dt_cells(w, "ranges", cells, n);
}

static uint32_t interrupt_type(const struct plan_guest *guest, uint32_t source)
{
    for (uint32_t i = 0U; i < guest->line_count; i++) {
        if (guest->lines[i].virtual_source == source) {
            return guest->lines[i].flags;
        }
    }
    return GUESTDT_LEVEL_HIGH;
}

static void map_pin(fdt32_t *cell, const struct plan_guest *guest, const struct plan_pci *pci)
{
    const uint32_t entry[MAP_CELLS] = {
        (uint32_t)pci->virtual_rid << RID_SHIFT, 0U, 0U, pci->pin,
        GUESTDT_PHANDLE_APLIC, pci->source, interrupt_type(guest, pci->source),
    };

    for (uint32_t i = 0U; i < MAP_CELLS; i++) {
        cell[i] = cpu_to_fdt32(entry[i]);
    }
}

static void interrupt_map(struct dt_writer *w, const struct plan_guest *guest)
{
    const uint32_t mask[] = { MASK_RID, 0U, 0U, MASK_PIN };
    uint32_t count = 0U;

    for (uint32_t i = 0U; i < guest->config->device_count; i++) {
        count += guest->devices[i].is_pci && guest->devices[i].pci.source != 0U ? 1U : 0U;
    }
    if (count == 0U) {
        return;
    }
    dt_u32(w, "#interrupt-cells", 1U);
    dt_cells(w, "interrupt-map-mask", mask, PCI_ADDRESS_CELLS + 1U);
    fdt32_t *cells = dt_room(w, "interrupt-map", count * MAP_CELLS);

    for (uint32_t i = 0U; cells != NULL && i < guest->config->device_count; i++) {
        if (guest->devices[i].is_pci && guest->devices[i].pci.source != 0U) {
            map_pin(cells, guest, &guest->devices[i].pci);
            cells = &cells[MAP_CELLS];
        }
    }
}

/* One host stands for all of the board's that the functions are behind: the worst of them
 * counts. */
static bool is_coherent(const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t i = 0U; i < guest->config->device_count; i++) {
        const struct plan_device *const d = &guest->devices[i];

        if (d->is_pci && plan->pci != NULL &&
            !fdt_read_is_coherent(
                &plan->board->tree,
                plan->board->pci[plan->pci->functions[d->pci.function].host].node)) {
            return false;
        }
    }
    return true;
}

void guestdt_pci(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    const struct gpa_range reg = { gpa(GUEST_PCI_ECAM_BASE), GUEST_PCI_ECAM_SIZE };
    const uint32_t one_bus[] = { 0U, 0U };

    if (!guest->has_pci) {
        return;
    }
    dt_begin_at(w, "pci", GUEST_PCI_ECAM_BASE);
    dt_text(w, "compatible", "pci-host-ecam-generic");
    dt_text(w, "device_type", "pci");
    dt_reg(w, &reg, 1U);
    dt_cells(w, "bus-range", one_bus, 2U);
    dt_u32(w, "linux,pci-domain", 0U);
    dt_u32(w, GUESTDT_PCI_KEEP, 1U);
    dt_address_cells(w, PCI_ADDRESS_CELLS, PCI_SIZE_CELLS);
    ranges(w, guest);
    dt_u32(w, "msi-parent", GUESTDT_PHANDLE_IMSIC);
    guestdt_iommu_map(w, plan, guest);
    interrupt_map(w, guest);
    dt_flag(w, is_coherent(plan, guest) ? "dma-coherent" : "dma-noncoherent");
    dt_end(w);
}
