/* SPDX-License-Identifier: Apache-2.0 */
/* When devices may do DMA, and what becomes of their faults: hyp/dma/dma_unit.c and faults.c. */
/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/dma/dma_unit.c"
#include "tests/unit/dma_bench.h"

#define ID_A   8U
#define ID_B   9U

static struct {
    uint32_t at_once;                   /* most records that were taken under one hold of fault_lock */
    uint32_t under_hold, serving;
    uint32_t free_locks;                /* calls of attach with fault_lock free */
} seen;

static void look(enum call call, uint32_t value)
{
    const struct lock *lock = &dma_iommus[0].fault_lock;

    if (call == REFUSED) {
        fail_msg("refused"); /* nothing here is behind a vIOMMU */
    } else if (call == ATTACHED) {
        seen.free_locks += is_held(lock) ? 0U : 1U;
        assert_false(dma_devices[0].blocked || dma_devices[0].quiet);
    } else if (call == TAKEN) {
        const uint32_t hold = atomic_load(&lock->serving);

        assert_true(is_held(lock));
        seen.under_hold = hold == seen.serving && iommu_is.count[TAKEN] != 1U
                              ? seen.under_hold + value : value;
        seen.serving = hold;
        seen.at_once = seen.under_hold > seen.at_once ? seen.under_hold : seen.at_once;
    } else {
        /* Whenever. */
    }
}

/* Guest 0 with two devices behind IOMMU 0; IOMMU 1 is nobody's. */
static int set_up(void **state)
{
    (void)state;
    bench_init();
    bench_device(ID_A, PLAN_NO_VIOMMU);
    bench_device(ID_B, PLAN_NO_VIOMMU);
    memset(&seen, 0, sizeof(seen));
    iommu_is.hook = look;
    the_plan = &fake.plan;
    return 0;
}

static void faults(uint32_t count)
{
    bench_queue(count, ID_A, 23U);
    while (iommu_is.taken < iommu_is.queued) {
        dma_interrupt(0U);
    }
}

static void restart(void)
{
    dma_unit.guest_stop(fake.guest);
    dma_unit.guest_reset(fake.guest);
}

/* shows: R-DMA-25 */
static void test_a_flood_goes_on_after_a_restart(void **state)
{
    (void)state;
    restart();
    faults(FLOOD - 1U);
    assert_int_equal(iommu_is.count[QUIETED], 0);
    faults(1U);
    assert_int_equal(iommu_is.count[QUIETED], 1);
    faults(FLOOD); /* what was on its way */
    assert_int_equal(iommu_is.count[QUIETED], 1);
    assert_int_equal(fake_console_said("no more are reported until its guest restarts"), 1);
    /* In the same second: it is let in anew, and not listened to at the first. */
    restart();
    faults(1U);
    assert_int_equal(iommu_is.count[QUIETED], 2);
    fake_uart.now += WINDOW;
    restart();
    faults(FLOOD - 1U);
    assert_int_equal(iommu_is.count[QUIETED], 2);
}

/* Faults of a blocked device reach the mark; after the restart they count. */
/* shows: R-DMA-25, R-DMA-26 */
static void test_a_flood_while_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    restart();
    faults(2U * FLOOD);
    assert_int_equal(iommu_is.count[BLOCKED], 1);
    assert_int_equal(iommu_is.count[QUIETED], 0);
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_LOG;
    restart();
    faults(1U);
    assert_int_equal(iommu_is.count[QUIETED], 1);
}

/* shows: R-DMA-26 */
static void test_no_fault_comes_between_two_devices_that_are_let_in(void **state)
{
    (void)state;
    dma_devices[0].blocked = true;
    dma_devices[0].quiet = true;
    dma_devices[1].blocked = true;
    restart();
    assert_int_equal(iommu_is.count[ATTACHED], 2);
    assert_int_equal(seen.free_locks, 0);
    assert_false(dma_devices[1].blocked);
    assert_false(is_held(&dma_iommus[0].fault_lock));
}

/* shows: R-DMA-23 */
static void test_a_device_without_dma_is_not_let_in(void **state)
{
    (void)state;
    fake.config.devices[1].dma_blocked = true;
    restart();
    assert_int_equal(iommu_is.count[ATTACHED], 1);
}

/* shows: R-DMA-24 */
static void test_old_records_are_taken_in_pieces(void **state)
{
    (void)state;
    bench_queue(PLAN_FAULT_ENTRIES, ID_A, 23U);
    restart();
    assert_int_equal(iommu_is.taken, PLAN_FAULT_ENTRIES);
    assert_int_equal(dma_devices[0].meter.total, PLAN_FAULT_ENTRIES);
    assert_true(seen.at_once <= DMA_DRAIN_PIECE);
}

/* shows: R-DMA-24 */
static void test_trouble_is_told_once_in_a_second(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100U; i++) {
        dma_iommus[0].iommu.stats.fault_overflows++;
        faults(1U);
    }
    assert_int_equal(fake_console_said("records of faults are lost"), 1);
    fake_uart.now += WINDOW;
    faults(1U);
    assert_int_equal(fake_console_said("records of faults are lost (100 times)"), 1);
    assert_int_equal(fake_console_said("records of faults are lost"), 2);
    fake_uart.now += WINDOW;
    faults(1U);
    assert_int_equal(fake_console_said("records of faults are lost"), 2);
}

