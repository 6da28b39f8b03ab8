/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's invalidations (iommu/iommu.h: iommu_forget_addresses, iommu_forget_process,
 * iommu_finish). */
#include "tests/unit/fake_iommu_bench.h"

#include "iommu/hw/regs.h"

#define ID      0x123U
#define SMALL   3U               /* a queue of 8 entries */
#define FENCE   UINT64_C(0x3002) /* IOFENCE.C, PR, PW, no address */

/* IOTINVAL.VMA, GV, GSCID 1 */
#define VMA     (UINT64_C(0x001) | UINT64_C(1) << 33 | UINT64_C(1) << 44)
#define AV      (UINT64_C(1) << 10)
#define PSCV    (UINT64_C(1) << 32)
#define NL      (UINT64_C(1) << 34)
#define PSCID(n) ((uint64_t)(n) << 12)

static struct bench *claimed_with(uint64_t capabilities, uint32_t log2_most)
{
    struct bench *b = bench_new();

    fake_iommu.capabilities = capabilities;
    fake_iommu.log2_most = log2_most;
    assert_int_equal(bench_open(b), IOMMU_OK);
    bench_claim(b, ID, ONE);
    fake_iommu.events = 0U;
    return b;
}

static struct bench *claimed(uint64_t capabilities)
{
    return claimed_with(capabilities, 19U);
}

static void forget(struct bench *b, uint32_t pscid)
{
    assert_int_equal(iommu_forget_addresses(&b->iommu, ONE,
                                            &(struct iommu_addresses){ .by_pscid = true,
                                                                       .pscid = pscid }),
                     IOMMU_OK);
}

/* The n-th command of the log from event from on; the test fails when there is none. */
static const uint64_t *command(uint32_t from, uint32_t n)
{
    uint32_t seen = 0U;

    for (uint32_t i = from; i < fake_iommu.events; i++) {
        if (fake_iommu.log[i].kind == FAKE_COMMAND && seen++ == n) {
            return fake_iommu.log[i].value;
        }
    }
    fail_msg("there is no command %u", n);
    return NULL;
}

static uint32_t commands(uint32_t from)
{
    uint32_t count = 0U;

    for (uint32_t i = from; i < fake_iommu.events; i++) {
        count += fake_iommu.log[i].kind == FAKE_COMMAND;
    }
    return count;
}

/* What becomes of one invalidation, when all is done. */
static void assert_becomes(struct bench *b, const struct iommu_addresses *what, uint64_t first,
                           uint64_t second)
{
    fake_iommu.events = 0U;
    assert_int_equal(iommu_forget_addresses(&b->iommu, ONE, what), IOMMU_OK);
    assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
    assert_int_equal(commands(0U), 2U);
    assert_int_equal(command(0U, 0U)[0], first);
    assert_int_equal(command(0U, 0U)[1], second);
    assert_int_equal(command(0U, 1U)[0], FENCE);
    assert_int_equal(b->iommu.stats.command_illegal, 0U);
}

/* shows: R-DMA-65 */
static void test_iommu_forgets_exactly_what_it_can_be_told_of(void **state)
{
    (void)state;
    struct bench *b = claimed(ALL_STAGES);
    const uint64_t address = UINT64_C(0xffffffc012345000), at = address >> 12 << 10;

    for (uint32_t bits = 0U; bits < 16U; bits++) {
        const struct iommu_addresses what = {
            .by_pscid = (bits & 1U) != 0U, .pscid = 0xabcdeU,
            .by_address = (bits & 2U) != 0U, .address = address,
            .range = (bits & 4U) != 0U, .non_leaf = (bits & 8U) != 0U,
        };
        const bool av = what.by_address;

        assert_becomes(b, &what,
                       VMA | (what.by_pscid ? PSCV | PSCID(0xabcdeU) : 0U) | (av ? AV : 0U) |
                           (av && what.non_leaf ? NL : 0U),
                       av ? at | (what.range ? 1U << 9 : 0U) : 0U);
    }
}

/* shows: R-DMA-65 */
static void test_iommu_forgets_more_where_it_cannot_be_told_precisely(void **state)
{
    (void)state;
    for (uint32_t lacks = 0U; lacks < 4U; lacks++) {
        const bool no_nl = (lacks & 1U) != 0U, no_s = (lacks & 2U) != 0U;
        struct bench *b = claimed(ALL_STAGES & ~((no_nl ? CAP_BIT(42) : 0U) |
                                                 (no_s ? CAP_BIT(43) : 0U)));

        for (uint32_t bits = 0U; bits < 4U; bits++) {
            const struct iommu_addresses what = {
                .by_pscid = true, .pscid = 5U, .by_address = true, .address = 0x5000U,
                .non_leaf = (bits & 1U) != 0U, .range = (bits & 2U) != 0U,
            };
            const bool all = (what.non_leaf && no_nl) || (what.range && no_s);

            assert_becomes(b, &what,
                           VMA | PSCV | PSCID(5U) | (all ? 0U : AV) |
                               (!all && what.non_leaf ? NL : 0U),
                           all ? 0U : 5U << 10 | (what.range ? 1U << 9 : 0U));
        }
    }
}

