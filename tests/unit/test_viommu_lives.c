/* SPDX-License-Identifier: Apache-2.0 */
/* vIOMMUs from boot to the end of their guest, and in its next life: hyp/viommu. */
#include "tests/unit/viommu_puppet.h"
#include "hyp/log.h"

/* Its vIOMMUs are made once more. */
static void boot(void)
{
    fake.guest->region_count = 0U;
    assert_int_equal(gstage_create(&fake.guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    assert_true(viommu_unit.guest_init(fake.guest, &pages));
}

/* shows: R-VIO-47 */
static void test_what_the_board_lacks_is_said(void **state)
{
    (void)state;
    log_use_console();
    boot();
    assert_int_equal(fake_console_said("warning"), 0);
    iommu_can.pd8 = false;
    boot();
    assert_int_equal(fake_console_said("warning"), 1); /* one of the two has process-ids */
    assert_int_equal(fake_console_said("has no process ids"), 1);
    iommu_can = (struct iommu_caps){ .pd20 = true };
    boot();
    assert_int_equal(fake_console_said("has no first stages"), 2);
    assert_int_equal(fake_console_said("warning"), 3);
    iommu_can.sv57 = true;
    boot();
    assert_int_equal(fake_console_said("warning"), 3);
}

/* shows: R-VIO-61 */
static void test_the_guest_may_load_registers_and_store_to_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2U; i++) {
        uint32_t rights;
        pa_t at;
        uint64_t value;

        assert_true(gstage_translate(&fake.guest->gstage, gpa(GUEST_VIOMMU_BASE + i * PAGE_SIZE),
                                     &at, &rights));
        assert_int_equal(at.v, runs[FIRST + i].page.v);
        assert_int_equal(rights, GSTAGE_R);
        assert_int_equal(shown(&runs[FIRST + i], PAGE_SIZE / 8U - 1U), 0);
        assert_false(fake.guest->regions[0].read(fake.guest, 0U, i * PAGE_SIZE, 4U, &value));
    }
    assert_int_not_equal(runs[FIRST].page.v, runs[FIRST + 1U].page.v);
}

/* shows: R-VIO-61 */
static void test_a_pool_without_pages_stops_the_boot(void **state)
{
    (void)state;
    fake.guest->region_count = 0U;
    pages_open(&pages, (struct pa_range){ pa(POOL_PA), 0U });
    assert_false(viommu_unit.guest_init(fake.guest, &pages));
    assert_int_equal(fake.guest->region_count, 0);
}

/* shows: R-VIO-68 */
static void test_a_life_that_is_over_does_nothing(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 1U;
    (void)ring(IOMMU_CQT, 4U, 100U);
    box_count = 1U;
    viommu_unit.guest_stop(fake.guest);
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 1);
    assert_int_equal(puppet.reports, 0);
    assert_int_equal(deed_count, 0);
    /* The next one begins with nothing left of it. */
    box_count = 0U;
    begin_life();
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 1);
}

/* shows: R-VIO-69 */
static void test_a_life_begins_with_the_registers_of_a_reset(void **state)
{
    (void)state;
    begin_life();
    assert_int_equal(puppet.resets, 2);
    assert_int_equal(runs[FIRST].state.setup.device_count, 2);
    assert_int_equal(runs[FIRST].state.setup.devices[0].id, 0x8);
    assert_int_equal(runs[FIRST].state.setup.devices[1].id, 0x10);
    assert_false(runs[FIRST].state.setup.boot_off);
    assert_int_equal(runs[FIRST + 1U].state.setup.devices[0].id, 0x100);
    assert_true(runs[FIRST + 1U].state.setup.boot_off);
    assert_int_equal(runs[FIRST].state.setup.interrupt_files.base.v, GUEST_IMSIC_BASE);
    assert_int_equal(runs[FIRST].state.setup.interrupt_files.size, FAKE_VCPUS * PAGE_SIZE);
    assert_int_equal(shown(&runs[FIRST], 0U), CAPABILITIES);
    assert_int_equal(shown(&runs[FIRST], WORD), 1);
    assert_int_equal(shown(&runs[FIRST + 1U], 0U), CAPABILITIES | 1U);
    /* Whatever the page held. */
    memset(phys_pointer(runs[FIRST].page, PAGE_SIZE), 0xff, VIOMMU_WORDS * 8U);
    viommu_unit.guest_stop(fake.guest);
    begin_life();
    for (uint32_t n = 0; n < PAGE_SIZE / 8U; n++) {
        assert_int_equal(shown(&runs[FIRST], n), n < VIOMMU_WORDS ? runs[FIRST].state.words[n] : 0U);
    }
}

/* With more devices than a piece has. */
/* shows: R-VIO-69 */
static void test_all_devices_are_let_in_before_the_guest_runs(void **state)
{
    (void)state;
    fake.plan.viommus[FIRST].id_count = 2U * VIOMMU_PIECE + 1U;
    puppet.more = 2U;
    begin_life();
    assert_int_equal(puppet.more, 0);
    assert_int_equal(puppet.steps, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_the_board_lacks_is_said, set_up),
        cmocka_unit_test_setup(test_the_guest_may_load_registers_and_store_to_none, set_up),
        cmocka_unit_test_setup(test_a_pool_without_pages_stops_the_boot, set_up),
        cmocka_unit_test_setup(test_a_life_that_is_over_does_nothing, set_up),
        cmocka_unit_test_setup(test_a_life_begins_with_the_registers_of_a_reset, set_up),
        cmocka_unit_test_setup(test_all_devices_are_let_in_before_the_guest_runs, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
