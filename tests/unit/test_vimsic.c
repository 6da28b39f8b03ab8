/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt files in memory: case by case as AIA 1.0, chapter 3, has them, then random accesses
 * held against a plain model with one bool for each bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/irq/vimsic.h"
#include "tests/unit/vimsic_model.h"

static uint64_t access(struct vimsic *f, uint64_t select, enum csr_op op, uint64_t operand)
{
    uint64_t old = UINT64_C(0x5a5a5a5a5a5a5a5a);

    assert_true(vimsic_access(f, select, op, operand, &old));
    return old;
}

static uint64_t get(struct vimsic *f, uint64_t select)
{
    return access(f, select, CSR_SET, 0U);
}

/* Everything enabled and delivered. */
static void open_file(struct vimsic *f, uint32_t num_ids)
{
    vimsic_init(f, pa(0), num_ids);
    (void)access(f, EIDELIVERY, CSR_WRITE, 1U);
    for (uint32_t k = 0; k < 64U; k += 2U) {
        (void)access(f, EIE(k), CSR_WRITE, UINT64_MAX);
    }
}

/* shows: R-IRQ-06 */
static void test_registers(void **state)
{
    static struct vimsic f;
    uint64_t old;

    (void)state;
    memset(&f, 0xa5, sizeof(f));
    vimsic_init(&f, pa(0), 255);
    for (uint32_t select = 0x70; select <= 0xff; select++) {
        if (select >= 0x80U && select % 2U == 1U) {
            assert_false(vimsic_access(&f, select, CSR_WRITE, 1U, &old));
        } else {
            assert_int_equal(access(&f, select, CSR_WRITE, UINT64_MAX), 0);
        }
    }
    assert_false(vimsic_access(&f, 0x6f, CSR_SET, 0U, &old));
    assert_false(vimsic_access(&f, 0x100, CSR_SET, 0U, &old));
    assert_false(vimsic_access(&f, (UINT64_C(1) << 32) + EIDELIVERY, CSR_SET, 0U, &old));
    assert_int_equal(get(&f, EIDELIVERY), 1);
    assert_int_equal(get(&f, EITHRESHOLD), 255);
    assert_int_equal(get(&f, 0x71), 0); /* reserved */
    assert_int_equal(get(&f, 0x7e), 0);
    for (uint32_t k = 0; k < 64U; k += 2U) {
        const uint64_t there = k == 0U ? UINT64_MAX - 1U : k < 8U ? UINT64_MAX : 0U;
        assert_true(get(&f, EIP(k)) == there);
        assert_true(get(&f, EIE(k)) == there);
    }
    vimsic_reset(&f);
    for (uint32_t select = 0x70; select <= 0xfe; select += 2U) {
        assert_int_equal(get(&f, select), 0);
    }
}

/* shows: R-IRQ-06 */
static void test_set_clear_write(void **state)
{
    static struct vimsic f;

    (void)state;
    vimsic_init(&f, pa(0), 2047);
    assert_int_equal(access(&f, EIE(62), CSR_WRITE, 0xf0), 0);
    assert_int_equal(access(&f, EIE(62), CSR_SET, 0x0f), 0xf0);
    assert_int_equal(access(&f, EIE(62), CSR_CLEAR, 0x3c), 0xff);
    assert_int_equal(get(&f, EIE(62)), 0xc3);
    assert_int_equal(access(&f, EITHRESHOLD, CSR_WRITE, 0x7ff), 0);
    assert_int_equal(access(&f, EITHRESHOLD, CSR_CLEAR, 0x7f0), 0x7ff);
    assert_int_equal(access(&f, EITHRESHOLD, CSR_SET, 0x100), 0x00f);
    assert_int_equal(get(&f, EITHRESHOLD), 0x10f);
    assert_int_equal(access(&f, EIDELIVERY, CSR_WRITE, 0x40000000), 0); /* not of a guest file */
    assert_int_equal(access(&f, EIDELIVERY, CSR_SET, 1), 0);
    assert_int_equal(access(&f, EIDELIVERY, CSR_CLEAR, 1), 1);
    assert_int_equal(get(&f, EIDELIVERY), 0);
}

