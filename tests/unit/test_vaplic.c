/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual APLIC register by register, with virtual sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/irq/vaplic.h"
#include "tests/unit/fake_aplic.h"
#include "tests/unit/fake_vaplic_world.h"

/* shows: R-IRQ-01 */
static void test_vaplic_reset_state(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    assert_false(w.board.source[BOARD_LINE].enabled);
    assert_false(w.board.source[BOARD_LINE].pending);
    assert_int_equal(w.board.source[BOARD_LINE].mode, 0);
    /* From the busiest state back to that of the start. */
    for (uint32_t round = 0U; round < 2U; round++) {
        for (uint32_t offset = 4U; offset < GUEST_APLIC_SIZE; offset += 4U) {
            assert_int_equal(get(&w, offset), 0);
        }
        assert_int_equal(get(&w, DOMAINCFG), OFF);
        assert_nothing_sent(&w);
        for (uint32_t i = 1U; i <= GUEST_SOURCES; i++) {
            put(&w, SOURCECFG(i), 1U);
            put(&w, TARGET(i), 2U << 18 | i);
            put(&w, SETIPNUM, i);
            put(&w, SETIENUM, i);
        }
        put(&w, GENMSI, 7U);
        put(&w, DOMAINCFG, IE);
        assert_int_equal(w.sent.count, 1U + GUEST_SOURCES);
        w.sent.count = 0U;
        put(&w, CLRIE(0), UINT32_MAX);
        put(&w, SETIP(0), UINT32_MAX); /* these wait, the others are enabled, the domain is on */
        vaplic_reset(&w.v);
        assert_false(w.board.source[BOARD_LINE].enabled);
        assert_int_equal(w.board.source[BOARD_LINE].mode, 0);
    }
}

/* shows: R-IRQ-01 */
static void test_vaplic_domaincfg(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    put(&w, DOMAINCFG, UINT32_MAX);
    assert_int_equal(get(&w, DOMAINCFG), ON);
    put(&w, DOMAINCFG, ~IE);
    assert_int_equal(get(&w, DOMAINCFG), OFF);
    put(&w, DOMAINCFG, IE);
    assert_int_equal(get(&w, DOMAINCFG), ON);
}

/* shows: R-IRQ-01 */
static void test_vaplic_sourcecfg_is_warl(void **state)
{
    (void)state;
    static const uint32_t reads[8] = { 0, 1, 0, 0, 4, 5, 6, 7 };
    static const uint32_t sources[] = { 1U, LINE, GUEST_SOURCES };
    struct world w;

    start(&w);
    for (size_t s = 0U; s < 3U; s++) {
        const uint32_t at = SOURCECFG(sources[s]);

        for (uint32_t mode = 0U; mode < 8U; mode++) {
            put(&w, at, mode);
            assert_int_equal(get(&w, at), reads[mode]);
            put(&w, at, 0xfffffbf8U | mode); /* all but D */
            assert_int_equal(get(&w, at), reads[mode]);
            put(&w, at, 0x400U | mode);      /* a leaf domain cannot delegate */
            assert_int_equal(get(&w, at), 0);
        }
    }
    put(&w, SOURCECFG(GUEST_SOURCES + 1U), 4U);
    assert_int_equal(get(&w, SOURCECFG(GUEST_SOURCES + 1U)), 0);
    put(&w, SOURCECFG(1023U), 4U);
    assert_int_equal(get(&w, SOURCECFG(1023U)), 0);
}

