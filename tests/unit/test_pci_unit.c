/* SPDX-License-Identifier: Apache-2.0 */
/* Whose PCI bus an access reaches, and when its functions are brought to rest: hyp/pci/pci_unit.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/pci/pci_unit.c"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

#define GUESTS 3U
#define PLAIN  2U                /* the guest without PCI */

static struct pages pages;
static bool builds;
static uint32_t rests[GUESTS];
static struct {
    uint32_t guest, width, value, count;
    uint64_t offset;
} last;

static uint32_t guest_of(const struct pci_bus *bus)
{
    uint32_t g = 0U;

    while (of_guest[g] == NULL || &of_guest[g]->bus != bus) {
        g++;
        assert_true(g < GUESTS);
    }
    return g;
}

bool pci_bus_build(struct pci_bus *bus, const struct plan *plan, uint32_t guest,
                   struct pages *from)
{
    assert_ptr_equal(plan, &fake.plan);
    assert_ptr_equal(from, &pages);
    assert_int_equal(guest_of(bus), guest);
    bus->count = guest + 1U;
    return builds;
}

static void note(const struct pci_bus *bus, uint64_t offset, uint32_t width, uint32_t value)
{
    const uint32_t g = guest_of(bus);
    const struct lock *lock = &of_guest[g]->lock;

    assert_int_not_equal(atomic_load(&lock->next), atomic_load(&lock->serving));
    last.guest = g;
    last.offset = offset;
    last.width = width;
    last.value = value;
    last.count++;
}

uint32_t pci_bus_read(const struct pci_bus *bus, uint64_t offset, uint32_t width)
{
    note(bus, offset, width, 0U);
    return 0xc0ffeeU + guest_of(bus);
}

void pci_bus_write(struct pci_bus *bus, uint64_t offset, uint32_t width, uint32_t value)
{
    note(bus, offset, width, value);
}

void pci_quiesce(struct pci_view *const *views, uint32_t count, uint64_t hz, const char *name)
{
    assert_ptr_equal(views, of_guest[count - 1U]->bus.views);
    assert_int_equal(hz, 1000);
    assert_ptr_equal(name, fake.config.guests[count - 1U].name);
    rests[count - 1U]++;
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    memset(of_guest, 0, sizeof(of_guest));
    memset(rests, 0, sizeof(rests));
    memset(&last, 0, sizeof(last));
    builds = true;
    fake.board.timebase_hz = 1000U;
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 4U * PAGE_SIZE });
    for (uint32_t g = 0; g < GUESTS; g++) {
        memset(&guests[g], 0, sizeof(guests[g]));
        fake.plan.guests[g].config = &fake.config.guests[g];
        fake.plan.guests[g].has_pci = g != PLAIN;
        guests[g].plan = &fake.plan;
        guests[g].part = &fake.plan.guests[g];
        guests[g].index = g;
        assert_true(pci_unit.guest_init(&guests[g], &pages));
    }
    return 0;
}

static const struct mmio_region *ecam(uint32_t g)
{
    return guest_find_region(&guests[g], gpa(GUEST_PCI_ECAM_BASE));
}

static void assert_unlocked(void)
{
    for (uint32_t g = 0; g < PLAIN; g++) {
        assert_int_equal(atomic_load(&of_guest[g]->lock.next),
                         atomic_load(&of_guest[g]->lock.serving));
    }
}

/* shows: R-ISO-97 */
static void test_an_access_reaches_the_guests_own_bus(void **state)
{
    (void)state;
    for (uint32_t g = 0; g < PLAIN; g++) {
        const struct mmio_region *region = ecam(g);
        uint64_t value = 0;

        assert_non_null(region);
        assert_int_equal(region->range.size, GUEST_PCI_ECAM_SIZE);
        assert_int_equal(region->counter, EXIT_PCI);
        for (uint32_t width = 1U; width <= 4U; width *= 2U) {
            assert_true(region->write(&guests[g], region->tag, 0x8010U, width, 0x1234U));
            assert_int_equal(last.guest, g);
            assert_int_equal(last.offset, 0x8010);
            assert_int_equal(last.width, width);
            assert_int_equal(last.value, 0x1234);
            assert_true(region->read(&guests[g], region->tag, 0x8000U, width, &value));
            assert_int_equal(last.guest, g);
            assert_int_equal(last.width, width);
            assert_int_equal(value, 0xc0ffeeU + g);
        }
        assert_int_equal(last.count, 6U * (g + 1U));
        /* There are no configuration accesses of 64 bits. */
        assert_false(region->write(&guests[g], region->tag, 0x8010U, 8U, 0x1234U));
        assert_false(region->read(&guests[g], region->tag, 0x8010U, 8U, &value));
        assert_int_equal(last.count, 6U * (g + 1U));
        assert_unlocked();
    }
    assert_null(ecam(PLAIN));
}

/* Before the first life too: the firmware may have used them. */
/* shows: R-ISO-97, R-LIFE-26 */
static void test_functions_are_at_rest_between_lives(void **state)
{
    (void)state;
    pci_unit.guest_reset(&guests[0]);
    assert_int_equal(rests[0], 1);
    pci_unit.guest_stop(&guests[0]);
    assert_int_equal(rests[0], 2);
    /* Once is enough. */
    pci_unit.guest_stop(&guests[0]);
    pci_unit.guest_reset(&guests[0]);
    assert_int_equal(rests[0], 2);
    pci_unit.guest_stop(&guests[0]);
    assert_int_equal(rests[0], 3);
    assert_int_equal(rests[1], 0);
    pci_unit.guest_reset(&guests[PLAIN]);
    pci_unit.guest_stop(&guests[PLAIN]);
    assert_int_equal(rests[0], 3);
}

/* shows: R-ISO-97 */
static void test_a_bus_that_is_not_whole_stops_the_boot(void **state)
{
    (void)state;
    builds = false;
    assert_false(pci_unit.guest_init(&guests[0], &pages));
    builds = true;
    guests[0].region_count = GUEST_MAX_REGIONS;
    assert_false(pci_unit.guest_init(&guests[0], &pages));
    guests[0].region_count = 0U;
    pages_close(&pages);
    assert_false(pci_unit.guest_init(&guests[0], &pages));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_access_reaches_the_guests_own_bus, set_up),
        cmocka_unit_test_setup(test_functions_are_at_rest_between_lives, set_up),
        cmocka_unit_test_setup(test_a_bus_that_is_not_whole_stops_the_boot, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
