/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the hypervisor's own: whom they are for, in which order, and that each has its turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/console/console_unit.h"
#include "hyp/dma/dma.h"
#include "hyp/irq/irq.h"
#include "hyp/vcpu/hart.h"
#include "hyp/vcpu/vcpu.h"

#define BIT(n) (UINT64_C(1) << (n))
#define CALLS 64U

static struct { char who; uint32_t number; } calls[CALLS];
static uint32_t count;
static struct guest guest;
static struct vcpu vcpu;
static struct hart hart;

static void called(char who, uint32_t number)
{
    assert_true(count < CALLS);
    calls[count].who = who;
    calls[count].number = number;
    count++;
}

static void check(uint32_t n, char who, uint32_t number)
{
    assert_true(n < count);
    assert_int_equal(calls[n].who, who);
    assert_int_equal(calls[n].number, number);
}

void console_unit_interrupt(void)
{
    called('u', 0);
}

void dma_interrupt(uint32_t iommu)
{
    called('i', iommu);
}

void dma_notice(const struct vcpu *whose)
{
    assert_ptr_equal(whose, &vcpu);
    called('n', 0);
}

void irq_line(struct guest *whose, uint32_t n)
{
    assert_ptr_equal(whose, &guest);
    called('l', n);
}

static int set_up(void **state)
{
    (void)state;
    count = 0;
    memset(&vcpu, 0, sizeof(vcpu));
    vcpu.guest = &guest;
    hart = (struct hart){ .vcpu = &vcpu };
    return 0;
}

/* shows: R-IRQ-34 */
static void test_each_goes_to_who_waits_for_it(void **state)
{
    (void)state;
    hart_handle(&hart, BIT(HYP_IPI_ID) | BIT(HYP_LINE_ID + PLAN_MAX_LINES - 1U) | BIT(HYP_LINE_ID) |
                BIT(HYP_NOTICE_ID) | BIT(HYP_IOMMU_ID + BOARD_MAX_IOMMUS - 1U) |
                BIT(HYP_IOMMU_ID) | BIT(HYP_UART_ID));
    assert_int_equal(count, 6);
    check(0, 'u', 0);
    check(1, 'i', 0);
    check(2, 'i', BOARD_MAX_IOMMUS - 1U);
    check(3, 'n', 0);
    check(4, 'l', 0);
    check(5, 'l', PLAN_MAX_LINES - 1U);
    assert_int_equal(vcpu.exits[EXIT_EXTERNAL], 6);
    assert_int_equal(vcpu.exits[EXIT_HYP_IPI], 1);
}

/* A guest can have its harts interrupt each other for ever, and its device; the console and the faults of
 * others' devices wait for neither. shows: R-IRQ-34 */
static void test_with_everything_pending_each_has_one_turn(void **state)
{
    uint64_t identities = BIT(HYP_UART_ID) | BIT(HYP_NOTICE_ID) | BIT(HYP_IPI_ID);

    (void)state;
    for (uint32_t i = 0; i < BOARD_MAX_IOMMUS; i++) {
        identities |= BIT(HYP_IOMMU_ID + i);
    }
    for (uint32_t n = 0; n < PLAN_MAX_LINES; n++) {
        identities |= BIT(HYP_LINE_ID + n);
    }
    hart_handle(&hart, identities);
    assert_int_equal(count, 2U + BOARD_MAX_IOMMUS + PLAN_MAX_LINES);
    check(0, 'u', 0);
    for (uint32_t i = 0; i < BOARD_MAX_IOMMUS; i++) {
        check(1U + i, 'i', i);
    }
    check(1U + BOARD_MAX_IOMMUS, 'n', 0);
    for (uint32_t n = 0; n < PLAN_MAX_LINES; n++) {
        check(2U + BOARD_MAX_IOMMUS + n, 'l', n);
    }
}

/* shows: R-IRQ-34 */
static void test_no_identity_has_a_lower_priority_than_the_ipi(void **state)
{
    const uint32_t others[] = { HYP_UART_ID, HYP_IOMMU_ID + BOARD_MAX_IOMMUS - 1U, HYP_NOTICE_ID,
                                HYP_LINE_ID + PLAN_MAX_LINES - 1U };

    (void)state;
    for (uint32_t n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
        assert_in_range(others[n], 1, HYP_IPI_ID - 1U);
    }
    assert_in_range(HYP_IPI_ID, 1, 63); /* every interrupt file has these: AIA 3.1 */
}

/* shows: R-IRQ-34 */
static void test_an_ipi_alone_is_nobody_elses(void **state)
{
    (void)state;
    hart_handle(&hart, BIT(HYP_IPI_ID));
    assert_int_equal(count, 0);
    assert_int_equal(vcpu.exits[EXIT_HYP_IPI], 1);
    hart_handle(&hart, 0);
    assert_int_equal(count, 0);
    assert_int_equal(vcpu.exits[EXIT_HYP_IPI], 1);
    assert_int_equal(vcpu.exits[EXIT_EXTERNAL], 0);
}

/* shows: R-IRQ-34 */
static void test_a_hart_without_a_guest_serves_the_board(void **state)
{
    (void)state;
    hart.vcpu = NULL;
    hart_handle(&hart, BIT(HYP_UART_ID) | BIT(HYP_IOMMU_ID) | BIT(HYP_IPI_ID));
    assert_int_equal(count, 2);
    check(0, 'u', 0);
    check(1, 'i', 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each_goes_to_who_waits_for_it, set_up),
        cmocka_unit_test_setup(test_with_everything_pending_each_has_one_turn, set_up),
        cmocka_unit_test_setup(test_no_identity_has_a_lower_priority_than_the_ipi, set_up),
        cmocka_unit_test_setup(test_an_ipi_alone_is_nobody_elses, set_up),
        cmocka_unit_test_setup(test_a_hart_without_a_guest_serves_the_board, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