/* shows: R-IRQ-01 */
static void test_vaplic_inactive_source_is_read_only_zero(void **state)
{
    (void)state;
    static const uint32_t sources[] = { 1U, LINE, GUEST_SOURCES };

    for (size_t s = 0U; s < 3U; s++) {
        const uint32_t i = sources[s], word = i / 32U, bit = UINT32_C(1) << i % 32U;
        struct world w;

        start(&w);
        put(&w, DOMAINCFG, IE);
        for (uint32_t round = 0U; round < 2U; round++) {
            put(&w, TARGET(i), 1U << 18 | 9U);
            put(&w, SETIE(word), bit);
            put(&w, SETIENUM, i);
            put(&w, SETIP(word), bit);
            put(&w, SETIPNUM, i);
            put(&w, SETIPNUM_LE, i);
            assert_int_equal(get(&w, TARGET(i)), 0);
            assert_int_equal(get(&w, SETIE(word)), 0);
            assert_int_equal(get(&w, SETIP(word)), 0);
            assert_nothing_sent(&w);
            /* Nothing of it shows when the source becomes active ... */
            put(&w, SOURCECFG(i), 1U);
            assert_int_equal(get(&w, TARGET(i)), 0);
            assert_int_equal(get(&w, SETIE(word)), 0);
            assert_int_equal(get(&w, SETIP(word)), 0);
            /* ... and what was set while active is gone when it is not. */
            put(&w, TARGET(i), 1U << 18 | 9U);
            put(&w, SETIPNUM, i);
            assert_int_equal(get(&w, SETIP(word)), bit);
            put(&w, SOURCECFG(i), round == 0U ? 0U : 0x400U);
        }
    }
}

/* shows: R-IRQ-02 */
static void test_vaplic_target_fields(void **state)
{
    (void)state;
    static const struct { uint32_t num_ids, mask; } widths[] = {
        { 63U, 0x3fU }, { 100U, 0x7fU }, { 255U, 0xffU }, { 2047U, 0x7ffU },
    };

    for (size_t k = 0U; k < 4U; k++) {
        struct world w;

        start_with(&w, widths[k].num_ids, NULL, 0U);
        put(&w, SOURCECFG(3U), 4U);
        put(&w, TARGET(3U), 2U << 18 | 0x3ffffU);
        assert_int_equal(get(&w, TARGET(3U)), 2U << 18 | widths[k].mask); /* no guest index */
        put(&w, TARGET(3U), VCPUS << 18 | 1U); /* no such hart */
        assert_int_equal(get(&w, TARGET(3U)), 1U);
        put(&w, TARGET(3U), UINT32_MAX);
        assert_int_equal(get(&w, TARGET(3U)), widths[k].mask);
        put(&w, GENMSI, 2U << 18 | 0x3ffffU); /* Busy is never seen */
        assert_int_equal(get(&w, GENMSI), 2U << 18 | widths[k].mask);
    }
}

/* shows: R-IRQ-02 */
static void test_vaplic_identities_that_do_not_exist_are_never_sent(void **state)
{
    (void)state;
    static const struct { uint32_t eiid; bool sent; } cases[] = {
        { 0U, false }, { 1U, true }, { 100U, true }, { 101U, false }, { 127U, false },
    };
    struct world w;

    start_with(&w, 100U, NULL, 0U);
    activate(&w, 3U, 1U);
    for (size_t k = 0U; k < 5U; k++) {
        put(&w, TARGET(3U), cases[k].eiid);
        put(&w, SETIPNUM, 3U);
        assert_false(pending(&w, 3U)); /* the interrupt file would have ignored it */
        assert_int_equal(w.sent.count, cases[k].sent);
        put(&w, GENMSI, cases[k].eiid);
        assert_int_equal(w.sent.count, 2U * cases[k].sent);
        w.sent.count = 0U;
    }
}

