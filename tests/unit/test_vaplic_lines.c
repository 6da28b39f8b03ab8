/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual APLIC with a line of the board behind a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/irq/vaplic.h"
#include "tests/unit/fake_aplic.h"
#include "tests/unit/fake_vaplic_world.h"

/* shows: R-IRQ-05 */
static void test_vaplic_board_line_is_programmed_into_the_physical_aplic(void **state)
{
    (void)state;
    struct world w;
    struct fake_aplic_source *const line = &w.board.source[BOARD_LINE];

    start(&w);
    line->target = 2U << 18 | 3U; /* what was there before */
    put(&w, SOURCECFG(LINE), 6U);
    assert_int_equal(line->mode, 6);
    assert_int_equal(line->target, 0); /* as the guest reads it */
    put(&w, TARGET(LINE), 2U << 18 | 50U);
    assert_int_equal(line->target, 2U << 18 | 50U);
    put(&w, SETIENUM, LINE);
    assert_false(line->enabled); /* the domain is off */
    assert_int_equal(get(&w, SETIE(0)), 1U << LINE);
    put(&w, DOMAINCFG, IE);
    assert_true(line->enabled);
    fake_aplic_wire(&w.board, BOARD_LINE, true);
    assert_sent(&w, 2U, 50U);
    put(&w, SETIPNUM_LE, LINE);
    assert_sent(&w, 2U, 50U);
    put(&w, DOMAINCFG, 0U);
    assert_false(line->enabled);
    put(&w, SETIP(0), 1U << LINE);
    assert_true(pending(&w, LINE)); /* waits at the physical APLIC */
    assert_nothing_sent(&w);
    put(&w, DOMAINCFG, IE);
    assert_sent(&w, 2U, 50U);
    put(&w, CLRIE(0), 1U << LINE);
    assert_false(line->enabled);
    put(&w, DOMAINCFG, 0U);
    put(&w, DOMAINCFG, IE);
    assert_false(line->enabled); /* IE brings back only what is enabled */
    put(&w, SETIENUM, LINE);
    put(&w, SOURCECFG(LINE), 0U);
    assert_false(line->enabled);
    assert_int_equal(line->mode, 0);
    assert_int_equal(get(&w, SETIE(0)), 0);
}

/* shows: R-IRQ-05 */
static void test_vaplic_virtual_input_never_moves_a_board_line(void **state)
{
    (void)state;
    struct world w, before;

    start(&w);
    activate(&w, LINE, 4U);
    before = w;
    vaplic_set_input(&w.v, LINE, true);
    vaplic_set_input(&w.v, 0U, true);
    vaplic_set_input(&w.v, GUEST_SOURCES + 1U, true);
    vaplic_set_input(&w.v, UINT32_MAX, true);
    assert_memory_equal(&w, &before, sizeof(w));
}

/* No board source other than the guest's own is touched, whatever the guest writes where. */
/* shows: R-IRQ-05 */
static void test_vaplic_touches_no_line_but_its_own(void **state)
{
    (void)state;
    static const uint32_t values[] = { UINT32_MAX, 1U, BOARD_LINE, 4U, 0U };
    struct world w;

    start(&w);
    for (size_t k = 0U; k < 5U; k++) {
        for (uint32_t offset = 0U; offset < GUEST_APLIC_SIZE; offset += 4U) {
            put(&w, offset, values[k]);
            w.sent.count = 0U;
        }
    }
    for (uint32_t i = 1U; i <= FAKE_APLIC_SOURCES; i++) {
        const struct fake_aplic_source untouched = { 0U, false, false, false, 0U };

        if (i != BOARD_LINE) {
            assert_memory_equal(&w.board.source[i], &untouched, sizeof(untouched));
        }
    }
    assert_true(w.calls > 0U);
}

/* What Linux' riscv-aplic driver does from probe to the end of an interrupt, with a level line of
 * the board and the virtual UART's line. */
/* shows: R-IRQ-04, R-IRQ-05 */
static void test_vaplic_serves_the_sequence_of_linux(void **state)
{
    (void)state;
    static const uint32_t sources[] = { 1U, LINE };
    struct world w;

    start(&w);
    for (uint32_t i = 0U; i <= GUEST_SOURCES; i += 32U) {
        put(&w, CLRIE(i / 32U), UINT32_MAX);
    }
    for (uint32_t i = 1U; i <= GUEST_SOURCES; i++) {
        put(&w, SOURCECFG(i), 0U);
        put(&w, TARGET(i), 1U);
    }
    put(&w, DOMAINCFG, 0U);
    const uint32_t domaincfg = get(&w, DOMAINCFG) | 0x100U | 0x4U;

    put(&w, DOMAINCFG, domaincfg);
    assert_int_equal(get(&w, DOMAINCFG), domaincfg); /* else it warns */

    for (size_t s = 0U; s < 2U; s++) {
        const uint32_t i = sources[s], eiid = 10U + i;

        put(&w, SOURCECFG(i), 6U);
        put(&w, SETIPNUM_LE, i);
        put(&w, TARGET(i), 0U); /* the MSI descriptor before and after it is composed */
        put(&w, TARGET(i), 0U << 18 | eiid);
        put(&w, SETIENUM, i);
        assert_nothing_sent(&w);
        for (uint32_t high = 1U; high < 3U; high++) { /* asserted, and again after its end */
            if (i == LINE) {
                fake_aplic_wire(&w.board, BOARD_LINE, true);
            } else {
                vaplic_set_input(&w.v, i, true);
            }
            assert_sent(&w, 0U, eiid);
            put(&w, SETIPNUM_LE, i); /* eoi while it is still high */
            assert_sent(&w, 0U, eiid);
            put(&w, TARGET(i), 2U << 18 | eiid); /* affinity */
            put(&w, TARGET(i), 0U << 18 | eiid);
            if (i == LINE) {
                fake_aplic_wire(&w.board, BOARD_LINE, false);
            } else {
                vaplic_set_input(&w.v, i, false);
            }
            put(&w, SETIPNUM_LE, i);
            assert_nothing_sent(&w);
        }
        put(&w, CLRIENUM, i);
        put(&w, SOURCECFG(i), 0U);
    }
}

/* A hart that stands in for a guest interrupt file tells of the physical MSI: it goes where the target is. */
/* shows: R-IRQ-05, R-IRQ-10 */
static void test_vaplic_sends_a_line_on(void **state)
{
    (void)state;
    struct world w;

    start(&w);
    vaplic_send_line(&w.v, LINE); /* inactive */
    assert_nothing_sent(&w);
    activate(&w, LINE, 4U);
    vaplic_send_line(&w.v, LINE);
    assert_sent(&w, 1U, 0x20U + LINE);
    put(&w, TARGET(LINE), 2U << 18 | 50U);
    vaplic_send_line(&w.v, LINE);
    assert_sent(&w, 2U, 50U);
    put(&w, TARGET(LINE), 2U << 18);
    vaplic_send_line(&w.v, LINE);
    assert_nothing_sent(&w);
    put(&w, TARGET(LINE), 2U << 18 | 50U);
    vaplic_reset(&w.v);
    vaplic_send_line(&w.v, LINE); /* a late one of the life before */
    assert_nothing_sent(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vaplic_board_line_is_programmed_into_the_physical_aplic),
        cmocka_unit_test(test_vaplic_virtual_input_never_moves_a_board_line),
        cmocka_unit_test(test_vaplic_touches_no_line_but_its_own),
        cmocka_unit_test(test_vaplic_sends_a_line_on),
        cmocka_unit_test(test_vaplic_serves_the_sequence_of_linux),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
