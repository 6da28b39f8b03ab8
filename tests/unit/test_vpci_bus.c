/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's PCI bus: what is where, and the virtual functions that its driver enables. */
#include "tests/unit/vpci_world.h"

#include "hyp/pci/bus.h"
#include "hyp/pci/sriov.h"
#include "tests/unit/fake_phys.h"

#define PAGES 200U

static struct plan plan;
static struct config config;
static struct board board;
static struct pci pci;
static struct pages pages;
static struct pci_bus bus;

static int setup(void **state)
{
    (void)state;
    world_init();
    world.expected = &board.pci[0];
    fake_phys_reset();
    (void)memset(&plan, 0, sizeof(plan));
    (void)memset(&bus, 0, sizeof(bus));
    (void)memset(&pci, 0, sizeof(pci));
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), PAGES * PAGE_SIZE });
    board.pci[0] = (struct board_pci_host){ .bus_last = 255U };
    plan.board = &board;
    plan.config = &config;
    plan.pci = &pci;
    plan.guest_count = 1U;
    plan.guests[0] = (struct plan_guest){ .config = &config.guests[0],
                                          .devices = plan.devices,
                                          .has_pci = true };
    (void)strcpy(config.guests[0].name, "one");
    config.guests[0].device_count = 0U;
    return 0;
}

/* The guest's next device: the i-th of them, as the plan places it. */
static struct plan_pci *give(uint32_t function, uint16_t rid)
{
    const uint32_t i = config.guests[0].device_count++;

    plan.devices[i] = (struct plan_device){ .is_pci = true };
    plan.devices[i].pci = fake_plan_pci(rid, (uint16_t)((1U + i % 31U) << 3 | i / 31U));
    plan.devices[i].pci.function = function;
    return &plan.devices[i].pci;
}

/* A physical function, of whose virtual ones so many are there for somebody. */
static void give_physical(uint32_t function, uint16_t rid, uint16_t vf_count)
{
    (void)fake_rich(function, rid);
    pci.functions[function] = fake_inventory(rid);
    plan.pci_wanted[function] = (struct pci_want){ .function = true, .vfs = vf_count };
    (void)give(function, rid);
}

static uint32_t get(uint32_t rid, uint32_t offset, uint32_t width)
{
    return pci_bus_read(&bus, (uint64_t)rid << 12 | offset, width);
}

static void put(uint32_t rid, uint32_t offset, uint32_t width, uint32_t value)
{
    pci_bus_write(&bus, (uint64_t)rid << 12 | offset, width, value);
}

static void build(void)
{
    assert_true(pci_bus_build(&bus, &plan, 0U, &pages));
    assert_int_equal(world.lines, 0);
}

static uint32_t count_present(void)
{
    uint32_t n = 0U;

    for (uint32_t rid = 0U; rid < PCI_VIRTUAL_RIDS; rid++) {
        n += get(rid, PCI_REVISION_CLASS, 4U) == UINT32_MAX ? 0U : 1U;
    }
    return n;
}

/* shows: R-PCI-26 */
static void test_vpci_bus_has_the_guests_functions_and_no_other(void **state)
{
    (void)state;
    for (uint32_t i = 0U; i < 3U; i++) {
        (void)fake_rich(i, (uint16_t)(0x100U + i));
        pci.functions[i] = fake_inventory((uint16_t)(0x100U + i));
        fake_set(&world.functions[i], PCI_SUBSYSTEM, 4U, 0x1000U + i);
    }
    (void)give(0U, 0x100U);
    config.guests[0].device_count++; /* one of the board's tree in between */
    plan.devices[1] = (struct plan_device){ .is_pci = false, .pci.virtual_rid = 0x09U };
    (void)give(2U, 0x102U);
    plan.devices[2].pci.virtual_rid = 0x10U;
    build();
    assert_int_equal(count_present(), 2);
    assert_int_equal(get(0x08U, PCI_HEADER_TYPE, 1U), 0U);
    assert_int_equal(get(0x08U, PCI_SUBSYSTEM, 4U), 0x1000U);
    assert_int_equal(get(0x10U, PCI_SUBSYSTEM, 4U), 0x1002U);
    for (uint32_t rid = 0U; rid < PCI_VIRTUAL_RIDS; rid++) {
        const bool is_there = rid == 0x08U || rid == 0x10U;

        assert_int_equal(get(rid, PCI_VENDOR_ID, 4U) == UINT32_MAX, !is_there);
        assert_int_equal(get(rid, PCI_VENDOR_ID, 2U) == 0xffffU, !is_there);
        assert_int_equal(get(rid, PCI_HEADER_TYPE, 1U) == 0xffU, !is_there);
        if (!is_there) {
            put(rid, PCI_COMMAND, 4U, UINT32_MAX);
        }
    }
    assert_int_equal(
        world.functions[0].writes + world.functions[1].writes + world.functions[2].writes, 0);
    assert_int_equal(get(0x08U, 0xffcU, 4U), 0U);
    assert_int_equal(world.functions[1].reads, 0);
    put(0x10U, PCI_COMMAND, 2U, PCI_COMMAND_BME);
    assert_int_equal(world.functions[2].writes, 1);
    assert_int_equal(world.functions[0].writes, 0);
}

