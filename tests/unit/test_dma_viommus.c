/* SPDX-License-Identifier: Apache-2.0 */
/* Devices behind vIOMMUs: hyp/dma/viommus.c, with the rest of hyp/dma as it is. */
/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/dma/dma_unit.c"
#include "tests/unit/dma_bench.h"

#define ID_A     8U       /* behind vIOMMU 1, which has two ids */
#define ID_B     9U
#define ID_PLAIN 10U      /* behind none */
#define ID_OTHER 11U      /* behind vIOMMU 2 */
#define VIOMMU   1U
#define OTHER    2U
#define BOX      64U
#define GSCID_OF_VIOMMU (1U + CONFIG_MAX_GUESTS + VIOMMU)
#define GSCID_OF_OTHER  (1U + CONFIG_MAX_GUESTS + OTHER)

/* Guest 0 with four devices behind IOMMU 0; vIOMMU 0 is another guest's. */
static int set_up(void **state)
{
    struct plan *plan = &fake.plan;

    (void)state;
    bench_init();
    bench_device(ID_A, VIOMMU);
    bench_device(ID_B, VIOMMU);
    bench_device(ID_PLAIN, PLAN_NO_VIOMMU);
    bench_device(ID_OTHER, OTHER);
    fake.config.viommu_count = 3U;
    plan->viommus[0] = (struct plan_viommu){ .guest = 1U, .iommu = 0U };
    plan->viommu_ids[0] = (struct plan_viommu_id){ 0x108U, ID_A, 0U };
    plan->viommu_ids[1] = (struct plan_viommu_id){ 0x109U, ID_B, 1U };
    plan->viommu_ids[2] = (struct plan_viommu_id){ 0x10bU, ID_OTHER, 3U };
    plan->viommus[VIOMMU] = (struct plan_viommu){ .ids = &plan->viommu_ids[0], .id_count = 2U };
    plan->viommus[OTHER] = (struct plan_viommu){ .ids = &plan->viommu_ids[2], .id_count = 1U };
    dma_guests[0].gstage = (struct gstage){ GSTAGE_SV39X4, pa(0x84000000U) };
    dma_guests[0].msi =
        (struct iommu_msi_table){ .base = pa(0x85000000U), .mask = 7U, .pattern = 0x28000U };
    dma_iommus[0].iommu.caps.msi_flat = true;
    the_plan = plan;
    dma_unit.guest_reset(fake.guest);
    memset(iommu_is.count, 0, sizeof(iommu_is.count));
    return 0;
}

/* Contexts that were given. */
static uint32_t contexts(void)
{
    return iommu_is.count[ATTACHED] + iommu_is.count[REFUSED];
}

static void faults(uint32_t count, uint32_t id, uint16_t cause)
{
    for (uint32_t i = 0; i < count; i++) {
        bench_queue(1U, id, cause);
        iommu_is.queue[0].iotval = i;
        dma_interrupt(0U);
    }
}

static const struct viommu_context passed = { .reach = VIOMMU_PASSED };
static const struct viommu_context refuse = { .reach = VIOMMU_REFUSED, .cause = 258U };
static const struct viommu_context translated = {
    .reach = VIOMMU_TRANSLATED,
    .first_stage = { .pscid = 5U, .fsc = UINT64_C(8) << 60 | 0x80123U },
};

/* ---- tests ----------------------------------------------------------------------------------- */

/* shows: R-VIO-50 */
static void test_devices_behind_a_viommu_wait_for_it(void **state)
{
    (void)state;
    assert_int_equal(iommu_is.last[ID_PLAIN], ATTACHED);
    assert_int_equal(iommu_is.last[ID_A], NONE);
    assert_int_equal(iommu_is.last[ID_B], NONE);
    assert_int_equal(iommu_is.last[ID_OTHER], NONE);
}

