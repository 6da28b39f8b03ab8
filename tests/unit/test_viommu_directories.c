/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the virtual IOMMU about its directories. */
#include "tests/unit/viommu_commands.h"

/* shows: R-VIO-21 */
static void test_viommu_inval_ddt_of_a_device_looks_it_up(void **state)
{
    (void)state;
    struct bench *b = on();

    bench_directory(b);
    bench_context(BENCH_ID + 2U, 1U, 0x7000U, SV39 | 5U);
    bench_context(BENCH_ID + 3U, 1U, 0x8000U, SV39 | 6U);
    bench_command(b, DDT | DV(BENCH_ID + 2U), 0U);
    assert_int_equal(b->out.change_count, 1U);
    assert_int_equal(b->out.changes[0].device, 2U);
    assert_int_equal(b->devices[2].context.reach, VIOMMU_TRANSLATED);
    assert_int_equal(b->devices[2].context.first_stage.pscid, 7U);
    assert_int_equal(b->devices[3].context.reach, VIOMMU_REFUSED);
    assert_false(b->out.more);
    /* The same again is nothing new; ids of nobody are nothing. */
    bench_command(b, DDT | DV(BENCH_ID + 2U), 0U);
    assert_nothing_else(b);
    bench_command(b, DDT | DV(0U), 0U);
    assert_nothing_else(b);
    bench_command(b, DDT | DV(BENCH_ID + 4U), 0U);
    assert_nothing_else(b);
    assert_int_equal(load32(b, IOMMU_CQH), load32(b, IOMMU_CQT));
    /* Every field of a context counts: tc.DTF, PSCID, fsc. A device is told of once in a piece. */
    static const uint64_t fields[][3] = {
        { 0x11U, 0x7000U, SV39 | 5U }, { 0x11U, 0x9000U, SV39 | 5U }, { 0x11U, 0x9000U, SV39 | 9U },
        { 0x11U, 0x9000U, 0U }, { 1U, 0U, 0U }, { 0U, 0U, 0U }, { 1U | BIT(11), 0U, 0U },
    };
    const uint64_t twice[2][2] = {
        { DDT | DV(BENCH_ID + 2U), 0U }, { DDT | DV(BENCH_ID + 2U), 0U },
    };
    for (uint32_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        bench_context(BENCH_ID + 2U, fields[i][0], fields[i][1], fields[i][2]);
        ring(b, twice, 2U);
        assert_int_equal(b->out.change_count, 1U);
        assert_int_equal(b->out.changes[0].device, 2U);
    }

    /* An id wider than the mode: 7 bits, 16 bits. Off and Bare know of no width. */
    static const struct {
        uint64_t mode;
        uint32_t wide;
    } modes[] = { { 2U, 1U << 7 }, { 3U, 1U << 16 }, { 4U, 0U }, { 0U, 0U }, { 1U, 0U } };
    for (uint32_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        store32(b, IOMMU_DDTP, (uint32_t)modes[i].mode);
        bench_command(b, DDT | DV(modes[i].wide != 0U ? modes[i].wide - 1U : 0xffffffU), 0U);
        assert_int_equal(load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_W1C, 0U);
        if (modes[i].wide != 0U) {
            bench_command(b, DDT | DV(modes[i].wide), 0U);
            assert_int_equal(load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_W1C, IOMMU_CQCSR_CMD_ILL);
            bench_entry(load32(b, IOMMU_CQH), VMA, 0U);
            store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
        }
    }
}

/* shows: R-VIO-22 */
static void test_viommu_inval_ddt_of_all_is_done_before_what_comes_after_it(void **state)
{
    (void)state;
    struct bench *b = on_with(BENCH_DEVICES, BENCH_CAPABILITIES);

    bench_directory(b);
    for (uint32_t i = 0; i < BENCH_DEVICES; i += 2U) {
        bench_context(BENCH_ID + i, 1U, 0U, SV39 | i);
    }
    const uint64_t commands[3][2] = {
        { VMA, 0U }, { DDT | (DV(0x123456) & ~BIT(33)), 0U }, { FENCE | AV, BENCH_DATA >> 2 },
    };
    ring(b, commands, 3U);
    assert_int_equal(load32(b, IOMMU_CQH), 2U);
    assert_int_equal(b->out.change_count, 0U);
    assert_int_equal(b->out.forget_count, 1U);
    assert_false(b->out.fence);
    assert_true(b->out.more);
    assert_int_equal(load32(b, IOMMU_DDTP) & IOMMU_DDTP_BUSY, 0U);
    for (uint32_t i = 0; i < BENCH_DEVICES; i += VIOMMU_PIECE) {
        bench_step(b, NULL);
        /* Only those that are new, and the fence not before the last of them. */
        assert_int_equal(b->out.change_count, (i + 16U <= BENCH_DEVICES ? 16U : 8U) / 2U);
        assert_int_equal(b->out.changes[0].device, i);
        assert_false(b->out.fence);
        assert_int_equal(b->out.store_count, 0U);
        assert_int_equal(load32(b, IOMMU_CQH), 2U);
        assert_true(b->out.more);
    }
    bench_step(b, NULL);
    assert_true(b->out.fence);
    assert_int_equal(b->out.store_count, 1U);
    assert_int_equal(load32(b, IOMMU_CQH), 3U);
    assert_false(b->out.more);

    /* A new mode in the middle of it begins anew. */
    bench_command(b, DDT, 0U);
    bench_step(b, NULL);
    assert_int_equal(b->v.next_device, VIOMMU_PIECE);
    store64(b, IOMMU_DDTP, 1U);
    assert_int_equal(b->out.changes[0].device, 0U);
    assert_int_equal(load64(b, IOMMU_DDTP), 1U | IOMMU_DDTP_BUSY);
    bench_finish(b);
    assert_int_equal(load64(b, IOMMU_DDTP), 1U);
}

