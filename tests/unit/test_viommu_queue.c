/* SPDX-License-Identifier: Apache-2.0 */
/* The command queue of the virtual IOMMU: in pieces, unreadable, undone. */
#include "tests/unit/viommu_commands.h"

/* shows: R-VIO-24, R-VIO-07 */
static void test_viommu_a_full_queue_is_done_in_pieces_and_in_order(void **state)
{
    (void)state;
    struct bench *b = on();
    uint32_t done = 0U;

    /* Begin near the end: the queue is a ring. */
    for (uint32_t i = 0; i < 100U; i++) {
        bench_entry(i, VMA, 0U);
    }
    store32(b, IOMMU_CQT, 100U);
    bench_finish(b);
    assert_int_equal(load32(b, IOMMU_CQH), 100U);
    for (uint32_t i = 0; i < BENCH_SIZE - 1U; i++) {
        bench_entry(100U + i, FENCE | AV | DATA(i), (BENCH_DATA + 4U * i) >> 2);
    }
    store32(b, IOMMU_CQT, 99U);
    for (;;) {
        const uint32_t left = BENCH_SIZE - 1U - done;

        assert_int_equal(b->out.store_count, left < VIOMMU_PIECE ? left : VIOMMU_PIECE);
        for (uint32_t i = 0; i < b->out.store_count; i++, done++) {
            assert_int_equal(b->out.stores[i].value, done);
            assert_int_equal(b->out.stores[i].at.v, BENCH_DATA + 4U * done);
        }
        assert_int_equal(load32(b, IOMMU_CQH), (100U + done) % BENCH_SIZE);
        assert_int_equal(b->out.more, done < BENCH_SIZE - 1U);
        if (!b->out.more) {
            break;
        }
        bench_step(b, NULL);
    }
    assert_int_equal(done, BENCH_SIZE - 1U);

    /* Changes and forgets are bounded the same way. */
    b = on_with(BENCH_DEVICES, BENCH_CAPABILITIES);
    bench_directory(b);
    for (uint32_t i = 0; i < 32U; i++) {
        bench_context(BENCH_ID + i, 1U, 0U, 0U);
        bench_entry(i, DDT | DV(BENCH_ID + i), 0U);
        bench_entry(32U + i, VMA | PSCID(i), 0U);
    }
    store32(b, IOMMU_CQT, 64U);
    for (uint32_t i = 0; i < 4U; i++) {
        assert_int_equal(b->out.change_count, i < 2U ? 16U : 0U);
        assert_int_equal(b->out.forget_count, i < 2U ? 0U : 16U);
        bench_step(b, NULL);
    }
}

/* shows: R-VIO-25 */
static void test_viommu_a_command_that_cannot_be_read_stops_the_queue(void **state)
{
    (void)state;
    struct bench *b = bench_new(1U, BENCH_CAPABILITIES);

    /* The queue reaches over the end of RAM. */
    const uint64_t last = FAKE_RAM_BASE + FAKE_RAM_SIZE - PAGE_SIZE;
    store64(b, IOMMU_CQB, last >> 12 << 10 | 9U);
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    for (uint32_t i = 0; i < 256U; i++) {
        fake_guest_put(last + 16U * i, VMA);
    }
    store32(b, IOMMU_CQT, 300U);
    bench_finish(b);
    assert_int_equal(load32(b, IOMMU_CQH), 256U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CQMF);
    assert_int_equal(load32(b, IOMMU_CQH), 256U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);

    /* A page that goes missing, and the highest address that cqb can say. */
    b = on();
    fake_guest_memory.hole = BENCH_COMMANDS;
    bench_command(b, VMA, 0U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);
    fake_guest_memory.hole = 0U;
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CQMF);
    assert_int_equal(b->out.forget_count, 1U);
    store32(b, IOMMU_CQCSR, 0U);
    store64(b, IOMMU_CQB, UINT64_MAX);
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);
    assert_int_equal(load32(b, IOMMU_CQH), 0U);
}

static void unfinished(struct bench *b)
{
    viommu_unfinished(&b->v, &b->out);
    bench_show(b);
}

/* shows: R-VIO-26 */
static void test_viommu_what_did_not_finish_was_not_done(void **state)
{
    (void)state;
    struct bench *b = on();

    bench_messages(b);
    bench_command(b, VMA, 0U);
    const uint64_t commands[4][2] = {
        { VMA, 0U }, { FENCE | AV, BENCH_DATA >> 2 }, { 0U, 0U }, { FENCE, 0U },
    };
    ring(b, commands, 4U);
    assert_int_equal(load32(b, IOMMU_CQH), 3U);
    unfinished(b);
    /* Its error is not there yet, and the one message is that of the time-out. */
    assert_int_equal(load32(b, IOMMU_CQH), 1U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_TO);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.msi_count, 1U);
    assert_message(b, 0U, 0U);
    b->out.msi_count = 0U;
    assert_nothing_else(b);
    bench_step(b, NULL);
    assert_nothing_else(b);
    assert_int_equal(load32(b, IOMMU_CQH), 1U);
    /* Once more, from there. */
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_TO);
    assert_int_equal(load32(b, IOMMU_CQH), 3U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    assert_int_equal(b->out.store_count, 1U);

    /* By wire: a fence that told has not. What had told before the step, has. */
    b = bench_new(1U, BENCH_CAPABILITIES);
    store32(b, IOMMU_FCTL, IOMMU_FCTL_WSI);
    bench_queues(b);
    bench_command(b, FENCE | WSI, 0U);
    unfinished(b);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_TO);
    assert_int_equal(b->out.wires, 1U);
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_TO);
    bench_command(b, FENCE | WSI, 0U);
    unfinished(b);
    assert_int_equal(load32(b, IOMMU_CQCSR),
                     IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_FENCE_W_IP);
    /* Without an interrupt enabled there is none. */
    store32(b, IOMMU_CQCSR, IOMMU_QCSR_EN | IOMMU_CQCSR_W1C);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
    assert_int_equal(b->out.wires, 0U);
    bench_command(b, FENCE, 0U);
    unfinished(b);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);

    /* Contexts alone: with the queue off there is nothing to stop; what is left goes on. */
    b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES);
    store64(b, IOMMU_DDTP, 1U);
    unfinished(b);
    assert_int_equal(load32(b, IOMMU_CQCSR), 0U);
    assert_true(b->out.more);
    bench_finish(b);
    assert_int_equal(load64(b, IOMMU_DDTP), 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_a_full_queue_is_done_in_pieces_and_in_order),
        cmocka_unit_test(test_viommu_a_command_that_cannot_be_read_stops_the_queue),
        cmocka_unit_test(test_viommu_what_did_not_finish_was_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
