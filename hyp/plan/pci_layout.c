/* SPDX-License-Identifier: Apache-2.0 */
/* BARs: where they are on the board, and where their guests see them. IOMMUs that are PCI functions have some too. */
#include <string.h>

#include "hyp/plan/parts.h"
#include "lib/format.h"
#include "platform/fdt_read.h"
#include "platform/pci/layout.h"

#define IOMMU_BAR      0U    /* RISC-V IOMMU 1.0.1, "IOMMU as a PCIe device": the registers */
#define IOMMU_REGS     PAGE_SIZE
#define WINDOWS_TEXT   128U

/* ---- what is wanted -------------------------------------------------------------------------- */

static bool is_used(const struct planning *p, uint32_t iommu)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (p->given[n].good && given_device(p, n)->dma.iommu == iommu) {
            return true;
        }
    }
    return false;
}

/* What guests have, and what confines it; with the IOMMUs that confine nothing, or without. */
static void want(const struct planning *p, bool unused_iommus)
{
    const struct board *board = p->board;

    (void)memset(p->plan->pci_wanted, 0, sizeof(p->plan->pci_wanted));
    for (uint32_t n = 0; n < p->given_count; n++) {
        const struct plan_pci *pci = &given_device(p, n)->pci;
        if (!p->given[n].good || !given_device(p, n)->is_pci) {
            continue;
        }
        struct pci_want *w = &p->plan->pci_wanted[pci->function];
        if (!pci->is_virtual) {
            w->function = true;
        } else if (pci->vf >= w->vfs) {
            w->vfs = (uint16_t)(pci->vf + 1U);
        } else {
            /* One with a higher number is wanted already. */
        }
    }
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        const int found = plan_find_iommu(p, &board->iommu[i]);
        if (found >= 0 && (unused_iommus || is_used(p, i))) {
            p->plan->pci_wanted[found].function = true;
        }
    }
}

/* ---- on the board ---------------------------------------------------------------------------- */

static void list_windows(const struct board_pci_host *host, char text[WINDOWS_TEXT])
{
    size_t length = format_text(text, WINDOWS_TEXT, "%s", host->window_count == 0U ? "none" : "");

    for (uint32_t i = 0; i < host->window_count; i++) {
        length += format_text(text + length, WINDOWS_TEXT - length, "%s0x%lx-0x%lx",
                              i == 0U ? "" : ", ", host->windows[i].range.base.v,
                              plan_last(host->windows[i].range));
    }
}

/* The configuration's entry that wants this function most: the first that names it; "" if it is there for others. */
static const char *wanted_by(const struct planning *p, uint32_t function)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (p->given[n].good && given_device(p, n)->is_pci &&
            given_device(p, n)->pci.function == function) {
            return given_config(p, n)->path;
        }
    }
    return "/guests";
}

static void report_no_room(const struct planning *p, uint32_t function, uint32_t bar)
{
    const struct pci_function *f = &p->pci->functions[function];
    const struct board_pci_host *host = &p->board->pci[f->host];
    char windows[WINDOWS_TEXT], name[PCI_NAME_MAX];

    list_windows(host, windows);
    (void)pci_name(host->domain, f->rid, name);
    if (bar < PCI_BARS) {
        diag_error(p->d, wanted_by(p, function), "pci", "BAR %u of \"%s\", 0x%lx bytes, finds no room "
                   "in the memory of its PCI host (%s): give fewer of its functions to guests", bar,
                   name, f->bars[bar].size, windows);
    } else {
        diag_error(p->d, wanted_by(p, function), "pci", "BAR %u of the %u virtual functions of \"%s\", "
                   "0x%lx bytes each, finds no room in the memory of its PCI host (%s): give fewer of "
                   "its functions to guests", bar - PCI_BARS,
                   p->plan->pci_wanted[function].vfs, name, f->vf_bars[bar - PCI_BARS].size,
                   windows);
    }
}

/* ---- IOMMUs ---------------------------------------------------------------------------------- */

static struct pa_range iommu_regs(const struct planning *p, const struct board_iommu *iommu)
{
    const struct pa_range none = { pa(0), 0 };

    if (!iommu->is_pci) {
        return iommu->reg;
    }
    const int found = plan_find_iommu(p, iommu);
    if (found < 0) {
        return none;
    }
    const struct pci_bar *bar = &p->pci->functions[found].bars[IOMMU_BAR];
    const pa_t base = p->plan->pci_layout.bars[found][IOMMU_BAR];
    return base.v != 0U && bar->size >= IOMMU_REGS ? (struct pa_range){ base, bar->size } : none;
}

static void check_iommu(const struct planning *p, uint32_t n)
{
    const uint32_t iommu = given_device(p, n)->dma.iommu;
    char path[FDT_READ_PATH_MAX];

    if (!p->given[n].good || iommu == PLAN_NO_IOMMU || p->plan->iommu_regs[iommu].size != 0U ||
        p->pci == NULL) {
        return;
    }
    diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "\"%s\" is behind the IOMMU %s, "
               "which cannot be used: it is no PCI function of class 0x0806, or has no registers in "
               "BAR 0; this device cannot be given to a guest", plan_label(p, n).text,
               fdt_read_path(&p->board->tree, p->board->iommu[iommu].node, path));
    p->given[n].good = false;
}

static bool lay_out(const struct planning *p, bool unused_iommus, uint32_t *failed, uint32_t *bar)
{
    want(p, unused_iommus);
    return pci_lay_out(p->board, p->pci, p->plan->pci_wanted, &p->plan->pci_layout, failed, bar);
}

void plan_pci_layout(const struct planning *p)
{
    uint32_t failed = 0, bar = 0;
    bool is_laid_out = true;

    if (p->pci != NULL) {
        /* An IOMMU that confines nothing is to be reached to be switched off; but where there is no
         * room for its registers, guests' devices come first. */
        is_laid_out = lay_out(p, true, &failed, &bar) || lay_out(p, false, &failed, &bar);
    }
    if (!is_laid_out) {
        report_no_room(p, failed, bar);
    }
    for (uint32_t i = 0; i < p->board->iommu_count; i++) {
        p->plan->iommu_regs[i] = iommu_regs(p, &p->board->iommu[i]);
    }
    for (uint32_t n = 0; n < p->given_count; n++) {
        p->given[n].good = p->given[n].good && (is_laid_out || !given_device(p, n)->is_pci);
        if (is_laid_out) {
            check_iommu(p, n);
        }
    }
}
