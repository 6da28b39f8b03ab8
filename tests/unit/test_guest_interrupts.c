/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the interrupts of one guest reach: hyp/irq/aplic_unit.c and hyp/shared/doorbell.c, with two
 * guests of two vCPUs each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The units themselves are in a section of their own, which nothing here walks. */
#include "hyp/irq/aplic_unit.c"
#include "hyp/irq/vimsic.h"
#include "hyp/shared/doorbell.c"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_imsic.h"
#include "tests/unit/fake_phys.h"

#define IDS          63U
#define BOARD_SOURCE 11U
#define LINE_SOURCE  9U       /* what the guest calls it */
#define RINGS        5U       /* the doorbell's source in either guest */
#define EIID         33U
#define FILE_AT(g, v) (UINT64_C(0x28001000) + ((g) * 2U + (v)) * UINT64_C(0x4000))

/* ---- the board's APLIC --------------------------------------------------------------------- */

static struct {
    uint32_t mode, hart, guest_index, eiid, calls;
    bool enabled, pending, input;
} line;

/* Whatever is told to the board is told under the lock of the guest whose lines these are. The
 * other line is not looked at. */
static bool is_the_line(uint32_t source)
{
    assert_in_range(source, BOARD_SOURCE, BOARD_SOURCE + 1U);
    assert_int_not_equal(atomic_load(&aplics[1].lock.next), atomic_load(&aplics[1].lock.serving));
    line.calls++;
    return source == BOARD_SOURCE;
}

void aplic_line_sourcecfg(uint32_t source, uint32_t mode)
{
    if (is_the_line(source)) {
        line.mode = mode;
    }
}

void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_index, uint32_t eiid)
{
    if (is_the_line(source)) {
        line.hart = hart_index;
        line.guest_index = guest_index;
        line.eiid = eiid;
    }
}

void aplic_line_enable(uint32_t source, bool enable)
{
    if (is_the_line(source)) {
        line.enabled = enable;
    }
}

void aplic_line_set_pending(uint32_t source)
{
    if (is_the_line(source)) {
        line.pending = true;
    }
}

void aplic_line_clear_pending(uint32_t source)
{
    if (is_the_line(source)) {
        line.pending = false;
    }
}

bool aplic_line_is_pending(uint32_t source)
{
    return is_the_line(source) && line.pending;
}

bool aplic_line_input(uint32_t source)
{
    return is_the_line(source) && line.input;
}

/* ---- two guests that share memory ---------------------------------------------------------- */

static void add_guest(uint32_t g)
{
    struct plan_guest *part = &fake.plan.guests[g];

    part->config = &fake.config.guests[g];
    part->shares[0] = (struct plan_share){ 2U, gpa(GUEST_SHARED_BASE), gpa(GUEST_DOORBELL_BASE),
                                           RINGS, 1U - g };
    part->share_count = 1U;
    memset(&guests[g], 0, sizeof(guests[g]));
    guests[g].plan = &fake.plan;
    guests[g].part = part;
    guests[g].index = g;
    guests[g].vcpu_count = 2U;
    for (uint32_t v = 0; v < 2U; v++) {
        struct vcpu *vcpu = &fake.vcpus[g * 2U + v];
        vcpu->guest = &guests[g];
        vcpu->index = v;
        vcpu->guest_file = 1U;
        vcpu->interrupt_file = pa(FILE_AT(g, v));
        part->vcpus[v].guest_file = 1U;
        guests[g].vcpus[v] = vcpu;
    }
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    memset(&fake_imsic, 0, sizeof(fake_imsic));
    memset(&line, 0, sizeof(line));
    memset(aplics, 0, sizeof(aplics));
    fake.config.guest_count = fake.plan.guest_count = 2U;
    fake.board.imsic.num_guest_ids = IDS;
    for (uint32_t h = 0; h < FAKE_VCPUS; h++) {
        fake.board.harts[h].imsic_index = h;
    }
    add_guest(0U);
    add_guest(1U);
    fake.plan.guests[1].lines[0] = (struct plan_line){ .board_source = BOARD_SOURCE + 1U,
                                                       .virtual_source = LINE_SOURCE - 1U };
    fake.plan.guests[1].lines[1] = (struct plan_line){ .board_source = BOARD_SOURCE,
                                                       .virtual_source = LINE_SOURCE };
    fake.plan.guests[1].line_count = 2U;
    for (uint32_t g = 0; g < 2U; g++) {
        assert_true(aplic_unit.guest_init(&guests[g], NULL));
        assert_true(doorbell_unit.guest_init(&guests[g], NULL));
    }
    return 0;
}

