/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/vcpu/csr_access.h"

/* shows: R-VCPU-07 */
static void test_decode(void **state)
{
    (void)state;
    /* As riscv64-unknown-elf-as encodes them. */
    static const struct { uint32_t instruction; uint16_t csr; uint8_t rd; } good[] = {
        { 0x15102573, 0x151, 10 }, /* csrr a0, sireg */
        { 0x15151073, 0x151, 0 },  /* csrw sireg, a0 */
        { 0x151512f3, 0x151, 5 },  /* csrrw t0, sireg, a0 */
        { 0x15106073, 0x151, 0 },  /* csrsi sireg, 0 */
        { 0x1510f3f3, 0x151, 7 },  /* csrrci t2, sireg, 1 */
        { 0xc0202ff3, 0xc02, 31 }, /* rdinstret t6 */
    };
    static const uint32_t bad[] = {
        0x00000073,                /* ecall */
        0x10500073,                /* wfi */
        0x6c04c5f3,                /* hlv.d */
        0x00000000, 0xffffffff,
        0x15102503,                /* a load */
    };
    struct csr_access access;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(csr_access_decode(good[i].instruction, &access));
        assert_int_equal(access.csr, good[i].csr);
        assert_int_equal(access.rd, good[i].rd);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(csr_access_decode(bad[i], &access));
    }
}

/* shows: R-VCPU-07 */
static void test_iprio(void **state)
{
    (void)state;
    assert_true(csr_access_is_iprio(0x30));
    assert_true(csr_access_is_iprio(0x3e));
    assert_false(csr_access_is_iprio(0x31));
    assert_false(csr_access_is_iprio(0x2e));
    assert_false(csr_access_is_iprio(0x40));
    assert_false(csr_access_is_iprio(0x70));
    assert_false(csr_access_is_iprio((UINT64_C(1) << 63) + 0x30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_iprio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
