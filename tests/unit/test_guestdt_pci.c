/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' device trees: the PCI host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "hyp/guestdt/guestdt.h"
#include "tests/unit/fake_plan.h"

#define RTC  "/soc/rtc@101000"
#define HOST "/soc/pci@30000000"

/* Without functions there is no bus. */
/* shows: R-GDT-20 */
static void test_guestdt_pci_host(void **state)
{
    struct fixture *const f = *state;

    assert_true(fdt_path_offset(build(f, 0U), HOST) < 0);
    assert_false(has(f->blob, "/chosen", "linux,pci-probe-only"));
    give_function(f, 0x08U, 0U, 0U);
    const void *const fdt = build(f, 0U);

    assert_text(fdt, HOST, "compatible", "pci-host-ecam-generic");
    assert_text(fdt, HOST, "device_type", "pci");
    assert_cells(fdt, HOST, "reg", 0U, 0x30000000U, 0U, 0x100000U);
    assert_cells(fdt, HOST, "bus-range", 0U, 0U);
    assert_cells(fdt, HOST, "linux,pci-domain", 0U);
    assert_cells(fdt, HOST, "linux,pci-probe-only", 1U);
    assert_cells(fdt, "/chosen", "linux,pci-probe-only", 1U);
    assert_cells(fdt, HOST, "#address-cells", 3U);
    assert_cells(fdt, HOST, "#size-cells", 2U);
    assert_cells(fdt, HOST, "msi-parent", phandle_of(fdt, "/soc/interrupt-controller@28000000"));
    assert_false(has(fdt, HOST, "interrupt-map"));
    assert_false(has(fdt, HOST, "iommu-map"));
    assert_int_equal(count_children(fdt, HOST), 0);
    assert_dtc_is_silent(fdt);
    /* The other guest has none. */
    assert_true(fdt_path_offset(build(f, 1U), HOST) < 0);
}

#define LOW_WINDOW(size)  0x02000000U, 0U, 0x12000000U, 0U, 0x12000000U, 0U, size
#define HIGH_WINDOW(upper, lower) 0x03000000U, 0x40U, 0U, 0x40U, 0U, upper, lower

static void give_bar(struct fixture *f, uint32_t device, uint32_t bar, uint64_t address,
                     uint64_t size)
{
    f->plan.guests[0].devices[device].pci.bars[bar] =
        (struct plan_bar){ gpa(address), pa(0x50000000U), size };
}

/* shows: R-GDT-20 */
static void test_guestdt_pci_windows(void **state)
{
    struct fixture *const f = *state;

    give_function(f, 0x08U, 0U, 0U);
    give_function(f, 0x10U, 0U, 0U);
    assert_cells(build(f, 0U), HOST, "ranges", LOW_WINDOW(0x100000U)); /* there is no BAR */
    give_bar(f, 1U, 3U, GUEST_PCI_HIGH_BASE, 0x4000U);
    assert_cells(build(f, 0U), HOST, "ranges", HIGH_WINDOW(0U, 0x100000U));
    assert_dtc_is_silent(f->blob);
    give_bar(f, 0U, 2U, GUEST_PCI_HIGH_BASE + 0x100000U, 0x10U);
    assert_cells(build(f, 0U), HOST, "ranges", HIGH_WINDOW(0U, 0x200000U));
    give_bar(f, 0U, 0U, GUEST_PCI_LOW_BASE + 0x200000U, 0x100000U);
    give_bar(f, 0U, 1U, GUEST_PCI_LOW_BASE, 0x1000U);
    assert_cells(build(f, 0U), HOST, "ranges", LOW_WINDOW(0x300000U), HIGH_WINDOW(0U, 0x200000U));
    assert_dtc_is_silent(f->blob);
    /* All that there is. */
    give_bar(f, 0U, 0U, GUEST_PCI_LOW_BASE + GUEST_PCI_LOW_SIZE - 0x1000U, 0x1000U);
    give_bar(f, 0U, 2U, GUEST_PCI_HIGH_BASE + GUEST_PCI_HIGH_SIZE - 0x1000U, 0x1000U);
    assert_cells(build(f, 0U), HOST, "ranges", LOW_WINDOW(0x16000000U), HIGH_WINDOW(0x40U, 0U));
    assert_dtc_is_silent(f->blob);
}

