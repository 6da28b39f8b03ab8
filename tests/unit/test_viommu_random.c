/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual IOMMU under seeded random stores of a guest that means no good: what must hold after
 * every step, whatever it was. */
#include <stdlib.h>

#include "tests/unit/viommu_checks.h"

#define STEPS 60000U

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static uint64_t any64(void)
{
    return (uint64_t)below(UINT32_C(1) << 31) << 33 ^ (uint64_t)below(UINT32_C(1) << 31) << 11 ^
           below(2048U);
}

/* Mostly RAM, its edges, interrupt files, now and then anything. */
static uint64_t any_address(void)
{
    switch (below(8U)) {
    case 0: return any64();
    case 1: return FAKE_RAM_BASE + FAKE_RAM_SIZE - below(64U);
    case 2: return BENCH_FILES + below(4U) * 0x800U;
    default: return FAKE_RAM_BASE + below(1U << 23);
    }
}

static void any_command(uint32_t n)
{
    static const uint64_t known[] = { 0x001U, 0x001U, 0x002U, 0x002U, 0x003U, 0x083U };
    const uint64_t command = below(64U) == 0U ? any64() : known[below(6U)];
    uint64_t first = command, second = 0U;

    switch (command) {
    case 0x001:
        first |= (uint64_t)below(2U) << 10 | (uint64_t)below(4U) << 12 |
                 (uint64_t)below(2U) << 32 | (uint64_t)below(2U) << 34;
        second = (uint64_t)below(2U) << 9 | (uint64_t)below(16U) << 10;
        break;
    case 0x002:
        first |= (uint64_t)below(2U) << 10 | (uint64_t)(below(8U) == 0U) << 11 |
                 (uint64_t)below(16U) << 32;
        second = any_address() >> 2;
        break;
    case 0x003:
    case 0x083:
        first |= (uint64_t)(below(8U) != 0U) << 33 |
                 (uint64_t)below(BENCH_ID + BENCH_DEVICES + 1U) << 40 |
                 (command == 0x083U ? (uint64_t)below(4U) << 12 : 0U);
        break;
    default: break;
    }
    bench_entry(n, first, second);
}

static void any_context(void)
{
    static const uint64_t fsc[] = { UINT64_C(8) << 60, UINT64_C(2) << 60, 0U, UINT64_C(5) << 60 };

    bench_context(BENCH_ID + below(BENCH_DEVICES), below(16U) != 0U ? 1U | below(2U) << 5 : any64(),
                  (uint64_t)below(4U) << 12, fsc[below(4U)] | below(4U));
}

static struct viommu_write any_write(const struct bench *b)
{
    static const uint32_t known[] = {
        IOMMU_CQT, IOMMU_CQT, IOMMU_CQT, IOMMU_CQT, IOMMU_CQCSR, IOMMU_CQCSR, IOMMU_CQCSR,
        IOMMU_FQCSR, IOMMU_FQH, IOMMU_IPSR, IOMMU_IPSR, IOMMU_FCTL, IOMMU_ICVEC, IOMMU_DDTP,
        IOMMU_CQB, IOMMU_FQB, IOMMU_MSI_ADDR(0U), IOMMU_MSI_ADDR(1U), IOMMU_MSI_DATA(0U),
        IOMMU_MSI_VEC_CTL(0U), IOMMU_MSI_VEC_CTL(1U),
    };
    const uint32_t offset = known[below(sizeof(known) / sizeof(known[0]))];
    struct viommu_write w = { offset, 4U, any64() };

    switch (offset) {
    case IOMMU_CQT: w.value = below(BENCH_SIZE); break;
    case IOMMU_CQCSR: /* mostly as a driver recovers: another command where it stopped */
        any_command(load32(b, IOMMU_CQH));
        w.value = below(8U) == 0U ? any64() : (below(16U) << 8 | QUEUE_ON);
        break;
    case IOMMU_FQCSR: w.value = below(8U) == 0U ? any64() : (below(16U) << 8 | QUEUE_ON); break;
    case IOMMU_DDTP:
        w.width = 8U;
        w.value = (below(4U) == 0U ? any_address() : BENCH_TABLE) >> 12 << 10 | below(6U);
        break;
    case IOMMU_CQB:
    case IOMMU_FQB:
        w.width = 8U;
        w.value = (below(8U) == 0U ? any_address()
                   : offset == IOMMU_CQB ? BENCH_COMMANDS : BENCH_FAULTS) >> 12 << 10 |
                  (below(4U) == 0U ? below(32U) : BENCH_LOG2 - 1U);
        break;
    case IOMMU_MSI_ADDR(0U):
    case IOMMU_MSI_ADDR(1U):
        w.width = 8U;
        w.value = below(3U) == 0U ? any_address() : BENCH_FILES + below(2U) * PAGE_SIZE;
        break;
    default: break;
    }
    if (below(16U) == 0U) {
        w.width = 1U << below(4U);
        w.offset = below((uint32_t)PAGE_SIZE) & ~(w.width - 1U);
    }
    return w;
}