/* shows: R-VIO-51 */
static void test_each_viommu_has_a_gscid_and_all_have_the_tables_of_their_guest(void **state)
{
    const uint64_t root = UINT64_C(8) << 60 | UINT64_C(0x84000);

    (void)state;
    assert_int_equal(dma_gscid(the_plan, 0U), GSCID_OF_VIOMMU);
    assert_int_equal(dma_gscid(the_plan, 2U), DMA_GSCID_FIRST);
    assert_int_equal(dma_gscid(the_plan, 3U), GSCID_OF_OTHER);
    assert_true(dma_viommu_change(VIOMMU, 1U, &translated));
    assert_int_equal(iommu_is.last[ID_B], ATTACHED);
    assert_int_equal(iommu_is.context.iohgatp, root | (uint64_t)GSCID_OF_VIOMMU << 44);
    assert_int_equal(iommu_is.context.msi_table.v, 0x85000000U);
    assert_int_equal(iommu_is.context.msi_mask, 7U);
    assert_int_equal(iommu_is.context.msi_pattern, 0x28000U);
    assert_int_equal(iommu_is.context.first_stage.fsc, translated.first_stage.fsc);
    assert_int_equal(iommu_is.context.first_stage.pscid, 5U);
    assert_true(dma_viommu_change(OTHER, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_OTHER], ATTACHED);
    assert_int_equal(iommu_is.context.iohgatp, root | (uint64_t)GSCID_OF_OTHER << 44);
    assert_int_equal(iommu_is.context.first_stage.fsc, 0);
}

/* shows: R-VIO-52 */
static void test_what_the_guest_refuses_is_reported_unless_quiet(void **state)
{
    struct viommu_context quiet = refuse;

    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    assert_int_equal(iommu_is.last[ID_A], REFUSED);
    assert_false(iommu_is.quiet);
    quiet.quiet = true;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_true(iommu_is.quiet);
    quiet.reach = VIOMMU_PASSED;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_true(iommu_is.quiet);
}

/* As another hart does while this one holds the IOMMU's lock: it gets it afterwards. */
static void change_while_it_ends(void)
{
    const struct lock held = dma_iommus[0].iommu.lock;
    const uint32_t calls = contexts();

    dma_iommus[0].iommu.lock = (struct lock){ 0U, 0U };
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(contexts(), calls);
    dma_iommus[0].iommu.lock = held;
}

static void change_while_it_is_blocked(enum call call, uint32_t value)
{
    (void)value;
    if (call == BLOCKED_ALL) {
        change_while_it_ends();
    }
}

/* Its own ids and those of all its vIOMMUs are blocked, and none is let in again. */
/* shows: R-VIO-53 */
static void test_a_life_that_is_over_changes_nothing(void **state)
{
    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    iommu_is.hook = change_while_it_is_blocked;
    dma_unit.guest_stop(fake.guest);
    assert_int_equal(iommu_is.count[BLOCKED_ALL], 3);
    assert_int_equal(iommu_is.blocked_gscids[0], DMA_GSCID_FIRST);
    assert_int_equal(iommu_is.blocked_gscids[1], GSCID_OF_VIOMMU);
    assert_int_equal(iommu_is.blocked_gscids[2], GSCID_OF_OTHER);
    change_while_it_ends();
    dma_unit.guest_reset(fake.guest);
    const uint32_t calls = contexts();
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(contexts(), calls + 1U);
}

/* shows: R-VIO-54 */
static void test_a_blocked_device_stays_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 1U, &passed));
    assert_int_equal(iommu_is.last[ID_B], ATTACHED);
}

/* Two devices that share an id: the one that is blocked gets nothing through it either. */
/* shows: R-VIO-54 */
static void test_an_id_of_a_blocked_device_stays_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fake.config.devices[1].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fake.plan.devices[1].dma.ids[1] = ID_A;
    fake.plan.devices[1].dma.id_count = 2U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_B, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_int_equal(iommu_is.last[ID_B], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_true(dma_viommu_change(VIOMMU, 1U, &passed));
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_int_equal(iommu_is.last[ID_B], BLOCKED);
    /* The same id at another IOMMU is another device. */
    fake.plan.devices[1].dma.iommu = 1U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
}

