/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery of the command queue, and the fault queue (iommu/queue.h; iommu/iommu.h:
 * iommu_take_faults). */
#include "iommu/control.h"
#include "tests/unit/fake_iommu_bench.h"

#define ID 0x42U

static struct bench *attached(void)
{
    struct bench *b = bench_opened();
    const struct iommu_context one = context_of(ONE);

    assert_int_equal(iommu_claim(&b->iommu, ID, ONE, &b->pages), IOMMU_OK);
    fake_iommu_watch(ID);
    assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_OK);
    return b;
}

/* ---- the command queue ----------------------------------------------------------------------- */

/* shows: R-DMA-10 */
static void test_iommu_commands_that_failed_once_are_given_again(void **state)
{
    (void)state;
    static const uint32_t errors[] = { IOMMU_CQCSR_CQMF, IOMMU_CQCSR_CMD_TO, IOMMU_CQCSR_CMD_ILL };

    /* Whichever command of a batch it is. */
    for (uint32_t e = 0U; e < 3U; e++) {
        for (uint32_t skip = 0U; skip < 4U; skip++) {
            struct bench *b = attached();

            fake_iommu.fail_bits = errors[e];
            fake_iommu.fail_skip = skip;
            fake_iommu.fail_times = 1U;
            const uint32_t from = fake_iommu.events;
            const uint64_t start = fake_uart.now;
            assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_OK);
            assert_true(fake_uart.now - start < PATIENCE / 2U);  /* an error is not waited out */
            assert_blocked(ID);
            assert_false(b->iommu.dead);
            assert_int_equal(b->iommu.stats.queue_restarts, 1U);
            assert_int_equal(b->iommu.stats.command_memory, e == 0U);
            assert_int_equal(b->iommu.stats.command_timeouts, e == 1U);
            assert_int_equal(b->iommu.stats.command_illegal, e == 2U);
            /* All of the batch, from its first command on, after the queue was off and on. */
            const uint32_t on = fake_iommu_find_write(fake_iommu_find_write(from, IOMMU_CQCSR) + 1U,
                                                      IOMMU_CQCSR);
            const uint32_t tail = fake_iommu_find_write(on, IOMMU_CQT);
            assert_int_equal(fake_iommu.log[tail].value[0], 4U);
            assert_int_equal(fake_iommu.log[tail + 1U].value[0] & 0x3ffU, 0x003U);
        }
    }
}

/* shows: R-DMA-10, R-DMA-11 */
static void test_iommu_that_fails_twice_is_switched_off(void **state)
{
    (void)state;
    for (uint32_t deaf = 0U; deaf < 2U; deaf++) {
        struct bench *b = attached();
        const struct iommu_context one = context_of(ONE);

        fake_iommu.deaf = deaf != 0U;
        fake_iommu.fail_bits = IOMMU_CQCSR_CMD_ILL;
        fake_iommu.fail_times = FAKE_FOREVER;
        const uint64_t start = fake_uart.now;
        assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_NO_ANSWER);
        assert_true(fake_uart.now - start < 8U * PATIENCE);
        assert_off();
        assert_true(b->iommu.dead);
        assert_int_equal(b->iommu.stats.command_illegal, deaf != 0U ? 0U : 2U);
        assert_int_equal(b->iommu.stats.command_timeouts, deaf != 0U ? 2U : 0U);

        /* For ever, at once, and without a word to it. */
        const uint32_t events = fake_iommu.events;
        assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_NO_ANSWER);
        assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_NO_ANSWER);
        assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_NO_ANSWER);
        assert_int_equal(iommu_claim(&b->iommu, 7U, ONE, &b->pages), IOMMU_NO_ANSWER);
        assert_int_equal(fake_iommu.events, events);
    }
}

/* shows: R-DMA-11 */
static void test_iommu_that_does_not_switch_off_is_lost_until_it_does(void **state)
{
    (void)state;
    struct bench *b = attached();

    fake_iommu.deaf = true;
    fake_iommu.off_refused = true;
    fake_iommu.cq_stays = FAKE_FOREVER;
    const uint64_t start = fake_uart.now;
    assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_LOST);
    assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_LOST);
    assert_true(fake_uart.now - start < 16U * PATIENCE);
    /* It has had its time: nobody waits for it once more. */
    const uint64_t later = fake_uart.now;
    for (uint32_t i = 0; i < 10U; i++) {
        assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_LOST);
    }
    assert_true(fake_uart.now - later < PATIENCE);
    fake_iommu.off_refused = false;
    (void)iommu_block(&b->iommu, ID); /* it may take a while again, */
    while (!iommu_is_off(pa(FAKE_IOMMU_REGS))) {
    }
    assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_NO_ANSWER); /* which is noticed */
    assert_off();
}