static const struct mmio_region *region_at(uint32_t g, uint64_t at)
{
    const struct mmio_region *region = guest_find_region(&guests[g], gpa(at));

    assert_non_null(region);
    return region;
}

static void aplic_store(uint32_t g, uint32_t offset, uint32_t value)
{
    const struct mmio_region *region = region_at(g, GUEST_APLIC_BASE);

    assert_true(region->write(&guests[g], region->tag, offset, 4U, value));
}

static uint32_t aplic_load(uint32_t g, uint32_t offset)
{
    const struct mmio_region *region = region_at(g, GUEST_APLIC_BASE);
    uint64_t value = 0;

    assert_true(region->read(&guests[g], region->tag, offset, 4U, &value));
    return (uint32_t)value;
}

/* Source to vCPU v as identity EIID. */
static void listen(uint32_t g, uint32_t source, enum aplic_source_mode mode, uint32_t v)
{
    aplic_store(g, APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE | APLIC_DOMAINCFG_DM);
    aplic_store(g, APLIC_SOURCECFG + 4U * (source - 1U), mode);
    aplic_store(g, APLIC_TARGET + 4U * (source - 1U), v << APLIC_TARGET_HART_SHIFT | EIID);
    aplic_store(g, APLIC_SETIENUM, source);
}

static void assert_sent(uint32_t g, uint32_t v)
{
    assert_int_equal(fake_imsic.count, 1);
    assert_int_equal(fake_imsic.file.v, FILE_AT(g, v));
    assert_int_equal(fake_imsic.id, EIID);
    fake_imsic.count = 0U;
}

static void assert_unlocked(void)
{
    for (uint32_t g = 0; g < 2U; g++) {
        assert_int_equal(atomic_load(&aplics[g].lock.next), atomic_load(&aplics[g].lock.serving));
    }
}

/* shows: R-ISO-94 */
static void test_a_level_reaches_the_guest_and_vcpu_that_listen(void **state)
{
    (void)state;
    for (uint32_t v = 0; v < 2U; v++) {
        for (uint32_t g = 0; g < 2U; g++) {
            (void)set_up(state);
            listen(g, 3U, APLIC_SM_LEVEL1, v);
            irq_set_level(1U - g, 3U, true);
            assert_int_equal(fake_imsic.count, 0);
            irq_set_level(g, 3U, true);
            assert_sent(g, v);
            irq_set_level(g, 3U, false);
            assert_int_equal(fake_imsic.count, 0);
            irq_set_level(g, 3U, true);
            assert_sent(g, v);
            assert_unlocked();
        }
    }
}

/* shows: R-ISO-94 */
static void test_a_pulse_is_an_edge_each_time(void **state)
{
    (void)state;
    listen(1U, 3U, APLIC_SM_EDGE1, 1U);
    irq_pulse(1U, 3U);
    assert_sent(1U, 1U);
    irq_pulse(1U, 3U);
    assert_sent(1U, 1U);
    assert_unlocked();
}

