/* SPDX-License-Identifier: Apache-2.0 */
/* Wired interrupts of PCI functions in the plan (hyp/plan/plan.h). */
#include "tests/unit/plan_bench.h"

/* The line of FAKE_TWIN_0 on the virt board: 32 + (device + pin - 1) % 4 on its root bus. */
#define LINE_TWIN_0 32U

static const struct plan_pci *function(uint32_t guest, uint32_t index)
{
    return &plan.guests[guest].devices[index].pci;
}

/* shows: R-CFG-69 */
static void test_who_has_a_pin(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0010, -1);         /* MSI */
    fake_give_function(&config, 0, 0x0008, -1);         /* MSI-X */
    fake_give_function(&config, 0, 0x0020, -1);         /* neither */
    fake_give_function(&config, 0, 0x0100, -1)->intx = true;
    assert_good();
    const struct plan_guest *guest = &plan.guests[0];
    assert_int_equal(function(0, 0)->source, 0);
    assert_int_equal(function(0, 0)->pin, 0);
    assert_int_equal(function(0, 1)->source, 0);
    assert_int_equal(function(0, 2)->source, GUEST_SOURCE_FIRST);
    assert_int_equal(function(0, 2)->pin, 1);
    assert_int_equal(function(0, 3)->source, GUEST_SOURCE_FIRST + 1U);
    assert_int_equal(guest->line_count, 2);
    assert_int_equal(guest->lines[0].board_source, LINE_TWIN_0);
    assert_int_equal(guest->lines[0].virtual_source, GUEST_SOURCE_FIRST);
    assert_int_equal(guest->lines[0].flags, 4);
    assert_int_equal(guest->lines[0].device, 2);
    assert_int_equal(guest->lines[1].board_source, 35);
}

/* shows: R-CFG-69 */
static void test_shared_in_one_guest(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0010, -1)->intx = true;
    fake_give_node(&config, 0, "/soc/rtc@101000");
    fake_give_function(&config, 0, 0x0208, -1);
    assert_good();
    assert_int_equal(function(0, 0)->source, GUEST_SOURCE_FIRST);
    assert_int_equal(plan.guests[0].lines[1].virtual_source, GUEST_SOURCE_FIRST + 1U);
    assert_int_equal(function(0, 2)->source, GUEST_SOURCE_FIRST);
    assert_int_equal(function(0, 2)->pin, 1);
    assert_int_equal(plan.guests[0].line_count, 2);
}

/* shows: R-CFG-70 */
static void test_shared_by_two_guests(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0010, -1)->intx = true;
    fake_give_function(&config, 1, 0x0208, -1);
    assert_finding("/g1/d0:pci: the interrupt pin of \"0000:02:01.0\" leads to line 34, which \"g0\" has "
                   "already with /g0/d0: give both to one guest, or remove intx from one\n");
    config.guests[0].devices[0].intx = false;
    assert_good();
    /* With no other interrupt there is no intx to remove. */
    pci.functions[FAKE_EDU].has_msi = false;
    pci.functions[FAKE_EDU].has_msix = false;
    assert_finding("/g1/d0:pci: the interrupt pin of \"0000:02:01.0\" leads to line 34, which \"g0\" has "
                   "already with /g0/d0: give both to one guest\n");
}

static struct tree tree;

