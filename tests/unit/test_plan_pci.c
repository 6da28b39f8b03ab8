/* SPDX-License-Identifier: Apache-2.0 */
/* PCI functions in the plan (hyp/plan/plan.h): which can be given, and where their guests see them. */
#include "tests/unit/plan_bench.h"

#include "platform/pci/layout.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

static const struct plan_pci *function(uint32_t guest, uint32_t index)
{
    return &plan.guests[guest].devices[index].pci;
}

/* ---- what a guest gets ----------------------------------------------------------------------- */

/* shows: R-CFG-60, R-CFG-63 */
static void test_functions(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0008, -1);
    fake_give_node(&config, 0, "/soc/rtc@101000");
    fake_give_function(&config, 0, 0x0010, -1);
    fake_give_function(&config, 1, 0x0100, -1);
    assert_good();

    const struct plan_guest *guest = &plan.guests[0];
    assert_true(guest->has_pci && plan.guests[1].has_pci);
    assert_false(plan.guests[2].has_pci);
    assert_true(guest->devices[0].is_pci && !guest->devices[1].is_pci && guest->devices[2].is_pci);
    assert_int_equal(function(0, 0)->function, FAKE_DISK);
    assert_int_equal(function(0, 0)->rid, 0x0008);
    assert_int_equal(function(0, 0)->virtual_rid, 0x0008);
    /* The second function of the guest is its second device, whatever lies between. */
    assert_int_equal(function(0, 2)->function, FAKE_EDU);
    assert_int_equal(function(0, 2)->virtual_rid, 0x0010);
    assert_int_equal(function(1, 0)->virtual_rid, 0x0008);
    /* Their device ids, as the board's iommu-map has it. */
    assert_int_equal(guest->devices[0].dma.iommu, 0);
    assert_int_equal(guest->devices[0].dma.id_count, 1);
    assert_int_equal(guest->devices[0].dma.ids[0], 0x0008);
    assert_int_equal(plan.guests[1].devices[0].dma.ids[0], 0x0100);
    assert_int_equal(guest->devices[1].dma.iommu, PLAN_NO_IOMMU);
    assert_int_equal(guest->devices[1].dma.id_count, 0);
    /* What is laid out is what is wanted. */
    assert_true(plan.pci_wanted[FAKE_DISK].function);
    assert_true(plan.pci_wanted[FAKE_NIC].function);
    assert_int_equal(plan.pci_wanted[FAKE_NIC].vfs, 0);
    assert_false(plan.pci_wanted[FAKE_TWIN_0].function);
    assert_int_equal(plan.iommu_regs[0].base.v, board.iommu[0].reg.base.v);
}

/* A BAR of a function: as it is on the board, in the guest, and as a window of the guest. */
static void check_bar(uint32_t guest, uint32_t device, uint32_t b, uint64_t address, uint64_t pa,
                      uint64_t size)
{
    const struct plan_guest *g = &plan.guests[guest];
    const struct plan_bar *bar = &g->devices[device].pci.bars[b];
    uint32_t windows = 0;

    assert_int_equal(bar->gpa.v, address);
    assert_int_equal(bar->pa.v, pa);
    assert_int_equal(bar->size, size);
    assert_int_not_equal(pa, 0);
    for (uint32_t i = 0; i < g->window_count; i++) {
        const struct plan_window *window = &g->windows[i];
        windows += window->device && window->gpa.v == address && window->pa.v == pa &&
                           window->size == align_up(size, PAGE_SIZE) ? 1U : 0U;
    }
    assert_int_equal(windows, 1);
}

/* shows: R-CFG-63 */
static void test_bars(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0008, -1);
    fake_give_function(&config, 0, 0x0010, -1);
    fake_give_function(&config, 0, 0x0100, -1);
    fake_give_function(&config, 0, 0x0020, -1);
    fake_give_function(&config, 1, 0x0208, -1);
    assert_good();
    const pa_t (*bars)[PCI_BARS] = (const pa_t(*)[PCI_BARS])plan.pci_layout.bars;
    check_bar(0, 0, 0, GUEST_PCI_LOW_BASE, bars[FAKE_DISK][0].v, 0x4000);
    check_bar(0, 1, 0, GUEST_PCI_LOW_BASE + MIB, bars[FAKE_EDU][0].v, MIB);
    check_bar(0, 2, 0, GUEST_PCI_LOW_BASE + 0x20000, bars[FAKE_NIC][0].v, 0x20000);
    check_bar(0, 2, 3, GUEST_PCI_LOW_BASE + 0x4000, bars[FAKE_NIC][3].v, 0x4000);
    /* A small one has a page of its own. */
    check_bar(0, 3, 0, GUEST_PCI_LOW_BASE + 0x8000, bars[FAKE_TWIN_0][0].v, 0x100);
    assert_int_equal(function(0, 0)->bars[1].size, 0);
    /* Another guest begins anew. */
    check_bar(1, 0, 0, GUEST_PCI_LOW_BASE, bars[FAKE_OLD_1][0].v, 0x1000);
    assert_int_equal(plan.guests[0].window_count, 5);
}

