/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' device trees: what every guest has. */
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

#define RTC "/soc/rtc@101000"

/* shows: R-GDT-02 */
static void test_guestdt_root_chosen_and_memory(void **state)
{
    struct fixture *const f = *state;
    const void *fdt = build(f, 0U);

    assert_text(fdt, "/", "compatible", "bulkhead,guest");
    assert_text(fdt, "/", "model", "linux");
    assert_text(fdt, "/chosen", "bootargs", "console=ttyS0 quiet");
    assert_cells(fdt, "/chosen", "linux,initrd-start", 0U, 0x84000000U);
    assert_cells(fdt, "/chosen", "linux,initrd-end", 0U, 0x84123456U);
    assert_text(fdt, "/memory@80000000", "device_type", "memory");
    assert_cells(fdt, "/memory@80000000", "reg", 0U, 0x80000000U, 0U, 0x20000000U);

    fdt = build(f, 1U);
    assert_text(fdt, "/", "model", "rtos");
    assert_false(has(fdt, "/chosen", "bootargs"));
    assert_false(has(fdt, "/chosen", "linux,initrd-start"));
    assert_false(has(fdt, "/chosen", "linux,initrd-end"));
    assert_cells(fdt, "/memory@1c0000000", "reg", 1U, 0xc0000000U, 2U, 0x1000000U);
}

/* shows: R-CON-33, R-GDT-02, R-GDT-04 */
static void test_guestdt_console_is_the_virtual_uart(void **state)
{
    const void *const fdt = build(*state, 0U);
    const char *const path = fdt_getprop(fdt, node_at(fdt, "/chosen"), "stdout-path", NULL);
    const char *const serial = "/soc/serial@10000000";

    assert_string_equal(path, "serial0:115200n8");
    assert_int_equal(fdt_path_offset_namelen(fdt, path, (int)(strchr(path, ':') - path)),
                     node_at(fdt, serial));
    assert_text(fdt, serial, "compatible", "ns16550a");
    assert_cells(fdt, serial, "reg", 0U, 0x10000000U, 0U, 0x1000U);
    assert_cells(fdt, serial, "interrupts", 1U, 4U);
    assert_cells(fdt, serial, "interrupt-parent",
                 phandle_of(fdt, "/soc/interrupt-controller@d000000"));
    assert_cells(fdt, serial, "clock-frequency", 3686400U);
    assert_cells(fdt, serial, "fifo-size", 64U);
    assert_cells(fdt, serial, "tx-threshold", 0U);
}

/* shows: R-GDT-03 */
static void test_guestdt_cpus(void **state)
{
    struct fixture *const f = *state;
    const void *const fdt = build(f, 0U);

    assert_int_equal(count_children(fdt, "/cpus"), 2);
    assert_cells(fdt, "/cpus", "timebase-frequency", 10000000U);
    for (uint32_t i = 0U; i < 2U; i++) {
        static const char *const same[] = { "mmu-type", "riscv,cbom-block-size",
                                            "riscv,cboz-block-size", "riscv,cbop-block-size" };
        const int board_cpu = f->board.harts[f->plan.guests[0].vcpus[i].hart].cpu_node;
        const char *const path = i == 0U ? "/cpus/cpu@0" : "/cpus/cpu@1";
        const int cpu = node_at(fdt, path);

        assert_cells(fdt, path, "reg", i);
        assert_text(fdt, path, "device_type", "cpu");
        assert_text(fdt, path, "compatible", "riscv");
        assert_text(fdt, path, "status", "okay");
        assert_text(fdt, path, "riscv,isa-base", "rv64i");
        assert_true(fdt_stringlist_search(fdt, cpu, "riscv,isa-extensions", "i") >= 0);
        assert_true(fdt_stringlist_search(fdt, cpu, "riscv,isa-extensions", "ssaia") >= 0);
        assert_true(fdt_stringlist_search(fdt, cpu, "riscv,isa-extensions", "h") < 0);
        assert_memory_equal(fdt_getprop(fdt, cpu, "riscv,isa", NULL), "rv64ima", 7U);
        for (size_t k = 0U; k < 4U; k++) {
            int length, board_length;
            const void *const value = fdt_getprop(fdt, cpu, same[k], &length);
            const void *const board = fdt_getprop(f->tree.blob, board_cpu, same[k], &board_length);

            assert_non_null(board);
            assert_int_equal(length, board_length);
            assert_memory_equal(value, board, (size_t)length);
        }
    }
}

