/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of bridges in the plan: what a guest's devices reach by DMA must not lie in them. */
#include "tests/unit/plan_bench.h"

#include "platform/pci/regs.h"

#define MIB UINT64_C(0x100000)

#define ALL_ACS 0x1dU        /* source validation, redirect of requests and completions, upstream forwarding */
#define NO_REDIRECT (ALL_ACS & ~PCI_ACS_REQUEST_REDIRECT)

/* A switch at 00:06.0, behind it 05:00.0 with a BAR for the memory window and one for the prefetchable one. */
enum {
    ROOT = FAKE_FUNCTIONS, UPSTREAM, DOWNSTREAM, ENDPOINT, WITH_SWITCH,
    OTHER_DOWNSTREAM = WITH_SWITCH, OTHER_ENDPOINT, WITH_OTHER
};

static struct pci_function bridge(uint16_t rid, int16_t parent, enum pci_kind kind, uint8_t secondary)
{
    return (struct pci_function){
        .rid = rid, .alias = rid, .parent = parent, .class_code = 0x060400, .kind = kind,
        .is_bridge = true, .wide_window = true, .secondary = secondary, .subordinate = 6,
        .acs_offset = kind == PCI_UPSTREAM ? 0U : 0x148U, .acs_can = kind == PCI_UPSTREAM ? 0U : ALL_ACS };
}

static void add_switch(void)
{
    pci.functions[ROOT] = bridge(0x0030, PCI_ROOT, PCI_ROOT_PORT, 3);
    pci.functions[UPSTREAM] = bridge(0x0300, ROOT, PCI_UPSTREAM, 4);
    pci.functions[DOWNSTREAM] = bridge(0x0400, UPSTREAM, PCI_DOWNSTREAM, 5);
    pci.functions[ENDPOINT] = (struct pci_function){
        .rid = 0x500, .alias = 0x500, .parent = DOWNSTREAM, .class_code = 0x020000,
        .kind = PCI_ENDPOINT, .has_msix = true,
        .bars = { { .size = 0x1000 }, { 0 }, { .size = 0x1000, .wide = true, .prefetchable = true } } };
    pci.count = WITH_SWITCH;
}

static uint64_t window_of(uint32_t function)
{
    assert_true(plan.pci_layout.bridges[function].memory_end != 0U);
    return plan.pci_layout.bridges[function].memory_base;
}

/* Guest 0 with its RAM where the windows of these bridges lie. */
static void put_memory_into_window(void)
{
    config.guests[0].memory_base = gpa(GUEST_RAM_BASE);
    assert_good();
    config.guests[0].memory_base = gpa(window_of(ROOT));
}

/* shows: R-CFG-73 */
static void test_memory(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0208, -1);
    assert_good();
    assert_int_equal(window_of(FAKE_OLD_BRIDGE), 0x40000000);
    config.guests[0].memory_base = gpa(0x40000000U - 15U * MIB);
    assert_finding("/g0/d0:pci: \"0000:02:01.0\" is behind the bridge 0000:00:05.0, which has no "
                   "ACS request redirect and keeps requests for 0x40000000-0x400fffff to itself, "
                   "so DMA to the memory of guest \"g0\" (0x3f100000-0x400fffff) would not "
                   "arrive: change memory-base, or put the device into a slot that is not behind "
                   "this bridge\n");
    /* Right below, and right above. */
    config.guests[0].memory_base = gpa(0x40000000U - 16U * MIB);
    assert_good();
    config.guests[0].memory_base = gpa(0x40100000U);
    assert_good();
    /* The guests of other devices may have their memory there. */
    config.guests[0].memory_base = gpa(GUEST_RAM_BASE);
    config.guests[1].memory_base = gpa(0x40000000U);
    fake_give_function(&config, 1, 0x0010, -1);
    assert_good();
}

/* shows: R-CFG-73 */
static void test_shared_memory(void **state)
{
    (void)state;
    config.shared[0] = (struct config_shared){ .name = "near", .size = 2U * MIB, .guests = { 1, 2 },
                                               .guest_count = 2 };
    config.shared[1] = (struct config_shared){ .name = "mailbox", .size = 0x2000, .guests = { 0, 1 },
                                               .guest_count = 2 };
    config.shared_count = 2;
    fake_give_function(&config, 0, 0x0208, -1);
    /* Its guest has the second only, at 0x40200000. */
    assert_good();
    pci.functions[FAKE_OLD_1].bars[0].size = 4U * MIB;
    assert_finding("/g0/d0:pci: \"0000:02:01.0\" is behind the bridge 0000:00:05.0, which has no "
                   "ACS request redirect and keeps requests for 0x40000000-0x403fffff to itself, "
                   "so DMA to the shared memory \"mailbox\" (0x40200000-0x40201fff) would not "
                   "arrive: put the device into a slot that is not behind this bridge\n");
}