/* shows: R-CFG-63 */
static void test_bars_fill_gaps(void **state)
{
    (void)state;
    pci.functions[FAKE_EDU].bars[0].size = 0x1000;
    pci.functions[FAKE_EDU].bars[1].size = 0x4000;
    pci.functions[FAKE_EDU].bars[2].size = 0x2000;
    pci.functions[FAKE_EDU].bars[3].size = 0x1000;
    pci.functions[FAKE_EDU].bars[4].size = 0x1000;
    fake_give_function(&config, 0, 0x0010, -1);
    assert_good();
    const struct plan_bar *bars = function(0, 0)->bars;
    assert_int_equal(bars[0].gpa.v, GUEST_PCI_LOW_BASE);
    assert_int_equal(bars[1].gpa.v, GUEST_PCI_LOW_BASE + 0x4000);
    assert_int_equal(bars[2].gpa.v, GUEST_PCI_LOW_BASE + 0x2000);
    assert_int_equal(bars[3].gpa.v, GUEST_PCI_LOW_BASE + 0x1000);
    assert_int_equal(bars[4].gpa.v, GUEST_PCI_LOW_BASE + 0x8000);
}

/* Guests of 32 bits, or with a firmware that thinks so, reach the small ones all the same. */
/* shows: R-CFG-63 */
static void test_bars_of_64_bits(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PCI_BARS; i += 2) {
        pci.functions[FAKE_EDU].bars[i] = (struct pci_bar){ .size = 16U * MIB, .wide = true };
        pci.functions[FAKE_EDU].bars[i + 1U] = (struct pci_bar){ .size = 0 };
    }
    pci.functions[FAKE_EDU].bars[0].size = 32U * MIB;
    fake_give_function(&config, 0, 0x0010, -1);
    assert_good();
    assert_int_equal(function(0, 0)->bars[0].gpa.v, GUEST_PCI_HIGH_BASE);
    assert_int_equal(function(0, 0)->bars[2].gpa.v, GUEST_PCI_LOW_BASE);
    assert_int_equal(function(0, 0)->bars[4].gpa.v, GUEST_PCI_LOW_BASE + 16U * MIB);

    /* Without room they lie above. */
    bench_setup(NULL);
    for (uint32_t i = 0; i < 4U; i++) {
        pci.functions[FAKE_EDU].bars[i] = (struct pci_bar){ .size = 128U * MIB >> (i == 0U ? 0U : i - 1U) };
    }
    pci.functions[FAKE_EDU].bars[4] = (struct pci_bar){ .size = 16U * MIB, .wide = true };
    fake_give_function(&config, 0, 0x0010, -1);
    assert_good();
    assert_int_equal(function(0, 0)->bars[3].gpa.v, GUEST_PCI_LOW_BASE);
    assert_int_equal(function(0, 0)->bars[4].gpa.v, GUEST_PCI_HIGH_BASE);
}

/* shows: R-DMA-21 */
static void test_windows_that_devices_reach(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0008, -1);
    fake_give_function(&config, 0, 0x0010, -1);
    fake_give_node(&config, 0, "/soc/rtc@101000");
    config.guests[0].devices[1].peer_dma = true;
    config.guests[0].devices[2].peer_dma = true;
    assert_good();
    const struct plan_window *windows = plan.guests[0].windows;
    assert_int_equal(plan.guests[0].window_count, 3);
    for (uint32_t i = 0; i < 3U; i++) {
        assert_int_equal(windows[i].peer_dma, windows[i].gpa.v != GUEST_PCI_LOW_BASE);
    }
}

