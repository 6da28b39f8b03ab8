/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the virtual IOMMU about translations, fences, and what is none. */
#include "tests/unit/viommu_commands.h"

/* shows: R-VIO-16 */
static void test_viommu_iotinval_vma_is_forgotten_as_asked(void **state)
{
    (void)state;
    struct bench *b = on();
    static const struct {
        uint64_t word[2];
        struct iommu_addresses what;
    } each[] = {
        { { VMA, 0U }, { .pscid = 0U } },
        /* What is not valid is ignored, and so are NL and S without an address. */
        { { VMA | (PSCID(0xfffff) & ~BIT(32)) | NL | UINT64_C(0xffff) << 44, ADDR(UINT64_MAX) | S },
          { .pscid = 0U } },
        { { VMA | PSCID(0xabcde), 0U }, { .by_pscid = true, .pscid = 0xabcdeU } },
        { { VMA | AV, ADDR(0x123456789abcd000) },
          { .by_address = true, .address = 0x123456789abcd000U } },
        { { VMA | AV | NL | PSCID(1), ADDR(0x5000) },
          { .by_pscid = true, .pscid = 1U, .by_address = true, .address = 0x5000U,
            .non_leaf = true } },
        { { VMA | AV | PSCID(0xfffff), ADDR(0x7000) | S },
          { .by_pscid = true, .pscid = 0xfffffU, .by_address = true, .address = 0x7000U,
            .range = true } },
        { { VMA | AV, ADDR(UINT64_MAX) }, { .by_address = true, .address = UINT64_MAX << 12 } },
        /* A range that the extension does not define is never given on: everything instead. */
        { { VMA | AV | NL, ADDR(UINT64_MAX) | S }, { .pscid = 0U } },
    };
    for (uint32_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        bench_command(b, each[i].word[0], each[i].word[1]);
        assert_int_equal(load32(b, IOMMU_CQH), i + 1U);
        assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON);
        assert_int_equal(b->out.forget_count, 1U);
        assert_forget(b, 0U, each[i].what);
        assert_false(b->out.fence || b->out.more);
        assert_int_equal(b->out.change_count + b->out.store_count + b->out.msi_count, 0U);
    }
}

/* shows: R-VIO-17, R-VIO-23 */
static void test_viommu_illegal_and_unsupported_commands_stop_the_queue(void **state)
{
    (void)state;
    uint64_t bad[256][2];
    uint32_t count = 0U;

    /* Each reserved bit of each command, */
    static const struct {
        uint64_t command, reserved[2];
    } known[] = {
        { VMA, { UINT64_C(0xf) << 60 | UINT64_C(0x1ff) << 35 | BIT(11),
                 UINT64_C(3) << 62 | UINT64_C(0x1ff) } },
        { FENCE, { UINT64_C(0x3ffff) << 14, UINT64_C(3) << 62 } },
        { DDT | DV(BENCH_ID), { UINT64_C(0x3f) << 34 | BIT(32) | PID(0xfffff) | UINT64_C(3) << 10,
                                UINT64_MAX } },
    };
    for (uint32_t i = 0; i < 3U; i++) {
        for (uint32_t bit = 0; bit < 128U; bit++) {
            if ((known[i].reserved[bit / 64U] >> bit % 64U & 1U) != 0U) {
                bad[count][0] = known[i].command | (bit < 64U ? BIT(bit) : 0U);
                bad[count++][1] = bit < 64U ? 0U : BIT(bit % 64U);
            }
        }
    }
    /* what needs a second stage, process ids, ATS or a wire, and what is reserved or custom. */
    static const uint64_t unsupported[] = {
        VMA | BIT(33), GVMA, GVMA | BIT(33), PDT | DV(BENCH_ID), 0x004U, 0x084U, FENCE | WSI,
        0x000U, 0x005U, 0x03fU, 0x040U, 0x07fU, 0x101U, 0x082U, 0x103U, 0x380U | VMA,
    };
    for (uint32_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
        bad[count][0] = unsupported[i];
        bad[count++][1] = 0U;
    }
    assert_int_equal(count, 4U + 9U + 1U + 11U + 18U + 2U + 6U + 1U + 20U + 2U + 64U + 16U);

    struct bench *b = on();
    bench_messages(b);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = load32(b, IOMMU_CQT);
        const uint64_t commands[3][2] = {
            { VMA | PSCID(i), 0U }, { bad[i][0], bad[i][1] }, { FENCE, 0U },
        };
        const uint32_t loads = fake_guest_memory.loads;
        ring(b, commands, 3U);
        /* Each command is read once: all of them at once, or singly over the end of the queue. */
        assert_int_equal(fake_guest_memory.loads, loads + (at + 3U > BENCH_SIZE ? 3U : 1U));
        assert_int_equal(load32(b, IOMMU_CQH), (at + 1U) % BENCH_SIZE);
        assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
        assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
        assert_message(b, 0U, 0U);
        /* The one before it is done, the one after it is not. */
        assert_int_equal(b->out.forget_count, 1U);
        assert_int_equal(b->out.change_count + b->out.store_count, 0U);
        assert_false(b->out.fence || b->out.more);
        /* Nothing moves until the error is cleared; then it goes on at the same command. */
        store32(b, IOMMU_CQT, (at + 3U) % BENCH_SIZE);
        bench_step(b, NULL);
        assert_nothing_else(b);
        assert_int_equal(load32(b, IOMMU_CQH), (at + 1U) % BENCH_SIZE);
        bench_entry(at + 1U, VMA, 0U);
        store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CMD_ILL);
        assert_int_equal(load32(b, IOMMU_CQH), load32(b, IOMMU_CQT));
        assert_true(b->out.fence);
        assert_int_equal(b->out.forget_count, 1U);
        store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
        assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    }
}