/* shows: R-VIO-23, R-VIO-21 */
static void test_viommu_processes_are_forgotten_by_id(void **state)
{
    (void)state;
    struct bench *b = on_with(4U, BENCH_CAPABILITIES | BENCH_PD17);
    const uint64_t pd17 = UINT64_C(2) << 60;

    bench_directory(b);
    bench_context(BENCH_ID + 1U, 1U | BIT(5), 0U, pd17 | 9U);
    bench_context(BENCH_ID + 2U, 1U, 0U, SV39 | 9U);
    bench_command(b, DDT, 0U);
    bench_finish(b);

    const uint64_t commands[5][2] = {
        { PDT | DV(BENCH_ID + 1U) | PID(5), 0U },
        { PDT | DV(BENCH_ID + 1U) | PID(5), 0U }, /* just been */
        { PDT | DV(BENCH_ID + 1U) | PID(0x1ffff), 0U },
        { VMA, 0U }, /* says nothing of directories */
        { PDT | DV(BENCH_ID + 3U) | PID(5), 0U }, /* refused: nothing is cached */
    };
    ring(b, commands, 5U);
    assert_int_equal(b->out.forget_count, 3U);
    for (uint32_t i = 0; i < 2U; i++) {
        assert_int_equal(b->out.forgets[i].kind, VIOMMU_FORGET_PROCESS);
        assert_int_equal(b->out.forgets[i].device, 1U);
        assert_int_equal(b->out.forgets[i].process_id, i == 0U ? 5U : 0x1ffffU);
    }
    assert_forget(b, 2U, (struct iommu_addresses){ .pscid = 0U });
    /* Other devices: without a process directory, or not there, whatever lies behind the last. */
    b->devices[4] = b->devices[1];
    const uint64_t others[2][2] = {
        { PDT | DV(BENCH_ID + 2U), 0U }, { PDT | DV(BENCH_ID + 4U), 0U },
    };
    ring(b, others, 2U);
    assert_nothing_else(b);
    assert_int_equal(load32(b, IOMMU_CQH), load32(b, IOMMU_CQT));

    /* INVAL_DDT means its processes too: told although the context is the same. */
    bench_command(b, DDT | DV(BENCH_ID + 1U), 0U);
    assert_int_equal(b->out.change_count, 1U);
    assert_int_equal(b->out.changes[0].device, 1U);

    /* Illegal: no DV, ids too wide for PD17 and for one level, reserved bits. */
    static const uint64_t bad[][2] = {
        { PDT | (DV(BENCH_ID + 1U) & ~BIT(33)), 0U },
        { PDT | DV(BENCH_ID + 1U) | PID(0x20000), 0U },
        { PDT | DV(0x80), 0U },
        { PDT | DV(BENCH_ID + 1U) | BIT(10), 0U },
        { PDT | DV(BENCH_ID + 1U) | BIT(32), 0U },
        { PDT | DV(BENCH_ID + 1U), 1U },
    };
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bench_command(b, bad[i][0], bad[i][1]);
        assert_int_equal(load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_W1C, IOMMU_CQCSR_CMD_ILL);
        assert_int_equal(b->out.forget_count, 0U);
        bench_entry(load32(b, IOMMU_CQH), FENCE, 0U);
        store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
    }
    /* Each width of process ids. */
    for (uint32_t i = 0; i < 3U; i++) {
        static const uint32_t bits[] = { 8U, 17U, 20U };

        b = on_with(4U, BENCH_CAPABILITIES | UINT64_C(7) >> (2U - i) << 38);
        bench_command(b, PDT | DV(BENCH_ID) | PID((1U << bits[i]) - 1U), 0U);
        assert_int_equal(load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_W1C, 0U);
        if (bits[i] < 20U) {
            bench_command(b, PDT | DV(BENCH_ID) | PID(1U << bits[i]), 0U);
            assert_int_equal(load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_W1C, IOMMU_CQCSR_CMD_ILL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_inval_ddt_of_a_device_looks_it_up),
        cmocka_unit_test(test_viommu_inval_ddt_of_all_is_done_before_what_comes_after_it),
        cmocka_unit_test(test_viommu_processes_are_forgotten_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