/* shows: R-CFG-60, R-CFG-62, R-CFG-63 */
static void test_virtual_functions(void **state)
{
    (void)state;
    pci.functions[FAKE_NIC].acs_offset = 0x1a0;
    fake_give_function(&config, 0, 0x0100, -1)->isolated = true;
    fake_give_function(&config, 0, 0x0100, 3);
    fake_give_function(&config, 1, 0x0100, 0)->isolated = true;
    fake_give_function(&config, 1, 0x0100, 6)->isolated = true;
    assert_good();
    assert_true(plan.pci_wanted[FAKE_NIC].function);
    assert_int_equal(plan.pci_wanted[FAKE_NIC].vfs, 7);
    assert_false(function(0, 0)->is_virtual);
    const struct plan_pci *vf = function(1, 1);
    assert_true(vf->is_virtual);
    assert_int_equal(vf->function, FAKE_NIC);
    assert_int_equal(vf->vf, 6);
    assert_int_equal(vf->rid, 0x18c);
    assert_int_equal(vf->virtual_rid, 0x0010);
    assert_int_equal(plan.guests[1].devices[1].dma.ids[0], 0x18c);
    assert_int_equal(function(0, 1)->rid, 0x186);
    /* Each has its part of the BARs. */
    const uint64_t first = plan.pci_layout.vf_bars[FAKE_NIC][0].v;
    check_bar(1, 0, 0, GUEST_PCI_LOW_BASE, first, 0x4000);
    check_bar(1, 1, 0, GUEST_PCI_LOW_BASE + 0x8000, first + 6U * 0x4000U, 0x4000);
    check_bar(1, 1, 3, GUEST_PCI_LOW_BASE + 0xc000,
              plan.pci_layout.vf_bars[FAKE_NIC][3].v + 6U * 0x4000U, 0x4000);

    /* Without the function itself. */
    bench_setup(NULL);
    fake_give_function(&config, 1, 0x0100, 3);
    fake_give_function(&config, 1, 0x0100, 0);
    assert_good();
    assert_false(plan.pci_wanted[FAKE_NIC].function);
    assert_int_equal(plan.pci_wanted[FAKE_NIC].vfs, 4);
}

/* shows: R-CFG-63 */
static void test_many_functions(void **state)
{
    (void)state;
    pci.functions[FAKE_NIC].vf_count = 40;
    pci.functions[FAKE_NIC].vf_first = 1;
    pci.functions[FAKE_NIC].vf_stride = 1;
    config.guests[0].devices = config.devices;
    for (int vf = 0; vf < 33; vf++) {
        fake_give_function(&config, 0, 0x0100, vf);
    }
    assert_good();
    assert_int_equal(function(0, 30)->virtual_rid, 31U << 3);
    assert_int_equal(function(0, 31)->virtual_rid, 1U << 3 | 1U);
    assert_int_equal(function(0, 32)->virtual_rid, 2U << 3 | 1U);
}