/* Every place that the plan can give. */
/* shows: R-PCI-26 */
static void test_vpci_bus_that_is_full(void **state)
{
    (void)state;
    (void)fake_rich(0U, 0x100U);
    pci.functions[0] = fake_inventory(0x100U);
    for (uint32_t i = 0U; i < CONFIG_MAX_DEVICES; i++) {
        (void)give(0U, 0x100U);
    }
    build();
    assert_int_equal(count_present(), CONFIG_MAX_DEVICES);
    assert_int_equal(get(0x08U, PCI_HEADER_TYPE, 1U), PCI_HEADER_MULTIFUNCTION);
    assert_int_equal(get(0x08U + 4U, PCI_HEADER_TYPE, 1U), PCI_HEADER_MULTIFUNCTION);
    put(0x08U + 4U, PCI_INTERRUPT, 1U, 0x55U);
    assert_int_equal(get(0x08U + 4U, PCI_INTERRUPT, 1U), 0x55U);
    assert_int_equal(get(0x08U + 3U, PCI_INTERRUPT, 1U), 0U);
    assert_int_equal(pages.used, CONFIG_MAX_DEVICES * PAGE_SIZE);
}

/* shows: R-PCI-26 */
static void test_vpci_bus_multifunction_bit(void **state)
{
    (void)state;
    (void)fake_rich(0U, 0x100U);
    pci.functions[0] = fake_inventory(0x100U);
    for (uint32_t i = 0U; i < 32U; i++) {
        (void)give(0U, 0x100U);
    }
    build();
    assert_int_equal(get(0x08U, PCI_HEADER_TYPE, 1U), PCI_HEADER_MULTIFUNCTION);
    assert_int_equal(get(0x09U, PCI_HEADER_TYPE, 1U), PCI_HEADER_MULTIFUNCTION);
    assert_int_equal(get(0x10U, PCI_HEADER_TYPE, 1U), 0U);
}

/* shows: R-PCI-32 */
static void test_vpci_bus_that_cannot_be_built(void **state)
{
    (void)state;
    (void)fake_rich(0U, 0x100U);
    pci.functions[0] = fake_inventory(0x100U);
    (void)give(0U, 0x100U);
    world.functions[0].present = false;
    assert_false(pci_bus_build(&bus, &plan, 0U, &pages));
    assert_string_equal(world.line,
                        "error: guest \"one\": PCI function 0000:01:00.0 does not answer");

    setup(state);
    (void)fake_rich(0U, 0x100U);
    pci.functions[0] = fake_inventory(0x100U);
    (void)give(0U, 0x100U);
    pages_close(&pages);
    assert_false(pci_bus_build(&bus, &plan, 0U, &pages));
    assert_int_equal(world.lines, 1);
}

/* shows: R-PCI-28 */
static void test_vpci_sriov_is_hidden_when_nobody_has_virtual_functions(void **state)
{
    (void)state;
    give_physical(0U, 0x200U, 8U);
    plan.pci_wanted[0].vfs = 0U;
    build();
    for (uint32_t at = RICH_SRIOV; at < RICH_SRIOV + PCI_SRIOV_SIZE; at += 4U) {
        put(0x08U, at, 4U, UINT32_MAX);
        assert_int_equal(get(0x08U, at, 4U), 0U);
    }
    assert_int_equal(world.functions[0].writes, 0);
}

#define SRIOV(at) (RICH_SRIOV + (at))

/* What Linux does with it (drivers/pci/iov.c: sriov_init, sriov_enable, pci_iov_add_virtfn,
 * sriov_disable). */
