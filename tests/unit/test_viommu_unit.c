/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the effects of a vIOMMU, in which order and in which pieces: hyp/viommu. */
#include "tests/unit/viommu_puppet.h"

/* A step with one of everything. */
static void do_everything(void)
{
    puppet.next.changes[0].device = 1U;
    puppet.next.changes[1].device = 0U;
    puppet.next.change_count = 2U;
    puppet.next.forget_count = 2U;
    puppet.next.fence = true;
    puppet.next.stores[0] = (struct viommu_store){ gpa(FENCE_GPA), FENCE_DATA };
    puppet.next.store_count = 1U;
    puppet.next.wires = 2U;
    puppet.next.msis[0] = (struct viommu_msi){ gpa(GUEST_IMSIC_BASE + 3U * PAGE_SIZE), 0x42U };
    puppet.next.msi_count = 1U;
}

/* shows: R-VIO-62 */
static void test_a_store_is_given_to_the_vIOMMU_that_it_is_to(void **state)
{
    (void)state;
    begin_life();
    assert_true(ring(0x18U, 8U, 0x1122334455667788U));
    assert_int_equal(puppet.write.offset, 0x18);
    assert_int_equal(puppet.write.width, 8);
    assert_int_equal(puppet.write.value, 0x1122334455667788U);
    assert_int_equal(shown(&runs[FIRST], WORD), 2);
    assert_int_equal(shown(&runs[FIRST], HIGH_WORD), 0x200);
    assert_int_equal(shown(&runs[FIRST + 1U], WORD), 1);
    assert_true(ring(PAGE_SIZE + 0xffcU, 4U, 7U));
    assert_int_equal(puppet.write.offset, 0xffc);
    assert_int_equal(shown(&runs[FIRST], WORD), 2);
    assert_int_equal(shown(&runs[FIRST + 1U], WORD), 2);
}

/* shows: R-VIO-63 */
static void test_effects_come_in_their_order(void **state)
{
    static const enum deed order[] = { CHANGE, CHANGE, FORGET, FINISH, LEVEL, MSI };

    (void)state;
    begin_life();
    do_everything();
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deed_count, 6);
    for (uint32_t i = 0; i < 6U; i++) {
        assert_int_equal(deeds[i].deed, order[i]);
        /* Nothing is visible before the hardware is done, and all of it before an interrupt. */
        assert_int_equal(deeds[i].stored, i > 3U);
        assert_int_equal(deeds[i].shown, i > 3U);
    }
    assert_int_equal(deeds[0].viommu, FIRST);
    assert_int_equal(deeds[0].value, 1);
    assert_int_equal(deeds[1].value, 0);
    assert_int_equal(deeds[2].value, 2);
    assert_int_equal(deeds[4].viommu, SOURCE + 1U);
    assert_int_equal(deeds[4].value, 1);
    assert_int_equal(deeds[5].viommu, 3);
    assert_int_equal(deeds[5].value, 0x42);
    assert_int_equal(guest_word(FENCE_GPA - 4U), 0xa5a5a5a5U);
    assert_int_equal(guest_word(FENCE_GPA + 4U), 0xa5a5a5a5U);
}

/* With the register in the guest's memory, where IOFENCE.C stores: what is stored last stays. */
/* shows: R-VIO-63 */
static void test_data_is_in_memory_before_registers_say_so(void **state)
{
    (void)state;
    begin_life();
    the_run->page = pa(FAKE_PHYS_BASE);
    puppet.next.stores[0] = (struct viommu_store){ gpa(GUEST_RAM_BASE + WORD * 8U), FENCE_DATA };
    puppet.next.store_count = 1U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(shown(the_run, WORD), the_run->state.words[WORD]);
}

/* A fence's message comes when all of it is visible, and not at all if the fence was not done. */
/* shows: R-VIO-63, R-VIO-64 */
static void test_a_fence_may_store_to_an_interrupt_file(void **state)
{
    (void)state;
    begin_life();
    do_everything();
    puppet.next.stores[1] =
        (struct viommu_store){ gpa(GUEST_IMSIC_BASE + PAGE_SIZE), 0x29U };
    puppet.next.store_count = 2U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deed_count, 7);
    assert_int_equal(deeds[5].deed, MSI);
    assert_int_equal(deeds[5].viommu, 1);
    assert_int_equal(deeds[5].value, 0x29);
    assert_true(deeds[5].stored && deeds[5].shown);
    assert_int_equal(deeds[6].deed, MSI);
    assert_int_equal(deeds[6].value, 0x42);
    do_everything();
    puppet.next.stores[0].at = gpa(GUEST_IMSIC_BASE + 4096U * PAGE_SIZE);
    deed_count = 0U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deeds[deed_count - 1U].value, 0x42);
}