/* shows: R-IRQ-06 */
static void test_identities(void **state)
{
    static const uint32_t wild[] = { 0, 256, 257, 2047, 2048, UINT32_MAX };
    static struct vimsic f;

    (void)state;
    open_file(&f, 255);
    for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        assert_false(vimsic_set_pending(&f, wild[i]));
    }
    for (uint32_t k = 0; k < 64U; k += 2U) {
        assert_true(get(&f, EIP(k)) == 0U);
    }
    assert_false(vimsic_signals(&f));
    for (uint32_t id = 1; id <= 255U; id++) {
        assert_true(vimsic_set_pending(&f, id));
        assert_true(get(&f, EIP(id / 64U * 2U)) == UINT64_C(1) << (id % 64U));
        assert_int_equal(vimsic_topei(&f), topei(id));
        assert_int_equal(vimsic_claim(&f), topei(id));
        assert_int_equal(vimsic_claim(&f), 0);
    }
}

/* shows: R-IRQ-06, R-IRQ-07 */
static void test_priority_and_threshold(void **state)
{
    static struct vimsic f;

    (void)state;
    open_file(&f, 255);
    (void)vimsic_set_pending(&f, 200);
    (void)vimsic_set_pending(&f, 70);
    (void)vimsic_set_pending(&f, 130);
    assert_int_equal(vimsic_topei(&f), topei(70));
    (void)access(&f, EITHRESHOLD, CSR_WRITE, 71);
    assert_true(vimsic_signals(&f));
    (void)access(&f, EITHRESHOLD, CSR_WRITE, 70); /* itself is not above it */
    assert_false(vimsic_signals(&f));
    assert_int_equal(vimsic_claim(&f), 0);
    (void)access(&f, EITHRESHOLD, CSR_WRITE, 0);
    (void)access(&f, EIE(2), CSR_CLEAR, 1U << (70 - 64));
    assert_int_equal(vimsic_claim(&f), topei(130));
    (void)access(&f, EIDELIVERY, CSR_WRITE, 0); /* does not concern stopei */
    assert_false(vimsic_signals(&f));
    assert_int_equal(vimsic_topei(&f), topei(200));
    (void)access(&f, EIDELIVERY, CSR_WRITE, 1);
    assert_true(vimsic_signals(&f));
    assert_int_equal(vimsic_claim(&f), topei(200));
    assert_false(vimsic_signals(&f));
    assert_true(get(&f, EIP(2)) == 1U << (70 - 64)); /* the disabled one waits */
}

/* A hart is told of what it has to look at, once. */
/* shows: R-IRQ-07 */
static void test_who_is_told(void **state)
{
    static struct vimsic f;

    (void)state;
    vimsic_init(&f, pa(0), 255);
    assert_false(vimsic_set_pending(&f, 9)); /* nobody wants it */
    (void)access(&f, EIE(0), CSR_SET, 1U << 9);
    assert_false(vimsic_signals(&f));
    (void)access(&f, EIDELIVERY, CSR_WRITE, 1);
    assert_true(vimsic_signals(&f));         /* the hart that enables it sees it */
    assert_false(vimsic_set_pending(&f, 9)); /* pending already */
    (void)vimsic_claim(&f);
    assert_true(vimsic_set_pending(&f, 9));
}

