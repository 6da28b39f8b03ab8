/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's harts reach without an exit: hyp/mem/memory_unit.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/mem/memory_unit.c"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

#define POOL_SIZE (64U * PAGE_SIZE)
#define VCPUS     3U
#define RAM_PA    UINT64_C(0x140000000)
#define RAM_SIZE  UINT64_C(0x5000)
#define SHARED_AT UINT64_C(0x2000)          /* in the arena, behind the pool */
#define DEVICE_PA UINT64_C(0x40000000)
#define DEVICE_GPA UINT64_C(0x10000000)
#define FILE_PA   UINT64_C(0x28001000)
#define FILE_STEP UINT64_C(0x4000)      /* files of two harts are not next to each other */
#define RWX       (GSTAGE_R | GSTAGE_W | GSTAGE_X)
#define RW        (GSTAGE_R | GSTAGE_W)

static struct guest *guest;
static struct pages pages;

static int set_up(void **state)
{
    struct plan_guest *part;

    (void)state;
    fake_phys_reset();
    fake_machine_init();
    guest = fake.guest;
    part = &fake.plan.guests[0];
    part->ram = (struct pa_range){ pa(RAM_PA), RAM_SIZE };
    part->windows[0] = (struct plan_window){ gpa(GUEST_SHARED_BASE), pa(DEVICE_PA + 0x100000U),
                                             0x2000U, false, false };
    part->windows[1] = (struct plan_window){ gpa(DEVICE_GPA), pa(DEVICE_PA), 0x3000U, true, false };
    part->windows[2] = (struct plan_window){ gpa(DEVICE_GPA + 0x10000U), pa(DEVICE_PA + 0x10000U),
                                             0x1000U, true, true };
    part->window_count = 3U;
    guest->vcpu_count = VCPUS;
    for (uint32_t v = 0; v < VCPUS; v++) {
        fake.vcpus[v].guest_file = 1U;
        fake.vcpus[v].interrupt_file = pa(FILE_PA + v * FILE_STEP);
    }
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), POOL_SIZE });
    assert_int_equal(gstage_create(&guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    return 0;
}

/* Each page of the range is there with these rights, and the pages around it are not. */
static void assert_mapped(uint64_t at, uint64_t to, uint64_t size, uint32_t rights)
{
    uint32_t found = 0U;
    pa_t out;

    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        assert_true(gstage_translate(&guest->gstage, gpa(at + offset), &out, &found));
        assert_int_equal(out.v, to + offset);
        assert_int_equal(found, rights);
    }
    assert_false(gstage_translate(&guest->gstage, gpa(at - 1U), &out, &found));
    assert_false(gstage_translate(&guest->gstage, gpa(at + size), &out, &found));
}

/* shows: R-ISO-93 */
static void test_a_guest_reaches_what_the_plan_gives_it(void **state)
{
    (void)state;
    assert_true(memory_unit.guest_init(guest, &pages));
    assert_mapped(GUEST_RAM_BASE, RAM_PA, RAM_SIZE, RWX);
    assert_mapped(GUEST_SHARED_BASE, DEVICE_PA + 0x100000U, 0x2000U, RWX);
}

/* shows: R-ISO-93 */
static void test_registers_of_devices_are_no_code(void **state)
{
    (void)state;
    assert_true(memory_unit.guest_init(guest, &pages));
    assert_mapped(DEVICE_GPA, DEVICE_PA, 0x3000U, RW);
    assert_mapped(DEVICE_GPA + 0x10000U, DEVICE_PA + 0x10000U, 0x1000U, RW);
}

/* shows: R-ISO-93 */
static void test_each_vcpu_has_its_interrupt_file_and_no_more(void **state)
{
    uint32_t rights = 0U;
    pa_t out;

    (void)state;
    assert_true(memory_unit.guest_init(guest, &pages));
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_true(gstage_translate(&guest->gstage, gpa(GUEST_IMSIC_BASE + v * PAGE_SIZE), &out,
                                     &rights));
        assert_int_equal(out.v, FILE_PA + v * FILE_STEP);
        assert_int_equal(rights, RW);
    }
    assert_false(gstage_translate(&guest->gstage, gpa(GUEST_IMSIC_BASE + VCPUS * PAGE_SIZE), &out,
                                  &rights));
}

/* Number 0 of a hart is the hypervisor's file. */
/* shows: R-ISO-93, R-IRQ-32 */
static void test_a_vcpu_without_an_interrupt_file_reaches_none(void **state)
{
    uint32_t rights = 0U;
    pa_t out;

    (void)state;
    for (uint32_t v = 0; v < VCPUS; v++) {
        fake.vcpus[v].guest_file = 0U;
    }
    assert_true(memory_unit.guest_init(guest, &pages));
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_false(gstage_translate(&guest->gstage, gpa(GUEST_IMSIC_BASE + v * PAGE_SIZE), &out,
                                      &rights));
    }
}

/* shows: R-ISO-93 */
static void test_what_cannot_be_mapped_stops_the_boot(void **state)
{
    struct plan_window *window = &fake.plan.guests[0].windows[1];
    const struct plan_window good = *window;

    (void)state;
    window->gpa = gpa(GUEST_RAM_BASE + PAGE_SIZE);  /* over its RAM */
    assert_false(memory_unit.guest_init(guest, &pages));
    *window = good;
    assert_int_equal(gstage_create(&guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    fake.vcpus[1].interrupt_file.v += 1U;
    assert_false(memory_unit.guest_init(guest, &pages));
    fake.vcpus[1].interrupt_file.v -= 1U;
    assert_int_equal(gstage_create(&guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    pages_close(&pages);
    assert_false(memory_unit.guest_init(guest, &pages));
}

/* What stood in it before is nobody's to see. */
/* shows: R-ISO-93 */
static void test_shared_memory_begins_empty(void **state)
{
    const pa_t at = pa(FAKE_PHYS_BASE + POOL_SIZE + SHARED_AT);
    uint8_t *bytes = phys_pointer(pa(at.v - 1U), 2U * PAGE_SIZE + 2U);

    (void)state;
    bytes[0] = bytes[2U * PAGE_SIZE + 1U] = 0x5aU;
    bytes[1] = bytes[2U * PAGE_SIZE] = 0x5aU;
    fake.config.shared_count = 2U;
    fake.plan.shared[0] = (struct pa_range){ at, PAGE_SIZE };
    fake.plan.shared[1] = (struct pa_range){ pa_add(at, PAGE_SIZE), PAGE_SIZE };
    assert_true(memory_unit.init(&fake.plan, &pages));
    for (uint64_t i = 1; i <= 2U * PAGE_SIZE; i++) {
        assert_int_equal(bytes[i], 0);
    }
    assert_int_equal(bytes[0], 0x5a);
    assert_int_equal(bytes[2U * PAGE_SIZE + 1U], 0x5a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_guest_reaches_what_the_plan_gives_it, set_up),
        cmocka_unit_test_setup(test_registers_of_devices_are_no_code, set_up),
        cmocka_unit_test_setup(test_each_vcpu_has_its_interrupt_file_and_no_more, set_up),
        cmocka_unit_test_setup(test_a_vcpu_without_an_interrupt_file_reaches_none, set_up),
        cmocka_unit_test_setup(test_what_cannot_be_mapped_stops_the_boot, set_up),
        cmocka_unit_test_setup(test_shared_memory_begins_empty, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