/* shows: R-DMA-65 */
static void test_iommu_is_never_told_of_a_range_that_has_no_meaning(void **state)
{
    (void)state;
    struct bench *b = claimed(ALL_STAGES);
    struct iommu_addresses what = { .by_address = true, .range = true, .address = UINT64_MAX };

    assert_becomes(b, &what, VMA, 0U);
    what.address = UINT64_MAX >> 1;                  /* everything, by its own encoding */
    assert_becomes(b, &what, VMA | AV, (UINT64_MAX >> 1 >> 12) << 10 | 1U << 9);
    what.address = UINT64_MAX;
    what.range = false;
    assert_becomes(b, &what, VMA | AV, (UINT64_MAX >> 12) << 10);
    /* Nothing of a PSCID that is too wide gets anywhere else. */
    what = (struct iommu_addresses){ .by_pscid = true, .pscid = UINT32_MAX };
    assert_becomes(b, &what, VMA | PSCV | PSCID(0xfffffU), 0U);
}

/* shows: R-DMA-65 */
static void test_iommu_forgets_processes_that_there_can_be(void **state)
{
    (void)state;
    static const uint32_t bits[] = { 8U, 17U, 20U };
    const uint64_t pds = CAP_BIT(38) | CAP_BIT(39) | CAP_BIT(40);
    const uint64_t pdt = UINT64_C(0x083) | UINT64_C(1) << 33 | (uint64_t)ID << 40;

    for (uint32_t i = 0U; i < 3U; i++) {
        struct bench *b = claimed((ALL_STAGES & ~pds) | CAP_BIT(38U + i));
        const uint32_t last = (1U << bits[i]) - 1U;

        assert_int_equal(iommu_forget_process(&b->iommu, ID, last), IOMMU_OK);
        assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
        assert_int_equal(commands(0U), 2U);
        assert_int_equal(command(0U, 0U)[0], pdt | (uint64_t)last << 12);
        assert_int_equal(command(0U, 0U)[1], 0U);
        assert_int_equal(iommu_forget_process(&b->iommu, ID, last + 1U), IOMMU_OK);
        assert_int_equal(iommu_forget_process(&b->iommu, ID, UINT32_MAX), IOMMU_OK);
        assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
        assert_int_equal(commands(0U), 3U);
        assert_int_equal(b->iommu.stats.command_illegal, 0U);
    }
    struct bench *b = claimed(ALL_STAGES & ~pds);
    assert_int_equal(iommu_forget_process(&b->iommu, ID, 0U), IOMMU_OK);
    assert_int_equal(fake_iommu.events, 0U);
}

/* shows: R-DMA-66 */
static void test_iommu_forgets_for_nobody_else(void **state)
{
    (void)state;
    struct bench *b = claimed(ALL_STAGES);
    const struct iommu_addresses all = { .by_pscid = false };

    assert_int_equal(iommu_forget_addresses(&b->iommu, TWO, &all), IOMMU_NOT_OWNER);
    assert_int_equal(iommu_forget_addresses(&b->iommu, 0U, &all), IOMMU_NOT_OWNER);
    assert_int_equal(iommu_forget_process(&b->iommu, ID + 1U, 1U), IOMMU_NOT_OWNER);
    assert_int_equal(fake_iommu.events, 0U);
    assert_int_equal(b->iommu.given_count, 0U);
}

/* shows: R-DMA-67 */
static void test_iommu_has_what_it_is_given_when_it_is_to_begin(void **state)
{
    (void)state;
    struct bench *b = claimed(ALL_STAGES);
    const uint64_t start = fake_uart.now;

    forget(b, 1U);
    assert_int_equal(iommu_forget_process(&b->iommu, ID, 9U), IOMMU_OK);
    assert_int_equal(iommu_begin(&b->iommu), IOMMU_OK);
    assert_int_equal(fake_uart.now, start);          /* nobody looked at a clock, */
    assert_int_equal(commands(0U), 0U);              /* nor at cqh: that lets the fake go on */
    while (iommu_read32(pa(FAKE_IOMMU_REGS), IOMMU_CQH) != fake_iommu_reg32(IOMMU_CQT)) {
    }
    assert_int_equal(commands(0U), 2U);
    assert_int_equal(command(0U, 0U)[0], VMA | PSCV | PSCID(1U));
    assert_int_equal(command(0U, 1U)[0] & 0x3ffU, 0x083U);
}