static void run(uint64_t from, uint32_t *seen)
{
    struct bench *b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES | BENCH_PD17);
    uint64_t before[VIOMMU_WORDS];

    seed = from;
    bench_messages(b);
    for (uint32_t i = 0; i < STEPS; i++) {
        memcpy(before, b->page, sizeof(before));
        any_context();
        any_command(below(BENCH_SIZE));
        fake_guest_memory.hole = below(64U) == 0U ? FAKE_RAM_BASE + below(64U) * PAGE_SIZE : 0U;
        switch (below(32U)) {
        case 0: {
            const struct iommu_fault fault = { .cause = (uint16_t)below(300U) };

            viommu_report(&b->v, below(BENCH_DEVICES), &fault, &b->out);
            bench_show(b);
            assert_true(b->out.change_count <= 1U && b->out.msi_count <= 2U * VIOMMU_VECTORS);
            b->out.more = true;
            break;
        }
        case 1:
            viommu_lost(&b->v, &b->out);
            bench_show(b);
            b->out.more = true;
            break;
        default: {
            const struct viommu_write w = any_write(b);

            bench_step(b, b->out.more && below(2U) == 0U ? NULL : &w);
            assert_effects(b);
            assert_progress(b, before);
            if (below(64U) == 0U) {
                memcpy(before, b->page, sizeof(before));
                viommu_unfinished(&b->v, &b->out);
                bench_show(b);
                assert_int_equal(load32(b, IOMMU_CQH), b->out.cqh_before);
                assert_int_equal(b->out.store_count, 0U);
                assert_true(b->out.msi_count <= 2U * VIOMMU_VECTORS);
            }
            break;
        }
        }
        assert_registers(b);
        seen[0] += b->out.store_count;
        seen[1] += b->out.forget_count;
        seen[2] += b->out.change_count;
        seen[3] += b->out.msi_count;
        seen[4] += (load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_CQMF) != 0U;
        seen[5] += (load32(b, IOMMU_CQCSR) & IOMMU_CQCSR_CMD_ILL) != 0U;
        seen[6] += (load32(b, IOMMU_FQCSR) & IOMMU_FQCSR_FQMF) != 0U;
        seen[7] += load32(b, IOMMU_FQT);
    }
}

/* shows: R-VIO-27 */
static void test_viommu_random_stores_break_no_rule(void **state)
{
    (void)state;
    uint32_t seen[8] = { 0U };

    for (uint64_t from = 1U; from <= 4U; from++) {
        run(from, seen);
    }
    /* All of it was reached. */
    for (uint32_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        assert_true(seen[i] > 1000U);
    }
}

/* shows: R-VIO-28 */
static void test_viommu_every_store_comes_to_an_end(void **state)
{
    (void)state;
    struct bench *b = bench_new(BENCH_DEVICES, BENCH_CAPABILITIES);

    /* The worst: each command makes all contexts anew. */
    bench_queues(b);
    bench_directory(b);
    for (uint32_t i = 0; i < BENCH_SIZE; i++) {
        bench_entry(i, 0x003U, 0U);
    }
    store32(b, IOMMU_CQT, BENCH_SIZE - 1U);
    const uint32_t pieces = (BENCH_DEVICES + VIOMMU_PIECE - 1U) / VIOMMU_PIECE;
    for (uint32_t i = 1U; i < (BENCH_SIZE - 1U) * (pieces + 1U); i++) {
        assert_true(b->out.more);
        bench_step(b, NULL);
    }
    assert_false(b->out.more);
    assert_int_equal(load32(b, IOMMU_CQH), BENCH_SIZE - 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viommu_random_stores_break_no_rule),
        cmocka_unit_test(test_viommu_every_store_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