/* shows: R-CFG-73 */
static void test_interrupt_files_and_peers(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0208, -1);
    board.pci[0].windows[0].pci = 0x28000000;
    assert_finding("/g0/d0:pci: \"0000:02:01.0\" is behind the bridge 0000:00:05.0, which has no "
                   "ACS request redirect and keeps requests for 0x28000000-0x280fffff to itself, "
                   "so DMA to the interrupt files of guest \"g0\" (0x28000000-0x28000fff) would "
                   "not arrive: put the device into a slot that is not behind this bridge\n");
    /* The window is that of addresses on the bus. */
    board.pci[0].windows[0].pci = GUEST_PCI_LOW_BASE;
    assert_good();
    config.devices[0].peer_dma = true;
    assert_finding("/g0/d0:pci: \"0000:02:01.0\" is behind the bridge 0000:00:05.0, which has no "
                   "ACS request redirect and keeps requests for 0x12000000-0x120fffff to itself, "
                   "so DMA to the registers with peer-dma of guest \"g0\" (0x12000000-0x12000fff) "
                   "would not arrive: put the device into a slot that is not behind this bridge\n");
}

/* shows: R-CFG-73 */
static void test_ports_that_redirect(void **state)
{
    (void)state;
    add_switch();
    fake_give_function(&config, 0, 0x0500, -1);
    put_memory_into_window();
    assert_good();
    /* A downstream port without: its own window, which it names. */
    pci.functions[DOWNSTREAM].acs_can = NO_REDIRECT;
    assert_false(build());
    assert_non_null(strstr(told.text, "behind the bridge 0000:04:00.0, which has no"));
    assert_int_equal(told.diag.errors, 1);
    /* The root port without. */
    pci.functions[DOWNSTREAM].acs_can = ALL_ACS;
    pci.functions[ROOT].acs_can = NO_REDIRECT;
    assert_false(build());
    assert_non_null(strstr(told.text, "behind the bridge 0000:00:06.0, which has no"));
    /* The prefetchable window too. */
    put_memory_into_window();
    config.guests[0].memory_base = gpa(plan.pci_layout.bridges[ROOT].prefetch_base);
    assert_int_equal(config.guests[0].memory_base.v, UINT64_C(0x400000000));
    assert_false(build());
    assert_non_null(strstr(told.text, "requests for 0x400000000-0x4000fffff to itself, so DMA to the memory"));
}

/* What a downstream port lets pass may turn round in its switch, towards another of its ports. */
/* shows: R-CFG-73 */
static void test_switch(void **state)
{
    (void)state;
    add_switch();
    pci.functions[OTHER_DOWNSTREAM] = bridge(0x0408, UPSTREAM, PCI_DOWNSTREAM, 6);
    pci.functions[OTHER_ENDPOINT] = pci.functions[ENDPOINT];
    pci.functions[OTHER_ENDPOINT].rid = pci.functions[OTHER_ENDPOINT].alias = 0x600;
    pci.functions[OTHER_ENDPOINT].parent = OTHER_DOWNSTREAM;
    pci.functions[DOWNSTREAM].acs_can = NO_REDIRECT;
    pci.count = WITH_OTHER;
    fake_give_function(&config, 0, 0x0500, -1);
    fake_give_function(&config, 0, 0x0600, -1);
    assert_good();
    config.guests[0].memory_base = gpa(window_of(OTHER_DOWNSTREAM));
    assert_true(config.guests[0].memory_base.v != window_of(DOWNSTREAM));
    assert_false(build());
    assert_int_equal(told.diag.errors, 1);
    assert_non_null(strstr(told.text, "\"0000:05:00.0\" is behind the bridge 0000:03:00.0, which has no"));
}

/* Its addresses are the board's. */
/* shows: R-CFG-73 */
static void test_past_every_iommu(void **state)
{
    (void)state;
    board.pci[0].map_count = 0;
    fake_give_function(&config, 0, 0x0208, -1);
    config.devices[0].unprotected_dma = true;
    config.guests[0].memory_base = gpa(0x40000000U);
    assert_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_memory, bench_setup),
        cmocka_unit_test_setup(test_shared_memory, bench_setup),
        cmocka_unit_test_setup(test_interrupt_files_and_peers, bench_setup),
        cmocka_unit_test_setup(test_ports_that_redirect, bench_setup),
        cmocka_unit_test_setup(test_switch, bench_setup),
        cmocka_unit_test_setup(test_past_every_iommu, bench_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