/* The fake ends the test when the queue is overfilled. */
static void give_many(uint64_t capabilities, uint32_t log2_most, uint32_t at_once)
{
    struct bench *b = claimed_with(capabilities, log2_most);
    const uint32_t fences = fake_iommu.fences;

    for (uint32_t i = 0U; i < at_once; i++) {
        forget(b, i);
    }
    assert_int_equal(fake_iommu.fences, fences);
    assert_int_equal(b->iommu.given_count, at_once);
    forget(b, at_once);                              /* all before it are done first */
    assert_int_equal(fake_iommu.fences, fences + 1U);
    assert_int_equal(b->iommu.given_count, 1U);
    for (uint32_t i = at_once + 1U; i < 400U; i++) {
        forget(b, i);
    }
    assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
    assert_int_equal(b->iommu.given_count, 0U);
    /* Each of them once, in order. */
    uint32_t next = 0U;
    for (uint32_t i = 0U; i < commands(0U); i++) {
        const uint64_t word = command(0U, i)[0];
        if (word != FENCE) {
            assert_int_equal(word, VMA | PSCV | PSCID(next));
            next++;
        }
    }
    assert_int_equal(next, 400U);
    assert_int_equal(b->iommu.stats.queue_restarts, 0U);
}

/* shows: R-DMA-67, R-DMA-68 */
static void test_iommu_waits_only_when_too_much_is_under_way(void **state)
{
    (void)state;
    give_many(ALL_STAGES, 19U, IOMMU_GIVEN_MAX);
    give_many(ALL_STAGES, SMALL, 6U);
}

/* shows: R-DMA-67 */
static void test_iommu_that_is_slow_has_room_for_its_own_commands_besides(void **state)
{
    (void)state;
    for (uint32_t given = 0U; given <= 6U; given++) {
        struct bench *b = claimed_with(ALL_STAGES, SMALL);
        const struct iommu_context one = context_of(ONE);

        for (uint32_t i = 0U; i < given; i++) {
            forget(b, i);
        }
        assert_int_equal(iommu_attach(&b->iommu, ID, &one), IOMMU_OK);
        assert_int_equal(b->iommu.given_count, 0U);
        /* What was given before it was done before it. */
        for (uint32_t i = 0U; i < given; i++) {
            assert_int_equal(command(0U, i)[0], VMA | PSCV | PSCID(i));
        }
    }
}

static uint32_t tellings(void)
{
    uint32_t count = 0U;

    for (uint32_t i = 0U; i < fake_iommu.events; i++) {
        count += fake_iommu.log[i].kind == FAKE_WRITE;
        assert_true(fake_iommu.log[i].kind != FAKE_WRITE || fake_iommu.log[i].offset == IOMMU_CQT);
    }
    return count;
}

/* shows: R-DMA-67, R-VIO-120 */
static void test_iommu_is_told_once_of_all_that_is_fenced(void **state)
{
    (void)state;
    for (uint32_t given = 0U; given <= 16U; given++) {
        struct bench *b = claimed(ALL_STAGES);

        for (uint32_t i = 0U; i < given; i++) {
            forget(b, i);
        }
        assert_int_equal(tellings(), 0U);
        assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
        assert_int_equal(tellings(), 1U);
        assert_int_equal(commands(0U), given + 1U);
    }
}

/* shows: R-DMA-68 */
static void test_iommu_finish_fences_even_when_nothing_was_given(void **state)
{
    (void)state;
    struct bench *b = claimed(ALL_STAGES);
    const uint32_t fences = fake_iommu.fences;

    assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
    assert_int_equal(fake_iommu.fences, fences + 1U);
    assert_int_equal(commands(0U), 1U);
    assert_int_equal(command(0U, 0U)[0], FENCE);
}

