/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a guest's view of a function, and the chains of what else it sees. */
#include <string.h>

#include "hyp/pci/regs.h"
#include "hyp/pci/table.h"
#include "platform/hw/pci_config.h"

#define DWORD 4U
#define HIGH(bits) ((uint32_t)(bits) << 16) /* of a register in the upper half of its dword */

static uint32_t hardware(const struct pci_view *view, uint32_t offset)
{
    return pci_config_read(view->host, view->rid, offset, DWORD);
}

/* A virtual function leaves its ids to the physical one (PCI Express 9.3.4.1.1). */
static void add_ids(struct pci_view *view, const struct pci_view_source *from)
{
    const struct pci_function *const f = from->function;
    const uint32_t vf_device = f->sriov_offset + PCI_SRIOV_VF_DEVICE;
    const uint32_t device = from->plan->is_virtual
                                ? pci_config_read(from->host, f->rid, vf_device, DWORD) >> 16
                                : f->device;

    pci_table_add_constant(view, PCI_VENDOR_ID, f->vendor | device << 16);
}

/*
 * Command: memory decoding is always on in hardware, and the guest's bit is its own, as are those
 * for error messages (the messages go to a port that is not the guest's). Bus mastering passes;
 * INTx disable too if the guest has the interrupt, else it is set for good: again with each write
 * of the guest, for the function may have reset itself. I/O does not exist.
 */
static void add_command(struct pci_view *view)
{
    const uint32_t intx = view->has_intx ? PCI_COMMAND_INTX_DISABLE : 0U;
    const uint32_t errors = HIGH(PCI_STATUS_W1C);

    pci_table_add(view, (struct pci_view_dword){
        .offset = PCI_COMMAND,
        .set_hw = (uint16_t)(PCI_COMMAND_INTX_DISABLE & ~intx),
        .initial = errors,
        .read_hw = PCI_COMMAND_BME | intx | (HIGH(PCI_STATUS_ALL) & ~HIGH(PCI_STATUS_CAPABILITIES)),
        .write_hw = PCI_COMMAND_BME | intx | errors,
        .write_virtual = PCI_COMMAND_MEM | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
                         (PCI_COMMAND_INTX_DISABLE & ~intx) });
}

static void add_bar(struct pci_view *view, uint32_t n, uint32_t value, uint32_t writable)
{
    pci_table_add(view, (struct pci_view_dword){
        .offset = (uint16_t)(PCI_BAR0 + n * PCI_BAR_SIZE),
        .value = value, .initial = value, .write_virtual = writable });
}

/* Writable as far as the size says, so that the guest can find the size; the memory stays where
 * it is. */
static void add_bars(struct pci_view *view, const struct pci_view_source *from)
{
    const struct pci_bar *const bars =
        from->plan->is_virtual ? from->function->vf_bars : from->function->bars;

    for (uint32_t n = 0U; n < PCI_BARS; n++) {
        const uint64_t address = from->plan->bars[n].gpa.v;
        const uint64_t writable = ~(bars[n].size - 1U);
        const uint32_t flags = (bars[n].wide ? PCI_BAR_TYPE_64 : 0U) |
                               (bars[n].prefetchable ? PCI_BAR_PREFETCHABLE : 0U);

        if (from->plan->bars[n].size == 0U || bars[n].size == 0U) {
            continue;
        }
        add_bar(view, n, (uint32_t)address | flags, (uint32_t)writable);
        if (bars[n].wide && n + 1U < PCI_BARS) {
            n++;
            add_bar(view, n, (uint32_t)(address >> 32), (uint32_t)(writable >> 32));
        }
    }
}

