/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices of the board's tree that the guest was given: the board's node, without what leads to
 * something that the guest does not have. Its children are not copied.
 */
#include <libfdt.h>
#include <string.h>

#include "hyp/guestdt/parts.h"
#include "platform/fdt_read.h"

/* Written anew, or about children. */
static const char *const replaced[] = {
    "reg", "phandle", "linux,phandle", "interrupts", "interrupt-parent", "interrupts-extended",
    "ranges", "dma-ranges", "#address-cells", "#size-cells", "dma-noncoherent",
};

/* References to nodes that are not the guest's, and the names that go with them. */
static const char *const references[] = {
    "clocks", "clock-names", "clock-parents", "resets", "reset-names", "power-domains",
    "power-domain-names", "iommus", "iommu-map", "iommu-map-mask", "dmas", "dma-names",
    "msi-parent", "msi-map", "msi-map-mask", "interrupt-map", "interrupt-map-mask", "regmap",
    "syscon", "phys", "phy-names", "phy-handle", "memory-region", "memory-region-names",
    "interconnects", "interconnect-names", "operating-points-v2", "nvmem-cells",
    "nvmem-cell-names", "mboxes", "mbox-names", "hwlocks", "io-channels", "io-channel-names",
    "thermal-sensors", "gpios", "gpio-ranges", "pinctrl-names",
};
static const char *const reference_prefixes[] = { "pinctrl-", "assigned-clock" };
static const char *const reference_suffixes[] = { "-supply", "-gpio", "-gpios" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_listed(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0U; i < count; i++) {
        if (strcmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(&name[length - tail], suffix) == 0;
}

static bool is_copied(const char *name)
{
    if (is_listed(name, replaced, COUNT(replaced)) ||
        is_listed(name, references, COUNT(references))) {
        return false;
    }
    for (size_t i = 0U; i < COUNT(reference_prefixes); i++) {
        if (begins_with(name, reference_prefixes[i])) {
            return false;
        }
    }
    for (size_t i = 0U; i < COUNT(reference_suffixes); i++) {
        if (ends_with(name, reference_suffixes[i])) {
            return false;
        }
    }
    return true;
}

/* A fixed clock is only a number: it goes with the device. */
static void fixed_clock(struct dt_writer *w, const struct fdt_tree *tree, int node)
{
    const void *const fdt = tree->fdt;
    int length;
    const fdt32_t *const clocks = fdt_read_property(fdt, node, "clocks", &length);

    if (fdt_read_has(fdt, node, "clock-frequency") || clocks == NULL ||
        length < (int)sizeof(*clocks)) {
        return;
    }
    const int clock = fdt_tree_by_phandle(tree, fdt32_ld(clocks));

    if (clock < 0 || !fdt_read_is_compatible(fdt, clock, "fixed-clock")) {
        return;
    }
    const void *const hertz = fdt_read_property(fdt, clock, "clock-frequency", &length);

    if (hertz != NULL) {
        dt_bytes(w, "clock-frequency", hertz, (size_t)length);
    }
}

/* Where the guest sees a register range of its device: in one of its windows, or not at all. */
static bool find_in_windows(const struct plan_guest *guest, struct pa_range reg,
                            struct gpa_range *out)
{
    for (uint32_t i = 0U; i < guest->window_count; i++) {
        const struct plan_window *const w = &guest->windows[i];

        if (w->device && span_contains(w->pa.v, w->size, reg.base.v, reg.size)) {
            *out = (struct gpa_range){ gpa_add(w->gpa, reg.base.v - w->pa.v), reg.size };
            return true;
        }
    }
    return false;
}

static void device(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest,
                   uint32_t index)
{
    const void *const fdt = plan->board->fdt;
    const struct board_device *const d = &guest->devices[index].node;
    struct gpa_range regs[BOARD_DEVICE_MAX_REGS];
    uint32_t pairs[2U * PLAN_MAX_LINES], pair_count = 0U;
    int property;

    for (uint32_t i = 0U; i < d->reg_count; i++) {
        if (!find_in_windows(guest, d->regs[i], &regs[i])) {
            w->error = -FDT_ERR_INTERNAL; /* the plan has a window for each */
            return;
        }
    }
    for (uint32_t i = 0U; i < guest->line_count; i++) {
        if (guest->lines[i].device == index) {
            pairs[2U * pair_count] = guest->lines[i].virtual_source;
            pairs[2U * pair_count + 1U] = guest->lines[i].flags;
            pair_count++;
        }
    }
    dt_begin_at(w, fdt_get_name(fdt, d->node, NULL), regs[0].base.v);
    fdt_for_each_property_offset(property, fdt, d->node) {
        const char *name;
        int length;
        const void *const value = fdt_getprop_by_offset(fdt, property, &name, &length);

        if (value != NULL && is_copied(name)) {
            dt_bytes(w, name, value, (size_t)length);
        }
    }
    dt_reg(w, regs, d->reg_count);
    if (pair_count > 0U) {
        guestdt_interrupts(w, pairs, pair_count);
    }
    guestdt_iommus(w, plan, guest, &guest->devices[index]);
    if (!fdt_read_is_coherent(&plan->board->tree, d->node)) { /* the buses do not go with the device */
        dt_flag(w, "dma-noncoherent");
    }
    fixed_clock(w, &plan->board->tree, d->node);
    dt_end(w);
}

void guestdt_devices(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t i = 0U; i < guest->config->device_count; i++) {
        if (!guest->devices[i].is_pci) {
            device(w, plan, guest, i);
        }
    }
}
