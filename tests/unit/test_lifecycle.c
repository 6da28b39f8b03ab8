/* SPDX-License-Identifier: Apache-2.0 */
/* Stop and restart of a guest, vCPU by vCPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/lifecycle/lifecycle.h"
#include "hyp/sbi/sbi.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

static const uint8_t kernel[] = "kernel image";
static const uint8_t initrd[] = "initrd";
static const uint8_t tree[] = "device tree";

/* As hart_loop of the guest's first hart does when it takes HART_RESTART. */
static void restart(struct guest *guest)
{
    const uint32_t h = guest->vcpus[0]->hart->index;

    assert_true((atomic_exchange(&harts[h].events, 0U) & HART_RESTART) != 0U);
    lifecycle_restart(guest);
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    atomic_store(&fake.guest->state, GUEST_REBOOTING);
    lifecycle_start_all(fake.guest, 1);
    restart(fake.guest);
    (void)memset(fake.notified, 0, sizeof(fake.notified));
    fake.units_reset = 0;
    for (uint32_t h = 0; h < FAKE_VCPUS; h++) {
        atomic_store(&harts[h].events, 0U);
        atomic_store(&fake.vcpus[h].hsm, HSM_STARTED);
    }
    return 0;
}

/* As hart_loop does when it takes HART_PARK. */
static void park(uint32_t v)
{
    fake_become(v);
    assert_true((atomic_exchange(&harts[v].events, 0U) & HART_PARK) != 0U);
    int end = setjmp(fake.idle);
    if (end == 0) {
        lifecycle_park(&fake.vcpus[v]);
    }
    assert_int_equal(end, 1);
    assert_int_equal(atomic_load(&fake.vcpus[v].hsm), HSM_PARKED);
}

/* The same for HART_REST, on the hart of the last to park. */
static void rest(uint32_t v)
{
    fake_become(v);
    assert_true((atomic_exchange(&harts[v].events, 0U) & HART_REST) != 0U);
    lifecycle_rest(fake.guest);
}

/* The same for HART_CLEAN; true when it ended in power off. */
static bool clean(uint32_t v)
{
    fake_become(v);
    assert_true((atomic_exchange(&harts[v].events, 0U) & HART_CLEAN) != 0U);
    int end = setjmp(fake.idle);
    if (end == 0) {
        lifecycle_clean(&fake.vcpus[v]);
    }
    return end == 2;
}

static void park_and_clean_all(void)
{
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        park(v);
    }
    rest(FAKE_VCPUS - 1U);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        assert_false(clean(v));
    }
}

/* shows: R-LIFE-20 */
static void test_start_all(void **state)
{
    (void)state;
    fake_machine_init();
    atomic_store(&fake.guest->state, GUEST_REBOOTING);
    /* Who asks does not do the work, which may take long: a hart of the guest does. */
    lifecycle_start_all(fake.guest, 1);
    assert_int_equal(fake.units_reset, 0);
    assert_int_equal(fake.notified[0], 1);
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    assert_int_equal(fake.notified[0], 1);
    restart(fake.guest);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_RUNNING);
    assert_int_equal(fake.units_reset, 1);
    assert_int_equal(fake.notified[0], 2);
    assert_int_equal(atomic_load(&fake.vcpus[0].hsm), HSM_BOOT_PENDING);
    for (uint32_t v = 1; v < FAKE_VCPUS; v++) {
        assert_int_equal(atomic_load(&harts[v].events), 0);
        assert_int_equal(atomic_load(&fake.vcpus[v].hsm), HSM_STOPPED);
    }
}