/* shows: R-VIO-18 */
static void test_viommu_a_piece_forgets_as_little_as_is_correct(void **state)
{
    (void)state;
    static const struct {
        uint64_t first[2], second[2];
        uint32_t left;       /* 2: both; 1: one, which is: */
        bool second_is_it;
    } each[] = {
        { { VMA, 0U }, { VMA, 0U }, 1U, false },
        { { VMA, 0U }, { VMA | AV | NL | PSCID(3), ADDR(0x5000) }, 1U, false },
        { { VMA | AV | NL | PSCID(3), ADDR(0x5000) }, { VMA, 0U }, 1U, true },
        { { VMA | PSCID(3), 0U }, { VMA, 0U }, 1U, true },
        { { VMA | PSCID(3), 0U }, { VMA | PSCID(3) | AV, ADDR(0x5000) }, 1U, false },
        { { VMA | PSCID(3), 0U }, { VMA | PSCID(4), 0U }, 2U, false },
        /* Of a PSCID: global mappings stay. */
        { { VMA | PSCID(3), 0U }, { VMA | AV, ADDR(0x5000) }, 2U, false },
        { { VMA | PSCID(0), 0U }, { VMA | AV, ADDR(0x5000) }, 2U, false },
        { { VMA | AV, ADDR(0x5000) }, { VMA | AV | PSCID(3), ADDR(0x5000) }, 1U, false },
        { { VMA | AV | PSCID(3), ADDR(0x5000) }, { VMA | AV, ADDR(0x5000) }, 1U, true },
        { { VMA | AV | PSCID(3), ADDR(0x5000) }, { VMA | AV | PSCID(3), ADDR(0x6000) }, 2U, false },
        { { VMA | AV | NL, ADDR(0x5000) }, { VMA | AV, ADDR(0x5000) }, 1U, false },
        { { VMA | AV, ADDR(0x5000) }, { VMA | AV | NL, ADDR(0x5000) }, 1U, true },
        { { VMA | AV | NL | PSCID(3), ADDR(0x5000) }, { VMA | AV, ADDR(0x5000) }, 2U, false },
        { { VMA | AV, ADDR(0x5000) }, { VMA | PSCID(3), 0U }, 2U, false },
        /* 0x4000 with S: pages 4 and 5; 0x5000: 4 to 7; 0x3000: 0 to 7. */
        { { VMA | AV, ADDR(0x4000) | S }, { VMA | AV, ADDR(0x5000) }, 1U, false },
        { { VMA | AV, ADDR(0x4000) | S }, { VMA | AV, ADDR(0x6000) }, 2U, false },
        { { VMA | AV, ADDR(0x5000) | S }, { VMA | AV, ADDR(0x7000) }, 1U, false },
        { { VMA | AV, ADDR(0x5000) | S }, { VMA | AV, ADDR(0x3000) | S }, 1U, true },
        { { VMA | AV, ADDR(0x5000) | S }, { VMA | AV, ADDR(0x4000) | S }, 1U, false },
        { { VMA | AV, ADDR(0x4000) | S }, { VMA | AV, ADDR(0x6000) | S }, 2U, false },
        { { VMA | AV, ADDR(0x4000) }, { VMA | AV, ADDR(0x4000) | S }, 1U, true },
        /* The highest bit 0, all others 1: all addresses. But non-leaf entries stay. */
        { { VMA | AV, ADDR(UINT64_MAX >> 1) | S }, { VMA | AV, ADDR(UINT64_MAX) }, 1U, false },
        { { VMA | AV, ADDR(UINT64_MAX >> 1) | S }, { VMA | AV | NL, ADDR(0x5000) }, 2U, false },
        { { VMA | AV, ADDR(UINT64_MAX >> 1) | S }, { VMA, 0U }, 1U, true },
    };
    for (uint32_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        struct bench *b = on();
        const uint64_t commands[2][2] = {
            { each[i].first[0], each[i].first[1] }, { each[i].second[0], each[i].second[1] },
        };
        struct iommu_addresses alone[2];

        /* Each alone is known to be right (above): what is left is one of them. */
        for (uint32_t k = 0; k < 2U; k++) {
            bench_command(b, commands[k][0], commands[k][1]);
            assert_int_equal(b->out.forget_count, 1U);
            alone[k] = b->out.forgets[0].addresses;
        }
        ring(b, commands, 2U);
        assert_int_equal(b->out.forget_count, each[i].left);
        assert_forget(b, 0U, alone[each[i].second_is_it ? 1U : 0U]);
        if (each[i].left == 2U) {
            assert_forget(b, 1U, alone[1]);
        }
        assert_false(b->out.fence); /* nobody asked for one */
    }

    /* One takes the place of the one before it, and of no other: those further back stay. */
    struct bench *b = on();
    const uint64_t many[4][2] = {
        { VMA | PSCID(1) | AV, ADDR(0x1000) }, { VMA | PSCID(2), 0U },
        { VMA | PSCID(1) | AV, ADDR(0x9000) }, { VMA | PSCID(1), 0U },
    };
    ring(b, many, 4U);
    assert_int_equal(b->out.forget_count, 3U);
    assert_forget(b, 0U, (struct iommu_addresses){ .by_address = true, .address = 0x1000,
                                                   .by_pscid = true, .pscid = 1U });
    assert_forget(b, 1U, (struct iommu_addresses){ .by_pscid = true, .pscid = 2U });
    assert_forget(b, 2U, (struct iommu_addresses){ .by_pscid = true, .pscid = 1U });
}

