/* SPDX-License-Identifier: Apache-2.0 */
/* From what firmware left to default deny (iommu/iommu.h: iommu_switch_off, iommu_open). */
#include "tests/unit/fake_iommu_bench.h"

#define INVAL_DDT_ALL  UINT64_C(0x003)
#define INVAL_VMA_HOST UINT64_C(0x001)
#define INVAL_GVMA_ALL UINT64_C(0x081)
#define FENCE          UINT64_C(0x3002)  /* PR and PW */

/* What a firmware that used it may leave. */
static void leave_on(uint32_t mode)
{
    fake_iommu_set64(IOMMU_DDTP, UINT64_C(0x80500) << 10 | mode);
    fake_iommu_set32(IOMMU_CQCSR, 0x00010003U | IOMMU_CQCSR_FENCE_W_IP);
    fake_iommu_set32(IOMMU_FQCSR, 0x00010003U | IOMMU_FQCSR_FQOF);
    fake_iommu_set32(IOMMU_PQCSR, 0x00010003U);
    fake_iommu_set32(IOMMU_IPSR, 0xfU);
}

/* shows: R-DMA-01 */
static void test_iommu_switches_off_from_any_mode_with_its_queues(void **state)
{
    (void)state;
    for (uint32_t mode = 0U; mode <= 4U; mode++) {
        fake_iommu_reset();
        leave_on(mode);
        assert_true(iommu_switch_off(pa(FAKE_IOMMU_REGS), PATIENCE));
        assert_int_equal(fake_iommu_reg32(IOMMU_IOCOUNTINH), UINT32_MAX); /* none interrupts */
        assert_int_equal(fake_iommu_reg64(IOMMU_DDTP), UINT64_C(0x80500) << 10);
        assert_int_equal(fake_iommu_reg32(IOMMU_CQCSR) & 0x30001U, 0U);
        assert_int_equal(fake_iommu_reg32(IOMMU_FQCSR) & 0x30001U, 0U);
        assert_int_equal(fake_iommu_reg32(IOMMU_PQCSR) & 0x30001U, 0U);
        /* The devices first: then nothing new comes to the queues. */
        assert_true(fake_iommu_find_write(0U, IOMMU_DDTP) < fake_iommu_find_write(0U, IOMMU_FQCSR));
    }
}

/* shows: R-DMA-01 */
static void test_iommu_that_does_not_switch_off_is_told(void **state)
{
    (void)state;
    fake_iommu_reset();
    leave_on(2U);
    fake_iommu.off_refused = true;
    assert_false(iommu_switch_off(pa(FAKE_IOMMU_REGS), PATIENCE));

    fake_iommu_reset();
    leave_on(2U);
    fake_iommu.ddtp_busy = FAKE_FOREVER;
    assert_false(iommu_switch_off(pa(FAKE_IOMMU_REGS), PATIENCE));
    assert_int_equal(fake_iommu_find_write(0U, IOMMU_DDTP), fake_iommu.events);

    fake_iommu_reset();
    leave_on(2U);
    fake_iommu.fq_stays = FAKE_FOREVER;
    assert_false(iommu_switch_off(pa(FAKE_IOMMU_REGS), PATIENCE));
    assert_off();
    assert_true(fake_uart.now < 3U * PATIENCE);
}

/* shows: R-DMA-01 */
static void test_iommu_that_is_slow_within_the_patience_switches_off(void **state)
{
    (void)state;
    fake_iommu_reset();
    leave_on(4U);
    fake_iommu.busy_reads = PATIENCE / 2U;
    fake_iommu.ddtp_busy = PATIENCE / 2U;
    assert_true(iommu_switch_off(pa(FAKE_IOMMU_REGS), PATIENCE));
    assert_off();
}

