/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' device trees, made from a plan written by hand on the tree of QEMU's virt board. */
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
#include "tests/unit/fake_tree.h"

#define ROOM      65536U
#define RTC       "/soc/rtc@101000"
#define GUEST_RTC "/soc/rtc@50101000" /* where the plan below shows it */

/* Two guests: 0 with everything, 1 with the least. */
struct fixture {
    struct tree tree;
    struct board board;
    struct config config;
    struct plan plan;
    void *blob;              /* what was built last, of exactly blob_size bytes */
    size_t blob_size;
};

static void load_board(struct fixture *f)
{
    struct told told;

    told_init(&told);
    assert_true(board_from_fdt(f->tree.blob, f->tree.size, &f->board, &told.diag));
}

static const struct bundle_file initrd = { "initrd", NULL, 0x123456U };

static void make_config(struct config *c)
{
    c->guest_count = 2U;
    strcpy(c->guests[0].name, "linux");
    c->guests[0].bootargs = "console=ttyS0 quiet";
    strcpy(c->guests[1].name, "rtos");
    c->guests[1].bootargs = "";
    c->shared_count = 2U;
    strcpy(c->shared[0].name, "mailbox");
    c->shared[0].size = 0x10000U;
    strcpy(c->shared[1].name, "frames");
    c->shared[1].size = 0x400000U;
}

static void make_plan(struct fixture *f)
{
    struct plan *const p = &f->plan;

    make_config(&f->config);
    p->board = &f->board;
    p->config = &f->config;
    p->guest_count = 2U;
    p->guests[0] = (struct plan_guest){
        .config = &f->config.guests[0],
        .ram = { pa(0x90000000U), 0x20000000U },
        .ram_base = gpa(0x80000000U),
        .vcpus = { { 2U, 1U }, { 1U, 1U } },
        .vcpu_count = 2U,
        .initrd = { &initrd, gpa(0x84000000U) },
        .shares = { { 0U, gpa(0x40000000U), gpa(0x11000000U), 2U, 1U },
                    { 1U, gpa(0x40200000U), gpa(0U), 0U, 1U } },
        .share_count = 2U,
    };
    p->guests[1] = (struct plan_guest){
        .config = &f->config.guests[1],
        .ram = { pa(0xb0000000U), 0x1000000U },
        .ram_base = gpa(UINT64_C(0x1c0000000)),
        .vcpus = { { 3U, 1U } },
        .vcpu_count = 1U,
        .shares = { { 0U, gpa(0x40000000U), gpa(0x11000000U), 2U, 0U } },
        .share_count = 1U,
    };
}

/* Give guest 0 the device at this path, each of its pages 0x50000000 higher than on the board. */
static void give_device(struct fixture *f, const char *path)
{
    struct plan_guest *const g = &f->plan.guests[0];
    const uint32_t index = f->config.guests[0].device_count++;
    struct board_device *const d = &g->devices[index];

    assert_int_equal(board_find_device(&f->board, path, d), BOARD_DEVICE_OK);
    for (uint32_t i = 0U; i < d->reg_count; i++) {
        const uint64_t page = align_down(d->regs[i].base.v, PAGE_SIZE);

        g->windows[g->window_count++] = (struct plan_window){
            gpa(page + 0x50000000U), pa(page), align_up(d->regs[i].size, PAGE_SIZE), true };
    }
    for (uint32_t i = 0U; i < d->irq_count; i++) {
        g->lines[g->line_count] = (struct plan_line){ 10U + g->line_count, d->irqs[i].source,
                                                      d->irqs[i].flags, index };
        g->line_count++;
    }
}

static void *setup_tree(struct fixture *f, const char *name)
{
    memset(f, 0, sizeof(*f));
    f->tree = tree_load(name);
    load_board(f);
    make_plan(f);
    return f;
}

static int setup(void **state)
{
    static struct fixture f;

    *state = setup_tree(&f, "virt");
    return 0;
}

static int teardown(void **state)
{
    struct fixture *const f = *state;

    tree_free(&f->tree);
    free(f->blob);
    f->blob = NULL;
    return 0;
}

static bool build_in(struct fixture *f, uint32_t guest, size_t size)
{
    free(f->blob);
    f->blob = malloc(size != 0U ? size : 1U);
    f->blob_size = size;
    assert_non_null(f->blob);
    return guestdt_build(&f->plan, guest, f->blob, size);
}

static const void *build(struct fixture *f, uint32_t guest)
{
    assert_true(build_in(f, guest, ROOM));
    assert_int_equal(fdt_check_full(f->blob, ROOM), 0);
    return f->blob;
}