/* shows: R-LIFE-21, R-LIFE-26 */
static void test_reboot_waits_for_every_vcpu(void **state)
{
    (void)state;
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    for (uint32_t i = 0; i < FAKE_VCPUS; i++) {
        uint32_t v = (i + 2U) % FAKE_VCPUS;
        /* Nothing is cleaned while a sibling may still send an MSI. */
        assert_int_equal(atomic_load(&harts[2].events) & HART_CLEAN, 0);
        park(v);
        assert_int_equal(fake.files_reset, 0);
        /* Devices are brought to rest when the last has parked. */
        assert_int_equal(atomic_load(&harts[v].events) & HART_REST,
                         i + 1U == FAKE_VCPUS ? HART_REST : 0U);
    }
    assert_int_equal(fake.stores_finished, FAKE_VCPUS);
    /* Nor while a device may. */
    assert_int_equal(fake.units_stopped, 0);
    assert_int_equal(atomic_load(&harts[2].events) & HART_CLEAN, 0);
    rest(1);
    assert_int_equal(fake.units_stopped, 1);
    assert_int_equal(fake.units_reset, 0);
    /* A sibling had asked something of a hart that has parked since: void in the next life. */
    (void)atomic_fetch_or(&harts[2].events, HART_SOFT_INTERRUPT | HART_FENCE);
    assert_false(clean(2));
    (void)atomic_fetch_or(&harts[2].events, HART_SOFT_INTERRUPT);
    assert_false(clean(3));
    assert_false(clean(0));
    assert_int_equal(fake.units_reset, 0);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_REBOOTING);
    assert_false(clean(1));
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_RUNNING);
    assert_int_equal(fake.units_reset, 1);
    assert_int_equal(fake.units_stopped, 1);
    assert_int_equal(fake.files_reset, FAKE_VCPUS);
    assert_int_equal(atomic_load(&harts[2].events), 0);
    assert_int_equal(atomic_load(&fake.vcpus[0].hsm), HSM_BOOT_PENDING);
    assert_int_equal(atomic_load(&fake.vcpus[1].hsm), HSM_STOPPED);
    assert_int_equal(atomic_load(&fake.guest->parked), 0);
    assert_int_equal(atomic_load(&fake.guest->clean), 0);
}

/* Of a hart that may be the one that serves the board, or is to stop because of a panic. */
/* shows: R-LIFE-21, R-PANIC-03 */
static void test_what_the_hypervisor_asked_outlives_a_life(void **state)
{
    const uint32_t own = HART_POLL | HART_HALT | HART_DMA | HART_VIOMMU;

    (void)state;
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        park(v);
    }
    rest(FAKE_VCPUS - 1U);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        assert_false(clean(v));
        if (v == 1U) {
            (void)atomic_fetch_or(&harts[1].events, own);
        }
    }
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_RUNNING);
    assert_int_equal(atomic_load(&harts[1].events), own);
}

/* A sibling that is still running tries to start one that has parked: seen to leave a vCPU running
 * through the guest's restart, when a start was an event and not a state. */
/* shows: R-LIFE-25 */
static void test_a_parked_vcpu_cannot_be_started(void **state)
{
    (void)state;
    atomic_store(&fake.vcpus[1].hsm, HSM_STOPPED);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    park(1);
    fake_become(2);
    struct sbi_result result = sbi_call(1, GUEST_RAM_BASE, 0, 0, 0, 0, 0, 0x48534dU);
    assert_int_equal(result.error, SBI_ERR_ALREADY_AVAILABLE);
    assert_int_equal(atomic_load(&fake.vcpus[1].hsm), HSM_PARKED);
    /* What the guest is told of it. */
    assert_int_equal(sbi_call(1, 0, 0, 0, 0, 0, 2, 0x48534dU).value, HSM_STOPPED);
}

/* shows: R-LIFE-22 */
static void test_last_stop_powers_off(void **state)
{
    (void)state;
    lifecycle_request(fake.guest, GUEST_STOPPING);
    /* Whoever comes later does not change what was begun, and nobody is asked to park twice. */
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        assert_int_equal(fake.notified[v], 1);
    }
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        park(v);
    }
    rest(FAKE_VCPUS - 1U);
    for (uint32_t v = 0; v < FAKE_VCPUS - 1U; v++) {
        assert_false(clean(v));
    }
    assert_true(clean(FAKE_VCPUS - 1U));
    assert_true(fake.powered_off);
    assert_int_equal(fake.units_stopped, 1);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_STOPPED);
}