/* shows: R-DMA-10 */
static void test_iommu_queue_goes_round(void **state)
{
    (void)state;
    struct bench *b = attached();
    const struct iommu_context one = context_of(ONE);

    for (uint32_t i = 0U; i < 100U; i++) {
        fake_iommu.events = 0U;
        assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_OK);
        assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_OK);
    }
    assert_int_equal(b->iommu.stats.queue_restarts, 0U);
}

/* ---- the fault queue ------------------------------------------------------------------------- */

#define CHUNK 8U

static uint32_t next_number, taken_number;

static void faults(uint32_t count)
{
    for (uint32_t i = 0U; i < count; i++) {
        fake_iommu_fault(ID, 23U, 3U, next_number, ~(uint64_t)next_number);
        next_number++;
    }
}

/* Everything, in order. */
static uint32_t drain(struct bench *b)
{
    struct iommu_fault out[CHUNK];
    uint32_t count, total = 0U;

    do {
        count = iommu_take_faults(&b->iommu, out, CHUNK);
        assert_true(count <= CHUNK);
        for (uint32_t i = 0U; i < count; i++) {
            assert_int_equal(out[i].device_id, ID);
            assert_int_equal(out[i].cause, 23U);
            assert_int_equal(out[i].ttyp, 3U);
            assert_int_equal(out[i].iotval, taken_number);
            assert_int_equal(out[i].iotval2, ~(uint64_t)taken_number);
            taken_number++;
        }
        total += count;
    } while (count == CHUNK);
    return total;
}

static struct bench *faulting(void)
{
    next_number = 0U;
    taken_number = 0U;
    return attached();
}

/* shows: R-DMA-12 */
static void test_iommu_faults_come_once_each_in_order(void **state)
{
    (void)state;
    struct bench *b = faulting();

    assert_int_equal(drain(b), 0U);
    for (uint32_t count = 0U; count < 128U; count += 11U) {
        faults(count);
        assert_int_equal(drain(b), count);
        assert_int_equal(fake_iommu_reg32(IOMMU_FQH), fake_iommu_reg32(IOMMU_FQT));
    }
    assert_int_equal(b->iommu.stats.fault_overflows, 0U);
}

/* shows: R-DMA-12 */
static void test_iommu_faults_that_come_after_a_drain_interrupt_again(void **state)
{
    (void)state;
    for (uint32_t quirk = 0U; quirk < 2U; quirk++) {
        struct bench *b = faulting();

        fake_iommu.cip_clears_fip = quirk != 0U;
        for (uint32_t i = 0U; i < 5U; i++) {
            if (i % 2U == 1U) {
                fake_iommu_set32(IOMMU_IPSR, IOMMU_IPSR_CIP);
            }
            faults(3U);
            assert_int_equal(fake_iommu.msis, i + 1U);
            const uint32_t from = fake_iommu.events;
            assert_int_equal(drain(b), 3U);
            assert_int_equal(fake_iommu_reg32(IOMMU_IPSR), 0U);
            /* Cleared before the queue is looked at, not after. */
            assert_true(fake_iommu_find_write(from, IOMMU_IPSR) <
                        fake_iommu_find_write(from, IOMMU_FQH));
            assert_int_equal(
                fake_iommu_find_write(fake_iommu_find_write(from, IOMMU_FQH), IOMMU_IPSR),
                fake_iommu.events);
        }
    }
}

/* shows: R-DMA-12 */
static void test_iommu_faults_are_taken_a_bounded_number_at_a_time(void **state)
{
    (void)state;
    struct bench *b = faulting();
    struct iommu_fault out[CHUNK];

    faults(20U);
    for (uint32_t i = 0U; i < 2U; i++) {
        assert_int_equal(iommu_take_faults(&b->iommu, out, CHUNK), CHUNK);
        assert_int_equal(out[0].iotval, i * CHUNK);
    }
    assert_int_equal(iommu_take_faults(&b->iommu, out, 1U), 1U);
    assert_int_equal(iommu_take_faults(&b->iommu, out, CHUNK), 3U);
    assert_int_equal(out[2].iotval, 19U);

    /* A tail that makes no sense leads nowhere. */
    fake_iommu_set32(IOMMU_FQT, UINT32_MAX);
    uint32_t total = 0U;
    for (uint32_t i = 0U; i < 32U; i++) {
        total += iommu_take_faults(&b->iommu, out, CHUNK);
    }
    assert_true(total < 128U);
}

static void one_more(void)
{
    fake_iommu.on_fqh = NULL;
    faults(1U);
}

/* shows: R-DMA-12 */
static void test_iommu_fault_that_comes_during_a_drain_stays_pending(void **state)
{
    (void)state;
    struct bench *b = faulting();

    faults(3U);
    fake_iommu.on_fqh = one_more;
    assert_int_equal(drain(b), 3U);
    assert_int_not_equal(fake_iommu_reg32(IOMMU_FQT), fake_iommu_reg32(IOMMU_FQH));
    assert_int_equal(fake_iommu_reg32(IOMMU_IPSR), IOMMU_IPSR_FIP);
    assert_int_equal(drain(b), 1U);
}

