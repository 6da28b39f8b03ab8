/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual APLIC under random writes and wires, against a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/irq/vaplic.h"
#include "tests/unit/fake_aplic.h"
#include "tests/unit/fake_vaplic_world.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static uint32_t random_source(uint64_t *seed)
{
    static const uint32_t edges[] = { 0U, 31U, 32U, 62U, 63U, 64U, 1023U, UINT32_MAX };
    const uint64_t r = next_random(seed);

    return r % 8U == 0U ? edges[r / 8U % 8U] : (uint32_t)(1U + r / 8U % 6U);
}

static void random_write(uint64_t *seed, uint32_t *offset, uint32_t *value)
{
    static const uint32_t numbered[] = { SETIPNUM, CLRIPNUM, SETIENUM, CLRIENUM, SETIPNUM_LE,
                                         SETIPNUM_BE };
    static const uint32_t words[] = { SETIP(0), IN_CLRIP(0), SETIE(0), CLRIE(0) };
    const uint32_t source = random_source(seed), r = (uint32_t)(next_random(seed) >> 32);

    *value = r;
    switch (next_random(seed) % 16U) {
    case 0U:
        *offset = DOMAINCFG;
        *value = r % 8U == 0U ? r & ~IE : r | IE;
        break;
    case 1U:
        *offset = SOURCECFG(source % 1024U);
        *value = r % 4U == 0U ? r : r & 7U;
        break;
    case 2U:
    case 3U:
        *offset = TARGET(source % 1024U);
        *value = r % 4U == 0U ? r : (r % 4U) << 18 | (r >> 8 & 0xffU);
        break;
    case 4U:
        *offset = words[r % 4U] + 4U * (source % 1024U / 32U);
        *value = r & (uint32_t)(next_random(seed) & next_random(seed));
        break;
    case 5U:
        *offset = r % 4U == 0U ? GENMSI : r % GUEST_APLIC_SIZE & ~3U;
        break;
    default:
        *offset = numbered[r % 6U];
        *value = *offset == SETIPNUM_BE ? __builtin_bswap32(source) : source;
        break;
    }
}

/*
 * Two APLICs get the same random writes and wires: the virtual one with the physical one behind its
 * board lines, and a model where all sources are alike. A guest can tell them apart neither by any
 * register nor by the MSIs it gets, and so not board lines from virtual sources either.
 */
/* shows: R-IRQ-03, R-IRQ-04, R-IRQ-05 */
static void test_vaplic_random_agrees_with_the_model(void **state)
{
    (void)state;
    static const struct plan_line lines[] = {
        { .virtual_source = 2U, .board_source = 9U }, { .virtual_source = 5U, .board_source = 40U },
        { .virtual_source = 32U, .board_source = 2U },
    };
    enum { ROUNDS = 40, STEPS = 1500 };
    uint32_t total = 0U;

    for (uint32_t round = 0U; round < ROUNDS; round++) {
        uint64_t seed = UINT64_C(0x2545f4914f6cdd1d) + round;
        struct msi_log expected = { .count = 0U };
        struct fake_aplic model = { .sent = record, .ctx = &expected, .harts = VCPUS,
                                    .eiid_mask = 0xffU, .num_ids = 200U };
        struct world w;

        start_with(&w, 200U, lines, 3U);
        for (uint32_t step = 0U; step < STEPS; step++) {
            uint32_t offset, value;

            if (next_random(&seed) % 4U == 0U) {
                const uint32_t source = random_source(&seed);
                const bool level = next_random(&seed) % 2U == 0U;
                bool on_board = false;

                if (source < 1U || source > GUEST_SOURCES) {
                    continue;
                }
                for (size_t k = 0U; k < 3U; k++) {
                    if (lines[k].virtual_source == source) {
                        on_board = true;
                        fake_aplic_wire(&w.board, lines[k].board_source, level);
                    }
                }
                if (!on_board) {
                    vaplic_set_input(&w.v, source, level);
                }
                fake_aplic_wire(&model, source, level);
            } else {
                random_write(&seed, &offset, &value);
                put(&w, offset, value);
                fake_aplic_write(&model, offset, value);
            }
            assert_int_equal(w.sent.count, expected.count);
            assert_memory_equal(w.sent.msi, expected.msi, w.sent.count * sizeof(w.sent.msi[0]));
            total += expected.count;
            w.sent.count = expected.count = 0U;
            for (uint32_t k = 0U; k < 3U; k++) {
                assert_int_equal(get(&w, SETIP(k)), fake_aplic_read(&model, SETIP(k)));
                assert_int_equal(get(&w, IN_CLRIP(k)), fake_aplic_read(&model, IN_CLRIP(k)));
                assert_int_equal(get(&w, SETIE(k)), fake_aplic_read(&model, SETIE(k)));
            }
            assert_int_equal(get(&w, DOMAINCFG), fake_aplic_read(&model, DOMAINCFG));
            assert_int_equal(get(&w, GENMSI), fake_aplic_read(&model, GENMSI));
            for (uint32_t i = 1U; i <= GUEST_SOURCES + 1U; i++) {
                assert_int_equal(get(&w, SOURCECFG(i)), fake_aplic_read(&model, SOURCECFG(i)));
                assert_int_equal(get(&w, TARGET(i)), fake_aplic_read(&model, TARGET(i)));
            }
        }
    }
    assert_true(total > ROUNDS * 50U); /* it was not silence that agreed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vaplic_random_agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