/* shows: R-VIO-19, R-VIO-24 */
static void test_viommu_fences_of_a_piece_are_one_and_store_after_it(void **state)
{
    (void)state;
    struct bench *b = on();
    const uint64_t commands[5][2] = {
        { FENCE | AV | DATA(0x11111111), BENCH_DATA >> 2 },
        { VMA | PSCID(1), 0U },
        { FENCE | BIT(12) | BIT(13), UINT64_MAX >> 2 }, /* no AV: the address is ignored */
        { FENCE | AV | BIT(13) | DATA(0xfedcba98), (BENCH_DATA + 4U) >> 2 },
        { FENCE | AV | DATA(1), (FAKE_RAM_BASE + FAKE_RAM_SIZE - 4U) >> 2 },
    };
    ring(b, commands, 5U);
    assert_true(b->out.fence);
    assert_int_equal(b->out.store_count, 3U);
    assert_int_equal(b->out.stores[0].at.v, BENCH_DATA);
    assert_int_equal(b->out.stores[0].value, 0x11111111U);
    assert_int_equal(b->out.stores[1].at.v, BENCH_DATA + 4U);
    assert_int_equal(b->out.stores[1].value, 0xfedcba98U);
    assert_int_equal(b->out.stores[2].at.v, FAKE_RAM_BASE + FAKE_RAM_SIZE - 4U);
    assert_int_equal(b->out.forget_count, 1U);
    assert_int_equal(load32(b, IOMMU_CQH), 5U);
    assert_int_equal(load32(b, IOMMU_IPSR), 0U);
    assert_int_equal(fake_guest_memory.stores, 0U); /* that is for whoever carries it out */

    /* Whatever is not RAM: no store, and the queue stops there, until it is cleared. */
    static const uint64_t beyond[] = {
        0U, BENCH_FILES + 4U, BENCH_FILES + 2U * PAGE_SIZE, FAKE_RAM_BASE - 4U, FAKE_RAM_BASE + FAKE_RAM_SIZE, UINT64_MAX - 3U,
    };
    for (uint32_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        const uint32_t at = load32(b, IOMMU_CQT);
        const uint64_t next[3][2] = {
            { FENCE | AV | DATA(i), BENCH_DATA >> 2 }, { FENCE | AV, beyond[i] >> 2 },
            { FENCE | AV, BENCH_DATA >> 2 },
        };
        ring(b, next, 3U);
        assert_int_equal(load32(b, IOMMU_CQH), at + 1U);
        assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);
        assert_true(b->out.fence);
        assert_int_equal(b->out.store_count, 1U);
        assert_int_equal(b->out.stores[0].value, i);
        bench_entry(at + 1U, FENCE, 0U);
        store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_CQMF);
        assert_int_equal(load32(b, IOMMU_CQH), at + 3U);
    }
}

