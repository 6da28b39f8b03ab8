/* SPDX-License-Identifier: Apache-2.0 */
/* Passed-through devices in the guests' device trees. */
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
#include "hyp/guestdt/writer.h"
#include "tests/unit/fake_plan.h"

#define RTC       "/soc/rtc@101000"
#define GUEST_RTC "/soc/rtc@50101000" /* where fake_plan.c shows it */

/* shows: R-GDT-06 */
static void test_guestdt_device_is_rewritten_for_the_guest(void **state)
{
    struct fixture *const f = *state;

    give_device(f, RTC);
    const void *const fdt = build(f, 0U);

    assert_text(fdt, GUEST_RTC, "compatible", "google,goldfish-rtc");
    assert_cells(fdt, GUEST_RTC, "reg", 0U, 0x50101000U, 0U, 0x1000U);
    assert_cells(fdt, GUEST_RTC, "interrupts", 10U, 4U);
    assert_cells(fdt, GUEST_RTC, "interrupt-parent",
                 phandle_of(fdt, "/soc/interrupt-controller@d000000"));
    /* imsic, aplic, serial, two shared memories, and it */
    assert_int_equal(count_children(fdt, "/soc"), 6);
    assert_int_equal(count_children(build(f, 1U), "/soc"), 4);
}

/* shows: R-GDT-06 */
static void test_guestdt_device_keeps_no_reference_to_the_board(void **state)
{
    static const char *const dropped[] = {
        "phandle", "clocks", "clock-names", "resets", "power-domains", "iommus", "dmas",
        "msi-parent", "interrupts-extended", "interrupt-names-extended-supply", "pinctrl-0",
        "pinctrl-names", "vdd-supply", "reset-gpio", "cs-gpios", "assigned-clocks",
        "assigned-clock-rates", "memory-region", "#address-cells", "#size-cells", "ranges",
    };
    static const char *const kept[] = { "reg-shift", "interrupt-names", "dma-coherent",
                                        "clock-frequency", "gpio-controller", "supply" };
    struct fixture *const f = *state;

    tree_open(&f->tree);
    for (size_t i = 0U; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
        if (strcmp(dropped[i], "interrupts-extended") != 0) {
            TREE_CELLS(&f->tree, RTC, dropped[i], 7U + (uint32_t)i);
        }
    }
    TREE_CELLS(&f->tree, RTC, "phandle", 0x7777U);
    TREE_CELLS(&f->tree, RTC, "iommus", 0x8000U, 1U); /* the board's IOMMU: another is refused */
    for (size_t i = 0U; i < sizeof(kept) / sizeof(kept[0]); i++) {
        TREE_CELLS(&f->tree, RTC, kept[i], (uint32_t)i);
    }
    assert_true(fdt_add_subnode(f->tree.blob, tree_node(&f->tree, RTC), "child") >= 0);
    load_board(f);
    give_device(f, RTC);
    const void *const fdt = build(f, 0U);

    for (size_t i = 0U; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
        if (has(fdt, GUEST_RTC, dropped[i])) {
            fail_msg("%s was copied", dropped[i]);
        }
    }
    for (size_t i = 0U; i < sizeof(kept) / sizeof(kept[0]); i++) {
        assert_cells(fdt, GUEST_RTC, kept[i], (uint32_t)i);
    }
    assert_int_equal(count_children(fdt, GUEST_RTC), 0);
    /* No phandle of the board means anything in the guest. */
    for (uint32_t phandle = 1U; phandle < 0x8000U; phandle++) {
        assert_true(fdt_node_offset_by_phandle(fdt, phandle) < 0);
    }
}

/* shows: R-GDT-06 */
static void test_guestdt_device_has_the_frequency_of_a_fixed_clock(void **state)
{
    struct fixture *const f = *state;

    tree_open(&f->tree);
    const int clock = fdt_add_subnode(f->tree.blob, tree_node(&f->tree, "/soc"), "clock");

    assert_true(clock >= 0);
    tree_set_text(&f->tree, "/soc/clock", "compatible", "fixed-clock");
    TREE_CELLS(&f->tree, "/soc/clock", "clock-frequency", 24000000U);
    TREE_CELLS(&f->tree, "/soc/clock", "phandle", 0x6000U);
    TREE_CELLS(&f->tree, RTC, "clocks", 0x6000U, 3U);
    load_board(f);
    give_device(f, RTC);
    assert_cells(build(f, 0U), GUEST_RTC, "clock-frequency", 24000000U);
    assert_false(has(f->blob, GUEST_RTC, "clocks"));

    /* Its own says more. */
    TREE_CELLS(&f->tree, RTC, "clock-frequency", 5U);
    assert_cells(build(f, 0U), GUEST_RTC, "clock-frequency", 5U);
    assert_dtc_is_silent(f->blob); /* and it is there once */
    tree_delete(&f->tree, RTC, "clock-frequency");

    /* Another kind of clock cannot be told. */
    tree_set_text(&f->tree, "/soc/clock", "compatible", "vendor,pll");
    assert_false(has(build(f, 0U), GUEST_RTC, "clock-frequency"));
    TREE_CELLS(&f->tree, RTC, "clocks", 0x6001U);
    assert_false(has(build(f, 0U), GUEST_RTC, "clock-frequency"));
}

