/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices may do (iommu/iommu.h: claim, attach, quiet, block). The fake IOMMU checks at every
 * fence, of every watched id, that no cache is stale and that no mixture of old and new words is
 * dangerous.
 */
#include "tests/unit/fake_iommu_bench.h"

#define NO_FORMATS 2U

static const uint64_t formats[NO_FORMATS] = { FAKE_IOMMU_CAPABILITIES, BASE_FORMAT };

static struct bench *bench_with(uint64_t capabilities, uint32_t max_device_id)
{
    struct bench *b = bench_new();

    fake_iommu.capabilities = capabilities;
    b->setup.max_device_id = max_device_id;
    assert_int_equal(bench_open(b), IOMMU_OK);
    return b;
}

static struct iommu_context context_for(uint64_t capabilities, uint16_t gscid)
{
    return capabilities == BASE_FORMAT ? plain_context_of(gscid) : context_of(gscid);
}

static void attach(struct bench *b, uint32_t device_id, const struct iommu_context *context)
{
    assert_int_equal(iommu_attach(&b->iommu, device_id, context), IOMMU_OK);
}

/* shows: R-DMA-03, R-DMA-05 */
static void test_iommu_claimed_ids_are_blocked_and_no_others_valid(void **state)
{
    (void)state;
    static const uint32_t highest[] = { 0x3fU, 0x7fffU, 0xffffffU };

    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        for (uint32_t h = 0U; h < 3U; h++) {
            struct bench *b = bench_with(formats[f], highest[h]);
            const uint32_t ids[] = { 0U, 5U, highest[h] / 2U, highest[h] };
            uint64_t dc[8];

            for (uint32_t i = 0U; i < 4U; i++) {
                bench_claim(b, ids[i], ONE);
            }
            for (uint32_t i = 0U; i < 4U; i++) {
                assert_blocked(ids[i]);
                assert_false(fake_iommu_walk(ids[i] ^ 2U, dc));
            }
            assert_int_equal(iommu_claim(&b->iommu, highest[h] + 1U, ONE, &b->pages),
                             IOMMU_NO_LEVELS);
        }
    }
}

/* shows: R-DMA-05 */
static void test_iommu_ids_belong_to_one_owner(void **state)
{
    (void)state;
    struct bench *b = bench_with(FAKE_IOMMU_CAPABILITIES, 0xffffU);
    const struct iommu_context one = context_of(ONE), two = context_of(TWO);
    const uint64_t used = b->pages.used;

    bench_claim(b, 8U, ONE);
    const uint64_t after = b->pages.used;
    assert_true(after > used);
    assert_int_equal(iommu_claim(&b->iommu, 8U, ONE, &b->pages), IOMMU_OK);
    assert_int_equal(iommu_claim(&b->iommu, 8U, TWO, &b->pages), IOMMU_NOT_OWNER);
    assert_int_equal(b->pages.used, after);
    assert_int_equal(b->iommu.claim_count, 1U);

    assert_int_equal(iommu_attach(&b->iommu, 8U, &two), IOMMU_NOT_OWNER);
    assert_int_equal(iommu_attach(&b->iommu, 9U, &one), IOMMU_NOT_OWNER);
    assert_int_equal(iommu_block(&b->iommu, 9U), IOMMU_NOT_OWNER);
    assert_int_equal(iommu_quiet(&b->iommu, 9U), IOMMU_NOT_OWNER);
    assert_blocked(8U);
}

/* shows: R-DMA-05, R-DMA-15 */
static void test_iommu_claims_end_with_the_room_for_them(void **state)
{
    (void)state;
    struct bench *b = bench_with(FAKE_IOMMU_CAPABILITIES, 0xffffU);

    for (uint32_t id = 0U; id < IOMMU_MAX_CLAIMS; id++) {
        assert_int_equal(iommu_claim(&b->iommu, id, ONE, &b->pages), IOMMU_OK);
    }
    assert_int_equal(iommu_claim(&b->iommu, IOMMU_MAX_CLAIMS, ONE, &b->pages), IOMMU_TOO_MANY);

    b = bench_with(FAKE_IOMMU_CAPABILITIES, 0xffffU);
    pages_close(&b->pages);
    assert_int_equal(iommu_claim(&b->iommu, 1U, ONE, &b->pages), IOMMU_NO_MEMORY);
    assert_int_equal(b->iommu.claim_count, 0U);
}

/* shows: R-DMA-06, R-DMA-07 */
static void test_iommu_attached_has_its_context_and_no_other(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        struct bench *b = bench_with(formats[f], 0xffffU);
        const struct iommu_context one = context_for(formats[f], ONE);
        struct iommu_context two = context_for(formats[f], TWO);

        bench_claim(b, 0x100U, ONE);
        bench_claim(b, 0x101U, TWO);
        bench_claim(b, 0x1fffU, TWO);
        attach(b, 0x100U, &one);
        assert_dc(0x100U, TC_ATTACHED, &one);
        assert_blocked(0x101U);
        assert_blocked(0x1fffU);
        two.quiet = true;
        attach(b, 0x1fffU, &two);
        assert_dc(0x1fffU, TC_QUIET, &two);
        two.quiet = false;
        attach(b, 0x1fffU, &two);
        assert_dc(0x1fffU, TC_ATTACHED, &two);
        assert_dc(0x100U, TC_ATTACHED, &one);
        assert_int_equal(b->iommu.stats.command_illegal, 0U);
    }
}

