/* SPDX-License-Identifier: Apache-2.0 */
/* When the model's commands take effect: late until a fence, in order, lost by an error. */
#include "tests/unit/model_bench.h"

#define OLD DATA
#define NEW (DATA + 0x10000U)
#define VA  UINT64_C(0x40201000)

enum { SEEDS = 64 };
static const uint64_t vma = CMD_IOTINVAL;

static uint64_t reached(void)
{
    const struct model_outcome outcome = ask(TTYP_UNTRANSLATED_READ, 1U, VA);

    return outcome.end == MODEL_TRANSLATED ? outcome.address : 0U;
}

/* OLD is cached, NEW is in memory. */
static void start_stale(uint64_t seed)
{
    struct model_config config = plain_config(CAPS_ALL);
    uint64_t leaf;

    config.whims = (struct model_whims){ .seed = seed, .keep = 100U, .use = 100U,
                                         .lagging = true };
    start(config, DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    leaf = map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF));
    assert_int_equal(reached(), OLD);
    put64(leaf, pte(NEW, LEAF));
}

/* shows: R-MOD-14, R-MOD-24 */
static void test_invalidations_may_be_late_but_not_after_a_fence(void **state)
{
    unsigned stale = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start_stale(seed);
        command(vma, 0U);
        assert_int_equal(rd(REG_CQH, 4U), 1U); /* fetched says nothing */
        stale += reached() == OLD ? 1U : 0U;
        fence();
        assert_int_equal(reached(), NEW);
    }
    assert_true(stale > 0U && stale < SEEDS);
}

/* shows: R-MOD-24 */
static void test_an_error_may_cost_the_commands_before_it(void **state)
{
    unsigned lost = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start_stale(seed);
        command(vma, 0U);
        command(5U, 0U); /* illegal */
        put64(CQ + 16U, CMD_IOFENCE);
        wr(REG_CQCSR, 4U, CSR_ENABLE | CQCSR_CMD_ILL);
        assert_int_equal(rd(REG_CQH, 4U), 2U);
        lost += reached() == OLD ? 1U : 0U;
        command(vma, 0U); /* "software should resubmit" */
        fence();
        assert_int_equal(reached(), NEW);
    }
    assert_true(lost > 0U && lost < SEEDS);
}

/* shows: R-MOD-24 */
static void test_turning_the_queue_off_may_cost_commands_too(void **state)
{
    unsigned lost = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start_stale(seed);
        command(vma, 0U);
        wr(REG_CQCSR, 4U, 0U);
        wr(REG_CQT, 4U, 0U);
        wr(REG_CQCSR, 4U, CSR_ENABLE);
        fence();
        lost += reached() == OLD ? 1U : 0U;
    }
    assert_true(lost > 0U && lost < SEEDS);
}

/* shows: R-MOD-14 */
static void test_more_is_put_off_than_there_is_room_for(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start_stale(seed);
        for (unsigned i = 0; i < 40U; i++) { /* the one that counts is among them, in any place */
            command(i == seed % 40U ? vma : CMD_IODIR, 0U);
        }
        fence();
        assert_int_equal(reached(), NEW);
    }
}

/* A first stage moves to other tables, with the same ids; the device goes on all the time. */
static unsigned moved_and_stale(uint64_t seed, bool context_first)
{
    const uint64_t ddt = CMD_IODIR | CMD_DV | PLACE(1, 40, 24);
    const uint64_t other = SROOT + 0x1000U;

    start_stale(seed);
    (void)map_first(other, 3U, VA, 0U, pte(NEW, LEAF));
    put_dc(1U, 0U, 0U, atp(ATP_SV39, other));
    (void)map_first(SROOT, 3U, VA, 0U, pte(OLD, LEAF));
    command(context_first ? ddt : vma, 0U);
    (void)reached();
    command(context_first ? vma : ddt, 0U);
    (void)reached();
    fence();
    return reached() == OLD ? 1U : 0U;
}

/* shows: R-MOD-24 */
static void test_the_order_of_the_guidelines_is_needed_and_enough(void **state)
{
    unsigned wrong_order = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        assert_int_equal(moved_and_stale(seed, true), 0U);
        wrong_order += moved_and_stale(seed, false);
    }
    assert_true(wrong_order > 0U);
}

/* shows: R-MOD-07 */
static void test_a_reset_forgets_what_was_put_off(void **state)
{
    unsigned stale = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start_stale(seed);
        command(vma, 0U);
        model_reset(bench.model);
        queues_on();
        wr(REG_DDTP, 8U, DDT >> 2 | DDTP_1LVL);
        assert_int_equal(reached(), NEW); /* the cache is empty */
        put64(TABLES + 0x1000U + 8U, pte(OLD, LEAF));
        stale += reached() == NEW ? 1U : 0U;
    }
    assert_int_equal(stale, SEEDS);       /* and no old command takes effect */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_invalidations_may_be_late_but_not_after_a_fence, end_bench),
        cmocka_unit_test_teardown(test_an_error_may_cost_the_commands_before_it, end_bench),
        cmocka_unit_test_teardown(test_turning_the_queue_off_may_cost_commands_too, end_bench),
        cmocka_unit_test_teardown(test_the_order_of_the_guidelines_is_needed_and_enough, end_bench),
        cmocka_unit_test_teardown(test_a_reset_forgets_what_was_put_off, end_bench),
        cmocka_unit_test_teardown(test_more_is_put_off_than_there_is_room_for, end_bench),
    };

    return cmocka_run_group_tests_name("model_order", tests, NULL, NULL);
}