/* shows: R-DMA-11 */
static void test_nothing_is_claimed_of_an_iommu_that_is_lost(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    iommu_is.result = IOMMU_LOST;
    faults(1U);
    assert_int_equal(fake_console_said("does no more DMA"), 0);
    assert_int_equal(fake_console_said("may go on with the DMA that they could do last"), 1);
    restart();
    assert_int_equal(fake_console_said("may go on with the DMA that they could do last"), 1);
    assert_int_equal(fake_console_said("warning: guest \"one\": its devices behind the IOMMU at 0x0 "
                                       "are not let in: it neither answers nor switches off"), 1);
    /* It has switched off at last. */
    iommu_is.result = IOMMU_NO_ANSWER;
    restart();
    restart();
    assert_int_equal(fake_console_said("no device behind it does DMA any more"), 1);
    assert_int_equal(fake_console_said("are not let in: it did not answer, and was switched off"),
                     2);
}

/* shows: R-ISO-72 */
static void test_commands_that_were_given_twice_are_told_at_once(void **state)
{
    (void)state;
    dma_report(the_plan, 0U, IOMMU_OK);
    assert_int_equal(fake.notified[0], 0);
    dma_iommus[0].iommu.stats.queue_restarts = 1U;
    dma_iommus[0].iommu.stats.command_timeouts = 1U;
    dma_report(the_plan, 0U, IOMMU_OK);
    assert_int_equal(fake.notified[0], 1);
    dma_go_on();
    assert_int_equal(fake_console_said("the IOMMU at 0x0 has had trouble: queue-restarts=1 "
                                       "command-timeouts=1"), 1);
    /* And not again. */
    dma_report(the_plan, 0U, IOMMU_OK);
    assert_int_equal(fake.notified[0], 1);
}

/* A guest may ask a dead one as often as it likes, and what that counts is no news: the service hart, where
 * another guest may be, is left alone. */
/* shows: R-ISO-72 */
static void test_who_asks_a_dead_iommu_interrupts_the_service_hart_once(void **state)
{
    (void)state;
    for (uint64_t i = 1U; i <= 100U; i++) {
        dma_iommus[0].iommu.stats.fault_registers = i;
        dma_report(the_plan, 0U, IOMMU_NO_ANSWER);
    }
    assert_int_equal(fake.notified[0], 1);
}

/* A level-sensitive line, which is listened to again after each interrupt. */
/* shows: R-ISO-77 */
static void test_a_line_that_is_stuck_is_let_be(void **state)
{
    const char *text = "error: the interrupt line of the IOMMU at 0x0 stays active without a cause";
    uint32_t rearmed;

    (void)state;
    dma_iommus[0].iommu.setup.interrupt.kind = IOMMU_WIRED;
    fake.board.iommu[0].irq_count = 1U;
    fake.board.iommu[0].irq_flags[0] = 4U;
    iommu_is.line = true;
    for (uint32_t i = 0; i < 5000U; i++) { /* they have a cause */
        bench_queue(1U, ID_A, 23U);
        dma_interrupt(0U);
    }
    assert_int_equal(iommu_is.rearmed, 5000);
    for (uint32_t i = 0; i < 5000U; i++) {
        dma_interrupt(0U);
    }
    rearmed = iommu_is.rearmed - 5000U;
    assert_in_range(rearmed, 900U, 1000U);
    assert_int_equal(fake_console_said(text), 1);
    /* It has recovered, and is stuck again. */
    iommu_is.line = false;
    dma_interrupt(0U);
    assert_int_equal(iommu_is.rearmed - 5000U, rearmed + 1U);
    iommu_is.line = true;
    for (uint32_t i = 0; i < 5000U; i++) {
        dma_interrupt(0U);
    }
    assert_int_equal(fake_console_said(text), 2);
}

/* shows: R-DMA-20 */
static void test_a_stray_interrupt_of_an_unused_iommu(void **state)
{
    (void)state;
    bench_queue(1U, ID_A, 23U);
    dma_interrupt(1U);
    assert_int_equal(iommu_is.count[TAKEN], 0);
    assert_false(is_held(&dma_iommus[1].fault_lock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_flood_goes_on_after_a_restart, set_up),
        cmocka_unit_test_setup(test_a_flood_while_blocked, set_up),
        cmocka_unit_test_setup(test_no_fault_comes_between_two_devices_that_are_let_in, set_up),
        cmocka_unit_test_setup(test_a_device_without_dma_is_not_let_in, set_up),
        cmocka_unit_test_setup(test_old_records_are_taken_in_pieces, set_up),
        cmocka_unit_test_setup(test_trouble_is_told_once_in_a_second, set_up),
        cmocka_unit_test_setup(test_nothing_is_claimed_of_an_iommu_that_is_lost, set_up),
        cmocka_unit_test_setup(test_commands_that_were_given_twice_are_told_at_once, set_up),
        cmocka_unit_test_setup(test_who_asks_a_dead_iommu_interrupts_the_service_hart_once, set_up),
        cmocka_unit_test_setup(test_a_line_that_is_stuck_is_let_be, set_up),
        cmocka_unit_test_setup(test_a_stray_interrupt_of_an_unused_iommu, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
