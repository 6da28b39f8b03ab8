/* SPDX-License-Identifier: Apache-2.0 */
/* Wired interrupts: a line of the board belongs to one device, or to PCI functions of one guest. */
#include "hyp/plan/parts.h"
#include "platform/fdt_read.h"
#include "platform/pci/pci.h"

_Static_assert(GUEST_SOURCE_FIRST + CONFIG_MAX_SHARED +
                       CONFIG_GUEST_MAX_VIOMMUS * PLAN_VIOMMU_WIRES + PLAN_MAX_LINES <=
                   GUEST_SOURCES + 1U,
               "every doorbell, wire of a vIOMMU and line has a source");

/* ---- who has a line -------------------------------------------------------------------------- */

static bool is_bulkheads(const struct planning *p, uint32_t n, uint32_t source)
{
    const struct board *board = p->board;
    char path[FDT_READ_PATH_MAX];

    if (source == board->uart.irq) {
        diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "interrupt %u of \"%s\" is the "
                   "console UART's too, which Bulkhead keeps: this device cannot be given to a guest",
                   source, plan_label(p, n).text);
        return true;
    }
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        for (uint32_t k = 0; k < board->iommu[i].irq_count; k++) {
            if (source == board->iommu[i].irqs[k]) {
                diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "interrupt %u of "
                           "\"%s\" is that of the IOMMU %s too, which Bulkhead keeps: this device "
                           "cannot be given to a guest", source, plan_label(p, n).text,
                           fdt_read_path(&board->tree, board->iommu[i].node, path));
                return true;
            }
        }
    }
    return false;
}

/* The line with this source, and whose it is; NULL: nobody's. */
static const struct plan_line *find_line(const struct planning *p, uint32_t source,
                                         const struct plan_guest **owner)
{
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        const struct plan_guest *guest = &p->plan->guests[g];
        for (uint32_t i = 0; i < guest->line_count; i++) {
            if (guest->lines[i].board_source == source) {
                *owner = guest;
                return &guest->lines[i];
            }
        }
    }
    return NULL;
}

static void report_taken(const struct planning *p, uint32_t n, const struct plan_line *line,
                         const struct plan_guest *owner)
{
    const struct config_device *device = given_config(p, n);
    const struct config_device *other = &owner->config->devices[line->device];

    if (given_device(p, n)->is_pci && owner->devices[line->device].is_pci) {
        diag_error(p->d, device->path, "pci", "the interrupt pin of \"%s\" leads to line %u, which "
                   "\"%s\" has already with %s: give both to one guest%s",
                   plan_label(p, n).text, line->board_source, owner->config->name, other->path,
                   device->intx || other->intx ? ", or remove intx from one" : "");
        return;
    }
    diag_error(p->d, device->path, plan_property(p, n), "interrupt %u of \"%s\" is given already, with "
               "%s: a line belongs to one device; remove one of the two", line->board_source,
               plan_label(p, n).text, other->path);
}

/* ---- giving one ------------------------------------------------------------------------------ */

/* The virtual source; 0 after a finding. */
static uint32_t add_line(const struct planning *p, uint32_t n, uint32_t source, uint32_t flags)
{
    struct plan_guest *guest = given_guest(p, n);

    if (guest->line_count == PLAN_MAX_LINES) {
        diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "\"%s\" brings more than %u "
                   "interrupts to \"%s\": give it fewer devices", plan_label(p, n).text,
                   PLAN_MAX_LINES, guest->config->name);
        return 0;
    }
    const uint32_t virtual_source = plan_first_line_source(guest) + guest->line_count;
    guest->lines[guest->line_count] = (struct plan_line){
        .virtual_source = virtual_source, .board_source = source, .flags = flags,
        .device = p->given[n].index };
    guest->line_count++;
    return virtual_source;
}

static void report_no_wires(const struct planning *p, uint32_t n)
{
    diag_error(p->d, given_config(p, n)->path, plan_property(p, n), "\"%s\" has interrupts, but it is "
               "not known whether the firmware lets lines of this board arrive: its APLIC can deliver "
               "directly as well as by MSI; if the firmware has set the APLIC's MSI addresses, write "
               "wired-interrupts in /board", plan_label(p, n).text);
}

static void add_node_lines(const struct planning *p, uint32_t n)
{
    const struct board_device *found = &given_device(p, n)->node;

    if (found->irq_count != 0U && !p->plan->wired_interrupts) {
        report_no_wires(p, n);
        return;
    }
    for (uint32_t k = 0; k < found->irq_count; k++) {
        const uint32_t source = found->irqs[k].source;
        const struct plan_guest *owner = NULL;
        const struct plan_line *line = find_line(p, source, &owner);
        if (line != NULL) {
            report_taken(p, n, line, owner);
        } else if (!is_bulkheads(p, n, source) &&
                   add_line(p, n, source, found->irqs[k].flags) == 0U) {
            return;
        } else {
            /* it is the device's */
        }
    }
}

/* ---- PCI pins -------------------------------------------------------------------------------- */

/* Whether the function has a line; a finding if it has none although one was asked for. */
static bool find_pin(const struct planning *p, uint32_t n, uint32_t *source, uint32_t *flags)
{
    const struct config_device *device = given_config(p, n);
    const struct plan_pci *pci = &given_device(p, n)->pci;
    const struct pci_function *f = &p->pci->functions[pci->function];
    const bool has_pin = f->pin != 0U && !pci->is_virtual; /* PCI Express Base 9.3.4.1.19: VFs have none */

    if (!device->intx && (f->has_msi || f->has_msix || !has_pin || !p->plan->wired_interrupts)) {
        return false;
    }
    if (!has_pin) {
        diag_error(p->d, device->path, "intx", "\"%s\" has no interrupt pin: remove intx",
                   plan_label(p, n).text);
        return false;
    }
    if (!p->plan->wired_interrupts) {
        report_no_wires(p, n);
        return false;
    }
    if (pci_intx(p->board, p->pci, pci->function, source, flags)) {
        return true;
    }
    if (device->intx) {
        diag_error(p->d, device->path, "intx", "the interrupt pin of \"%s\" leads to no line of the "
                   "board's S-level APLIC: remove intx", plan_label(p, n).text);
    }
    return false;
}

static void add_pin(const struct planning *p, uint32_t n)
{
    struct plan_pci *pci = &given_device(p, n)->pci;
    const struct plan_guest *owner = NULL;
    uint32_t source = 0, flags = 0;

    if (!find_pin(p, n, &source, &flags) || is_bulkheads(p, n, source)) {
        return;
    }
    const struct plan_line *line = find_line(p, source, &owner);
    if (line != NULL && (owner != given_guest(p, n) || !owner->devices[line->device].is_pci)) {
        report_taken(p, n, line, owner);
        return;
    }
    pci->source = line != NULL ? line->virtual_source : add_line(p, n, source, flags);
    pci->pin = pci->source != 0U ? p->pci->functions[pci->function].pin : 0U;
}

void plan_lines(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (p->given[n].good && given_device(p, n)->is_pci) {
            add_pin(p, n);
        } else if (p->given[n].good) {
            add_node_lines(p, n);
        } else {
            /* nothing more is said of it */
        }
    }
}