/* shows: R-VIO-46 */
static void test_what_the_guest_itself_refuses_has_no_consequences(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_A, 13U);
    faults(1U, ID_A, 266U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], REFUSED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
}

/* Records that the service hart has not seen yet when the guest changes its mind. */
/* shows: R-VIO-46 */
static void test_a_change_of_mind_is_not_for_what_was_refused_before(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    bench_queue(1U, ID_A, 23U);
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    dma_interrupt(0U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    iommu_is.taken = 0U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    dma_interrupt(0U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
}

/* shows: R-VIO-46 */
static void test_the_guest_cannot_silence_a_device_whose_faults_have_consequences(void **state)
{
    struct viommu_context quiet = passed;

    (void)state;
    quiet.quiet = true;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_STOP;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_false(iommu_is.quiet);
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_LOG;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_true(iommu_is.quiet);
}

/* shows: R-VIO-55 */
static void test_a_flood_stays_cut_off_for_its_window(void **state)
{
    struct dma_record records[BOX];
    bool lost;

    (void)state;
    faults(FLOOD - 1U, ID_A, 13U);
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_false(iommu_is.quiet);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), BOX);
    faults(1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], QUIETED);
    assert_int_equal(fake_console_said("no more are reported until its guest lets it in anew"), 1);
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_true(iommu_is.quiet);
    /* What would have come is lost, although there is room. */
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 1);
    assert_true(lost);
    fake_uart.now += WINDOW;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_false(iommu_is.quiet);
    faults(FLOOD - 1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    faults(1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], QUIETED);
}

/* shows: R-VIO-56 */
static void test_records_go_to_the_vIOMMU_of_their_device(void **state)
{
    struct dma_record records[4];
    bool lost;

    (void)state;
    faults(1U, ID_B, 13U);
    faults(1U, ID_PLAIN, 13U);
    faults(1U, ID_OTHER, 15U);
    assert_int_equal(fake.notified[0], 2);
    assert_true((atomic_load(&harts[0].events) & HART_VIOMMU) != 0U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, 4U, &lost), 1);
    assert_false(lost);
    assert_int_equal(records[0].n, 1);
    assert_int_equal(records[0].fault.device_id, ID_B);
    assert_int_equal(records[0].fault.cause, 13);
    assert_int_equal(dma_viommu_take(VIOMMU, records, 4U, &lost), 0);
    assert_int_equal(dma_viommu_take(OTHER, records, 4U, &lost), 1);
    assert_int_equal(records[0].n, 0);
    assert_int_equal(records[0].fault.cause, 15);
}

/* The oldest are kept, and that some are not is known after them. */
/* shows: R-VIO-57 */
static void test_a_full_box_says_so(void **state)
{
    struct dma_record records[BOX];
    bool lost;

    (void)state;
    faults(BOX - 10U, ID_A, 13U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), BOX - 10U);
    fake_uart.now += WINDOW;
    faults(BOX + 1U, ID_A, 13U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX - 1U, &lost), BOX - 1U);
    assert_false(lost);
    assert_int_equal(records[0].fault.iotval, 0);
    assert_int_equal(records[BOX - 2U].fault.iotval, BOX - 2U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 1);
    assert_true(lost);
    assert_int_equal(records[0].fault.iotval, BOX - 1U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 0);
    assert_false(lost);
    /* A new life has none of them. */
    faults(BOX + 1U, ID_B, 13U);
    dma_unit.guest_stop(fake.guest);
    dma_unit.guest_reset(fake.guest);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 0);
    assert_false(lost);
}

/* shows: R-VIO-58 */
static void test_what_the_guest_itself_refuses_is_no_line_in_the_log(void **state)
{
    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(10U, ID_A, 13U);
    faults(10U, ID_A, 266U);
    assert_int_equal(fake_console_said("refused"), 0);
    faults(1U, ID_A, 23U);
    assert_int_equal(fake_console_said("(cause 23)"), 1);
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    faults(10U, ID_A, 23U);
    assert_int_equal(fake_console_said("(cause 23)"), 1);
    assert_int_equal(dma_devices[0].meter.total, 31);
    faults(1U, ID_PLAIN, 13U);
    assert_int_equal(fake_console_said("(cause 13)"), 1);
}