/* AIA 4.7, each source mode: what sets and what clears the pending bit while nothing is enabled. */
/* shows: R-IRQ-03 */
static void test_vaplic_pending_by_source_mode(void **state)
{
    (void)state;
    static const struct {
        uint32_t mode;
        bool on_rise, on_fall;      /* the wire */
        bool by_write_low, by_write_high;
        bool stays_on_rise, stays_on_fall; /* a pending bit survives that the wire moves */
    } cases[] = {
        { 1U, false, false, true, true, true, true },
        { 4U, true, false, true, true, true, true },
        { 5U, false, true, true, true, true, true },
        { 6U, true, false, false, true, true, false },
        { 7U, false, true, true, false, false, true },
    };
    const uint32_t i = 33U;

    for (size_t k = 0U; k < 5U; k++) {
        static const uint32_t setters[] = { SETIP(1), SETIPNUM, SETIPNUM_LE };
        static const uint32_t clearers[] = { IN_CLRIP(1), CLRIPNUM };
        const bool level0 = cases[k].mode == 7U;
        struct world w;

        start(&w);
        put(&w, SOURCECFG(i), cases[k].mode);
        put(&w, CLRIPNUM, i); /* Level0 begins asserted */
        assert_false(pending(&w, i));
        vaplic_set_input(&w.v, i, true);
        assert_int_equal(pending(&w, i), cases[k].on_rise);
        put(&w, CLRIPNUM, i);
        vaplic_set_input(&w.v, i, true); /* no transition */
        assert_false(pending(&w, i));
        vaplic_set_input(&w.v, i, false);
        assert_int_equal(pending(&w, i), cases[k].on_fall);

        for (size_t s = 0U; s < 3U; s++) {
            for (uint32_t high = 0U; high < 2U; high++) {
                const uint32_t value = setters[s] == SETIP(1) ? 2U : i;

                vaplic_set_input(&w.v, i, high != 0U);
                put(&w, CLRIPNUM, i);
                put(&w, setters[s], value);
                assert_int_equal(pending(&w, i),
                                 high != 0U ? cases[k].by_write_high : cases[k].by_write_low);
            }
        }
        for (size_t c = 0U; c < 2U; c++) {
            vaplic_set_input(&w.v, i, !level0);
            put(&w, SETIPNUM, i);
            assert_true(pending(&w, i));
            put(&w, clearers[c], clearers[c] == IN_CLRIP(1) ? 2U : i);
            assert_false(pending(&w, i));
        }
        vaplic_set_input(&w.v, i, false);
        put(&w, SETIPNUM, i);
        vaplic_set_input(&w.v, i, true);
        assert_int_equal(pending(&w, i), cases[k].stays_on_rise || cases[k].on_rise);
        vaplic_set_input(&w.v, i, true);
        put(&w, SETIPNUM, i);
        vaplic_set_input(&w.v, i, false);
        assert_int_equal(pending(&w, i), cases[k].stays_on_fall || cases[k].on_fall);
        assert_nothing_sent(&w);
    }
}

/* shows: R-IRQ-03 */
static void test_vaplic_in_clrip_reads_the_rectified_input(void **state)
{
    (void)state;
    static const struct { uint32_t mode; bool low, high; } cases[] = {
        { 0U, false, false }, { 1U, false, false }, { 4U, false, true }, { 5U, true, false },
        { 6U, false, true }, { 7U, true, false },
    };
    struct world w;

    start(&w);
    for (size_t k = 0U; k < 6U; k++) {
        put(&w, SOURCECFG(33U), cases[k].mode);
        put(&w, SOURCECFG(LINE), cases[k].mode);
        for (uint32_t high = 0U; high < 2U; high++) {
            const bool expected = high != 0U ? cases[k].high : cases[k].low;

            vaplic_set_input(&w.v, 33U, high != 0U);
            fake_aplic_wire(&w.board, BOARD_LINE, high != 0U);
            assert_int_equal(get(&w, IN_CLRIP(1)), expected ? 2U : 0U);
            assert_int_equal(get(&w, IN_CLRIP(0)), expected ? 1U << LINE : 0U);
        }
    }
}

/* shows: R-IRQ-03 */
static void test_vaplic_sourcecfg_write_and_the_pending_bit(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    vaplic_set_input(&w.v, 2U, true);
    put(&w, SOURCECFG(2U), 4U); /* already high: no edge came */
    assert_false(pending(&w, 2U));
    put(&w, SOURCECFG(2U), 6U); /* asserted: nothing is lost */
    assert_true(pending(&w, 2U));
    put(&w, SOURCECFG(2U), 4U); /* an edge that is pending stays so */
    assert_true(pending(&w, 2U));
    put(&w, SOURCECFG(2U), 7U); /* a level that is not asserted is never pending */
    assert_false(pending(&w, 2U));
    put(&w, SOURCECFG(2U), 1U);
    put(&w, SETIPNUM, 2U);
    put(&w, SOURCECFG(2U), 5U);
    assert_true(pending(&w, 2U));
}