/* Its device was refused an access, and it restarts itself before that is noticed. */
/* shows: R-LIFE-22 */
static void test_a_restart_does_not_escape_a_stop(void **state)
{
    (void)state;
    (void)memcpy(&guests[1], fake.guest, sizeof(guests[1]));
    atomic_store(&fake.guest->state, GUEST_REBOOTING);
    lifecycle_start_all(guests, 2);
    restart(fake.guest);
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    fake.units_reset = 0;
    park_and_clean_all();
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_STOPPED);
    assert_int_equal(fake.units_reset, 0);
    /* The same when the next life is being made ready: it is not begun, and its devices are at rest. */
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    fake.units_stopped = 0;
    restart(fake.guest);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_STOPPED);
    assert_int_equal(fake.units_stopped, 1);
    assert_int_equal(atomic_load(&fake.vcpus[0].hsm), HSM_PARKED);
    /* Both stops are counted as such: the other guest's is the last. */
    assert_false(fake.powered_off);
}

/* shows: R-LIFE-23 */
static void test_stopped_guest_can_be_started_again(void **state)
{
    (void)state;
    (void)memcpy(&guests[1], fake.guest, sizeof(guests[1]));
    atomic_store(&fake.guest->state, GUEST_REBOOTING);
    lifecycle_start_all(guests, 2);
    restart(fake.guest);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    park_and_clean_all();
    assert_false(fake.powered_off); /* the other guest runs on */
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_STOPPED);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_STOPPED);
    fake.units_reset = 0;
    lifecycle_request(fake.guest, GUEST_REBOOTING);
    assert_int_equal(fake.units_reset, 0);
    restart(fake.guest);
    assert_int_equal(atomic_load(&fake.guest->state), GUEST_RUNNING);
    assert_int_equal(fake.units_reset, 1);
    assert_int_equal(atomic_load(&fake.vcpus[0].hsm), HSM_BOOT_PENDING);
}

/* shows: R-LIFE-22, R-LIFE-23 */
static void test_a_guest_that_was_started_again_is_one_guest(void **state)
{
    (void)state;
    (void)memcpy(&guests[1], fake.guest, sizeof(guests[1]));
    atomic_store(&fake.guest->state, GUEST_REBOOTING);
    lifecycle_start_all(guests, 2);
    restart(fake.guest);
    for (uint32_t stop = 0; stop < 2U; stop++) {
        lifecycle_request(fake.guest, GUEST_STOPPING);
        park_and_clean_all();
        assert_false(fake.powered_off);
        lifecycle_request(fake.guest, GUEST_REBOOTING);
        restart(fake.guest);
    }
    /* Two run: the second stop is the last, whichever they are. */
    lifecycle_request(fake.guest, GUEST_STOPPING);
    park_and_clean_all();
    assert_false(fake.powered_off);
    (void)memcpy(fake.guest, &guests[1], sizeof(guests[1]));
    atomic_store(&fake.guest->state, GUEST_RUNNING);
    lifecycle_request(fake.guest, GUEST_STOPPING);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        park(v);
    }
    rest(FAKE_VCPUS - 1U);
    for (uint32_t v = 0; v < FAKE_VCPUS - 1U; v++) {
        assert_false(clean(v));
    }
    assert_true(clean(FAKE_VCPUS - 1U));
}

/* shows: R-LIFE-24 */
static void test_boot_without_an_initrd_and_with_a_tree_that_was_made(void **state)
{
    const struct bundle_file file = { "kernel", kernel, sizeof(kernel) };
    struct plan_guest *part = &fake.plan.guests[0];
    uint8_t *ram = guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE);

    (void)state;
    part->kernel = (struct plan_image){ &file, gpa(GUEST_RAM_BASE + 0x100) };
    part->initrd = (struct plan_image){ NULL, gpa(GUEST_RAM_BASE + 0x200) };
    part->device_tree = (struct plan_image){ NULL, gpa(GUEST_RAM_BASE + 0x300) };
    fake.guest->device_tree = pa(FAKE_PHYS_BASE + 0x100000U);
    fake.guest->device_tree_size = sizeof(tree);
    (void)memcpy(phys_pointer(fake.guest->device_tree, sizeof(tree)), tree, sizeof(tree));
    (void)memset(ram, 0xee, FAKE_RAM_SIZE);
    lifecycle_boot(fake.guest);
    assert_memory_equal(ram + 0x100, kernel, sizeof(kernel));
    assert_int_equal(ram[0x200], 0xee);
    assert_memory_equal(ram + 0x300, tree, sizeof(tree));
    assert_int_equal(ram[0x300 + sizeof(tree)], 0xee);
}