/* The board's MSI goes where the guest wants it: to the guest's file of that hart, and no other. */
/* shows: R-ISO-94 */
static void test_a_line_leads_to_the_interrupt_file_of_its_guest(void **state)
{
    (void)state;
    for (uint32_t v = 0; v < 2U; v++) {
        listen(1U, LINE_SOURCE, APLIC_SM_EDGE1, v);
        assert_int_equal(line.mode, APLIC_SM_EDGE1);
        assert_int_equal(line.hart, board_aplic_hart_index(&fake.board.imsic, 2U + v));
        assert_int_equal(line.guest_index, 1);
        assert_int_equal(line.eiid, EIID);
        assert_true(line.enabled);
    }
    assert_unlocked();
    aplic_store(1U, APLIC_SETIPNUM, LINE_SOURCE);
    assert_true(line.pending);
    assert_int_equal(aplic_load(1U, APLIC_SETIP), 1U << LINE_SOURCE);
    line.input = true;
    assert_int_equal(aplic_load(1U, APLIC_IN_CLRIP), 1U << LINE_SOURCE);
    aplic_store(1U, APLIC_CLRIPNUM, LINE_SOURCE);
    assert_false(line.pending);
    /* The other guest has no such line. */
    line.calls = 0U;
    listen(0U, LINE_SOURCE, APLIC_SM_EDGE1, 0U);
    aplic_store(0U, APLIC_SETIPNUM, LINE_SOURCE);
    assert_int_equal(line.calls, 0);
}

/* Without such a file it comes by way of the hart, which is told the line's number, and the
 * identity is the guest's affair. */
/* shows: R-ISO-94, R-IRQ-32 */
static void test_a_line_without_interrupt_files_is_sent_on(void **state)
{
    static struct vimsic files[2];
    uint64_t old = 0;

    (void)state;
    for (uint32_t v = 0; v < 2U; v++) {
        guests[1].vcpus[v]->guest_file = 0U;
        fake.plan.guests[1].vcpus[v].guest_file = 0U;
        guests[1].vcpus[v]->vimsic = &files[v];
        vimsic_init(&files[v], pa(0), IDS);
    }
    listen(1U, LINE_SOURCE, APLIC_SM_EDGE1, 1U);
    assert_int_equal(line.guest_index, 0);
    assert_int_equal(line.eiid, HYP_LINE_ID + 1U);
    assert_true(vimsic_access(&files[1], 0x70U, CSR_WRITE, 1U, &old));              /* eidelivery */
    assert_true(vimsic_access(&files[1], 0xc0U, CSR_WRITE, UINT64_MAX, &old));      /* eie0 */
    fake.plan.guests[1].lines[2].virtual_source = LINE_SOURCE;
    irq_line(&guests[1], 2U);               /* there are two */
    assert_int_equal(vimsic_topei(&files[1]), 0);
    irq_line(&guests[1], 1U);
    assert_int_equal(vimsic_topei(&files[1]) >> 16, EIID);
    assert_int_equal(vimsic_topei(&files[0]), 0);
    assert_int_equal(fake_imsic.count, 0);
    /* And the end of a life clears both. */
    aplic_unit.guest_stop(&guests[1]);
    assert_int_equal(vimsic_topei(&files[1]), 0);
    assert_int_equal(line.mode, APLIC_SM_INACTIVE);
    assert_unlocked();
}

/* shows: R-ISO-94, R-LIFE-09 */
static void test_nothing_is_left_of_a_life(void **state)
{
    (void)state;
    listen(0U, 3U, APLIC_SM_LEVEL1, 1U);
    listen(1U, 3U, APLIC_SM_LEVEL1, 1U);
    aplic_unit.guest_reset(&guests[1]);
    irq_set_level(1U, 3U, true);
    assert_int_equal(fake_imsic.count, 0);
    assert_int_equal(aplic_load(1U, APLIC_SOURCECFG + 8U), APLIC_SM_INACTIVE);
    irq_set_level(0U, 3U, true);
    assert_sent(0U, 1U);
    assert_unlocked();
}

/* shows: R-ISO-94, R-ISO-16 */
static void test_other_widths_are_refused(void **state)
{
    const struct mmio_region *region;
    uint64_t value = 0;

    (void)state;
    region = region_at(0U, GUEST_APLIC_BASE);
    for (uint32_t width = 1U; width <= 8U; width *= 2U) {
        assert_int_equal(region->write(&guests[0], region->tag, 0U, width, 0U), width == 4U);
        assert_int_equal(region->read(&guests[0], region->tag, 0U, width, &value), width == 4U);
    }
    region = region_at(0U, GUEST_DOORBELL_BASE);
    for (uint32_t width = 1U; width <= 8U; width *= 2U) {
        assert_int_equal(region->write(&guests[0], region->tag, 0U, width, 0U), width == 4U);
        assert_int_equal(region->read(&guests[0], region->tag, 0U, width, &value), width == 4U);
    }
    assert_false(region->write(&guests[0], region->tag, 4U, 4U, 0U));
    assert_false(region->read(&guests[0], region->tag, 4U, 4U, &value));
}