/* shows: R-IRQ-04 */
static void test_vaplic_sends_when_pending_enabled_and_on_whatever_comes_last(void **state)
{
    (void)state;
    static const uint32_t orders[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
    };

    for (size_t k = 0U; k < 6U; k++) {
        for (uint32_t word = 0U; word < 2U; word++) {
            struct world w;

            start(&w);
            put(&w, SOURCECFG(34U), 4U);
            put(&w, TARGET(34U), 2U << 18 | 77U);
            for (size_t step = 0U; step < 3U; step++) {
                assert_nothing_sent(&w);
                switch (orders[k][step]) {
                case 0:
                    put(&w, word != 0U ? SETIE(1) : SETIENUM, word != 0U ? 4U : 34U);
                    break;
                case 1:
                    put(&w, DOMAINCFG, IE);
                    break;
                default:
                    vaplic_set_input(&w.v, 34U, true);
                    break;
                }
            }
            assert_sent(&w, 2U, 77U);
            assert_false(pending(&w, 34U));
            /* Once for each edge. */
            put(&w, SETIENUM, 34U);
            put(&w, DOMAINCFG, IE);
            assert_nothing_sent(&w);
            vaplic_set_input(&w.v, 34U, false);
            vaplic_set_input(&w.v, 34U, true);
            assert_sent(&w, 2U, 77U);
            /* And not while disabled; then it waits. */
            put(&w, word != 0U ? CLRIE(1) : CLRIENUM, word != 0U ? 4U : 34U);
            assert_int_equal(get(&w, SETIE(1)), 0);
            put(&w, SETIPNUM, 34U);
            assert_nothing_sent(&w);
            put(&w, SETIENUM, 34U);
            assert_int_equal(get(&w, SETIE(1)), 4U);
            assert_sent(&w, 2U, 77U);
        }
    }
}

/* AIA 4.9.2. */
/* shows: R-IRQ-04 */
static void test_vaplic_level_is_sent_once_until_retriggered(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    activate(&w, 1U, 6U);
    vaplic_set_input(&w.v, 1U, true);
    assert_sent(&w, 1U, 0x21U);
    vaplic_set_input(&w.v, 1U, true);
    put(&w, DOMAINCFG, IE);
    assert_nothing_sent(&w);
    put(&w, SETIPNUM_LE, 1U); /* end of the handler: still asserted */
    assert_sent(&w, 1U, 0x21U);
    vaplic_set_input(&w.v, 1U, false);
    put(&w, SETIPNUM_LE, 1U); /* no more */
    assert_nothing_sent(&w);
    vaplic_set_input(&w.v, 1U, true);
    assert_sent(&w, 1U, 0x21U);
}

/* shows: R-IRQ-04 */
static void test_vaplic_number_registers_ignore_what_is_no_active_source(void **state)
{
    (void)state;
    static const uint32_t numbers[] = { 0U, 2U, GUEST_SOURCES + 1U, 1023U, 1024U + 1U,
                                        0x01000000U, UINT32_MAX };
    static const uint32_t registers[] = { SETIPNUM, CLRIPNUM, SETIENUM, CLRIENUM, SETIPNUM_LE };
    struct world w, before;

    start(&w);
    put(&w, SOURCECFG(1U), 1U);
    put(&w, SETIPNUM, 1U);
    before = w;
    for (size_t r = 0U; r < 5U; r++) {
        for (size_t n = 0U; n < 7U; n++) {
            put(&w, registers[r], numbers[n]);
            assert_memory_equal(&w, &before, sizeof(w));
        }
        assert_int_equal(get(&w, registers[r]), 0);
    }
    put(&w, CLRIPNUM, 1U);
    before = w;
    put(&w, SETIPNUM_BE, 1U); /* in big-endian order this is source 0x01000000 */
    put(&w, SETIPNUM_BE, 0x01020000U);
    put(&w, SETIPNUM_BE, 0x01000200U);
    put(&w, SETIPNUM_BE, 0x01000002U);
    assert_memory_equal(&w, &before, sizeof(w));
    put(&w, SETIPNUM_BE, 0x01000000U);
    assert_true(pending(&w, 1U));
    assert_int_equal(get(&w, SETIPNUM_BE), 0);
}

