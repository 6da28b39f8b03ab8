/* SPDX-License-Identifier: Apache-2.0 */
/* The SBI as a guest sees it, call by call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/sbi/sbi.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define EXT_BASE   0x10U
#define EXT_TIME   0x54494d45U
#define EXT_IPI    0x735049U
#define EXT_RFENCE 0x52464e43U
#define EXT_HSM    0x48534dU
#define EXT_SRST   0x53525354U
#define EXT_DBCN   0x4442434eU

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    return 0;
}

static struct sbi_result call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1,
                              uint64_t a2)
{
    return sbi_call(a0, a1, a2, 0, 0, 0, function, extension);
}

static void expect(struct sbi_result result, int64_t error, uint64_t value)
{
    assert_int_equal(result.error, error);
    assert_int_equal(result.value, value);
}

/* shows: R-SBI-20 */
static void test_base(void **state)
{
    (void)state;
    expect(call(EXT_BASE, 0, 0, 0, 0), SBI_SUCCESS, 3U << 24);
    expect(call(EXT_BASE, 4, 0, 0, 0), SBI_SUCCESS, 0x111);
    expect(call(EXT_BASE, 5, 0, 0, 0), SBI_SUCCESS, 0x222);
    expect(call(EXT_BASE, 6, 0, 0, 0), SBI_SUCCESS, 0x333);
    expect(call(EXT_BASE, 7, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    static const uint64_t present[] = { EXT_BASE, EXT_TIME, EXT_IPI, EXT_RFENCE, EXT_HSM, EXT_SRST,
                                        EXT_DBCN };
    for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++) {
        expect(call(EXT_BASE, 3, present[i], 0, 0), SBI_SUCCESS, 1);
    }
    expect(call(EXT_BASE, 3, 0x504d55, 0, 0), SBI_SUCCESS, 0); /* "PMU" */
    expect(call(EXT_BASE, 3, UINT64_MAX, 0, 0), SBI_SUCCESS, 0);
}

/* shows: R-SBI-21 */
static void test_unknown_extension(void **state)
{
    (void)state;
    expect(call(0x01, 0, 'x', 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    expect(call(UINT64_MAX, 0, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    /* The low 32 bits alone would be TIME. */
    expect(call(UINT64_C(1) << 32 | EXT_TIME, 0, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(fake.vcpus[0].exits[EXIT_UNKNOWN_SBI], 3);
}

/* shows: R-SBI-22 */
static void test_time(void **state)
{
    (void)state;
    expect(call(EXT_TIME, 0, 12345, 0, 0), SBI_SUCCESS, 0);
    assert_int_equal(fake.timer, 12345);
    expect(call(EXT_TIME, 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(fake.timer, 12345);
    assert_int_equal(fake.vcpus[0].exits[EXIT_TIMER], 2);
}

/* shows: R-SBI-23 */
static void test_hart_mask(void **state)
{
    (void)state;
    uint64_t set = 0;

    assert_true(sbi_hart_mask(0, UINT64_MAX, 4, &set));
    assert_int_equal(set, 0xf);
    assert_true(sbi_hart_mask(5, 0, 4, &set));
    assert_int_equal(set, 5);
    assert_true(sbi_hart_mask(3, 2, 4, &set));
    assert_int_equal(set, 0xc);
    assert_false(sbi_hart_mask(0x10, 0, 4, &set));
    assert_false(sbi_hart_mask(4, 2, 4, &set));
    assert_false(sbi_hart_mask(UINT64_MAX, 0, 4, &set));
    assert_false(sbi_hart_mask(UINT64_C(1) << 63, 1, 64, &set)); /* shifted out, not dropped */
    assert_false(sbi_hart_mask(1, 4, 4, &set));
    assert_false(sbi_hart_mask(1, UINT64_MAX - 1U, 4, &set));
    assert_true(sbi_hart_mask(0, 100, 4, &set));
    assert_int_equal(set, 0);
    assert_true(sbi_hart_mask(0, UINT64_MAX, 64, &set));
    assert_int_equal(set, UINT64_MAX);
}

/* shows: R-SBI-24 */
static void test_ipi(void **state)
{
    (void)state;
    expect(call(EXT_IPI, 0, 1, 0, 0), SBI_SUCCESS, 0);
    assert_true(fake.soft_raised);
    assert_int_equal(fake.notified[0], 0);
    fake.soft_raised = false;
    expect(call(EXT_IPI, 0, 6, 0, 0), SBI_SUCCESS, 0);
    assert_false(fake.soft_raised);
    assert_int_equal(atomic_load(&harts[1].events), HART_SOFT_INTERRUPT);
    assert_int_equal(atomic_load(&harts[2].events), HART_SOFT_INTERRUPT);
    assert_int_equal(atomic_load(&harts[3].events), 0);
    expect(call(EXT_IPI, 0, 0x10, 0, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_IPI, 1, 1, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(fake.notified[1] + fake.notified[2] + fake.notified[3], 2);
}

/* shows: R-SBI-25 */
static void test_rfence_to_self_asks_nobody(void **state)
{
    (void)state;
    expect(sbi_call(1, 0, 0x1000, 0x2000, 0, 0, 1, EXT_RFENCE), SBI_SUCCESS, 0);
    assert_int_equal(fake.fence.count, 1);
    assert_int_equal(fake.fence.kind, FENCE_VMA);
    assert_int_equal(fake.fence.start, 0x1000);
    assert_int_equal(fake.fence.size, 0x2000);
    for (uint32_t h = 0; h < FAKE_VCPUS; h++) {
        assert_int_equal(fake.notified[h], 0);
    }
}

/* shows: R-SBI-26 */
static void test_rfence_to_others(void **state)
{
    (void)state;
    fake.serve_answers = true;
    expect(sbi_call(0, UINT64_MAX, 0x1000, 0x2000, 0x30007, 0, 2, EXT_RFENCE), SBI_SUCCESS, 0);
    assert_int_equal(fake.fence.count, 1); /* its own */
    assert_int_equal(fake.fence.kind, FENCE_VMA_ASID);
    assert_int_equal(fake.fence.asid, 7);
    assert_int_equal(fake.notified[0], 0);
    for (uint32_t h = 1; h < FAKE_VCPUS; h++) {
        assert_int_equal(fake.notified[h], 1);
        assert_int_equal(atomic_load(&harts[h].events), HART_FENCE);
        assert_int_equal(atomic_load(&harts[h].fences_from), 0);   /* it was waited for */
    }
    assert_int_equal(atomic_load(&fake.vcpus[0].fence.pending), 0);
    assert_int_equal(fake.vcpus[0].fence.kind, FENCE_VMA_ASID);
    assert_int_equal(fake.vcpus[0].fence.start, 0x1000);
    assert_int_equal(fake.vcpus[0].fence.size, 0x2000);
    assert_int_equal(fake.vcpus[0].fence.asid, 7);
    /* Not itself: nothing is fenced here. */
    expect(sbi_call(2, 0, 0, 0, 0, 0, 0, EXT_RFENCE), SBI_SUCCESS, 0);
    assert_int_equal(fake.fence.count, 1);
    assert_int_equal(fake.vcpus[0].fence.kind, FENCE_I);
    /* The fences for hypervisors. */
    for (uint64_t function = 3; function < 8; function++) {
        expect(call(EXT_RFENCE, function, 1, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    }
    expect(call(EXT_RFENCE, 1, 0x10, 0, 0), SBI_ERR_INVALID_PARAM, 0);
}

/* shows: R-SBI-27 */
static void test_hart_start(void **state)
{
    (void)state;
    expect(call(EXT_HSM, 0, 1, GUEST_RAM_BASE + 0x100, 77), SBI_SUCCESS, 0);
    assert_int_equal(atomic_load(&fake.vcpus[1].hsm), HSM_START_PENDING);
    assert_int_equal(fake.vcpus[1].start_address, GUEST_RAM_BASE + 0x100);
    assert_int_equal(fake.vcpus[1].start_opaque, 77);
    assert_int_equal(fake.notified[1], 1);
    expect(call(EXT_HSM, 2, 1, 0, 0), SBI_SUCCESS, HSM_START_PENDING);
    expect(call(EXT_HSM, 0, 1, GUEST_RAM_BASE, 0), SBI_ERR_ALREADY_AVAILABLE, 0);
    assert_int_equal(fake.vcpus[1].start_opaque, 77);
    expect(call(EXT_HSM, 0, 0, GUEST_RAM_BASE, 0), SBI_ERR_ALREADY_AVAILABLE, 0);
    expect(call(EXT_HSM, 0, FAKE_VCPUS, GUEST_RAM_BASE, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_HSM, 0, UINT64_MAX, GUEST_RAM_BASE, 0), SBI_ERR_INVALID_PARAM, 0);
    static const uint64_t bad[] = { 0, GUEST_RAM_BASE - 2, GUEST_RAM_BASE + FAKE_RAM_SIZE,
                                    GUEST_RAM_BASE + FAKE_RAM_SIZE - 1, GUEST_RAM_BASE + 1,
                                    UINT64_MAX };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(call(EXT_HSM, 0, 2, bad[i], 0), SBI_ERR_INVALID_ADDRESS, 0);
    }
    assert_int_equal(atomic_load(&fake.vcpus[2].hsm), HSM_STOPPED);
}

/* shows: R-SBI-28 */
static void test_hart_stop_status_suspend(void **state)
{
    (void)state;
    expect(call(EXT_HSM, 2, 0, 0, 0), SBI_SUCCESS, HSM_STARTED);
    expect(call(EXT_HSM, 2, 3, 0, 0), SBI_SUCCESS, HSM_STOPPED);
    expect(call(EXT_HSM, 2, 4, 0, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_HSM, 3, 0, 0, 0), SBI_SUCCESS, 0);
    assert_int_equal(fake.waits, 1);
    expect(call(EXT_HSM, 2, 0, 0, 0), SBI_SUCCESS, HSM_STARTED);
    expect(call(EXT_HSM, 3, 0x80000000U, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    expect(call(EXT_HSM, 3, UINT64_C(0xffffffff80000000), 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    expect(call(EXT_HSM, 3, 1, 0, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_HSM, 3, UINT64_MAX, 0, 0), SBI_ERR_INVALID_PARAM, 0);
    assert_int_equal(fake.waits, 1);
    expect(call(EXT_HSM, 4, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    if (setjmp(fake.idle) == 0) {
        (void)call(EXT_HSM, 1, 0, 0, 0);
        fail_msg("hart_stop came back");
    }
    assert_int_equal(atomic_load(&fake.vcpus[0].hsm), HSM_STOPPED);
}

/* shows: R-SBI-29 */
static void test_system_reset(void **state)
{
    (void)state;
    expect(call(EXT_SRST, 0, 3, 0, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_SRST, 0, 0, 2, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_SRST, 0, UINT64_C(0xfffffffff0000000), 0, 0), SBI_ERR_INVALID_PARAM, 0);
    expect(call(EXT_SRST, 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_RUNNING);
    for (uint64_t type = 0; type < 3; type++) {
        fake_machine_init();
        if (setjmp(fake.idle) == 0) {
            /* A vendor's reason, as a C compiler passes it: with its sign extended. */
            (void)call(EXT_SRST, 0, type, UINT64_C(0xfffffffff0000000), 0);
            fail_msg("system_reset came back");
        }
        assert_int_equal(atomic_load(&fake.guest->state),
                         type == 0 ? GUEST_STOPPING : GUEST_REBOOTING);
        for (uint32_t h = 0; h < FAKE_VCPUS; h++) {
            assert_int_equal(atomic_load(&harts[h].events), HART_PARK);
        }
        assert_false(fake.powered_off);
    }
}

/* shows: R-SBI-30 */
static void test_debug_console_addresses(void **state)
{
    (void)state;
    static const struct { uint64_t count, low, high; } bad[] = {
        { 1, 0, 0 },
        { 1, GUEST_RAM_BASE - 1, 0 },
        { 2, GUEST_RAM_BASE + FAKE_RAM_SIZE - 1, 0 },
        { FAKE_RAM_SIZE + 1, GUEST_RAM_BASE, 0 },
        { UINT64_MAX, GUEST_RAM_BASE, 0 },
        { UINT64_MAX, UINT64_MAX, 0 },
        { 1, GUEST_RAM_BASE, 1 },
        { 1, UINT64_MAX, UINT64_MAX },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (uint64_t function = 0; function < 2; function++) {
            expect(call(EXT_DBCN, function, bad[i].count, bad[i].low, bad[i].high),
                   SBI_ERR_INVALID_PARAM, 0);
        }
    }
    expect(call(EXT_DBCN, 0, 0, 0, 0), SBI_SUCCESS, 0);
    expect(call(EXT_DBCN, 3, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, 0);
}

/* shows: R-SBI-31 */
static void test_debug_console_transfer(void **state)
{
    (void)state;
    char *ram = guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE);

    (void)memset(ram, 'a', FAKE_RAM_SIZE);
    /* The work of one call is bounded: the rest is for the next. */
    expect(call(EXT_DBCN, 0, 1000, GUEST_RAM_BASE, 0), SBI_SUCCESS, 256);
    expect(call(EXT_DBCN, 0, 3, GUEST_RAM_BASE + FAKE_RAM_SIZE - 3, 0), SBI_SUCCESS, 3);
    expect(call(EXT_DBCN, 2, 'x', 0, 0), SBI_SUCCESS, 0);
    assert_int_equal(fake.ecalls_repeated, 0);
    /* A full console: write_byte is made again by the guest, arguments intact. */
    fake_uart.room = 0;
    while (call(EXT_DBCN, 0, 256, GUEST_RAM_BASE, 0).value != 0U) {
    }
    expect(sbi_call('y', 55, 0, 0, 0, 0, 2, EXT_DBCN), 'y', 55);
    assert_int_equal(fake.ecalls_repeated, 1);
    expect(call(EXT_DBCN, 0, 3, GUEST_RAM_BASE, 0), SBI_SUCCESS, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_base, set_up),
        cmocka_unit_test_setup(test_unknown_extension, set_up),
        cmocka_unit_test_setup(test_time, set_up),
        cmocka_unit_test_setup(test_hart_mask, set_up),
        cmocka_unit_test_setup(test_ipi, set_up),
        cmocka_unit_test_setup(test_rfence_to_self_asks_nobody, set_up),
        cmocka_unit_test_setup(test_rfence_to_others, set_up),
        cmocka_unit_test_setup(test_hart_start, set_up),
        cmocka_unit_test_setup(test_hart_stop_status_suspend, set_up),
        cmocka_unit_test_setup(test_system_reset, set_up),
        cmocka_unit_test_setup(test_debug_console_addresses, set_up),
        cmocka_unit_test_setup(test_debug_console_transfer, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