/* shows: R-GDT-21 */
static void test_guestdt_pci_interrupts(void **state)
{
    struct fixture *const f = *state;

    give_device(f, RTC); /* a device of the board's tree goes among them */
    give_function(f, 0x08U, 0U, 0U);
    give_function(f, 0x10U, 20U, 3U);
    give_function(f, 0x11U, 21U, 1U);
    f->plan.guests[0].lines[1] = (struct plan_line){ 20U, 34U, 8U, 2U };
    f->plan.guests[0].line_count = 2U;
    const void *const fdt = build(f, 0U);
    const uint32_t aplic = phandle_of(fdt, "/soc/interrupt-controller@d000000");

    assert_cells(fdt, HOST, "#interrupt-cells", 1U);
    assert_cells(fdt, HOST, "interrupt-map-mask", 0xff00U, 0U, 0U, 7U);
    assert_cells(fdt, HOST, "interrupt-map",
                 0x1000U, 0U, 0U, 3U, aplic, 20U, 8U,
                 0x1100U, 0U, 0U, 1U, aplic, 21U, 4U);
    assert_true(fdt_path_offset(fdt, "/soc/rtc@50101000") > 0);
    assert_dtc_is_silent(fdt);
}

/* shows: R-GDT-20, R-GDT-21, R-GDT-07 */
static void test_guestdt_pci_with_as_many_functions_as_can_be(void **state)
{
    struct fixture *const f = *state;
    int length;

    f->plan.guests[1].devices = f->plan.devices; /* it has none */
    for (uint32_t i = 0U; i < CONFIG_MAX_DEVICES; i++) {
        give_function(f, (uint16_t)((1U + i % 31U) << 3 | i / 31U), 5U, 1U);
    }
    const void *const fdt = build(f, 0U);

    assert_non_null(fdt_getprop(fdt, node_at(fdt, HOST), "interrupt-map", &length));
    assert_int_equal(length, CONFIG_MAX_DEVICES * 7U * 4U);
    assert_dtc_is_silent(fdt);
    const size_t size = fdt_totalsize(fdt);

    assert_true(build_in(f, 0U, size + 64U));
    for (size_t less = 256U; less < 4096U; less += 128U) { /* it ends within the map, and before */
        assert_false(build_in(f, 0U, size - less));
    }
}

/* shows: R-GDT-22 */
static void test_guestdt_pci_coherence(void **state)
{
    struct fixture *const f = *state;

    give_function(f, 0x08U, 0U, 0U);
    assert_true(has(build(f, 0U), HOST, "dma-coherent"));
    assert_false(has(f->blob, HOST, "dma-noncoherent"));

    tree_open(&f->tree);
    char path[64];

    (void)fdt_get_path(f->tree.blob, f->board.pci[0].node, path, sizeof(path));
    (void)fdt_delprop(f->tree.blob, tree_node(&f->tree, path), "dma-coherent");
    tree_set_cells(&f->tree, path, "dma-noncoherent", NULL, 0U);
    load_board(f);
    assert_false(has(build(f, 0U), HOST, "dma-coherent"));
    assert_true(has(f->blob, HOST, "dma-noncoherent"));
    assert_dtc_is_silent(f->blob);
}

/* Each test begins with a fresh plan. */
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_guestdt_pci_host),
        FRESH(test_guestdt_pci_windows),
        FRESH(test_guestdt_pci_interrupts),
        FRESH(test_guestdt_pci_with_as_many_functions_as_can_be),
        FRESH(test_guestdt_pci_coherence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
