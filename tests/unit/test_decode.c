/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped loads and stores from their instruction (hyp/vcpu/decode.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/vcpu/decode.h"
#include "tests/unit/decode_data.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_compressed(uint32_t instruction)
{
    return (instruction & 3U) != 3U;
}

/* Privileged architecture, "Transformed Instruction": a load keeps opcode, rd and funct3 (bits
 * 14:0), a store opcode, funct3 and rs2; the rest is 0, and bit 1 is 0 if the original has 16 bits. */
static uint32_t transform(const struct decode_case *c)
{
    uint32_t transformed = c->expanded & (c->write ? 0x01f0707fU : 0x00007fffU);
    return is_compressed(c->instruction) ? transformed & ~2U : transformed;
}

static bool sign_extends(uint64_t htinst)
{
    return decode_load_value(htinst, UINT64_MAX) == UINT64_MAX;
}

static void expect_access(const struct decode_case *c, uint64_t got)
{
    const uint64_t reg = c->write ? decode_rs2(got) : decode_rd(got);

    if (decode_is_store(got) != c->write || decode_is_load(got) == c->write ||
        decode_width(got) != c->width || reg != c->reg ||
        (!c->write && c->width != 8U && sign_extends(got) != c->sign_extend) ||
        decode_length(got) != (is_compressed(c->instruction) ? 2U : 4U)) {
        fail_msg("%s: got 0x%llx", c->text, (unsigned long long)got);
    }
}

static bool is_access(uint64_t htinst)
{
    return decode_is_load(htinst) || decode_is_store(htinst);
}

/* shows: R-VCPU-01 */
static void test_instructions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accesses); i++) {
        const uint64_t got = decode_transform(accesses[i].instruction);
        expect_access(&accesses[i], got);
        assert_int_equal(got, transform(&accesses[i]));
    }
}

/* shows: R-VCPU-01 */
static void test_upper_half_of_a_16_bit_instruction_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accesses); i++) {
        if (is_compressed(accesses[i].instruction)) {
            expect_access(&accesses[i], decode_transform(accesses[i].instruction | 0xffff0000U));
        }
    }
}

/* shows: R-VCPU-02 */
static void test_transformed_instructions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accesses); i++) {
        expect_access(&accesses[i], transform(&accesses[i]));
    }
}

/* shows: R-VCPU-03 */
static void test_other_instructions_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        if (decode_transform(refusals[i].instruction) != 0U) {
            fail_msg("%s was accepted", refusals[i].text);
        }
    }
}

/* shows: R-VCPU-03 */
static void test_other_transformed_values_are_refused(void **state)
{
    static const uint64_t values[] = {
        0,
        0x00002000U, 0x00002020U, 0x00003000U, 0x00003020U, /* walks of the guest's page table */
        0x00002002U, 0x00002022U,   /* bits 1:0 are 10: reserved */
        0x000022afU, 0x000022adU,   /* lr.w, amo and its form with bit 1 cleared */
        0x00002287U, 0x00002285U,   /* flw x5 and c.fld-like */
        0x00502027U, 0x00503025U,   /* fsw, c.fsd */
        0x680042f3U, 0x6a504073U,   /* hlv.w, hsv.w */
        0x00007283U, 0x00504023U,   /* no such funct3 */
        0xffffffffU, 0xffffffffffffffffU,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        if (is_access(values[i])) {
            fail_msg("0x%llx was accepted", (unsigned long long)values[i]);
        }
    }
    for (size_t i = 0; i < COUNT(accesses); i++) {
        uint64_t good = transform(&accesses[i]);
        assert_false(is_access(good | UINT64_C(1) << 32));
        assert_false(is_access(good | UINT64_C(1) << 63));
        assert_false(is_access(good | UINT64_C(1) << 15)); /* address offset 1 */
        assert_false(is_access(good & ~UINT64_C(1)));
    }
}

/* shows: R-VCPU-03 */
static void test_every_16_bit_value_is_decoded_or_refused(void **state)
{
    uint32_t accepted = 0;
    (void)state;
    for (uint32_t value = 0; value <= 0xffffU; value++) {
        const uint64_t got = decode_transform(value);
        if (is_compressed(value) && got != 0U) {
            accepted++;
            assert_true(is_access(got));
            assert_int_equal(decode_length(got), 2);
        }
    }
    /* Quadrant 0: c.lw, c.ld, c.sw, c.sd of 2^11 values each; Zcb: c.lbu, c.sb of 2^8, c.lhu with
     * c.lh 2^8, c.sh 2^7. Quadrant 2: two loads without the 64 of rd x0, two stores of 2^11. */
    assert_int_equal(accepted, 4 * 2048 + 3 * 256 + 128 + 2 * (2048 - 64) + 2 * 2048);
}

/* shows: R-VCPU-04 */
static void test_load_values(void **state)
{
    static const struct {
        uint32_t width;
        bool sign_extend;
        uint64_t bytes, value;
    } cases[] = {
        { 1, true,  0xffffffffffffff80U, 0xffffffffffffff80U },
        { 1, true,  0xffffffffffffff7fU, 0x7fU },
        { 1, false, 0xffffffffffffff80U, 0x80U },
        { 2, true,  0x1234567800008000U, 0xffffffffffff8000U },
        { 2, false, 0x1234567800018000U, 0x8000U },
        { 4, true,  0x1234567880000000U, 0xffffffff80000000U },
        { 4, true,  0x1234567870000000U, 0x70000000U },
        { 4, false, 0x1234567880000000U, 0x80000000U },
        { 8, true,  0x8000000000000001U, 0x8000000000000001U },
        { 8, true,  0x7fffffffffffffffU, 0x7fffffffffffffffU },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t load = 0x03U | (cases[i].sign_extend ? 0U : 0x4000U);
        for (uint32_t width = 1; width < cases[i].width; width *= 2U) {
            load += 0x1000U;
        }
        assert_true(decode_load_value(load, cases[i].bytes) == cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructions),
        cmocka_unit_test(test_upper_half_of_a_16_bit_instruction_is_ignored),
        cmocka_unit_test(test_transformed_instructions),
        cmocka_unit_test(test_other_instructions_are_refused),
        cmocka_unit_test(test_other_transformed_values_are_refused),
        cmocka_unit_test(test_every_16_bit_value_is_decoded_or_refused),
        cmocka_unit_test(test_load_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