/* Each vCPU is told of its own hart: the board may have harts of different kinds. */
/* shows: R-GDT-03 */
static void test_guestdt_harts_that_differ(void **state)
{
    struct fixture *const f = *state;

    tree_open(&f->tree);
    for (uint32_t i = 1U; i < 3U; i++) { /* of guest 0: vCPU 0 is on hart 2, vCPU 1 on hart 1 */
        char path[32], type[32];

        (void)fdt_get_path(f->tree.blob, f->board.harts[i].cpu_node, path, sizeof(path));
        (void)snprintf(type, sizeof(type), "riscv,sv%u", i == 1U ? 39U : 48U);
        tree_set_text(&f->tree, path, "mmu-type", type);
        if (i == 1U) {
            tree_delete(&f->tree, path, "riscv,cboz-block-size");
        }
        load_board(f);
    }
    const void *const fdt = build(f, 0U);

    assert_text(fdt, "/cpus/cpu@0", "mmu-type", "riscv,sv48");
    assert_text(fdt, "/cpus/cpu@1", "mmu-type", "riscv,sv39");
    assert_true(has(fdt, "/cpus/cpu@0", "riscv,cboz-block-size"));
    assert_false(has(fdt, "/cpus/cpu@1", "riscv,cboz-block-size"));
}

/* shows: R-GDT-04 */
static void test_guestdt_interrupt_controllers(void **state)
{
    struct fixture *const f = *state;
    const void *const fdt = build(f, 0U);
    const char *const imsic = "/soc/interrupt-controller@28000000";
    const char *const aplic = "/soc/interrupt-controller@d000000";

    assert_text(fdt, imsic, "compatible", "riscv,imsics");
    assert_cells(fdt, imsic, "reg", 0U, 0x28000000U, 0U, 0x2000U);
    assert_cells(fdt, imsic, "interrupts-extended",
                 phandle_of(fdt, "/cpus/cpu@0/interrupt-controller"), 9U,
                 phandle_of(fdt, "/cpus/cpu@1/interrupt-controller"), 9U);
    assert_cells(fdt, imsic, "riscv,num-ids", f->board.imsic.num_guest_ids);
    assert_cells(fdt, imsic, "#interrupt-cells", 0U);
    assert_cells(fdt, imsic, "#msi-cells", 0U);
    assert_true(has(fdt, imsic, "msi-controller"));
    assert_true(has(fdt, imsic, "interrupt-controller"));
    assert_false(has(fdt, imsic, "riscv,guest-index-bits"));

    assert_text(fdt, aplic, "compatible", "riscv,aplic");
    assert_cells(fdt, aplic, "reg", 0U, 0xd000000U, 0U, 0x8000U);
    assert_cells(fdt, aplic, "msi-parent", phandle_of(fdt, imsic));
    assert_cells(fdt, aplic, "#interrupt-cells", 2U);
    assert_true(has(fdt, aplic, "interrupt-controller"));

    assert_cells(build(f, 1U), imsic, "reg", 0U, 0x28000000U, 0U, 0x1000U);
}