static void add_header(struct pci_view *view, const struct pci_view_source *from)
{
    const uint32_t pin = view->has_intx ? from->plan->pin : 0U;

    add_ids(view, from);
    add_command(view);
    pci_table_add_constant(view, PCI_REVISION_CLASS, hardware(view, PCI_REVISION_CLASS));
    pci_table_add(view, (struct pci_view_dword){
        .offset = PCI_CACHE_LINE,
        .value = from->multifunction ? HIGH(PCI_HEADER_MULTIFUNCTION) : 0U,
        .write_virtual = PCI_CACHE_LINE_BITS });
    add_bars(view, from);
    pci_table_add_constant(view, PCI_SUBSYSTEM, hardware(view, PCI_SUBSYSTEM));
    pci_table_add_constant(view, PCI_CAPABILITIES_POINTER, 0U);
    pci_table_add(view, (struct pci_view_dword){
        .offset = PCI_INTERRUPT,
        .value = pin << PCI_INTERRUPT_PIN_SHIFT,
        .write_virtual = PCI_INTERRUPT_LINE_BITS });
}

/* What is listed twice (a loop, or two that overlap) is visible once: its place is no longer
 * free. */
static void add_capabilities(struct pci_view *view)
{
    /* Of the place that points to the next. */
    uint32_t pointer = PCI_CAPABILITIES_POINTER, shift = 0U;
    uint32_t at;

    if ((hardware(view, PCI_COMMAND) & HIGH(PCI_STATUS_CAPABILITIES)) == 0U) {
        return;
    }
    at = hardware(view, PCI_CAPABILITIES_POINTER) & PCI_CAP_POINTER;
    for (uint32_t n = 0U; n < PCI_CAP_MOST && at >= PCI_CAPABILITIES_FIRST; n++) {
        const uint32_t header = hardware(view, at);

        if (pci_table_add_capability(view, at, header)) {
            pci_table_set(view, pointer, at << shift);
            pci_table_set(view, PCI_COMMAND, HIGH(PCI_STATUS_CAPABILITIES));
            pointer = at;
            shift = PCI_CAP_NEXT_SHIFT;
        }
        at = header >> PCI_CAP_NEXT_SHIFT & PCI_CAP_POINTER;
    }
}

/*
 * The list begins at a fixed place; when what is there is hidden, a header of no capability (id 0)
 * stands for it. There is room for that: all before it is at most the 64 dwords of conventional
 * configuration space and one capability.
 */
static void add_extended(struct pci_view *view, const struct pci_view_source *from)
{
    uint32_t pointer = 0U, at = PCI_EXT_FIRST;

    for (uint32_t n = 0U; n < PCI_EXT_MOST && at >= PCI_EXT_FIRST; n++) {
        const uint32_t header = hardware(view, at);

        if (pci_table_add_extended(view, from, at, header)) {
            if (pointer == 0U && at != PCI_EXT_FIRST) {
                pci_table_add_constant(view, PCI_EXT_FIRST, 0U);
                pointer = PCI_EXT_FIRST;
            }
            if (pointer != 0U) {
                pci_table_set(view, pointer, at << PCI_EXT_NEXT_SHIFT);
            }
            pointer = at;
        }
        at = header >> PCI_EXT_NEXT_SHIFT & PCI_EXT_NEXT;
    }
}

bool pci_view_build(struct pci_view *view, const struct pci_view_source *from)
{
    (void)memset(view, 0, sizeof(*view));
    view->host = from->host;
    view->rid = from->plan->rid;
    view->virtual_rid = from->plan->virtual_rid;
    view->is_virtual = from->plan->is_virtual;
    view->has_intx = from->plan->source != 0U && !from->plan->is_virtual;
    /* Not by the ids, as those of a virtual function are all ones. */
    if (hardware(view, PCI_REVISION_CLASS) == PCI_ABSENT) {
        return false;
    }
    for (uint32_t n = 0U; n < PCI_BARS; n++) {
        view->bars[n] = hardware(view, PCI_BAR0 + n * PCI_BAR_SIZE);
    }
    add_header(view, from);
    add_capabilities(view);
    if (view->express != 0U) { /* behind anything older there is no extended configuration space */
        add_extended(view, from);
    }
    if (from->has_vfs) {
        view->has_flr = false;
        view->pm = 0U;
    }
    return true;
}