/* shows: R-PCI-28, R-PCI-29 */
static void test_vpci_sriov_as_linux_uses_it(void **state)
{
    const uint32_t pf = 0x08U;

    (void)state;
    give_physical(0U, 0x200U, 6U); /* of 8 */
    build();
    assert_int_equal(get(pf, PCI_EXT_FIRST, 4U) >> 20, RICH_SERIAL);
    assert_int_equal(get(pf, RICH_SERIAL, 4U) >> 20, RICH_SRIOV);
    assert_int_equal(get(pf, RICH_SRIOV, 4U), 0x00010010U);
    /* sriov_init */
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_CONTROL), 2U), 0U);
    put(pf, SRIOV(PCI_SRIOV_CONTROL), 2U, 0U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_TOTAL_VFS), 2U), 6U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_INITIAL_VFS), 2U), 6U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_PAGE_SIZES), 4U), 0x553U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_SYSTEM_PAGE_SIZE), 4U), 1U);
    put(pf, SRIOV(PCI_SRIOV_SYSTEM_PAGE_SIZE), 4U, 0x10U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_SYSTEM_PAGE_SIZE), 4U), 0x10U);
    for (uint32_t n = 0U; n < PCI_BARS; n++) {
        put(pf, SRIOV(PCI_SRIOV_VF_BAR0) + 4U * n, 4U, UINT32_MAX);
        assert_int_equal(get(pf, SRIOV(PCI_SRIOV_VF_BAR0) + 4U * n, 4U), 0U);
    }
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_VF_DEVICE) + 2U, 2U), 0xffffU);
    assert_int_equal(get(pf, SRIOV(4U), 4U), 0U);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_NUM_VFS) + 2U, 1U), pf); /* depends on nobody else */
    /* compute_max_vf_buses */
    put(pf, SRIOV(PCI_SRIOV_NUM_VFS), 2U, 6U);
    const uint32_t first = get(pf, SRIOV(PCI_SRIOV_FIRST_VF_OFFSET), 2U);
    const uint32_t stride = get(pf, SRIOV(PCI_SRIOV_VF_STRIDE), 2U);

    assert_int_not_equal(first, 0U);
    assert_int_not_equal(stride, 0U);
    assert_true(pf + first + 5U * stride < PCI_VIRTUAL_RIDS);
    assert_int_equal(count_present(), 1); /* not yet */
    /* sriov_enable */
    put(pf, SRIOV(PCI_SRIOV_NUM_VFS), 2U, 5U);
    put(pf, SRIOV(PCI_SRIOV_CONTROL), 2U, PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE);
    assert_int_equal(count_present(), 6);
    for (uint32_t i = 0U; i < 5U; i++) {
        const uint32_t vf = pf + first + stride * i;

        /* and Linux takes them from the capability */
        assert_int_equal(get(vf, PCI_VENDOR_ID, 4U), UINT32_MAX);
        assert_int_equal(get(vf, PCI_VENDOR_ID, 2U), 0xffffU);
        assert_int_equal(get(vf, PCI_REVISION_CLASS, 4U), 0xff000000U);
        assert_int_equal(get(vf, PCI_HEADER_TYPE, 1U), 0U);
        assert_int_equal(get(vf, PCI_STATUS, 2U), 0U);
        for (uint32_t at = PCI_CACHE_LINE; at < PCI_CONFIG_SIZE; at += 4U) {
            put(vf, at, 4U, UINT32_MAX);
            assert_int_equal(get(vf, at, 4U), 0U);
        }
    }
    assert_int_equal(get(pf + first + stride * 5U, PCI_REVISION_CLASS, 4U), UINT32_MAX);
    /* More than there are. */
    put(pf, SRIOV(PCI_SRIOV_NUM_VFS), 2U, 0xffffU);
    assert_int_equal(count_present(), 7);
    /* sriov_disable */
    put(pf, SRIOV(PCI_SRIOV_CONTROL), 2U, 0U);
    assert_int_equal(count_present(), 1);
    /* A start afresh. */
    put(pf, SRIOV(PCI_SRIOV_CONTROL), 2U, PCI_SRIOV_VF_ENABLE);
    pci_view_reset(bus.views[0]);
    assert_int_equal(count_present(), 1);
    assert_int_equal(get(pf, SRIOV(PCI_SRIOV_NUM_VFS), 2U), 0U);
    /* Of all this nothing has come to the virtual functions that others have. */
    assert_int_equal(fake_get(&world.functions[0], RICH_SRIOV + 8U, 4U), 9U);
    assert_int_equal(fake_get(&world.functions[0], RICH_SRIOV + 16U, 4U), 8U);
}