/* shows: R-DMA-13 */
static void test_iommu_overflow_is_counted_and_faults_are_recorded_again(void **state)
{
    (void)state;
    struct bench *b = faulting();

    faults(127U);
    assert_int_equal(fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FQOF, 0U);
    faults(10U);
    assert_int_not_equal(fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FQOF, 0U);
    assert_int_equal(drain(b), 127U);
    assert_int_equal(b->iommu.stats.fault_overflows, 1U);
    assert_int_equal(fake_iommu_reg32(IOMMU_FQCSR) & (IOMMU_FQCSR_FQOF | IOMMU_FQCSR_FIE | 1U),
                     IOMMU_FQCSR_FIE | 1U);
    assert_int_equal(drain(b), 0U);      /* what the overflow raised again */
    const uint32_t before = fake_iommu.msis;
    next_number = 127U;
    faults(2U);
    assert_int_equal(fake_iommu.msis, before + 1U);
    assert_int_equal(drain(b), 2U);

    fake_iommu_set32(IOMMU_FQCSR, fake_iommu_reg32(IOMMU_FQCSR) | IOMMU_FQCSR_FQMF);
    faults(1U);
    assert_int_equal(drain(b), 0U);
    assert_int_equal(b->iommu.stats.fault_memory, 1U);
    assert_int_equal(b->iommu.stats.fault_overflows, 1U);
    next_number = 129U;
    faults(1U);
    assert_int_equal(drain(b), 1U);
}

/* shows: R-DMA-13 */
static void test_iommu_overflow_while_busy_is_seen_to_later(void **state)
{
    (void)state;
    struct bench *b = faulting();

    faults(130U);
    fake_iommu.fq_stays = FAKE_FOREVER;
    fake_iommu_set32(IOMMU_FQCSR, fake_iommu_reg32(IOMMU_FQCSR) | IOMMU_QCSR_BUSY);
    assert_int_equal(drain(b), 127U);    /* the fake ends the test if fqcsr is written now */
    assert_int_equal(b->iommu.stats.fault_overflows, 0U);
    assert_int_not_equal(fake_iommu_reg32(IOMMU_IPSR) & IOMMU_IPSR_FIP, 0U);
    fake_iommu.fq_stays = 0U;
    while ((fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FQOF) != 0U) {
        assert_int_equal(drain(b), 0U);
    }
    assert_int_equal(b->iommu.stats.fault_overflows, 1U);
}

/* shows: R-DMA-11, R-DMA-12 */
static void test_iommu_that_was_switched_off_is_drained_and_then_silent(void **state)
{
    (void)state;
    struct bench *b = faulting();

    faults(3U);
    fake_iommu.deaf = true;
    assert_int_equal(iommu_block(&b->iommu, ID), IOMMU_NO_ANSWER);
    assert_int_equal(drain(b), 3U);
    for (uint32_t i = 0U; i < 10U; i++) {
        (void)drain(b);
    }
    assert_int_equal(fake_iommu_reg32(IOMMU_FQCSR) & 0x30001U, 0U);
    faults(3U);
    assert_int_equal(drain(b), 0U);
}

/* shows: R-DMA-12, R-DMA-14 */
static void test_iommu_faults_of_one_that_is_not_coherent_are_as_it_wrote_them(void **state)
{
    (void)state;
    for (uint32_t block = 32U; block <= 128U; block *= 2U) {
        struct bench *b = bench_new();

        next_number = 0U;
        taken_number = 0U;
        fake_iommu.cache_block = block;
        b->setup.cache_block = block;
        assert_int_equal(bench_open(b), IOMMU_OK);
        for (uint32_t i = 0U; i < 40U; i++) {
            faults(9U);
            assert_int_equal(drain(b), 9U);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_commands_that_failed_once_are_given_again),
        cmocka_unit_test(test_iommu_that_fails_twice_is_switched_off),
        cmocka_unit_test(test_iommu_that_does_not_switch_off_is_lost_until_it_does),
        cmocka_unit_test(test_iommu_queue_goes_round),
        cmocka_unit_test(test_iommu_faults_come_once_each_in_order),
        cmocka_unit_test(test_iommu_faults_that_come_after_a_drain_interrupt_again),
        cmocka_unit_test(test_iommu_faults_are_taken_a_bounded_number_at_a_time),
        cmocka_unit_test(test_iommu_fault_that_comes_during_a_drain_stays_pending),
        cmocka_unit_test(test_iommu_overflow_is_counted_and_faults_are_recorded_again),
        cmocka_unit_test(test_iommu_overflow_while_busy_is_seen_to_later),
        cmocka_unit_test(test_iommu_that_was_switched_off_is_drained_and_then_silent),
        cmocka_unit_test(test_iommu_faults_of_one_that_is_not_coherent_are_as_it_wrote_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