/* On the board it may be said once, for a whole bus. */
/* shows: R-GDT-08 */
static void test_guestdt_device_with_dma_that_is_not_coherent(void **state)
{
    static const struct {
        const char *root, *bus, *device; /* the property that they have */
        bool noncoherent;
    } cases[] = {
        { NULL, NULL, NULL, false },
        { NULL, NULL, "dma-noncoherent", true },
        { NULL, "dma-noncoherent", NULL, true },
        { "dma-noncoherent", NULL, NULL, true },
        { "dma-noncoherent", "dma-coherent", NULL, false },
        { "dma-coherent", "dma-noncoherent", NULL, true },
        { NULL, "dma-noncoherent", "dma-coherent", false },
    };

    for (size_t i = 0U; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const given[] = { cases[i].root, cases[i].bus, cases[i].device };
        static const char *const paths[] = { "/", "/soc", RTC };

        teardown(state);
        setup(state);
        struct fixture *const f = *state;

        tree_open(&f->tree);
        for (size_t k = 0U; k < 3U; k++) {
            (void)fdt_delprop(f->tree.blob, tree_node(&f->tree, paths[k]), "dma-coherent");
            if (given[k] != NULL) {
                tree_set_cells(&f->tree, paths[k], given[k], NULL, 0U);
            }
        }
        load_board(f);
        give_device(f, RTC);
        const void *const fdt = build(f, 0U);

        assert_int_equal(has(fdt, GUEST_RTC, "dma-noncoherent"), cases[i].noncoherent);
        assert_dtc_is_silent(fdt); /* and it is there once */
    }
}

/* The name leads nowhere: of a long one the beginning will do. */
/* shows: R-GDT-06 */
static void test_guestdt_device_with_a_long_name(void **state)
{
    struct fixture *const f = *state;
    char name[100], path[128], expected[DT_NAME_MAX];

    memset(name, 'n', sizeof(name));
    (void)snprintf(&name[80], sizeof(name) - 80U, "@101000");
    (void)snprintf(path, sizeof(path), "/soc/%s", name);
    tree_open(&f->tree);
    assert_int_equal(fdt_set_name(f->tree.blob, tree_node(&f->tree, RTC), name), 0);
    load_board(f);
    give_device(f, path);
    const void *const fdt = build(f, 0U);
    const int node = fdt_node_offset_by_compatible(fdt, -1, "google,goldfish-rtc");

    assert_true(node > 0);
    (void)snprintf(expected, sizeof(expected), "%.*s@50101000",
                   (int)(DT_NAME_MAX - sizeof("@0123456789abcdef")), name);
    assert_string_equal(fdt_get_name(fdt, node, NULL), expected);
    assert_dtc_is_silent(fdt);
}

/* Two devices, one with two register ranges, and lines that alternate between them. */
/* shows: R-GDT-06 */
static void test_guestdt_devices_have_their_own_lines_and_windows(void **state)
{
    struct fixture *const f = *state;
    struct plan_guest *const g = &f->plan.guests[0];

    give_device(f, RTC);
    give_device(f, "/flash@20000000");
    assert_false(has(build(f, 0U), "/soc/flash@70000000", "interrupts"));
    g->line_count = 3U;
    g->lines[0] = (struct plan_line){ 5U, 50U, 1U, 1U };
    g->lines[1] = (struct plan_line){ 6U, 51U, 4U, 0U };
    g->lines[2] = (struct plan_line){ 7U, 52U, 8U, 1U };
    /* The window may begin before the registers. */
    g->windows[0].pa.v -= 2U * PAGE_SIZE;
    g->windows[0].gpa.v -= 2U * PAGE_SIZE;
    g->windows[0].size += 2U * PAGE_SIZE;
    const void *const fdt = build(f, 0U);

    assert_cells(fdt, GUEST_RTC, "reg", 0U, 0x50101000U, 0U, 0x1000U);
    assert_cells(fdt, GUEST_RTC, "interrupts", 6U, 4U);
    assert_cells(fdt, "/soc/flash@70000000", "interrupts", 5U, 1U, 7U, 8U);
    assert_cells(fdt, "/soc/flash@70000000", "reg", 0U, 0x70000000U, 0U, 0x2000000U,
                 0U, 0x72000000U, 0U, 0x2000000U);

    /* Registers that no device window shows are never told to the guest. */
    g->windows[1].device = false;
    assert_false(build_in(f, 0U, ROOM));
    g->windows[1].device = true;
    g->windows[1].size -= PAGE_SIZE;
    assert_false(build_in(f, 0U, ROOM));
}

/* shows: R-GDT-01, R-GDT-06 */
static void test_guestdt_on_a_second_board(void **state)
{
    struct fixture *const f = *state;

    tree_free(&f->tree);
    setup_on(f, "tt-atlantis");
    assert_int_equal(f->board.uart.present, true);
    char path[64];

    (void)fdt_get_path(f->tree.blob, f->board.uart.node, path, sizeof(path));
    give_device(f, path); /* its UART, as any device: reg-shift, and a fixed clock */
    const void *const fdt = build(f, 0U);
    const char *const uart = "/soc/serial@124110000";

    assert_cells(fdt, uart, "reg-shift", 2U);
    assert_cells(fdt, uart, "reg-io-width", 4U);
    assert_true(has(fdt, uart, "clock-frequency"));
    assert_cells(fdt, "/cpus", "timebase-frequency", 1000000000U);
    assert_dtc_is_silent(fdt);
}

/* Each test begins with a fresh plan. */
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_guestdt_device_is_rewritten_for_the_guest),
        FRESH(test_guestdt_device_keeps_no_reference_to_the_board),
        FRESH(test_guestdt_device_has_the_frequency_of_a_fixed_clock),
        FRESH(test_guestdt_device_with_dma_that_is_not_coherent),
        FRESH(test_guestdt_device_with_a_long_name),
        FRESH(test_guestdt_devices_have_their_own_lines_and_windows),
        FRESH(test_guestdt_on_a_second_board),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
