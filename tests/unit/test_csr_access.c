/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hyp/vcpu/csr_access.h"

/* shows: R-VCPU-07, R-IRQ-08 */
static void test_decode(void **state)
{
    (void)state;
    /* As riscv64-unknown-elf-as encodes them. */
    static const struct { uint32_t instruction; struct csr_access is; } good[] = {
        /* csrr a0, sireg */
        { 0x15102573, { 0x151, 10, CSR_SET, false, false, 0 } },
        /* csrw sireg, a0 */
        { 0x15151073, { 0x151, 0, CSR_WRITE, true, false, 10 } },
        /* csrrw t0, sireg, a0 */
        { 0x151512f3, { 0x151, 5, CSR_WRITE, true, false, 10 } },
        /* csrrw a0, stopei, zero: zero is written */
        { 0x15c01573, { 0x15c, 10, CSR_WRITE, true, false, 0 } },
        /* csrrs t0, sireg, t6 */
        { 0x151fa2f3, { 0x151, 5, CSR_SET, true, false, 31 } },
        /* csrc sireg, a0 */
        { 0x15153073, { 0x151, 0, CSR_CLEAR, true, false, 10 } },
        /* csrwi sireg, 0 */
        { 0x15105073, { 0x151, 0, CSR_WRITE, true, true, 0 } },
        /* csrsi sireg, 0 */
        { 0x15106073, { 0x151, 0, CSR_SET, false, true, 0 } },
        /* csrrsi a0, sireg, 31 */
        { 0x151fe573, { 0x151, 10, CSR_SET, true, true, 31 } },
        /* csrrci t2, sireg, 1 */
        { 0x1510f3f3, { 0x151, 7, CSR_CLEAR, true, true, 1 } },
        /* rdinstret t6 */
        { 0xc0202ff3, { 0xc02, 31, CSR_SET, false, false, 0 } },
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
        assert_int_equal(access.csr, good[i].is.csr);
        assert_int_equal(access.rd, good[i].is.rd);
        assert_int_equal(access.op, good[i].is.op);
        assert_int_equal(access.writes, good[i].is.writes);
        assert_int_equal(access.immediate, good[i].is.immediate);
        assert_int_equal(access.source, good[i].is.source);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(csr_access_decode(bad[i], &access));
    }
}

/* shows: R-IRQ-08 */
static void test_result(void **state)
{
    (void)state;
    assert_int_equal(csr_access_result(CSR_WRITE, 0xc, 0xa), 0xa);
    assert_int_equal(csr_access_result(CSR_SET, 0xc, 0xa), 0xe);
    assert_int_equal(csr_access_result(CSR_CLEAR, 0xc, 0xa), 0x4);
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
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_iprio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