/* shows: R-DMA-02 */
static void test_iommu_opens_with_an_empty_directory_and_forgets_the_firmwares(void **state)
{
    (void)state;
    for (uint32_t mode = 0U; mode <= 4U; mode++) {
        struct bench *b = bench_new();
        uint64_t dc[8];

        leave_on(mode);
        assert_int_equal(bench_open(b), IOMMU_OK);
        const uint32_t on = fake_iommu_find_write(fake_iommu_find_write(0U, IOMMU_FQB), IOMMU_DDTP);
        assert_true(on < fake_iommu.events);
        /* 3LVL: 16 bits in extended format */
        assert_int_equal(fake_iommu.log[on].value[0] & 0xfU, 4U);
        const uint32_t ddt = fake_iommu_find_command(on, INVAL_DDT_ALL);
        const uint32_t vma = fake_iommu_find_command(on, INVAL_VMA_HOST);
        const uint32_t gvma = fake_iommu_find_command(on, INVAL_GVMA_ALL);
        const uint32_t fence = fake_iommu_find_command(on, FENCE);
        assert_true(ddt < fence && vma < fence && gvma < fence && fence < fake_iommu.events);
        for (uint32_t id = 0U; id < 0x10000U; id += 0x40U) {
            assert_false(fake_iommu_walk(id, dc));
        }
    }
}

/* shows: R-DMA-03 */
static void test_iommu_has_the_fewest_levels_that_reach(void **state)
{
    (void)state;
    static const struct { uint64_t capabilities; uint32_t highest, mode; } cases[] = {
        { FAKE_IOMMU_CAPABILITIES, 0x0U, 2U }, { FAKE_IOMMU_CAPABILITIES, 0x3fU, 2U },
        { FAKE_IOMMU_CAPABILITIES, 0x40U, 3U }, { FAKE_IOMMU_CAPABILITIES, 0x7fffU, 3U },
        { FAKE_IOMMU_CAPABILITIES, 0x8000U, 4U }, { FAKE_IOMMU_CAPABILITIES, 0xffffffU, 4U },
        { BASE_FORMAT, 0x7fU, 2U }, { BASE_FORMAT, 0x80U, 3U },
        { BASE_FORMAT, 0xffffU, 3U }, { BASE_FORMAT, 0x10000U, 4U },
        { BASE_FORMAT, 0xffffffU, 4U },
    };

    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = bench_new();

        fake_iommu.capabilities = cases[i].capabilities;
        b->setup.max_device_id = cases[i].highest;
        assert_int_equal(bench_open(b), IOMMU_OK);
        assert_int_equal(fake_iommu_reg64(IOMMU_DDTP) & 0xfU, cases[i].mode);
        assert_int_equal(b->iommu.directory.levels, cases[i].mode - 1U);
    }
}

/* shows: R-DMA-03 */
static void test_iommu_without_some_levels_uses_more_or_is_refused(void **state)
{
    (void)state;
    for (uint32_t other = 0U; other <= 1U; other++) {
        struct bench *b = bench_new();

        fake_iommu.other_mode = other;   /* even Bare may be what is read back */
        fake_iommu.modes = 1U << 0 | 1U << 4;
        b->setup.max_device_id = 1U;
        assert_int_equal(bench_open(b), IOMMU_OK);
        assert_int_equal(fake_iommu_reg64(IOMMU_DDTP) & 0xfU, 4U);

        b = bench_new();
        fake_iommu.other_mode = other;
        fake_iommu.modes = 1U << 0 | 1U << 2 | 1U << 3;
        b->setup.max_device_id = 0x8000U;
        assert_int_equal(bench_open(b), IOMMU_NO_LEVELS);
        assert_off_with_queues();

        b = bench_new();
        b->setup.max_device_id = 0x1000000U;
        assert_int_equal(bench_open(b), IOMMU_NO_LEVELS);
        assert_off_with_queues();
    }
}