/* shows: R-GDT-10 */
static void test_each_life_has_another_seed(void **state)
{
    enum { MADE = 4U + sizeof(struct seed) };
    const struct bundle_file file = { "kernel", kernel, sizeof(kernel) };
    struct plan_guest *part = &fake.plan.guests[0];
    const uint8_t *ram = guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE);
    struct seed secret = { { 1U } };

    (void)state;
    part->kernel = (struct plan_image){ &file, gpa(GUEST_RAM_BASE + 0x100) };
    part->initrd = (struct plan_image){ NULL, gpa(GUEST_RAM_BASE + 0x200) };
    part->device_tree = (struct plan_image){ NULL, gpa(GUEST_RAM_BASE + 0x300) };
    fake.guest->device_tree = pa(FAKE_PHYS_BASE + 0x100000U);
    fake.guest->device_tree_size = MADE;
    uint8_t *const pristine = phys_pointer(fake.guest->device_tree, MADE);

    (void)memset(pristine, 0xcc, MADE);
    fake.guest->secret = secret;
    fake.guest->seed = &pristine[4];
    for (int life = 0; life < 2; life++) {
        lifecycle_boot(fake.guest);
        const struct seed expected = seed_draw(&secret);
        assert_int_equal(ram[0x303], 0xcc);
        assert_memory_equal(&ram[0x304], &expected, sizeof(expected));
        assert_memory_equal(&fake.guest->secret, &secret, sizeof(secret));
    }
    fake.guest->seed = NULL;
}

/* shows: R-LIFE-24 */
static void test_boot_copies_pristine_images(void **state)
{
    (void)state;
    struct plan_guest *part = &fake.plan.guests[0];
    struct bundle_file files[] = {
        { "kernel", kernel, sizeof(kernel) },
        { "initrd", initrd, sizeof(initrd) },
        { "tree", tree, sizeof(tree) },
    };
    uint8_t *ram = guest_ram(fake.guest, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE);

    part->kernel = (struct plan_image){ &files[0], gpa(GUEST_RAM_BASE + 0x100) };
    part->initrd = (struct plan_image){ &files[1], gpa(GUEST_RAM_BASE + 0x200) };
    part->device_tree = (struct plan_image){ &files[2], gpa(GUEST_RAM_BASE + 0x300) };
    part->entry = gpa(GUEST_RAM_BASE + 0x100);
    for (int life = 0; life < 2; life++) {
        (void)memset(ram, 0xee, FAKE_RAM_SIZE); /* the guest has overwritten everything */
        lifecycle_boot(fake.guest);
        assert_memory_equal(ram + 0x100, kernel, sizeof(kernel));
        assert_memory_equal(ram + 0x200, initrd, sizeof(initrd));
        assert_memory_equal(ram + 0x300, tree, sizeof(tree));
        assert_int_equal(ram[0xff], 0xee);
        assert_int_equal(ram[0x300 + sizeof(tree)], 0xee);
    }
    assert_int_equal(fake.vcpus[0].start_address, GUEST_RAM_BASE + 0x100);
    assert_int_equal(fake.vcpus[0].start_opaque, GUEST_RAM_BASE + 0x300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start_all, set_up),
        cmocka_unit_test_setup(test_reboot_waits_for_every_vcpu, set_up),
        cmocka_unit_test_setup(test_a_parked_vcpu_cannot_be_started, set_up),
        cmocka_unit_test_setup(test_last_stop_powers_off, set_up),
        cmocka_unit_test_setup(test_a_restart_does_not_escape_a_stop, set_up),
        cmocka_unit_test_setup(test_stopped_guest_can_be_started_again, set_up),
        cmocka_unit_test_setup(test_what_the_hypervisor_asked_outlives_a_life, set_up),
        cmocka_unit_test_setup(test_a_guest_that_was_started_again_is_one_guest, set_up),
        cmocka_unit_test_setup(test_boot_without_an_initrd_and_with_a_tree_that_was_made, set_up),
        cmocka_unit_test_setup(test_each_life_has_another_seed, set_up),
        cmocka_unit_test_setup(test_boot_copies_pristine_images, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