/* shows: R-VIO-64 */
static void test_what_the_iommu_does_not_do_is_not_claimed(void **state)
{
    (void)state;
    begin_life();
    do_everything();
    iommu_answers = false;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(puppet.unfinished, 1);
    assert_int_equal(deed_count, 1); /* what comes after it is not tried */
    assert_int_equal(guest_word(FENCE_GPA), 0xa5a5a5a5U);
    assert_int_equal(shown(the_run, WORD), 0xdead);
}

/* shows: R-VIO-65 */
static void test_wires_are_levels(void **state)
{
    (void)state;
    begin_life();
    puppet.next.wires = 3U;
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 2);
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 2);
    puppet.next.wires = 1U;
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 3);
    assert_int_equal(deeds[2].viommu, SOURCE + 1U);
    assert_int_equal(deeds[2].value, 0);
    /* A wire that is high at the end of a life is low at the beginning of the next. */
    viommu_unit.guest_stop(fake.guest);
    puppet.next.wires = 0U;
    viommu_unit.guest_reset(fake.guest);
    assert_int_equal(deed_count, 4);
    assert_int_equal(deeds[3].viommu, SOURCE);
    assert_int_equal(deeds[3].value, 0);
}

/* shows: R-VIO-66 */
static void test_what_is_left_is_done_piece_by_piece(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 2U;
    fake_become(2);
    (void)ring(IOMMU_CQT, 4U, 100U);
    assert_int_equal(puppet.steps, 1);
    assert_true((atomic_exchange(&harts[2].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 2);
    assert_int_equal(puppet.write.width, 0);
    assert_true((atomic_exchange(&harts[2].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 3);
    assert_int_equal(atomic_load(&harts[2].events), 0);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 3);
    assert_int_equal(atomic_load(&harts[0].events), 0);
}

/* shows: R-VIO-67 */
static void test_records_are_delivered_in_pieces(void **state)
{
    (void)state;
    begin_life();
    for (uint32_t i = 0; i < 10U; i++) {
        box[i] = (struct dma_record){ i, { .cause = 13U } };
    }
    box_count = 10U;
    box_lost = true;
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, RECORDS_PIECE);
    assert_int_equal(puppet.losses, 0);
    assert_true((atomic_exchange(&harts[0].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, 10);
    assert_int_equal(puppet.losses, 1);
    assert_int_equal(atomic_load(&harts[0].events), 0);
    for (uint32_t i = 0; i < 10U; i++) {
        assert_int_equal(puppet.reported[i], i);
    }
    assert_int_equal(shown(the_run, WORD), the_run->state.words[WORD]);
}

/* A record does not make forgotten what is left of a queue. */
/* shows: R-VIO-66, R-VIO-67 */
static void test_records_and_what_is_left(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 1U;
    (void)ring(IOMMU_CQT, 4U, 100U);
    box[0] = (struct dma_record){ 0U, { .cause = 13U } };
    box_count = 1U;
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, 1);
    assert_int_equal(puppet.steps, 2);
}

/* shows: R-VIO-63 */
static void test_the_guests_memory_is_its_ram(void **state)
{
    const struct viommu_memory memory = viommu_memory_of(fake.guest);
    const uint64_t end = GUEST_RAM_BASE + FAKE_RAM_SIZE;
    uint64_t words[2] = { 1U, 2U }, back[2] = { 0U, 0U };

    (void)state;
    assert_true(memory.store(memory.ctx, gpa(end - 16U), words, 2U));
    assert_true(memory.load(memory.ctx, gpa(end - 16U), back, 2U));
    assert_memory_equal(words, back, sizeof(words));
    assert_false(memory.store(memory.ctx, gpa(end - 8U), words, 2U));
    assert_false(memory.load(memory.ctx, gpa(GUEST_RAM_BASE - 8U), back, 2U));
    assert_false(memory.load(memory.ctx, gpa(UINT64_MAX - 7U), back, 2U));
    assert_true(memory.holds(memory.ctx, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE));
    assert_false(memory.holds(memory.ctx, gpa(GUEST_RAM_BASE + 8U), FAKE_RAM_SIZE));
    assert_false(memory.holds(memory.ctx, gpa(UINT64_MAX - 7U), 16U));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_store_is_given_to_the_vIOMMU_that_it_is_to, set_up),
        cmocka_unit_test_setup(test_effects_come_in_their_order, set_up),
        cmocka_unit_test_setup(test_data_is_in_memory_before_registers_say_so, set_up),
        cmocka_unit_test_setup(test_a_fence_may_store_to_an_interrupt_file, set_up),
        cmocka_unit_test_setup(test_what_the_iommu_does_not_do_is_not_claimed, set_up),
        cmocka_unit_test_setup(test_wires_are_levels, set_up),
        cmocka_unit_test_setup(test_what_is_left_is_done_piece_by_piece, set_up),
        cmocka_unit_test_setup(test_records_are_delivered_in_pieces, set_up),
        cmocka_unit_test_setup(test_records_and_what_is_left, set_up),
        cmocka_unit_test_setup(test_the_guests_memory_is_its_ram, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