/* shows: R-DMA-04 */
static void test_iommu_that_will_not_do_is_refused_and_off(void **state)
{
    (void)state;
    struct bench *b = bench_new();

    fake_iommu.capabilities = (FAKE_IOMMU_CAPABILITIES & ~UINT64_C(0xff)) | 0x20U;
    assert_int_equal(bench_open(b), IOMMU_BAD_VERSION);
    assert_off_with_queues();

    b = bench_new();
    fake_iommu.capabilities = (FAKE_IOMMU_CAPABILITIES & ~UINT64_C(0xff)) | 0x1fU;
    assert_int_equal(bench_open(b), IOMMU_OK);

    b = bench_new();
    fake_iommu.capabilities = FAKE_IOMMU_CAPABILITIES & ~CAP_BIT(17);
    assert_int_equal(bench_open(b), IOMMU_NO_GSTAGE);
    assert_off_with_queues();

    b = bench_new();
    b->setup.deny = 0x80100U;            /* Bare */
    assert_int_equal(bench_open(b), IOMMU_NO_GSTAGE);

    b = bench_new();
    fake_iommu.fctl = IOMMU_FCTL_BE;
    assert_int_equal(bench_open(b), IOMMU_BIG_ENDIAN);
    assert_off_with_queues();

    b = bench_new();
    fake_iommu.fctl = IOMMU_FCTL_GXL;
    assert_int_equal(bench_open(b), IOMMU_NO_GSTAGE);

    b = bench_new();
    fake_iommu.fctl = IOMMU_FCTL_BE | IOMMU_FCTL_GXL | 0x10000U;
    fake_iommu.fctl_writable = 7U;
    assert_int_equal(bench_open(b), IOMMU_OK);
    assert_int_equal(fake_iommu.fctl, 0x10000U);

    b = bench_new();
    fake_iommu.cq_stays = FAKE_FOREVER;
    assert_int_equal(bench_open(b), IOMMU_BUSY);

    b = bench_new();
    b->pages.pool.size = PAGE_SIZE;
    assert_int_equal(bench_open(b), IOMMU_NO_MEMORY);
    assert_off_with_queues();
}

/* shows: R-DMA-04 */
static void test_iommu_with_smaller_queues_is_used_down_to_a_limit(void **state)
{
    (void)state;
    struct bench *b = bench_new();

    fake_iommu.log2_most = 3U;
    assert_int_equal(bench_open(b), IOMMU_OK);
    assert_int_equal(b->iommu.command_entries, 8U);
    assert_int_equal(b->iommu.setup.fault_entries, 8U);
    for (uint32_t id = 0U; id < 20U; id++) {     /* round and round the queue */
        assert_int_equal(iommu_claim(&b->iommu, id, ONE, &b->pages), IOMMU_OK);
    }

    b = bench_new();
    fake_iommu.log2_most = 2U;
    assert_int_equal(bench_open(b), IOMMU_QUEUE_STUCK);
    assert_off_with_queues();
}

static uint64_t igs(uint32_t value)
{
    return (FAKE_IOMMU_CAPABILITIES & ~(UINT64_C(3) << 28)) | (uint64_t)value << 28;
}

/* shows: R-DMA-04, R-DMA-18 */
static void test_iommu_interrupts_in_the_way_that_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        uint32_t igs, writable, fixed;
        enum iommu_interrupt_kind kind;
        bool fits;
    } cases[] = {
        { 0U, 0U, 0U, IOMMU_MSI, true },          { 0U, 0U, 0U, IOMMU_WIRED, false },
        { 0U, 2U, 0U, IOMMU_WIRED, false },       { 1U, 0U, 2U, IOMMU_WIRED, true },
        { 1U, 0U, 2U, IOMMU_MSI, false },         { 2U, 2U, 0U, IOMMU_MSI, true },
        { 2U, 2U, 0U, IOMMU_WIRED, true },        { 2U, 2U, 2U, IOMMU_MSI, true },
        { 2U, 0U, 2U, IOMMU_MSI, false },         { 2U, 0U, 0U, IOMMU_WIRED, false },
        { 3U, 2U, 0U, IOMMU_MSI, false },         { 3U, 2U, 0U, IOMMU_NO_INTERRUPT, true },
        { 1U, 0U, 2U, IOMMU_NO_INTERRUPT, true },
    };

    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = bench_new();

        fake_iommu.capabilities = igs(cases[i].igs);
        fake_iommu.fctl = cases[i].fixed;
        fake_iommu.fctl_writable = cases[i].writable;
        b->setup.interrupt.kind = cases[i].kind;
        assert_int_equal(bench_open(b), cases[i].fits ? IOMMU_OK : IOMMU_NO_INTERRUPTS);
        if (cases[i].fits) {
            assert_int_equal((fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FIE) != 0U,
                             cases[i].kind != IOMMU_NO_INTERRUPT);
            assert_int_equal(fake_iommu_reg32(IOMMU_CQCSR) & 2U, 0U);    /* cie: it is polled */
        } else {
            assert_off_with_queues();
        }
    }
}

