/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/seed.h"

/* shows: R-GDT-10 */
static void test_block_of_rfc_8439(void **state)
{
    /* Section 2.3.2. */
    static const uint32_t nonce[3] = { 0x09000000U, 0x4a000000U, 0x00000000U };
    static const struct seed expected[2] = {
        { { 0xe4e7f110U, 0x15593bd1U, 0x1fdd0f50U, 0xc47120a3U,
            0xc7f4d1c7U, 0x0368c033U, 0x9aaa2204U, 0x4e6cd4c3U } },
        { { 0x466482d2U, 0x09aa9f07U, 0x05d7c214U, 0xa2028bd9U,
            0xd19c12b5U, 0xb94e16deU, 0xe883d0cbU, 0x4e3c50a2U } },
    };
    struct seed key, out[2];

    (void)state;
    for (uint32_t i = 0; i < SEED_WORDS; i++) {
        key.words[i] = 0x03020100U + 0x04040404U * i;
    }
    seed_block(&key, 1U, nonce, out);
    assert_memory_equal(out, expected, sizeof(out));
}

/* shows: R-GDT-10 */
static void test_each_draw_is_another(void **state)
{
    struct seed secret = { { 1U } }, again = secret, drawn[8];

    (void)state;
    for (uint32_t i = 0; i < 8U; i++) {
        const struct seed before = secret;

        drawn[i] = seed_draw(&secret);
        assert_memory_not_equal(&secret, &before, sizeof(secret));
        assert_memory_not_equal(&secret, &drawn[i], sizeof(secret));
        for (uint32_t k = 0; k < i; k++) {
            assert_memory_not_equal(&drawn[k], &drawn[i], sizeof(drawn[i]));
        }
    }
    for (uint32_t i = 0; i < 8U; i++) {
        const struct seed same = seed_draw(&again);

        assert_memory_equal(&same, &drawn[i], sizeof(same));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block_of_rfc_8439),
        cmocka_unit_test(test_each_draw_is_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