/* shows: R-IRQ-01 */
static void test_vaplic_the_rest_of_the_region_is_read_only_zero(void **state)
{
    (void)state;
    struct world w, before;
    uint32_t tried = 0U;

    start(&w);
    activate(&w, 1U, 1U);
    activate(&w, LINE, 1U);
    w.sent.count = 0U;
    before = w;
    for (uint32_t offset = 0x1000U; offset < GUEST_APLIC_SIZE; offset += 4U) {
        const uint32_t low = offset & 0xffU, kind = offset & 0xff00U;
        const bool bits = kind >= 0x1c00U && kind <= 0x1f00U && (low < 0x80U || low == 0xdcU);
        const bool known = bits || offset == SETIPNUM_LE || offset == SETIPNUM_BE
                        || (offset >= GENMSI && offset <= TARGET(GUEST_SOURCES));

        if (!known) {
            put(&w, offset, 0x00000022U);
            put(&w, offset, UINT32_MAX);
            assert_memory_equal(&w, &before, sizeof(w));
            assert_int_equal(get(&w, offset), 0);
            tried++;
        }
    }
    /* 1000..1bff, what the four arrays leave of 1c00..1fff, 2008..2fff, 3100..7fff */
    assert_int_equal(tried, 0xc00U / 4U + 4U * (64U - 33U) + 0xff8U / 4U + 0x4f00U / 4U);
    /* Words of the arrays past the last source. */
    for (uint32_t k = 2U; k < 32U; k++) {
        put(&w, SETIP(k), UINT32_MAX);
        put(&w, IN_CLRIP(k), UINT32_MAX);
        put(&w, SETIE(k), UINT32_MAX);
        put(&w, CLRIE(k), UINT32_MAX);
        assert_memory_equal(&w, &before, sizeof(w));
        assert_int_equal(get(&w, SETIP(k)) | get(&w, IN_CLRIP(k)) | get(&w, SETIE(k)), 0);
    }
    assert_int_equal(get(&w, CLRIE(0)), 0);
}

/* shows: R-IRQ-04 */
static void test_vaplic_genmsi_is_sent_even_while_the_domain_is_off(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    put(&w, GENMSI, 2U << 18 | 1U << 12 | 99U);
    assert_sent(&w, 2U, 99U);
    assert_int_equal(get(&w, GENMSI), 2U << 18 | 99U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vaplic_reset_state),
        cmocka_unit_test(test_vaplic_domaincfg),
        cmocka_unit_test(test_vaplic_sourcecfg_is_warl),
        cmocka_unit_test(test_vaplic_inactive_source_is_read_only_zero),
        cmocka_unit_test(test_vaplic_target_fields),
        cmocka_unit_test(test_vaplic_identities_that_do_not_exist_are_never_sent),
        cmocka_unit_test(test_vaplic_pending_by_source_mode),
        cmocka_unit_test(test_vaplic_in_clrip_reads_the_rectified_input),
        cmocka_unit_test(test_vaplic_sourcecfg_write_and_the_pending_bit),
        cmocka_unit_test(test_vaplic_sends_when_pending_enabled_and_on_whatever_comes_last),
        cmocka_unit_test(test_vaplic_level_is_sent_once_until_retriggered),
        cmocka_unit_test(test_vaplic_number_registers_ignore_what_is_no_active_source),
        cmocka_unit_test(test_vaplic_the_rest_of_the_region_is_read_only_zero),
        cmocka_unit_test(test_vaplic_genmsi_is_sent_even_while_the_domain_is_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