/* 3.1.2, note: so it tells of its completion where it has no wire. */
/* shows: R-VIO-19 */
static void test_viommu_a_fence_stores_to_an_interrupt_file(void **state)
{
    (void)state;
    struct bench *b = on();

    bench_command(b, FENCE | AV | DATA(41), (BENCH_FILES + PAGE_SIZE) >> 2);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQH), 1U);
    assert_true(b->out.fence);
    assert_int_equal(b->out.store_count, 1U);
    assert_int_equal(b->out.stores[0].at.v, BENCH_FILES + PAGE_SIZE);
    assert_int_equal(b->out.stores[0].value, 41U);
    viommu_unfinished(&b->v, &b->out);
    assert_int_equal(b->out.store_count, 0U);
}

/* shows: R-VIO-20 */
static void test_viommu_a_fence_tells_by_wire(void **state)
{
    (void)state;
    struct bench *b = bench_new(1U, BENCH_CAPABILITIES);

    store32(b, IOMMU_FCTL, IOMMU_FCTL_WSI);
    bench_queues(b);
    const uint64_t commands[3][2] = { { FENCE | WSI, 0U }, { VMA, 0U }, { FENCE, 0U } };
    ring(b, commands, 3U); /* it does not stop the queue */
    assert_int_equal(load32(b, IOMMU_CQH), 3U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_FENCE_W_IP);
    assert_int_equal(load32(b, IOMMU_IPSR), IOMMU_IPSR_CIP);
    assert_int_equal(b->out.wires, 1U);
    bench_command(b, FENCE, 0U);
    assert_int_equal(load32(b, IOMMU_CQH), 4U);
    store32(b, IOMMU_CQCSR, QUEUE_ON | IOMMU_CQCSR_FENCE_W_IP);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    store32(b, IOMMU_IPSR, IOMMU_IPSR_CIP);
    assert_int_equal(b->out.wires, 0U);
    bench_command(b, FENCE, 0U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON);
    /* Not completed: not told. */
    bench_command(b, FENCE | WSI | AV, 0U);
    assert_int_equal(load32(b, IOMMU_CQCSR), IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_CQMF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_iotinval_vma_is_forgotten_as_asked),
        cmocka_unit_test(test_viommu_illegal_and_unsupported_commands_stop_the_queue),
        cmocka_unit_test(test_viommu_a_piece_forgets_as_little_as_is_correct),
        cmocka_unit_test(test_viommu_fences_of_a_piece_are_one_and_store_after_it),
        cmocka_unit_test(test_viommu_a_fence_stores_to_an_interrupt_file),
        cmocka_unit_test(test_viommu_a_fence_tells_by_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