/* shows: R-DMA-10, R-DMA-68 */
static void test_iommu_that_was_restarted_is_given_all_of_it_again(void **state)
{
    (void)state;
    static const uint32_t errors[] = { IOMMU_CQCSR_CQMF, IOMMU_CQCSR_CMD_TO, IOMMU_CQCSR_CMD_ILL };

    /* Whichever command it stops at, and whether that is noticed by a finish or by another
     * call. */
    for (uint32_t skip = 0U; skip < 6U; skip++) {
        for (uint32_t by_moved = 0U; by_moved < 2U; by_moved++) {
            struct bench *b = claimed(ALL_STAGES);

            fake_iommu.fail_bits = errors[skip % 3U];
            fake_iommu.fail_skip = skip;
            fake_iommu.fail_times = 1U;
            for (uint32_t i = 0U; i < 5U; i++) {
                forget(b, i);
            }
            assert_int_equal(by_moved != 0U ? iommu_msi_moved(&b->iommu, ONE)
                                            : iommu_finish(&b->iommu), IOMMU_OK);
            assert_int_equal(b->iommu.stats.queue_restarts, 1U);
            const uint32_t on = fake_iommu_find_write(fake_iommu_find_write(0U, IOMMU_CQCSR) + 1U,
                                                      IOMMU_CQCSR);
            for (uint32_t i = 0U; i < 5U; i++) {
                assert_int_equal(command(on, i)[0], VMA | PSCV | PSCID(i));
            }
            assert_int_equal(command(on, 5U + by_moved)[0], FENCE);
            assert_int_equal(b->iommu.given_count, 0U);
            /* And not a third time. */
            const uint32_t from = fake_iommu.events;
            assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
            assert_int_equal(commands(from), 1U);
        }
    }
}

/* shows: R-DMA-11, R-DMA-68 */
static void test_iommu_that_does_not_answer_is_told_of_by_finish(void **state)
{
    (void)state;
    const struct iommu_addresses all = { .by_pscid = false };

    for (uint32_t lost = 0U; lost < 2U; lost++) {
        struct bench *b = claimed(ALL_STAGES);
        const enum iommu_result result = lost != 0U ? IOMMU_LOST : IOMMU_NO_ANSWER;

        fake_iommu.deaf = true;
        fake_iommu.off_refused = lost != 0U;
        fake_iommu.cq_stays = lost != 0U ? FAKE_FOREVER : 0U;
        for (uint32_t i = 0U; i < IOMMU_GIVEN_MAX; i++) {
            forget(b, i);                            /* without waiting: nobody notices */
        }
        const uint64_t start = fake_uart.now;
        assert_int_equal(iommu_forget_addresses(&b->iommu, ONE, &all), result);
        assert_true(fake_uart.now - start < 16U * PATIENCE);
        assert_int_equal(iommu_finish(&b->iommu), result);
        assert_int_equal(iommu_begin(&b->iommu), result);
        assert_int_equal(iommu_forget_addresses(&b->iommu, ONE, &all), result);
        assert_int_equal(iommu_forget_process(&b->iommu, ID, 1U), result);
        assert_int_equal(iommu_forget_process(&b->iommu, ID, UINT32_MAX), result);
        assert_int_equal(iommu_refuse(&b->iommu, ID, false), result);
    }
}

/* shows: R-DMA-14, R-DMA-67 */
static void test_iommu_that_is_not_coherent_sees_what_it_is_given(void **state)
{
    (void)state;
    struct bench *b = bench_new();

    fake_iommu.capabilities = ALL_STAGES;
    fake_iommu.cache_block = 64U;
    b->setup.cache_block = 64U;
    assert_int_equal(bench_open(b), IOMMU_OK);
    bench_claim(b, ID, ONE);
    for (uint32_t round = 0U; round < 40U; round++) {
        fake_iommu.events = 0U;
        for (uint32_t i = 0U; i < 7U; i++) {
            forget(b, 100U * round + i);
        }
        assert_int_equal(iommu_finish(&b->iommu), IOMMU_OK);
        for (uint32_t i = 0U; i < 7U; i++) {
            assert_int_equal(command(0U, i)[0], VMA | PSCV | PSCID(100U * round + i));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommu_forgets_exactly_what_it_can_be_told_of),
        cmocka_unit_test(test_iommu_forgets_more_where_it_cannot_be_told_precisely),
        cmocka_unit_test(test_iommu_is_never_told_of_a_range_that_has_no_meaning),
        cmocka_unit_test(test_iommu_forgets_processes_that_there_can_be),
        cmocka_unit_test(test_iommu_forgets_for_nobody_else),
        cmocka_unit_test(test_iommu_has_what_it_is_given_when_it_is_to_begin),
        cmocka_unit_test(test_iommu_waits_only_when_too_much_is_under_way),
        cmocka_unit_test(test_iommu_that_is_slow_has_room_for_its_own_commands_besides),
        cmocka_unit_test(test_iommu_is_told_once_of_all_that_is_fenced),
        cmocka_unit_test(test_iommu_finish_fences_even_when_nothing_was_given),
        cmocka_unit_test(test_iommu_that_was_restarted_is_given_all_of_it_again),
        cmocka_unit_test(test_iommu_that_does_not_answer_is_told_of_by_finish),
        cmocka_unit_test(test_iommu_that_is_not_coherent_sees_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