/* The functions are not known: their addresses are all that can be checked. */
/* shows: R-CFG-61 */
static void test_without_inventory(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0ff8, -1);
    told_init(&told);
    assert_true(plan_build(&board, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    assert_true(plan.guests[0].has_pci);
    assert_int_equal(plan.guests[0].window_count, 0);
    assert_int_equal(function(0, 0)->virtual_rid, 0x0008);
    /* Nor the board: the guest's addresses count all the same. */
    config.guests[0].memory_base = gpa(GUEST_PCI_ECAM_BASE - 16U * MIB);
    assert_true(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    config.guests[0].memory_base = gpa(GUEST_PCI_ECAM_BASE - 8U * MIB);
    assert_false(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    assert_string_equal(told.text, "/guests/g0:memory: the PCI configuration space of guest \"g0\" "
                        "(0x30000000-0x300fffff) and the memory of guest \"g0\" (0x2f800000-0x307fffff) "
                        "collide in the guest's addresses: change memory-base or memory\n");
    static const struct { uint64_t base; const char *what; } places[] = {
        { GUEST_PCI_LOW_BASE + GUEST_PCI_LOW_SIZE - PAGE_SIZE, "32-bit PCI memory of guest \"g0\"" },
        { GUEST_PCI_HIGH_BASE + GUEST_PCI_HIGH_SIZE - PAGE_SIZE, "64-bit PCI memory of guest \"g0\"" },
    };
    for (size_t i = 0; i < COUNT(places); i++) {
        config.guests[0].memory_base = gpa(places[i].base);
        told_init(&told);
        assert_false(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
        assert_non_null(strstr(told.text, places[i].what));
    }
    /* What is not there takes no place. */
    config.guests[0].device_count = 0;
    assert_true(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    config.guests[0].memory_base = gpa(GUEST_PCI_LOW_BASE);
    assert_true(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
}

/* ---- what cannot be given -------------------------------------------------------------------- */

/* shows: R-CFG-61 */
static void test_absent(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0019, -1);
    assert_finding("/g0/d0:pci: the board has no PCI function \"0000:00:03.1\": the nearest that can be "
                   "given: 0000:00:04.0, 0000:00:04.1, 0000:00:02.0, 0000:00:01.0\n");
    pci.count = FAKE_DISK;
    assert_finding("/g0/d0:pci: the board has no PCI function \"0000:00:03.1\", and no other of its host "
                   "that can be given\n");
    config.devices[0].pci_domain = 3;
    assert_finding("/g0/d0:pci: no PCI host of the board has the bus of \"0003:00:03.1\": the buses that "
                   "there are: 0000:00 to 0000:ff\n");
    board.pci[0].bus_last = 3;
    config.devices[0].pci_domain = 0;
    config.devices[0].pci_rid = 0x0400;
    assert_finding("/g0/d0:pci: no PCI host of the board has the bus of \"0000:04:00.0\": the buses that "
                   "there are: 0000:00 to 0000:03\n");
    board.pci_count = 0;
    assert_finding("/g0/d0:pci: no PCI host of the board has the bus of \"0000:04:00.0\": the buses that "
                   "there are: none\n");
}

/* shows: R-CFG-61 */
static void test_kept(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0018, -1);
    assert_finding("/g0/d0:pci: \"0000:00:03.0\" is a bridge: Bulkhead keeps it; what is behind it can "
                   "be given to a guest\n");
    config.devices[0].pci_rid = 0;
    assert_finding("/g0/d0:pci: \"0000:00:00.0\" is a bridge: Bulkhead keeps it; what is behind it can "
                   "be given to a guest\n");
    /* By its class: the tree has bus numbers of the firmware. */
    config.devices[0].pci_rid = 0x0010;
    pci.functions[FAKE_EDU].class_code = 0x080600;
    assert_finding("/g0/d0:pci: \"0000:00:02.0\" is an IOMMU: Bulkhead keeps it; remove this device\n");
    pci.functions[FAKE_EDU].class_code = 0x00ff00;
    assert_good();
    board.iommu[1] = (struct board_iommu){ .is_pci = true, .pci_rid = 0x0010 };
    board.iommu_count = 2;
    assert_good();
}

/* shows: R-CFG-61 */
static void test_no_such_virtual_function(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0010, 0);
    assert_finding("/g0/d0:virtual-function: \"0000:00:02.0\" has no virtual functions (no SR-IOV): "
                   "remove virtual-function\n");
    config.devices[0].pci_rid = 0x0100;
    config.devices[0].pci_vf = 7;
    assert_finding("/g0/d0:virtual-function: \"0000:01:00.0\" has 7 virtual functions, counted from 0: "
                   "there is no number 7\n");
    config.devices[0].pci_vf = 6;
    assert_good();
}

/* shows: R-CFG-62 */
static void test_given_twice(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0010, -1);
    fake_give_function(&config, 1, 0x0010, -1);
    assert_finding("/g1/d0:pci: \"0000:00:02.0\" is given twice, by /g0/d0 and by /g1/d0: remove one\n");
    bench_setup(NULL);
    fake_give_function(&config, 0, 0x0100, 2);
    fake_give_function(&config, 0, 0x0100, 2);
    assert_finding("/g0/d1:pci: \"0000:01:00.0 virtual function 2\" is given twice, by /g0/d0 and by "
                   "/g0/d1: remove one\n");
}

/* ---- room ------------------------------------------------------------------------------------ */

/* shows: R-CFG-64 */
static void test_no_room_on_the_board(void **state)
{
    (void)state;
    pci.functions[FAKE_EDU].bars[0].size = 2U * GIB;
    fake_give_function(&config, 0, 0x0010, -1);
    fake_give_function(&config, 0, 0x0008, -1);
    assert_finding("/g0/d0:pci: BAR 0 of \"0000:00:02.0\", 0x80000000 bytes, finds no room in the memory "
                   "of its PCI host (0x40000000-0x7fffffff, 0x400000000-0x7ffffffff): give fewer of its "
                   "functions to guests\n");
    bench_setup(NULL);
    pci.functions[FAKE_NIC].vf_bars[3].size = 4U * GIB;
    fake_give_function(&config, 1, 0x0100, 6);
    assert_finding("/g1/d0:pci: BAR 3 of the 7 virtual functions of \"0000:01:00.0\", 0x100000000 bytes "
                   "each, finds no room in the memory of its PCI host (0x40000000-0x7fffffff, "
                   "0x400000000-0x7ffffffff): give fewer of its functions to guests\n");
    board.pci[0].window_count = 0;
    assert_finding("/g1/d0:pci: BAR 0 of the 7 virtual functions of \"0000:01:00.0\", 0x4000 bytes each, "
                   "finds no room in the memory of its PCI host (none): give fewer of its functions to "
                   "guests\n");
}

/* shows: R-CFG-64 */
static void test_no_room_in_the_guest(void **state)
{
    (void)state;
    pci.functions[FAKE_EDU].bars[0].size = 128U * MIB;
    pci.functions[FAKE_EDU].bars[1].size = 128U * MIB;
    fake_give_function(&config, 0, 0x0010, -1);
    assert_good();
    assert_int_equal(function(0, 0)->bars[0].gpa.v, 0x18000000);
    assert_int_equal(function(0, 0)->bars[1].gpa.v, 0x20000000);
    pci.functions[FAKE_EDU].bars[2].size = 128U * MIB;
    assert_finding("/g0/d0:pci: BAR 2 of \"0000:00:02.0\", 0x8000000 bytes, finds no room in what \"g0\" "
                   "has for 32-bit BARs, 0x12000000-0x27ffffff: give it fewer functions\n");
    /* What is left takes smaller ones. */
    pci.functions[FAKE_EDU].bars[2].size = 64U * MIB;
    assert_good();
    assert_int_equal(function(0, 0)->bars[2].gpa.v, 0x14000000);

    bench_setup(NULL);
    board.pci[0].windows[1] = (struct board_pci_window){
        .pci = UINT64_C(1) << 40, .range = { pa(UINT64_C(1) << 40), UINT64_C(1) << 40 }, .wide = true };
    pci.functions[FAKE_DISK].bars[0].size = 512U * GIB;
    fake_give_function(&config, 0, 0x0008, -1);
    assert_finding("/g0/d0:pci: BAR 0 of \"0000:00:01.0\", 0x8000000000 bytes, finds no room in what "
                   "\"g0\" has for 64-bit BARs, 0x4000000000-0x7fffffffff: give it fewer functions\n");
    pci.functions[FAKE_DISK].bars[0].size = 256U * GIB;
    assert_good();
    assert_int_equal(function(0, 0)->bars[0].gpa.v, GUEST_PCI_HIGH_BASE);
}

static void share(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        config.shared[i] = (struct config_shared){ .size = PAGE_SIZE, .guests = { 0, 1 },
                                                   .guest_count = 2 };
    }
    config.shared_count = count;
}

/* shows: R-CFG-64 */
static void test_too_many_windows(void **state)
{
    (void)state;
    pci.functions[FAKE_NIC].vf_count = 32;
    pci.functions[FAKE_NIC].vf_first = 1;
    pci.functions[FAKE_NIC].vf_stride = 1;
    for (uint32_t b = 0; b < PCI_BARS; b++) {
        pci.functions[FAKE_NIC].vf_bars[b] = (struct pci_bar){ .size = PAGE_SIZE };
    }
    config.guests[0].devices = config.devices;
    for (int vf = 0; vf < 26; vf++) {
        fake_give_function(&config, 0, 0x0100, vf);
    }
    share(4);
    assert_good();
    assert_int_equal(plan.guests[0].window_count, PLAN_MAX_WINDOWS);
    share(5);
    assert_finding("/g0/d25:pci: \"0000:01:00.0 virtual function 25\" brings more than 160 ranges of "
                   "registers and shared memory to \"g0\": give it fewer devices\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_functions, bench_setup),
        cmocka_unit_test_setup(test_bars, bench_setup),
        cmocka_unit_test_setup(test_bars_fill_gaps, bench_setup),
        cmocka_unit_test_setup(test_bars_of_64_bits, bench_setup),
        cmocka_unit_test_setup(test_windows_that_devices_reach, bench_setup),
        cmocka_unit_test_setup(test_virtual_functions, bench_setup),
        cmocka_unit_test_setup(test_many_functions, bench_setup),
        cmocka_unit_test_setup(test_without_inventory, bench_setup),
        cmocka_unit_test_setup(test_absent, bench_setup),
        cmocka_unit_test_setup(test_kept, bench_setup),
        cmocka_unit_test_setup(test_no_such_virtual_function, bench_setup),
        cmocka_unit_test_setup(test_given_twice, bench_setup),
        cmocka_unit_test_setup(test_no_room_on_the_board, bench_setup),
        cmocka_unit_test_setup(test_no_room_in_the_guest, bench_setup),
        cmocka_unit_test_setup(test_too_many_windows, bench_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