static void ring(uint32_t g)
{
    const struct mmio_region *region = region_at(g, GUEST_DOORBELL_BASE);

    assert_true(region->write(&guests[g], region->tag, 0U, 4U, 1U));
}

/* shows: R-ISO-94, R-SHM-02 */
static void test_a_doorbell_rings_at_the_peer_alone(void **state)
{
    (void)state;
    listen(0U, RINGS, APLIC_SM_EDGE1, 0U);
    listen(1U, RINGS, APLIC_SM_EDGE1, 1U);
    ring(0U);
    assert_sent(1U, 1U);
    ring(1U);
    assert_sent(0U, 0U);
    assert_unlocked();
}

/* A second memory that both share has a doorbell of its own; a third is the peer's with somebody
 * else. */
/* shows: R-ISO-94, R-SHM-02 */
static void test_a_doorbell_is_of_one_shared_memory(void **state)
{
    const uint64_t second = GUEST_DOORBELL_BASE + PAGE_SIZE;
    const struct mmio_region *region;

    (void)state;
    for (uint32_t g = 0; g < 2U; g++) {
        fake.plan.guests[g].shares[1] = (struct plan_share){ 3U, gpa(GUEST_SHARED_BASE + 0x10000U),
                                                             gpa(second), RINGS + 1U, 1U - g };
        fake.plan.guests[g].share_count = 2U;
        guests[g].region_count = 0U;
        assert_true(aplic_unit.guest_init(&guests[g], NULL));
        assert_true(doorbell_unit.guest_init(&guests[g], NULL));
    }
    fake.plan.guests[1].shares[2] = (struct plan_share){ 4U, gpa(0), gpa(0), RINGS + 2U, 5U };
    fake.plan.guests[1].share_count = 3U;
    listen(1U, RINGS, APLIC_SM_EDGE1, 0U);
    listen(1U, RINGS + 2U, APLIC_SM_EDGE1, 0U);
    region = region_at(0U, second);
    assert_true(region->write(&guests[0], region->tag, 0U, 4U, 1U));
    assert_int_equal(fake_imsic.count, 0);
    ring(0U);
    assert_sent(1U, 0U);
    listen(1U, RINGS + 1U, APLIC_SM_EDGE1, 1U);
    assert_true(region->write(&guests[0], region->tag, 0U, 4U, 1U));
    assert_sent(1U, 1U);
}

/* shows: R-SHM-02 */
static void test_a_memory_without_doorbell_has_none(void **state)
{
    (void)state;
    fake.plan.guests[0].shares[0].doorbell = gpa(0);
    guests[0].region_count = 0U;
    assert_true(doorbell_unit.guest_init(&guests[0], NULL));
    assert_int_equal(guests[0].region_count, 0);
    /* And one that there is no room for stops the boot. */
    guests[1].region_count = GUEST_MAX_REGIONS;
    assert_false(doorbell_unit.guest_init(&guests[1], NULL));
    assert_false(aplic_unit.guest_init(&guests[1], NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_level_reaches_the_guest_and_vcpu_that_listen, set_up),
        cmocka_unit_test_setup(test_a_pulse_is_an_edge_each_time, set_up),
        cmocka_unit_test_setup(test_a_line_leads_to_the_interrupt_file_of_its_guest, set_up),
        cmocka_unit_test_setup(test_a_line_without_interrupt_files_is_sent_on, set_up),
        cmocka_unit_test_setup(test_nothing_is_left_of_a_life, set_up),
        cmocka_unit_test_setup(test_other_widths_are_refused, set_up),
        cmocka_unit_test_setup(test_a_doorbell_rings_at_the_peer_alone, set_up),
        cmocka_unit_test_setup(test_a_doorbell_is_of_one_shared_memory, set_up),
        cmocka_unit_test_setup(test_a_memory_without_doorbell_has_none, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
