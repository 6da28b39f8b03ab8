/* SPDX-License-Identifier: Apache-2.0 */
/* The command queue of the virtual IOMMU. Commands are written out as the specification has them:
 * 3.1. */
#include "tests/unit/viommu_bench.h"

#define VMA   UINT64_C(0x001)
#define GVMA  UINT64_C(0x081)
#define FENCE UINT64_C(0x002)
#define DDT   UINT64_C(0x003)
#define PDT   UINT64_C(0x083)
#define BIT(n) (UINT64_C(1) << (n))
#define AV    BIT(10)
#define PSCID(n) ((uint64_t)(n) << 12 | BIT(32))
#define NL    BIT(34)
#define S     BIT(9)                    /* of the second doubleword */
#define ADDR(a) ((uint64_t)(a) >> 12 << 10)
#define WSI   BIT(11)
#define DATA(d) ((uint64_t)(d) << 32)
#define DV(id) ((uint64_t)(id) << 40 | BIT(33))
#define PID(n) ((uint64_t)(n) << 12)
#define SV39  (UINT64_C(8) << 60)

static struct bench *on_with(uint32_t devices, uint64_t capabilities)
{
    struct bench *b = bench_new(devices, capabilities);

    bench_queues(b);
    return b;
}

static struct bench *on(void)
{
    return on_with(4U, BENCH_CAPABILITIES);
}

/* All of a piece at one doorbell. */
static void ring(struct bench *b, const uint64_t (*commands)[2], uint32_t count)
{
    const uint32_t tail = load32(b, IOMMU_CQT);

    for (uint32_t i = 0; i < count; i++) {
        bench_entry(tail + i, commands[i][0], commands[i][1]);
    }
    store32(b, IOMMU_CQT, (tail + count) % BENCH_SIZE);
}

static void assert_forget(const struct bench *b, uint32_t n, struct iommu_addresses what)
{
    const struct iommu_addresses *is = &b->out.forgets[n].addresses;

    assert_true(n < b->out.forget_count);
    assert_int_equal(b->out.forgets[n].kind, VIOMMU_FORGET_ADDRESSES);
    assert_int_equal(is->by_pscid, what.by_pscid);
    assert_int_equal(is->pscid, what.pscid);
    assert_int_equal(is->by_address, what.by_address);
    assert_int_equal(is->address, what.address);
    assert_int_equal(is->range, what.range);
    assert_int_equal(is->non_leaf, what.non_leaf);
}

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
        assert_int_equal(fake_guest_memory.loads, loads + 2U); /* each command is read once */
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

    /* One that is wider than several takes the place of all of them, and of no other. */
    struct bench *b = on();
    const uint64_t many[4][2] = {
        { VMA | PSCID(1) | AV, ADDR(0x1000) }, { VMA | PSCID(2), 0U },
        { VMA | PSCID(1) | AV, ADDR(0x9000) }, { VMA | PSCID(1), 0U },
    };
    ring(b, many, 4U);
    assert_int_equal(b->out.forget_count, 2U);
    assert_forget(b, 0U, (struct iommu_addresses){ .by_pscid = true, .pscid = 2U });
    assert_forget(b, 1U, (struct iommu_addresses){ .by_pscid = true, .pscid = 1U });
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
        0U, BENCH_FILES, FAKE_RAM_BASE - 4U, FAKE_RAM_BASE + FAKE_RAM_SIZE, UINT64_MAX - 3U,
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
        { PDT | DV(BENCH_ID + 1U) | PID(0x1ffff), 0U },
        { VMA, 0U }, /* says nothing of directories, */
        { PDT | DV(BENCH_ID + 1U) | PID(5), 0U }, /* and this was there already */
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
        cmocka_unit_test(test_viommu_iotinval_vma_is_forgotten_as_asked),
        cmocka_unit_test(test_viommu_illegal_and_unsupported_commands_stop_the_queue),
        cmocka_unit_test(test_viommu_a_piece_forgets_as_little_as_is_correct),
        cmocka_unit_test(test_viommu_fences_of_a_piece_are_one_and_store_after_it),
        cmocka_unit_test(test_viommu_a_fence_tells_by_wire),
        cmocka_unit_test(test_viommu_inval_ddt_of_a_device_looks_it_up),
        cmocka_unit_test(test_viommu_inval_ddt_of_all_is_done_before_what_comes_after_it),
        cmocka_unit_test(test_viommu_processes_are_forgotten_by_id),
        cmocka_unit_test(test_viommu_a_full_queue_is_done_in_pieces_and_in_order),
        cmocka_unit_test(test_viommu_a_command_that_cannot_be_read_stops_the_queue),
        cmocka_unit_test(test_viommu_what_did_not_finish_was_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