/* shows: R-DMA-06 */
static void test_iommu_contexts_that_the_hardware_lacks_are_refused(void **state)
{
    (void)state;
    struct bench *b = bench_with(BASE_FORMAT & ~CAP_BIT(18), 0xffffU);
    struct iommu_context context = plain_context_of(ONE);

    bench_claim(b, 1U, ONE);
    context.iohgatp &= ~(UINT64_C(0xf) << 60);               /* Bare */
    assert_int_equal(iommu_attach(&b->iommu, 1U, &context), IOMMU_NO_GSTAGE);
    context.iohgatp |= UINT64_C(9) << 60;                    /* Sv48x4 */
    assert_int_equal(iommu_attach(&b->iommu, 1U, &context), IOMMU_NO_GSTAGE);
    context.iohgatp ^= UINT64_C(3) << 60;                    /* Sv57x4 */
    assert_int_equal(iommu_attach(&b->iommu, 1U, &context), IOMMU_OK);
    context = context_of(ONE);
    assert_int_equal(iommu_attach(&b->iommu, 1U, &context), IOMMU_NO_MSI_TABLES);
}

/* shows: R-DMA-07, R-DMA-08 */
static void test_iommu_block_and_attach_leave_nothing_of_before(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        struct bench *b = bench_with(formats[f], 0xffffU);
        const struct iommu_context one = context_for(formats[f], ONE);
        struct iommu_context other = one;

        bench_claim(b, 3U, ONE);
        for (uint32_t round = 0U; round < 3U; round++) {
            attach(b, 3U, &one);
            assert_int_equal(iommu_block(&b->iommu, 3U), IOMMU_OK);
            assert_blocked(3U);
            assert_int_equal(iommu_block(&b->iommu, 3U), IOMMU_OK);
            assert_blocked(3U);
        }
        /* From one context of a guest straight to another: with another table of MSIs, and with
         * none. */
        attach(b, 3U, &one);
        other.iohgatp += 4U;
        if (formats[f] != BASE_FORMAT) {
            other.msi_table = pa_add(other.msi_table, PAGE_SIZE);
            other.msi_mask = 7U;
            other.msi_pattern += 8U;
        }
        attach(b, 3U, &other);
        assert_dc(3U, TC_ATTACHED, &other);
        other = plain_context_of(ONE);
        attach(b, 3U, &other);
        assert_dc(3U, TC_ATTACHED, &other);
    }
}

/* shows: R-DMA-07 */
static void test_iommu_fences_wait_for_reads_and_writes_of_what_changed(void **state)
{
    (void)state;
    struct bench *b = bench_with(FAKE_IOMMU_CAPABILITIES, 0xffffU);
    const struct iommu_context one = context_of(ONE);

    bench_claim(b, 3U, ONE);
    attach(b, 3U, &one);
    const uint32_t from = fake_iommu.events;
    assert_int_equal(iommu_block(&b->iommu, 3U), IOMMU_OK);
    const uint32_t last = fake_iommu.events - 1U;
    assert_int_equal(fake_iommu.log[last].kind, FAKE_COMMAND);
    assert_int_equal(fake_iommu.log[last].value[0], 0x3002U);   /* IOFENCE.C, PR, PW, no address */
    assert_true(fake_iommu_find_command(from, UINT64_C(3) << 40 | UINT64_C(1) << 33 | 3U) < last);
    assert_true(fake_iommu_find_command(from, UINT64_C(1) << 44 | UINT64_C(1) << 33 | 0x01U) <
                last);
    assert_true(fake_iommu_find_command(from, UINT64_C(1) << 44 | UINT64_C(1) << 33 | 0x81U) <
                last);
}

/* shows: R-DMA-07, R-IRQ-09 */
static void test_iommu_msi_entries_that_moved_are_forgotten(void **state)
{
    (void)state;
    struct bench *b = bench_with(FAKE_IOMMU_CAPABILITIES, 0xffffU);
    const uint32_t from = fake_iommu.events;

    assert_int_equal(iommu_msi_moved(&b->iommu, ONE), IOMMU_OK);
    const uint32_t last = fake_iommu.events - 1U;
    assert_int_equal(fake_iommu.log[last].value[0], 0x3002U);   /* IOFENCE.C, PR, PW, no address */
    const uint64_t gvma = (uint64_t)ONE << 44 | UINT64_C(1) << 33 | 0x81U;
    assert_true(fake_iommu_find_command(from, gvma) < last);
}

