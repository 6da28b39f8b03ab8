/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a guest's life, as its PCI functions see it. */
#include "tests/unit/vpci_world.h"

#include "hyp/pci/quiesce.h"

#define OTHER_RID 0x0300U

static struct pci_view views[FUNCTIONS];
static struct pci_view *list[FUNCTIONS];
static struct pci_function functions[FUNCTIONS];
static struct plan_pci planned[FUNCTIONS];
static uint32_t count;

static int setup(void **state)
{
    (void)state;
    world_init();
    count = 0U;
    return 0;
}

static void build(uint32_t i, uint16_t vf_count)
{
    const struct pci_view_source source = {
        .host = &world.host, .function = &functions[i], .plan = &planned[i],
        .has_vfs = vf_count != 0U, .vf_count = vf_count, .vf_first = 1U, .vf_stride = 1U,
    };

    list[i] = &views[i];
    assert_true(pci_view_build(&views[i], &source));
}

/* One more function of the guest. */
static struct fake_function *give(uint16_t rid, uint16_t vf_count, uint32_t source)
{
    const uint32_t i = count++;
    struct fake_function *const f = fake_rich(i, rid);

    functions[i] = fake_inventory(rid);
    planned[i] = fake_plan_pci(rid, (uint16_t)((i + 1U) << 3));
    planned[i].source = source;
    planned[i].pin = 1U;
    build(i, vf_count);
    return f;
}

/* What a life leaves behind: the guest has written everything everywhere. */
static void use(uint32_t i)
{
    for (uint32_t at = 0U; at < PCI_CONFIG_SIZE; at += 4U) {
        pci_view_write(&views[i], at, 4U, UINT32_MAX);
    }
    fake_set(&world.functions[i], PCI_STATUS, 2U, 0xf910U);
    assert_int_equal(fake_get(&world.functions[i], PCI_COMMAND, 2U) & PCI_COMMAND_BME,
                     PCI_COMMAND_BME);
}

static void quiesce(void)
{
    world.now += 17U;
    pci_quiesce(list, count, HZ, "one");
}

/* As the guest finds it: the same registers in hardware and the same view as at first. */
static void assert_fresh(uint32_t i, const struct fake_function *hw, const struct pci_view *view)
{
    const struct fake_function *const f = &world.functions[i];

    for (uint32_t n = 0U; n < PCI_BARS; n++) {
        assert_int_equal(fake_get(f, PCI_BAR0 + 4U * n, 4U), fake_get(hw, PCI_BAR0 + 4U * n, 4U));
    }
    assert_int_equal(fake_get(f, PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | (view->has_intx ? 0U : PCI_COMMAND_INTX_DISABLE));
    assert_int_equal(fake_get(f, PCI_STATUS, 2U), PCI_STATUS_CAPABILITIES);
    assert_int_equal(fake_get(f, RICH_MSI + 2U, 2U) & (PCI_MSI_ENABLE | PCI_MSI_MULTIPLE_ENABLE),
                     0U);
    assert_int_equal(fake_get(f, RICH_MSI + 4U, 4U), 0U);
    assert_int_equal(fake_get(f, RICH_MSIX + 2U, 2U), 0x0009U);
    /* Payload and the like as before; no snoop has been taken away. */
    assert_int_equal(fake_get(f, RICH_EXPRESS + PCI_EXPRESS_DEVICE_CONTROL, 2U), 0x2030U);
    assert_int_equal(fake_get(f, RICH_ACS + PCI_ACS_CONTROL, 2U), 0x001dU);
    for (uint32_t d = 0U; d < view->count; d++) {
        assert_int_equal(views[i].dwords[d].value, view->dwords[d].value);
    }
}

/* shows: R-PCI-30, R-PCI-31, R-PCI-33 */
static void test_vpci_quiesce_resets_and_restores(void **state)
{
    struct fake_function hw;
    struct pci_view view;

    (void)state;
    give(RICH_RID, 0U, 0U);
    world.functions[0].reset_takes = 3U * MS;
    hw = world.functions[0];
    view = views[0];
    quiesce(); /* the first start: the values of reset */
    view = views[0];
    use(0U);
    quiesce();
    assert_int_equal(world.functions[0].resets, 2);
    assert_fresh(0U, &hw, &view);
    assert_int_equal(world.lines, 0);

    give(OTHER_RID, 0U, 4U); /* one with its interrupt */
    hw = world.functions[1];
    quiesce();
    view = views[1];
    use(1U);
    quiesce();
    assert_fresh(1U, &hw, &view);
}

/* PCI Express 6.6.2: for 100 ms nobody talks to it; but the wait is one for all, and the console
 * goes on. */
/* shows: R-PCI-31 */
static void test_vpci_quiesce_waits_once(void **state)
{
    uint64_t start;

    (void)state;
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        give((uint16_t)(RICH_RID + i), 0U, 0U)->reset_takes = 90U * MS;
    }
    start = world.now;
    quiesce();
    assert_in_range(world.now - start, 100U * MS, 105U * MS);
    assert_true(world.attended >= 900U);
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        assert_int_equal(world.functions[i].resets, 1);
        assert_int_equal(fake_get(&world.functions[i], PCI_COMMAND, 2U),
                         PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    }
    /* Slow ones are waited for, up to a second. */
    world.functions[1].reset_takes = 700U * MS;
    start = world.now;
    quiesce();
    assert_in_range(world.now - start, 700U * MS, 705U * MS);
    assert_int_equal(world.lines, 0);
}