/* shows: R-GDT-10 */
static void test_guestdt_seed(void **state)
{
    struct fixture *const f = *state;

    assert_false(has(build(f, 0U), "/chosen", "rng-seed"));
    tree_open(&f->tree);
    TREE_CELLS(&f->tree, "/chosen", "rng-seed", 1U, 2U, 3U, 4U, 5U, 6U, 7U);
    load_board(f);
    assert_false(has(build(f, 0U), "/chosen", "rng-seed")); /* too short to be one */
    TREE_CELLS(&f->tree, "/chosen", "rng-seed", 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
    load_board(f);
    /* A place for the guest's own, nothing of the board's. */
    assert_cells(build(f, 0U), "/chosen", "rng-seed", 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U);
}

static void assert_sources(struct fixture *f, uint32_t count)
{
    assert_cells(build(f, 0U), "/soc/interrupt-controller@d000000", "riscv,num-sources", count);
}

/* shows: R-GDT-09 */
static void test_guestdt_sources(void **state)
{
    struct fixture *const f = *state;
    struct plan_guest *const g = &f->plan.guests[0];

    g->share_count = 0U;
    g->line_count = 0U;
    assert_sources(f, 1U); /* the virtual UART's */
    g->share_count = 1U;
    g->shares[0].source = 7U;
    assert_sources(f, 7U);
    g->lines[0].virtual_source = 5U;
    g->lines[1].virtual_source = 6U;
    g->line_count = 2U;
    assert_sources(f, 7U);
    g->lines[0].virtual_source = 63U;
    assert_sources(f, 63U);
    g->line_count = 0U;
    (void)give_viommu(f);
    assert_sources(f, 40U);
}

/* shows: R-GDT-05 */
static void test_guestdt_shared_memories(void **state)
{
    struct fixture *const f = *state;
    const void *fdt = build(f, 0U);
    const char *const mailbox = "/soc/shared-memory@40000000";
    const char *const frames = "/soc/shared-memory@40200000";
    const char both[] = "memory\0doorbell";
    int length;

    assert_text(fdt, mailbox, "compatible", "bulkhead,shared-memory");
    assert_cells(fdt, mailbox, "reg", 0U, 0x40000000U, 0U, 0x10000U, 0U, 0x11000000U, 0U, 0x1000U);
    assert_memory_equal(fdt_getprop(fdt, node_at(fdt, mailbox), "reg-names", &length), both,
                        sizeof(both));
    assert_int_equal(length, sizeof(both));
    assert_cells(fdt, mailbox, "interrupts", 2U, 1U);
    assert_cells(fdt, mailbox, "interrupt-parent",
                 phandle_of(fdt, "/soc/interrupt-controller@d000000"));
    assert_text(fdt, mailbox, "label", "mailbox");
    assert_text(fdt, mailbox, "bulkhead,peer", "rtos");

    /* Without a doorbell. */
    assert_cells(fdt, frames, "reg", 0U, 0x40200000U, 0U, 0x400000U);
    assert_text(fdt, frames, "reg-names", "memory");
    assert_text(fdt, frames, "label", "frames");
    assert_false(has(fdt, frames, "interrupts"));

    /* The other end. */
    fdt = build(f, 1U);
    assert_text(fdt, mailbox, "label", "mailbox");
    assert_text(fdt, mailbox, "bulkhead,peer", "linux");
    assert_true(fdt_path_offset(fdt, frames) < 0);
}

/* shows: R-GDT-07 */
static void test_guestdt_that_does_not_fit_is_said_and_not_written_outside(void **state)
{
    struct fixture *const f = *state;
    const size_t full = (give_device(f, RTC), fdt_totalsize(build(f, 0U)));
    bool fitted = false;

    for (size_t size = 0U; size < full + 256U; size += size < full - 64U ? 13U : 1U) {
        const bool fits = build_in(f, 0U, size); /* the address sanitizer watches the end */

        assert_false(fits && size < full);
        assert_false(fitted && !fits);
        assert_int_equal(fits, fdt_check_full(f->blob, size) == 0);
        fitted = fits;
    }
    assert_true(fitted);
}

/* shows: R-GDT-01 */
static void test_guestdt_is_the_same_each_time(void **state)
{
    struct fixture *const f = *state;
    void *const first = malloc(ROOM);

    give_device(f, RTC);
    assert_non_null(first);
    memset(first, 0, ROOM);
    assert_true(guestdt_build(&f->plan, 0U, first, ROOM));
    memset((uint8_t *)first + fdt_totalsize(first), 0, ROOM - fdt_totalsize(first));
    (void)build(f, 0U);
    assert_int_equal(fdt_totalsize(first), fdt_totalsize(f->blob));
    assert_memory_equal(first, f->blob, fdt_totalsize(first));
    free(first);
}

/* shows: R-GDT-01 */
static void test_guestdt_has_no_warning_from_dtc(void **state)
{
    struct fixture *const f = *state;

    give_device(f, RTC);
    give_device(f, "/flash@20000000");
    assert_dtc_is_silent(build(f, 0U));
    assert_dtc_is_silent(build(f, 1U));
}

/* Each test begins with a fresh plan. */
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_guestdt_root_chosen_and_memory),
        FRESH(test_guestdt_console_is_the_virtual_uart),
        FRESH(test_guestdt_cpus),
        FRESH(test_guestdt_harts_that_differ),
        FRESH(test_guestdt_interrupt_controllers),
        FRESH(test_guestdt_sources),
        FRESH(test_guestdt_seed),
        FRESH(test_guestdt_shared_memories),
        FRESH(test_guestdt_that_does_not_fit_is_said_and_not_written_outside),
        FRESH(test_guestdt_is_the_same_each_time),
        FRESH(test_guestdt_has_no_warning_from_dtc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
