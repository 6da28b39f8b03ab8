/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a guest sees the BARs of its functions: each aligned to its size, at the first place that is free. Both
 * addresses of a BAR are aligned to its size, so the pages that map it are as large as they can be.
 */
#include "hyp/plan/parts.h"
#include "platform/pci/layout.h"

/* 64-bit BARs up to this size lie below 4 GiB if there is room: some guests reach no others (U-Boot). */
#define SMALL_BAR    UINT64_C(0x1000000)

static const struct gpa_range low = { { GUEST_PCI_LOW_BASE }, GUEST_PCI_LOW_SIZE };
static const struct gpa_range high = { { GUEST_PCI_HIGH_BASE }, GUEST_PCI_HIGH_SIZE };

/* Whole pages: nothing else is in the last one, on the board neither. */
static uint64_t pages_of(uint64_t size)
{
    return align_up(size, PAGE_SIZE);
}

/* The end of a BAR of the same guest that has a byte in the range; 0: there is none. Those of later devices
 * have no place yet. */
static uint64_t end_of_taken(const struct planning *p, uint32_t n, uint64_t base, uint64_t size)
{
    for (uint32_t m = 0; m <= n; m++) {
        for (uint32_t b = 0; p->given[m].guest == p->given[n].guest && b < PCI_BARS; b++) {
            const struct plan_bar *bar = &given_device(p, m)->pci.bars[b];
            const uint64_t taken = pages_of(bar->size);
            if (span_overlaps(base, size, bar->gpa.v, taken)) {
                return bar->gpa.v + taken;
            }
        }
    }
    return 0;
}

/* Each step passes the end of another BAR, so there are at most as many as BARs. */
static bool find_place(const struct planning *p, uint32_t n, struct gpa_range space, uint64_t size,
                       gpa_t *out)
{
    uint64_t at = align_up(space.base.v, size);

    while (span_contains(space.base.v, space.size, at, size)) {
        const uint64_t end = end_of_taken(p, n, at, size);
        if (end == 0U) {
            *out = gpa(at);
            return true;
        }
        at = align_up(end, size);
    }
    return false;
}

static bool add_bar(const struct planning *p, uint32_t n, uint32_t b, const struct pci_bar *bar,
                    pa_t address)
{
    const struct gpa_range space = bar->wide ? high : low;
    const uint64_t size = pages_of(bar->size);
    gpa_t place = gpa(0);

    if (!(bar->wide && bar->size <= SMALL_BAR && find_place(p, n, low, size, &place)) &&
        !find_place(p, n, space, size, &place)) {
        diag_error(p->d, given_config(p, n)->path, "pci", "BAR %u of \"%s\", 0x%lx bytes, finds no room "
                   "in what \"%s\" has for %s BARs, 0x%lx-0x%lx: give it fewer functions", b,
                   plan_label(p, n).text, bar->size, given_guest(p, n)->config->name,
                   bar->wide ? "64-bit" : "32-bit", space.base.v, space.base.v + space.size - 1U);
        p->given[n].good = false;
        return false;
    }
    given_device(p, n)->pci.bars[b] = (struct plan_bar){ place, address, bar->size };
    return plan_add_window(p, n, &(struct plan_window){ .gpa = place, .pa = address, .size = size,
                                                        .device = true,
                                                        .peer_dma = given_config(p, n)->peer_dma });
}

void plan_bars(const struct planning *p, uint32_t n)
{
    const struct plan_pci *pci = &given_device(p, n)->pci;
    const struct pci_function *f = &p->pci->functions[pci->function];
    const struct pci_layout *layout = &p->plan->pci_layout;

    for (uint32_t b = 0; b < PCI_BARS; b++) {
        const struct pci_bar *bar = pci->is_virtual ? &f->vf_bars[b] : &f->bars[b];
        const pa_t address =
            pci->is_virtual
                ? pa_add(layout->vf_bars[pci->function][b], pci->vf * pci_vf_bar_step(bar))
                : layout->bars[pci->function][b];
        if (bar->size != 0U && !add_bar(p, n, b, bar, address)) {
            return;
        }
    }
}