/* shows: R-PCI-31 */
static void test_vpci_quiesce_without_reset(void **state)
{
    struct fake_function hw;
    struct pci_view view;
    const uint64_t start = world.now;

    (void)state;
    give(RICH_RID, 8U, 0U); /* its virtual functions are somebody's */
    fake_set(give(OTHER_RID, 0U, 0U), RICH_EXPRESS + 4U, 4U, 0x8fe2U); /* it cannot */
    fake_set(&world.functions[1], RICH_PM + PCI_PM_CONTROL, 2U, PCI_PM_NO_SOFT_RESET);
    build(1U, 0U);
    hw = world.functions[0];
    quiesce();
    view = views[0];
    use(0U);
    pci_view_write(&views[0], RICH_SRIOV + PCI_SRIOV_NUM_VFS, 2U, 3U);
    quiesce();
    assert_int_equal(world.functions[0].resets, 0);
    assert_int_equal(world.functions[1].resets, 0);
    assert_fresh(0U, &hw, &view);
    /* they are still there */
    assert_int_equal(fake_get(&world.functions[0], RICH_SRIOV + 8U, 2U), 9U);
    assert_true(world.now - start < 5U * MS);
}

/* No function-level reset, but a reset on the way back from D3hot. */
/* shows: R-PCI-31 */
static void test_vpci_quiesce_by_power_management(void **state)
{
    struct fake_function hw;
    struct pci_view view;

    (void)state;
    fake_set(give(RICH_RID, 0U, 0U), RICH_EXPRESS + 4U, 4U, 0x8fe2U);
    build(0U, 0U);
    world.functions[0].pm = RICH_PM;
    world.functions[0].reset_takes = 10U * MS;
    hw = world.functions[0];
    quiesce();
    view = views[0];
    use(0U);
    assert_int_equal(world.functions[0].slept_at, 0U); /* nothing of it is the guest's */
    assert_int_equal(world.functions[0].resets, 1);
    quiesce();
    assert_int_equal(world.functions[0].resets, 2);
    assert_fresh(0U, &hw, &view);
    assert_int_equal(fake_get(&world.functions[0], RICH_PM + PCI_PM_CONTROL, 2U), 0U);
    assert_int_equal(world.lines, 0);
    /* One with both is reset once. */
    give(OTHER_RID, 0U, 0U)->pm = RICH_PM;
    quiesce();
    assert_int_equal(world.functions[1].resets, 1);
    /* Whose virtual functions are somebody's is not. */
    build(0U, 8U);
    quiesce();
    assert_int_equal(world.functions[0].resets, 3);
}