static int node_at(const void *fdt, const char *path)
{
    const int node = fdt_path_offset(fdt, path);

    if (node < 0) {
        fail_msg("no node %s", path);
    }
    return node;
}

static void assert_text(const void *fdt, const char *path, const char *property, const char *text)
{
    int length;
    const char *const value = fdt_getprop(fdt, node_at(fdt, path), property, &length);

    assert_non_null(value);
    assert_int_equal(length, strlen(text) + 1U);
    assert_string_equal(value, text);
}

#define assert_cells(fdt, path, property, ...)                                                    \
    check_cells(fdt, path, property, (const uint32_t[]){ __VA_ARGS__ },                           \
                sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
static void check_cells(const void *fdt, const char *path, const char *property,
                        const uint32_t *cells, size_t count)
{
    int length;
    const fdt32_t *const value = fdt_getprop(fdt, node_at(fdt, path), property, &length);

    assert_non_null(value);
    assert_int_equal(length, count * sizeof(uint32_t));
    for (size_t i = 0U; i < count; i++) {
        assert_int_equal(fdt32_ld(&value[i]), cells[i]);
    }
}

static bool has(const void *fdt, const char *path, const char *property)
{
    return fdt_getprop(fdt, node_at(fdt, path), property, NULL) != NULL;
}

static uint32_t phandle_of(const void *fdt, const char *path)
{
    const uint32_t phandle = fdt_get_phandle(fdt, node_at(fdt, path));

    assert_int_not_equal(phandle, 0);
    return phandle;
}

static uint32_t count_children(const void *fdt, const char *path)
{
    uint32_t count = 0U;
    int child;

    fdt_for_each_subnode(child, fdt, node_at(fdt, path)) {
        count++;
    }
    return count;
}

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
    assert_cells(fdt, "/memory@1c0000000", "reg", 1U, 0xc0000000U, 0U, 0x1000000U);
}

/* shows: R-GDT-02, R-GDT-04 */
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
    assert_cells(fdt, aplic, "riscv,num-sources", 63U);
    assert_cells(fdt, aplic, "#interrupt-cells", 2U);
    assert_true(has(fdt, aplic, "interrupt-controller"));

    assert_cells(build(f, 1U), imsic, "reg", 0U, 0x28000000U, 0U, 0x1000U);
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
    tree_delete(&f->tree, RTC, "clock-frequency");

    /* Another kind of clock cannot be told. */
    tree_set_text(&f->tree, "/soc/clock", "compatible", "vendor,pll");
    assert_false(has(build(f, 0U), GUEST_RTC, "clock-frequency"));
    TREE_CELLS(&f->tree, RTC, "clocks", 0x6001U);
    assert_false(has(build(f, 0U), GUEST_RTC, "clock-frequency"));
}

/* Two devices, one with two register ranges, and lines that alternate between them. */
/* shows: R-GDT-06 */
static void test_guestdt_devices_have_their_own_lines_and_windows(void **state)
{
    struct fixture *const f = *state;
    struct plan_guest *const g = &f->plan.guests[0];

    give_device(f, RTC);
    give_device(f, "/flash@20000000");
    g->line_count = 3U;
    g->lines[0] = (struct plan_line){ 5U, 50U, 1U, 1U };
    g->lines[1] = (struct plan_line){ 6U, 51U, 4U, 0U };
    g->lines[2] = (struct plan_line){ 7U, 52U, 8U, 1U };
    const void *const fdt = build(f, 0U);

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

/* The compiler of device trees knows many rules; it has nothing to say. */
static void assert_dtc_is_silent(const void *fdt)
{
    FILE *const dtc = popen("dtc -I dtb -O dts -o /dev/null - 2>&1 | { ! grep . ; }", "w");

    assert_non_null(dtc);
    assert_int_equal(fwrite(fdt, 1U, fdt_totalsize(fdt), dtc), fdt_totalsize(fdt));
    assert_int_equal(pclose(dtc), 0);
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

/* shows: R-GDT-01, R-GDT-06 */
static void test_guestdt_on_a_second_board(void **state)
{
    struct fixture *const f = *state;

    tree_free(&f->tree);
    (void)setup_tree(f, "tt-atlantis");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_guestdt_root_chosen_and_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_console_is_the_virtual_uart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_cpus, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_harts_that_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_interrupt_controllers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_shared_memories, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_device_is_rewritten_for_the_guest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_device_keeps_no_reference_to_the_board, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_device_has_the_frequency_of_a_fixed_clock,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_devices_have_their_own_lines_and_windows,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_guestdt_that_does_not_fit_is_said_and_not_written_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_is_the_same_each_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_has_no_warning_from_dtc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guestdt_on_a_second_board, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