/* shows: R-IRQ-09 */
static void test_letter_box(void **state)
{
    static _Alignas(MRIF_ALIGNMENT) struct mrif box;
    static struct vimsic f;

    (void)state;
    memset(&box, 0xa5, sizeof(box));
    mrif_reset(&box);
    for (uint32_t d = 0; d < 64U; d++) { /* doublewords, in pairs: AIA 8.3.1 */
        uint64_t word;
        memcpy(&word, (const uint8_t *)&box + 8U * d, sizeof(word));
        assert_true(word == (d % 2U == 0U ? 0U : UINT64_MAX));
    }
    open_file(&f, 127);
    (void)vimsic_set_pending(&f, 3);
    ((uint8_t *)&box)[0x000] = 0x21;  /* identities 0 and 5 */
    ((uint8_t *)&box)[0x011] = 0x80;  /* 64 + 15 */
    ((uint8_t *)&box)[0x020] = 0x01;  /* 128: not of this file */
    ((uint8_t *)&box)[0x1f7] = 0x80;  /* 2047 */
    vimsic_take(&f, &box);
    assert_true(get(&f, EIP(0)) == (1U << 3 | 1U << 5));
    assert_true(get(&f, EIP(2)) == 1U << 15);
    for (uint32_t k = 4; k < 64U; k += 2U) {
        assert_true(get(&f, EIP(k)) == 0U);
    }
    for (uint32_t w = 0; w < VIMSIC_WORDS; w++) {
        assert_true(atomic_load(&box.words[w].pending) == 0U);
        assert_true(atomic_load(&box.words[w].enable) == UINT64_MAX);
    }
    vimsic_take(&f, &box); /* nothing comes twice */
    assert_int_equal(vimsic_claim(&f), topei(3));
    assert_int_equal(vimsic_claim(&f), topei(5));
    assert_int_equal(vimsic_claim(&f), topei(79));
    assert_int_equal(vimsic_claim(&f), 0);
}

/* ---- at random ---------------------------------------------------------------------------------
 * */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static uint32_t random_id(const struct model *m, uint64_t *seed)
{
    const uint32_t r = (uint32_t)(next_random(seed) >> 32);

    return r % 16U == 0U ? r : r % (m->num_ids + 1U);
}

static void random_access(struct vimsic *f, struct model *m, uint64_t *seed)
{
    static const uint64_t plain[] = { 0, 1, UINT64_MAX };
    const uint32_t r = (uint32_t)(next_random(seed) >> 32);
    const uint32_t select = r % 8U == 0U ? EIDELIVERY + r / 8U % 4U : 0x70U + r / 8U % 0x90U;
    const enum csr_op op = (enum csr_op)(next_random(seed) % 3U);
    const uint64_t operand =
        r % 3U == 0U ? plain[r / 3U % 3U] : next_random(seed) & next_random(seed);
    uint64_t old, expected;

    const bool there = model_access(m, select, op, operand, &expected);
    assert_int_equal(vimsic_access(f, select, op, operand, &old), there);
    assert_true(!there || old == expected);
}

static void step(struct vimsic *f, struct model *m, uint64_t *seed)
{
    const uint32_t id = random_id(m, seed), before = model_top(m);

    switch (next_random(seed) % 4U) {
    case 0: {
        const bool new_one = id != 0U && id <= m->num_ids && !m->pending[id];
        m->pending[new_one ? id : 0U] = true;
        assert_int_equal(vimsic_set_pending(f, id),
                         new_one && m->delivery == 1U && model_top(m) != 0U);
        break;
    }
    case 1:
        assert_int_equal(vimsic_claim(f), topei(before));
        m->pending[before] = false;
        break;
    default:
        random_access(f, m, seed);
        break;
    }
    m->pending[0] = m->enabled[0] = false;
    assert_int_equal(vimsic_topei(f), topei(model_top(m)));
    assert_int_equal(vimsic_signals(f), m->delivery == 1U && model_top(m) != 0U);
}

/* shows: R-IRQ-06, R-IRQ-07 */
static void test_random(void **state)
{
    static const uint32_t sizes[] = { 63, 255, 2047 };
    uint64_t seed = 1;

    (void)state;
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        static struct vimsic f;
        static struct model m;
        memset(&m, 0, sizeof(m));
        m.num_ids = sizes[s];
        vimsic_init(&f, pa(0), m.num_ids);
        for (uint32_t n = 0; n < 20000U; n++) {
            step(&f, &m, &seed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_set_clear_write),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_priority_and_threshold),
        cmocka_unit_test(test_who_is_told),
        cmocka_unit_test(test_letter_box),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