static void assert_silent(void)
{
    for (uint32_t i = 0U; i < count; i++) {
        const struct fake_function *const f = &world.functions[i];

        assert_int_equal(fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_BME, 0U);
        assert_int_equal(fake_get(f, RICH_MSI + PCI_MSI_CONTROL, 2U) & PCI_MSI_ENABLE, 0U);
        assert_int_equal(fake_get(f, RICH_MSIX + PCI_MSIX_CONTROL, 2U) & PCI_MSIX_ENABLE, 0U);
        if (f->resets == 0U) {
            assert_int_equal(fake_get(f, PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
        }
    }
}

/* shows: R-PCI-30 */
static void test_vpci_quiesce_waits_for_transactions(void **state)
{
    struct fake_function *const f = give(RICH_RID, 0U, 0U);
    uint64_t start = world.now;

    (void)state;
    use(0U);
    f->busy_until = world.now + 40U * MS;
    (void)give(OTHER_RID, 0U, 5U);
    use(1U);
    /* This one has reset itself: it decodes nothing. */
    fake_set(&world.functions[1], PCI_COMMAND, 2U, 0U);
    world.while_attended = assert_silent; /* all, while one is waited for */
    quiesce();
    assert_true(world.attended >= 1300U);
    count = 1U;
    assert_in_range(world.now - start, 140U * MS, 145U * MS);
    assert_int_equal(world.lines, 0);

    f->busy_until = UINT64_MAX;
    start = world.now;
    quiesce();
    assert_in_range(world.now - start, 200U * MS, 205U * MS);
    assert_int_equal(f->resets, 2); /* all the same */
    assert_string_equal(world.line, "guest \"one\": PCI function 0000:02:01.0 still waits for "
                                    "answers to its requests");
}

/* Conventional PCI has no bit for transactions: it is left its time. */
/* shows: R-PCI-30 */
static void test_vpci_quiesce_of_one_that_cannot_tell(void **state)
{
    struct fake_function *const f = give(RICH_RID, 0U, 0U);
    uint64_t start;

    (void)state;
    fake_set(f, PCI_STATUS, 2U, 0U);
    build(0U, 0U);
    assert_int_equal(views[0].express, 0U);
    world.while_attended = assert_silent;
    start = world.now;
    quiesce();
    assert_in_range(world.now - start, 100U * MS, 105U * MS);
    assert_int_equal(f->resets, 0);
    assert_int_equal(world.lines, 0);
}

/* shows: R-PCI-32 */
static void test_vpci_quiesce_of_one_that_does_not_come_back(void **state)
{
    uint64_t start;

    (void)state;
    give(RICH_RID, 0U, 0U)->reset_takes = 1U << 30;
    give(OTHER_RID, 0U, 0U);
    use(1U);
    start = world.now;
    quiesce();
    assert_in_range(world.now - start, 1100U * MS, 1110U * MS);
    assert_int_equal(world.lines, 1);
    assert_string_equal(world.line, "guest \"one\": PCI function 0000:02:01.0 does not come back "
                                    "from its reset: it stays off");
    assert_int_equal(fake_get(&world.functions[0], PCI_COMMAND, 2U), 0U);
    assert_int_equal(fake_get(&world.functions[1], PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);

    /* Should it come after all, its guest does not notice. */
    world.functions[0].away_until = 0U;
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), UINT32_MAX);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 2U), 0xffffU);
    assert_int_equal(pci_view_read(&views[0], PCI_STATUS + 1U, 1U), 0xffU);
    assert_int_equal(pci_view_read(&views[0], 0xffcU, 4U), UINT32_MAX);
    world.functions[0].writes = 0U;
    pci_view_write(&views[0], PCI_COMMAND, 2U, PCI_COMMAND_BME);
    assert_int_equal(world.functions[0].writes, 0);
    /* Until the next reset. */
    world.functions[0].reset_takes = 3U * MS;
    quiesce();
    assert_int_equal(world.lines, 1);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), 0x10c98086U);
    assert_int_equal(fake_get(&world.functions[0], PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(fake_get(&world.functions[0], PCI_BAR0, 4U), 0xe0000000U);
}

/* Nothing is decoded where BARs are not what they are to be, and 64 bits are not for a moment an
 * address below. */
static void assert_bars_before_decoding(const struct fake_function *f, uint32_t offset)
{
    if (offset >= PCI_BAR0 && offset < PCI_BAR0 + PCI_BARS * PCI_BAR_SIZE) {
        assert_int_equal(fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_MEM, 0U);
    }
    if (offset == PCI_BAR0 + 8U) {
        assert_int_equal(fake_get(f, PCI_BAR0 + 12U, 4U), 0x40U);
    }
}

/* shows: R-PCI-31 */
static void test_vpci_quiesce_writes_bars_before_they_are_decoded(void **state)
{
    (void)state;
    (void)give(RICH_RID, 0U, 0U);
    fake_set(give(OTHER_RID, 0U, 0U), RICH_EXPRESS + 4U, 4U, 0x8fe2U); /* it cannot be reset */
    build(1U, 0U);
    world.before_write = assert_bars_before_decoding;
    quiesce();
    assert_int_equal(world.functions[0].resets, 1);
    assert_int_equal(fake_get(&world.functions[1], PCI_COMMAND, 2U),
                     PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE);
}

/* Virtual functions that somebody has, although the guest of the physical one sees no SR-IOV
 * capability: no place is left
 * for it. */
/* shows: R-PCI-31 */
static void test_vpci_quiesce_spares_virtual_functions_that_the_guest_does_not_see(void **state)
{
    (void)state;
    (void)give(RICH_RID, 0U, 0U);
    const struct pci_view_source source = {
        .host = &world.host, .function = &functions[0], .plan = &planned[0], .has_vfs = true };
    assert_true(pci_view_build(&views[0], &source));
    assert_int_equal(views[0].sriov, 0);
    quiesce();
    assert_int_equal(world.functions[0].resets, 0);
    assert_int_equal(fake_get(&world.functions[0], RICH_SRIOV + 8U, 2U), 9U);
}

/* PCI Express 9.3.4.1.11: its BARs read 0 and are written by nobody. */
/* shows: R-PCI-31 */
static void test_vpci_quiesce_of_a_virtual_function(void **state)
{
    struct fake_function *const f = give(RICH_RID, 0U, 0U);

    (void)state;
    planned[0].is_virtual = true;
    build(0U, 0U);
    fake_set(f, PCI_BAR0, 4U, 0x77760000U);
    views[0].bars[0] = 0x12340000U;
    quiesce();
    assert_int_equal(f->resets, 1);
    assert_int_equal(fake_get(f, PCI_BAR0, 4U), 0U); /* as the reset has left it */
    assert_int_equal(fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_BME, 0U);
}

/* shows: R-ISO-71 */
static void test_vpci_quiesce_of_one_that_has_vanished(void **state)
{
    struct fake_function *const gone = give(RICH_RID, 0U, 0U);
    uint64_t start;

    (void)state;
    give(OTHER_RID, 0U, 0U);
    use(0U);
    use(1U);
    gone->away_until = UINT64_MAX;
    start = world.now;
    quiesce();
    /* It is waited for once; then the time is that of the other's reset. */
    assert_in_range(world.now - start, 1100U * MS, 1105U * MS);
    assert_int_equal(world.lines, 1);
    assert_string_equal(world.line, "guest \"one\": PCI function 0000:02:01.0 does not answer: it "
                                    "is gone, and its guest goes without");
    assert_int_equal(world.functions[1].resets, 1);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), UINT32_MAX);
    assert_int_equal(pci_view_read(&views[1], PCI_VENDOR_ID, 4U), 0x10c98086U);

    /* Plugged in again, it is there from the next start on. */
    gone->away_until = 0U;
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), UINT32_MAX);
    quiesce();
    assert_int_equal(world.lines, 1);
    assert_int_equal(gone->resets, 1);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), 0x10c98086U);
    assert_int_equal(fake_get(gone, PCI_BAR0, 4U), 0xe0000000U);
}