/* shows: R-PCI-28 */
static void test_vpci_sriov_next_to_other_functions(void **state)
{
    (void)state;
    give_physical(0U, 0x200U, 7U);
    give_physical(1U, 0x300U, 8U);
    (void)fake_rich(2U, 0x500U);
    pci.functions[2] = fake_inventory(0x500U);
    for (uint32_t i = 0U; i < 29U; i++) { /* then each device is taken */
        (void)give(2U, 0x500U);
    }
    build();
    for (uint32_t pf = 0x08U; pf <= 0x10U; pf += 8U) {
        put(pf, SRIOV(PCI_SRIOV_NUM_VFS), 2U, 8U);
        put(pf, SRIOV(PCI_SRIOV_CONTROL), 2U, PCI_SRIOV_VF_ENABLE);
    }
    assert_int_equal(count_present(), 31U + 7U + 8U);
    for (uint32_t device = 1U; device < 32U; device++) { /* those are still themselves */
        assert_int_equal(get(device << 3, PCI_VENDOR_ID, 4U), 0x10c98086U);
    }
}

/* shows: R-PCI-28 */
static void test_vpci_sriov_without_place_for_all(void **state)
{
    (void)state;
    give_physical(0U, 0x200U, 300U);
    assert_true(pci_bus_build(&bus, &plan, 0U, &pages));
    assert_int_equal(get(0x08U, SRIOV(PCI_SRIOV_TOTAL_VFS), 2U), 247U);
    assert_string_equal(world.line, "guest \"one\": its driver of 0000:02:00.0 can enable 247 of "
                                    "300 virtual functions: there is no place for more on the "
                                    "guest's bus; give it fewer PCI devices");
    put(0x08U, SRIOV(PCI_SRIOV_NUM_VFS), 2U, 247U);
    put(0x08U, SRIOV(PCI_SRIOV_CONTROL), 2U, PCI_SRIOV_VF_ENABLE);
    assert_int_equal(count_present(), 248U);
}

/* Then the driver cannot enable the virtual functions, but they are there, for others. */
/* shows: R-PCI-28, R-PCI-31 */
static void test_vpci_sriov_without_place_for_any(void **state)
{
    (void)state;
    (void)fake_rich(2U, 0x500U);
    pci.functions[2] = fake_inventory(0x500U);
    for (uint32_t i = 0U; i < 30U; i++) {
        (void)give(2U, 0x500U);
    }
    give_physical(0U, 0x200U, 8U);
    plan.devices[30].pci.virtual_rid = 0xffU; /* the last place of the bus */
    assert_true(pci_bus_build(&bus, &plan, 0U, &pages));
    assert_int_equal(get(0xffU, RICH_SRIOV, 4U), 0U);
    assert_true(bus.views[0]->has_flr);
    assert_false(bus.views[30]->has_flr);
}

/* Nor are there any of one that has not come back from its reset. */
/* shows: R-PCI-29 */
static void test_vpci_sriov_of_a_dead_function(void **state)
{
    (void)state;
    give_physical(0U, 0x200U, 7U);
    build();
    bus.views[0]->is_dead = true;
    assert_int_equal(count_present(), 0);
}

/* shows: R-PCI-28 */
static void test_vpci_stubs_place(void **state)
{
    bool taken[PCI_VIRTUAL_RIDS] = { false };
    uint16_t first = 0U, stride = 0U;

    (void)state;
    assert_int_equal(pci_stubs_place(taken, 0xf8U, 7U, &first, &stride), 7U);
    assert_int_equal(first, 1U);
    assert_int_equal(stride, 1U);
    assert_int_equal(pci_stubs_place(taken, 0xf8U, 8U, &first, &stride), 7U);
    assert_int_equal(pci_stubs_place(taken, 0xffU, 8U, &first, &stride), 0U);
    for (uint32_t rid = 0U; rid < PCI_VIRTUAL_RIDS; rid += 2U) {
        taken[rid] = true;
    }
    assert_int_equal(pci_stubs_place(taken, 0xe0U, 8U, &first, &stride), 8U);
    assert_int_equal(first, 1U);
    assert_int_equal(stride, 2U);
    (void)memset(taken, 1, sizeof(taken));
    assert_int_equal(pci_stubs_place(taken, 0x08U, 8U, &first, &stride), 0U);
}

#define FRESH(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_vpci_bus_has_the_guests_functions_and_no_other),
        FRESH(test_vpci_bus_that_is_full),
        FRESH(test_vpci_bus_multifunction_bit),
        FRESH(test_vpci_bus_that_cannot_be_built),
        FRESH(test_vpci_sriov_is_hidden_when_nobody_has_virtual_functions),
        FRESH(test_vpci_sriov_as_linux_uses_it),
        FRESH(test_vpci_sriov_next_to_other_functions),
        FRESH(test_vpci_sriov_without_place_for_all),
        FRESH(test_vpci_sriov_without_place_for_any),
        FRESH(test_vpci_sriov_of_a_dead_function),
        cmocka_unit_test(test_vpci_stubs_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