/* shows: R-VIO-59, R-VIO-120 */
static void test_invalidations_bear_the_gscid_of_their_viommu(void **state)
{
    const struct viommu_forget forgets[] = {
        { .kind = VIOMMU_FORGET_ADDRESSES, .addresses = { .by_pscid = true, .pscid = 7U } },
        { .kind = VIOMMU_FORGET_PROCESS, .device = 1U, .process_id = 3U },
    };

    (void)state;
    assert_true(dma_viommu_forget(VIOMMU, forgets, 2U, false));
    assert_int_equal(iommu_is.forgotten_count, 1);
    assert_int_equal(iommu_is.forgotten_gscids[0], GSCID_OF_VIOMMU);
    assert_int_equal(iommu_is.forgotten[0].pscid, 7);
    assert_int_equal(iommu_is.process_device, ID_B);
    assert_int_equal(iommu_is.process_id, 3);
    assert_int_equal(iommu_is.begins, 1);
    assert_int_equal(iommu_is.finishes, 0);
    assert_true(dma_viommu_forget(VIOMMU, forgets, 1U, true));
    assert_int_equal(iommu_is.forgotten_count, 2);
    assert_int_equal(iommu_is.begins, 1);
    assert_int_equal(iommu_is.finishes, 1);
}

/* shows: R-VIO-60 */
static void test_a_dead_iommu_is_told_of_once(void **state)
{
    const struct viommu_forget forgets[2] = { { .kind = VIOMMU_FORGET_ADDRESSES } };

    (void)state;
    iommu_is.result = IOMMU_NO_ANSWER;
    assert_false(dma_viommu_forget(VIOMMU, NULL, 0U, true));
    atomic_store(&dma_iommus[0].iommu.dead, true);
    for (uint32_t i = 0; i < 10U; i++) {
        assert_false(dma_viommu_forget(VIOMMU, NULL, 0U, true));
        assert_false(dma_viommu_forget(VIOMMU, forgets, 2U, false));
        assert_false(dma_viommu_change(VIOMMU, 0U, &passed));
    }
    assert_int_equal(iommu_is.forgotten_count, 10);
    assert_int_equal(fake_console_said("no device behind it does DMA any more"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_devices_behind_a_viommu_wait_for_it, set_up),
        cmocka_unit_test_setup(test_each_viommu_has_a_gscid_and_all_have_the_tables_of_their_guest,
                               set_up),
        cmocka_unit_test_setup(test_what_the_guest_refuses_is_reported_unless_quiet, set_up),
        cmocka_unit_test_setup(test_a_life_that_is_over_changes_nothing, set_up),
        cmocka_unit_test_setup(test_a_blocked_device_stays_blocked, set_up),
        cmocka_unit_test_setup(test_an_id_of_a_blocked_device_stays_blocked, set_up),
        cmocka_unit_test_setup(test_what_the_guest_itself_refuses_has_no_consequences, set_up),
        cmocka_unit_test_setup(test_a_change_of_mind_is_not_for_what_was_refused_before, set_up),
        cmocka_unit_test_setup(
            test_the_guest_cannot_silence_a_device_whose_faults_have_consequences, set_up),
        cmocka_unit_test_setup(test_a_flood_stays_cut_off_for_its_window, set_up),
        cmocka_unit_test_setup(test_records_go_to_the_vIOMMU_of_their_device, set_up),
        cmocka_unit_test_setup(test_a_full_box_says_so, set_up),
        cmocka_unit_test_setup(test_what_the_guest_itself_refuses_is_no_line_in_the_log, set_up),
        cmocka_unit_test_setup(test_invalidations_bear_the_gscid_of_their_viommu, set_up),
        cmocka_unit_test_setup(test_a_dead_iommu_is_told_of_once, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