/* shows: R-ISO-71 */
static void test_vpci_quiesce_of_one_that_is_away_for_a_while(void **state)
{
    struct fake_function *const f = give(RICH_RID, 0U, 0U);

    (void)state;
    use(0U);
    f->away_until = world.now + 900U * MS; /* a reset of its own, just before its guest ended */
    quiesce();
    assert_int_equal(world.lines, 0);
    assert_int_equal(f->resets, 1);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), 0x10c98086U);
    assert_int_equal(fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_BME, 0U);
}

/* shows: R-ISO-71 */
static void test_vpci_quiesce_of_another_in_its_place(void **state)
{
    struct fake_function *const f = give(RICH_RID, 0U, 0U);

    (void)state;
    use(0U);
    fake_set(f, PCI_VENDOR_ID, 4U, 0x100e8086U);
    fake_set(f, PCI_BAR0, 4U, 0U);
    quiesce();
    assert_int_equal(world.lines, 1);
    assert_string_equal(world.line, "guest \"one\": PCI function 0000:02:01.0 is not the one that "
                                    "was there at boot: it stays off");
    /* Its registers are where it had them, and it decodes nothing. */
    assert_int_equal(f->resets, 0);
    assert_int_equal(fake_get(f, PCI_BAR0, 4U), 0U);
    assert_int_equal(fake_get(f, PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(pci_view_read(&views[0], PCI_VENDOR_ID, 4U), UINT32_MAX);
}

#define FRESH(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_vpci_quiesce_resets_and_restores),
        FRESH(test_vpci_quiesce_waits_once),
        FRESH(test_vpci_quiesce_without_reset),
        FRESH(test_vpci_quiesce_by_power_management),
        FRESH(test_vpci_quiesce_waits_for_transactions),
        FRESH(test_vpci_quiesce_of_one_that_cannot_tell),
        FRESH(test_vpci_quiesce_of_one_that_does_not_come_back),
        FRESH(test_vpci_quiesce_writes_bars_before_they_are_decoded),
        FRESH(test_vpci_quiesce_spares_virtual_functions_that_the_guest_does_not_see),
        FRESH(test_vpci_quiesce_of_a_virtual_function),
        FRESH(test_vpci_quiesce_of_one_that_has_vanished),
        FRESH(test_vpci_quiesce_of_one_that_is_away_for_a_while),
        FRESH(test_vpci_quiesce_of_another_in_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