/* shows: R-DMA-18 */
static void test_iommu_msi_is_masked_until_all_is_in_place(void **state)
{
    (void)state;
    struct bench *b = bench_new();

    leave_on(2U);
    fake_iommu_set32(IOMMU_MSI_VEC_CTL(0U), 0U);
    assert_int_equal(bench_open(b), IOMMU_OK);
    const uint32_t mask = fake_iommu_find_write(0U, IOMMU_MSI_VEC_CTL(0U));
    const uint32_t unmask = fake_iommu_find_write(mask + 1U, IOMMU_MSI_VEC_CTL(0U));
    assert_int_equal(fake_iommu.log[mask].value[0], 1U);
    assert_int_equal(fake_iommu.log[unmask].value[0], 0U);
    assert_true(mask < fake_iommu_find_write(0U, IOMMU_MSI_ADDR(0U)));
    assert_true(fake_iommu_find_write(0U, IOMMU_MSI_ADDR(0U)) < unmask);
    assert_true(fake_iommu_find_write(0U, IOMMU_MSI_DATA(0U)) < unmask);
    assert_true(fake_iommu_find_command(0U, FENCE) < unmask);
    assert_int_equal(fake_iommu_reg64(IOMMU_ICVEC) & 0xffffU, 0U);
    assert_int_equal(fake_iommu_reg32(IOMMU_IPSR), 0U);
    assert_int_equal(fake_iommu_reg32(IOMMU_IOCOUNTINH), UINT32_MAX);
    assert_int_equal(fake_iommu.msis, 0U);

    fake_iommu_fault(5U, 258U, 2U, 0U, 0U);
    assert_int_equal(fake_iommu.msis, 1U);
    assert_int_equal(fake_iommu.msi_address, 0x28000000U);
    assert_int_equal(fake_iommu.msi_data, 77U);
}

/* shows: R-DMA-15 */
static void test_iommu_takes_no_more_pages_than_the_bound(void **state)
{
    (void)state;
    /* Ids that share as little as they can, at pools that begin at every page of a queue's
     * alignment. */
    for (uint32_t shift = 0U; shift < 8U; shift++) {
        for (uint32_t entries = 2U; entries <= 1024U; entries *= 8U) {
            struct bench *b = bench_new();
            const uint32_t claims = 7U;
            const uint64_t size = iommu_pages_bound(entries, claims) * PAGE_SIZE;

            b->setup.max_device_id = 0xffffffU;
            b->setup.fault_entries = entries;
            pages_open(&b->pages,
                       (struct pa_range){ pa(FAKE_PHYS_BASE + shift * PAGE_SIZE), size });
            assert_int_equal(bench_open(b), IOMMU_OK);
            for (uint32_t i = 0U; i < claims; i++) {
                assert_int_equal(iommu_claim(&b->iommu, i << 20, ONE, &b->pages), IOMMU_OK);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_switches_off_from_any_mode_with_its_queues),
        cmocka_unit_test(test_iommu_that_does_not_switch_off_is_told),
        cmocka_unit_test(test_iommu_that_is_slow_within_the_patience_switches_off),
        cmocka_unit_test(test_iommu_opens_with_an_empty_directory_and_forgets_the_firmwares),
        cmocka_unit_test(test_iommu_has_the_fewest_levels_that_reach),
        cmocka_unit_test(test_iommu_without_some_levels_uses_more_or_is_refused),
        cmocka_unit_test(test_iommu_that_will_not_do_is_refused_and_off),
        cmocka_unit_test(test_iommu_with_smaller_queues_is_used_down_to_a_limit),
        cmocka_unit_test(test_iommu_interrupts_in_the_way_that_was_asked_for),
        cmocka_unit_test(test_iommu_msi_is_masked_until_all_is_in_place),
        cmocka_unit_test(test_iommu_takes_no_more_pages_than_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
