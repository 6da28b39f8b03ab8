/* SPDX-License-Identifier: Apache-2.0 */
/* An IOMMU whose registers change by themselves: it was reset behind the driver's back, lost its
 * power, or a fault has hit it. */
#include "iommu/control.h"
#include "tests/unit/fake_iommu_bench.h"

#define ID 0x42U

static const struct {
    uint32_t offset;
    uint64_t flips;
} changes[] = {
    { IOMMU_DDTP, 3U },                      /* another mode: Bare */
    { IOMMU_DDTP, UINT64_C(1) << 20 },       /* another directory */
    { IOMMU_CQB, UINT64_C(1) << 20 },
    { IOMMU_FQB, UINT64_C(1) << 20 },
};

static struct bench *attached(void)
{
    struct bench *b = bench_opened();
    const struct iommu_context one = context_of(ONE);

    assert_int_equal(iommu_claim(&b->iommu, ID, ONE, &b->pages), IOMMU_OK);
    assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_OK);
    assert_int_equal(b->iommu.stats.changed_registers, 0U);
    return b;
}

/* shows: R-ISO-74 */
static void test_iommu_whose_registers_have_changed_is_switched_off(void **state)
{
    (void)state;
    for (uint32_t i = 0U; i < sizeof(changes) / sizeof(changes[0]); i++) {
        for (uint32_t how = 0U; how < 3U; how++) {
            struct bench *b = attached();
            const struct iommu_context one = context_of(ONE);

            fake_iommu_set64(changes[i].offset,
                             fake_iommu_reg64(changes[i].offset) ^ changes[i].flips);
            assert_int_equal(how == 0U   ? iommu_attach(&b->iommu, ID, &one)
                             : how == 1U ? iommu_block(&b->iommu, ID)
                                         : iommu_block_all(&b->iommu, ONE),
                             IOMMU_NO_ANSWER);
            assert_off();
            assert_int_equal(b->iommu.stats.changed_registers, 1U);
            /* For ever; and counted once. */
            assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_NO_ANSWER);
            assert_int_equal(b->iommu.stats.changed_registers, 1U);
        }
    }
}

/* It was reset behind the driver's back: it has no queue, and would have one at address 0 if that were
 * only turned on again. */
/* shows: R-ISO-74 */
static void test_a_queue_is_not_turned_on_again_where_it_is_not(void **state)
{
    (void)state;
    struct bench *b = attached();

    fake_iommu_set64(IOMMU_DDTP, IOMMU_DDTP_OFF);
    fake_iommu_set64(IOMMU_CQB, 0U);
    fake_iommu_set32(IOMMU_CQCSR, 0U);
    fake_iommu_set32(IOMMU_CQH, 0U);
    fake_iommu_set32(IOMMU_CQT, 0U);
    assert_int_equal(iommu_finish(&b->iommu), IOMMU_NO_ANSWER);
    assert_off();
    assert_int_equal(b->iommu.stats.changed_registers, 1U);
    assert_int_equal(b->iommu.stats.queue_restarts, 0U);
    assert_int_equal(fake_iommu_reg32(IOMMU_CQCSR), 0U);
}

/* One that is gone reads as ones, and one that was reset as zeroes. */
/* shows: R-ISO-74 */
static void test_iommu_records_are_not_read_from_beyond_the_queue(void **state)
{
    struct iommu_fault out[8];

    (void)state;
    struct bench *b = attached();

    for (uint32_t i = 0U; i < 5U; i++) {
        fake_iommu_fault(ID, 23U, 3U, i, 0U);
    }
    assert_int_equal(iommu_take_faults(&b->iommu, out, 2U), 2U);
    fake_iommu_set32(IOMMU_FQT, UINT32_MAX);
    assert_int_equal(iommu_take_faults(&b->iommu, out, 8U), 0U);
    assert_int_equal(b->iommu.stats.fault_registers, 1U);
    fake_iommu_set32(IOMMU_FQT, b->iommu.setup.fault_entries);
    assert_int_equal(iommu_take_faults(&b->iommu, out, 8U), 0U);
    assert_int_equal(b->iommu.stats.fault_registers, 2U);
    /* It was a glitch. */
    fake_iommu_set32(IOMMU_FQT, 5U);
    assert_int_equal(iommu_take_faults(&b->iommu, out, 8U), 3U);
    assert_int_equal(out[0].iotval, 2U);
    assert_int_equal(b->iommu.stats.fault_registers, 2U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_whose_registers_have_changed_is_switched_off),
        cmocka_unit_test(test_a_queue_is_not_turned_on_again_where_it_is_not),
        cmocka_unit_test(test_iommu_records_are_not_read_from_beyond_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