/* The virt board with its clock on another line. */
static void wire_clock(uint32_t line)
{
    tree = tree_load("virt");
    tree_open(&tree);
    TREE_CELLS(&tree, "/soc/rtc@101000", "interrupts", line, 4);
    tree_close(&tree);
    told_init(&told);
    assert_true(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
}

static int free_clock(void **state)
{
    (void)state;
    tree_free(&tree);
    return 0;
}

/* shows: R-CFG-70 */
static void test_shared_with_a_node(void **state)
{
    (void)state;
    wire_clock(LINE_TWIN_0);
    fake_give_node(&config, 0, "/soc/rtc@101000");
    fake_give_function(&config, 0, 0x0020, -1);
    assert_finding("/g0/d1:pci: interrupt 32 of \"0000:00:04.0\" is given already, with /g0/d0: a line "
                   "belongs to one device; remove one of the two\n");
    fake_config(&config, &board, 3);
    fake_give_function(&config, 0, 0x0020, -1);
    fake_give_node(&config, 1, "/soc/rtc@101000");
    assert_finding("/g1/d0:node: interrupt 32 of \"/soc/rtc@101000\" is given already, with /g0/d0: a line "
                   "belongs to one device; remove one of the two\n");
}

/* shows: R-CFG-70 */
static void test_bulkheads_lines(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0020, -1);
    board.uart.irq = LINE_TWIN_0;
    assert_finding("/g0/d0:pci: interrupt 32 of \"0000:00:04.0\" is the console UART's too, which Bulkhead "
                   "keeps: this device cannot be given to a guest\n");
    board.uart.irq = 10;
    board.iommu[0].irqs[3] = LINE_TWIN_0;
    assert_finding("/g0/d0:pci: interrupt 32 of \"0000:00:04.0\" is that of the IOMMU /soc/iommu@3010000 "
                   "too, which Bulkhead keeps: this device cannot be given to a guest\n");
    board.iommu[0].irq_count = 3;
    assert_good();
}

/* shows: R-CFG-69 */
static void test_lines_that_may_not_arrive(void **state)
{
    (void)state;
    board.aplic.msi_only = false;
    fake_give_function(&config, 0, 0x0020, -1);
    assert_good();
    assert_int_equal(function(0, 0)->source, 0);
    assert_int_equal(plan.guests[0].line_count, 0);
    config.guests[0].devices[0].intx = true;
    assert_finding("/g0/d0:pci: \"0000:00:04.0\" has interrupts, but it is not known whether the firmware "
                   "lets lines of this board arrive: its APLIC can deliver directly as well as by MSI; if "
                   "the firmware has set the APLIC's MSI addresses, write wired-interrupts in /board\n");
    config.wired_interrupts = true;
    assert_good();
    assert_int_equal(function(0, 0)->source, GUEST_SOURCE_FIRST);
}

/* shows: R-CFG-69 */
static void test_no_pin(void **state)
{
    static const char finding[] = "/g0/d0:intx: \"0000:00:02.0\" has no interrupt pin: remove intx\n";

    (void)state;
    struct config_device *device = fake_give_function(&config, 0, 0x0010, -1);
    pci.functions[FAKE_EDU].pin = 0;
    pci.functions[FAKE_EDU].has_msi = false;
    assert_good();
    device->intx = true;
    assert_finding(finding);
    /* Whether lines arrive does not matter then. */
    board.aplic.msi_only = false;
    assert_finding(finding);

    bench_setup(NULL);
    device = fake_give_function(&config, 0, 0x0100, 1);
    device->intx = true;
    assert_finding("/g0/d0:intx: \"0000:01:00.0 virtual function 1\" has no interrupt pin: remove intx\n");
    device->intx = false;
    pci.functions[FAKE_NIC].has_msix = false;
    assert_good();
    assert_int_equal(function(0, 0)->source, 0);
}

/* shows: R-CFG-69 */
static void test_pin_to_nowhere(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0020, -1);
    board.aplic.sources = 31;
    assert_good();
    assert_int_equal(function(0, 0)->source, 0);
    config.guests[0].devices[0].intx = true;
    assert_finding("/g0/d0:intx: the interrupt pin of \"0000:00:04.0\" leads to no line of the board's "
                   "S-level APLIC: remove intx\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_who_has_a_pin, bench_setup),
        cmocka_unit_test_setup(test_shared_in_one_guest, bench_setup),
        cmocka_unit_test_setup(test_shared_by_two_guests, bench_setup),
        cmocka_unit_test_setup_teardown(test_shared_with_a_node, bench_setup, free_clock),
        cmocka_unit_test_setup(test_bulkheads_lines, bench_setup),
        cmocka_unit_test_setup(test_lines_that_may_not_arrive, bench_setup),
        cmocka_unit_test_setup(test_no_pin, bench_setup),
        cmocka_unit_test_setup(test_pin_to_nowhere, bench_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
