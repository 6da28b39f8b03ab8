/* SPDX-License-Identifier: Apache-2.0 */
/* vCPUs without a guest interrupt file: their stores to IMSIC pages, their CSRs, their harts'
 * VSEIP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/irq/imsic_unit.c"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_imsic.h"
#include "tests/unit/fake_phys.h"

static struct guest *guest;

static int set_up(void **state)
{
    static struct pages pages;

    (void)state;
    fake_phys_reset();
    fake_machine_init();
    memset(&fake_imsic, 0, sizeof(fake_imsic));
    guest = fake.guest;
    fake.board.imsic.num_guest_ids = 255;
    fake.plan.guests[0].vcpu_count = FAKE_VCPUS;
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 16U * PAGE_SIZE });
    assert_true(imsic_unit.guest_init(guest, &pages));
    return 0;
}

static bool store(uint64_t offset, uint32_t width, uint64_t value)
{
    const struct mmio_region *region =
        guest_find_region(guest, gpa(GUEST_IMSIC_BASE + offset));

    assert_non_null(region);
    assert_int_equal(region->counter, EXIT_IMSIC);
    return region->write(guest, region->tag, offset, width, value);
}

/* The instruction op rd, csr, x1 for its vCPU. */
static uint64_t access(uint32_t v, uint16_t csr, uint64_t select, enum csr_op op, bool writes,
                       uint64_t operand)
{
    const struct csr_access instruction = { .csr = csr, .rd = 1, .op = op, .writes = writes };
    uint64_t old = 0;

    fake_become(v);
    assert_true(irq_access_csr(&fake.vcpus[v], &instruction, select, operand, &old));
    return old;
}

/* Deliver identity id to vCPU v. */
static void enable(uint32_t v, uint32_t id)
{
    (void)access(v, 0x151, 0x70, CSR_WRITE, true, 1);
    (void)access(v, 0x151, 0xc0 + id / 64U * 2U, CSR_SET, true, UINT64_C(1) << (id % 64U));
}

/* shows: R-IRQ-07 */
static void test_msi_to_itself(void **state)
{
    (void)state;
    enable(1, 7);
    assert_false(fake.external[1]);
    assert_true(store(1U * 4096U, 4, 7));
    assert_true(fake.external[1]);
    assert_int_equal(fake.notified[1], 0);
    assert_int_equal(access(1, 0x15c, 0, CSR_SET, false, 0), 7U * 0x10001U); /* csrr: only looks */
    assert_true(fake.external[1]);
    assert_int_equal(access(1, 0x15c, 0, CSR_WRITE, true, 0), 7U * 0x10001U);
    assert_false(fake.external[1]);
    assert_int_equal(access(1, 0x15c, 0, CSR_WRITE, true, 0), 0);
}

/* shows: R-IRQ-07 */
static void test_msi_to_a_sibling(void **state)
{
    (void)state;
    enable(2, 130);
    fake_become(0);
    assert_true(store(2U * 4096U, 4, 131)); /* which it does not want */
    assert_int_equal(fake.notified[2], 0);
    assert_true(store(2U * 4096U, 4, 130));
    assert_int_equal(fake.notified[2], 1);
    assert_int_equal(atomic_load(&harts[2].events), HART_EXTERNAL);
    assert_false(fake.external[2]);         /* that is for its own hart to do */
    fake_become(2);
    irq_mirror(&fake.vcpus[2]);
    assert_true(fake.external[2]);
    assert_false(fake.external[0]);
    enable(2, 131);
    assert_int_equal(access(2, 0x15c, 0, CSR_WRITE, true, 0), 130U * 0x10001U);
    assert_true(fake.external[2]);          /* the other one is wanted now */
}

/* shows: R-IRQ-06 */
static void test_the_msi_page(void **state)
{
    uint64_t value = 1;
    (void)state;
    enable(0, 1);
    const struct mmio_region *region = guest_find_region(guest, gpa(GUEST_IMSIC_BASE));
    assert_true(region->read(guest, 0, 0, 4, &value));
    assert_int_equal(value, 0);
    assert_false(region->read(guest, 0, 0, 8, &value));
    assert_false(store(0, 1, 1));
    assert_false(store(0, 2, 1));
    assert_false(store(0, 8, 1));
    assert_true(store(4, 4, 1));            /* seteipnum_be is not there, */
    assert_true(store(8, 4, 1));            /* and all else is reserved */
    assert_true(store(0xffc, 4, 1));
    assert_false(fake.external[0]);
    assert_true(store(0, 4, 0x100000001));  /* a register's low half */
    assert_true(fake.external[0]);
    assert_null(guest_find_region(guest, gpa(GUEST_IMSIC_BASE + FAKE_VCPUS * 4096U)));
}

/* shows: R-IRQ-08 */
static void test_other_registers_do_not_exist(void **state)
{
    static const struct { uint16_t csr; uint64_t select; } others[] = {
        { 0x151, 0x6f }, { 0x151, 0x81 }, { 0x151, 0x100 }, { 0x151, 0 },
        { 0x152, 0x70 }, { 0x155, 0x80 }, { 0x25c, 0x70 }, { 0x251, 0x70 }, { 0x600, 0x70 },
    };
    uint64_t old;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct csr_access access = { .csr = others[i].csr, .op = CSR_SET };
        assert_false(irq_access_csr(&fake.vcpus[0], &access, others[i].select, 0, &old));
    }
}

/* shows: R-IRQ-07 */
static void test_nothing_of_one_life_is_left_in_the_next(void **state)
{
    (void)state;
    enable(3, 5);
    assert_true(store(3U * 4096U, 4, 5));
    irq_reset_files(guest);
    irq_mirror(&fake.vcpus[3]);
    assert_false(fake.external[3]);
    enable(3, 5);
    assert_false(fake.external[3]);
}

/* shows: R-IRQ-07 */
static void test_a_board_with_guest_interrupt_files(void **state)
{
    static struct pages none;
    const struct csr_access access = { .csr = 0x15c, .op = CSR_SET };
    uint64_t old;

    (void)state;
    fake_machine_init();
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        fake.plan.guests[0].vcpus[v].guest_file = 1;
        fake.vcpus[v].guest_file = 1;
        fake.vcpus[v].interrupt_file = pa(0x1000U * (v + 1U));
    }
    assert_true(imsic_unit.guest_init(guest, &none));
    assert_null(guest_find_region(guest, gpa(GUEST_IMSIC_BASE)));
    irq_send_msi(&fake.vcpus[2], 9);
    assert_int_equal(fake_imsic.count, 1);
    assert_int_equal(fake_imsic.file.v, 0x3000);
    assert_int_equal(fake_imsic.id, 9);
    assert_false(irq_access_csr(&fake.vcpus[0], &access, 0, 0, &old));
    irq_reset_files(guest);
    fake.external[0] = true;
    irq_mirror(&fake.vcpus[0]);
    assert_true(fake.external[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_msi_to_itself, set_up),
        cmocka_unit_test_setup(test_msi_to_a_sibling, set_up),
        cmocka_unit_test_setup(test_the_msi_page, set_up),
        cmocka_unit_test_setup(test_other_registers_do_not_exist, set_up),
        cmocka_unit_test_setup(test_nothing_of_one_life_is_left_in_the_next, set_up),
        cmocka_unit_test_setup(test_a_board_with_guest_interrupt_files, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