/* shows: R-DMA-09 */
static void test_iommu_block_all_blocks_one_guest_with_two_fences(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        struct bench *b = bench_with(formats[f], 0xffffU);
        const struct iommu_context one = context_for(formats[f], ONE);
        const struct iommu_context two = context_for(formats[f], TWO);

        for (uint32_t i = 0U; i < 12U; i++) {
            bench_claim(b, i * 0x111U, i % 2U == 0U ? ONE : TWO);
            if (i < 10U) {
                attach(b, i * 0x111U, i % 2U == 0U ? &one : &two);
            }
        }
        const uint32_t before = fake_iommu.fences;
        assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_OK);
        assert_int_equal(fake_iommu.fences - before, formats[f] == BASE_FORMAT ? 1U : 2U);
        for (uint32_t i = 0U; i < 12U; i++) {
            if (i % 2U == 0U || i >= 10U) {
                assert_blocked(i * 0x111U);
            } else {
                assert_dc(i * 0x111U, TC_ATTACHED, &two);
            }
        }
        /* Again, and for a guest without devices: nothing changes, all is forgotten once more. */
        assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_OK);
        assert_int_equal(iommu_block_all(&b->iommu, 3U), IOMMU_OK);
        assert_int_equal(fake_iommu.fences - before, formats[f] == BASE_FORMAT ? 3U : 4U);
    }
}

/* shows: R-DMA-06, R-DMA-07 */
static void test_iommu_quiet_keeps_the_reach_and_stops_the_reports(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        struct bench *b = bench_with(formats[f], 0xffffU);
        const struct iommu_context one = context_for(formats[f], ONE);

        bench_claim(b, 3U, ONE);
        assert_int_equal(iommu_quiet(&b->iommu, 3U), IOMMU_OK);
        assert_blocked(3U);
        attach(b, 3U, &one);
        const uint32_t before = fake_iommu.fences;
        assert_int_equal(iommu_quiet(&b->iommu, 3U), IOMMU_OK);
        assert_dc(3U, TC_QUIET, &one);
        assert_int_equal(fake_iommu.fences - before, 1U);
        attach(b, 3U, &one);
        assert_dc(3U, TC_ATTACHED, &one);
    }
}

/* ---- not coherent ---------------------------------------------------------------------------- */

static uint32_t flush_looked_at;

/* A context is never seen valid without what makes it safe. */
static void look_at_context(void)
{
    uint64_t dc[8];

    if (fake_iommu_walk(0x123U, dc)) {
        assert_int_equal(dc[1] >> 60, 8U);
        assert_true((dc[4] >> 60) == 0U || (dc[1] >> 44 & 0xffffU) == ONE);
        flush_looked_at++;
    }
}

/* shows: R-DMA-08, R-DMA-14 */
static void test_iommu_that_is_not_coherent_sees_every_table_in_time(void **state)
{
    (void)state;
    for (uint32_t f = 0U; f < NO_FORMATS; f++) {
        for (uint32_t block = 16U; block <= 256U; block *= 4U) {
            struct bench *b = bench_new();
            const struct iommu_context one = context_for(formats[f], ONE);

            fake_iommu.capabilities = formats[f];
            fake_iommu.cache_block = block;
            b->setup.cache_block = block;
            b->setup.max_device_id = 0xffffffU;
            assert_int_equal(bench_open(b), IOMMU_OK);
            flush_looked_at = 0U;
            fake_iommu.on_flush = look_at_context;
            bench_claim(b, 0x123U, ONE);
            bench_claim(b, 0x888888U, TWO);
            assert_blocked(0x123U);
            attach(b, 0x123U, &one);
            assert_dc(0x123U, TC_ATTACHED, &one);
            assert_int_equal(iommu_quiet(&b->iommu, 0x123U), IOMMU_OK);
            assert_dc(0x123U, TC_QUIET, &one);
            assert_int_equal(iommu_block_all(&b->iommu, ONE), IOMMU_OK);
            assert_blocked(0x123U);
            assert_true(flush_looked_at > 5U);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_claimed_ids_are_blocked_and_no_others_valid),
        cmocka_unit_test(test_iommu_ids_belong_to_one_owner),
        cmocka_unit_test(test_iommu_claims_end_with_the_room_for_them),
        cmocka_unit_test(test_iommu_attached_has_its_context_and_no_other),
        cmocka_unit_test(test_iommu_contexts_that_the_hardware_lacks_are_refused),
        cmocka_unit_test(test_iommu_block_and_attach_leave_nothing_of_before),
        cmocka_unit_test(test_iommu_fences_wait_for_reads_and_writes_of_what_changed),
        cmocka_unit_test(test_iommu_msi_entries_that_moved_are_forgotten),
        cmocka_unit_test(test_iommu_block_all_blocks_one_guest_with_two_fences),
        cmocka_unit_test(test_iommu_quiet_keeps_the_reach_and_stops_the_reports),
        cmocka_unit_test(test_iommu_that_is_not_coherent_sees_every_table_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
