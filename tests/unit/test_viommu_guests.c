/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/viommu with the vIOMMU itself, for two guests with one each: that a guest's memory, registers
 * and devices are what its vIOMMU works on, from the begin of a life to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/viommu/viommu_unit.c"
#include "hyp/irq/irq.h"
#include "iommu/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

#define GUESTS     2U
#define DEVICES    3U                 /* of each */
#define POOL_PA    (FAKE_PHYS_BASE + UINT64_C(0x100000))
#define POOL_SIZE  UINT64_C(0x100000)
#define QUEUE_GPA  (GUEST_RAM_BASE + PAGE_SIZE)
#define RECORD_WORDS 4U
#define CAUSE      13U
#define IOVA       UINT64_C(0x5000)

/* ---- hyp/dma: what it was told, and the records that wait ---------------------------------- */

static struct {
    uint32_t viommu, n;
    enum viommu_reach reach;
} changes[16];
static uint32_t change_count;
static uint32_t waiting[GUESTS];      /* records of device 1 of each vIOMMU */
static bool lost[GUESTS];

struct iommu_caps dma_viommu_caps(uint32_t viommu)
{
    (void)viommu;
    return (struct iommu_caps){ .major = 1U, .sv39 = true };
}

bool dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context)
{
    const struct lock *lock = &runs[viommu].lock;

    assert_int_not_equal(atomic_load(&lock->next), atomic_load(&lock->serving));
    assert_true(change_count < sizeof(changes) / sizeof(changes[0]));
    changes[change_count].viommu = viommu;
    changes[change_count].n = n;
    changes[change_count].reach = context->reach;
    change_count++;
    return true;
}

bool dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                       bool finish)
{
    (void)viommu;
    (void)forgets;
    (void)count;
    (void)finish;
    return true;
}

uint32_t dma_viommu_take(uint32_t viommu, struct dma_record *out, uint32_t max, bool *is_lost)
{
    uint32_t taken = 0U;

    for (; taken < max && waiting[viommu] != 0U; taken++, waiting[viommu]--) {
        out[taken] = (struct dma_record){
            1U, { .cause = CAUSE, .device_id = 0xbad, .ttyp = 2U, .iotval = IOVA } };
    }
    *is_lost = lost[viommu];
    lost[viommu] = false;
    return taken;
}

void irq_set_level(uint32_t guest, uint32_t source, bool level)
{
    (void)source;
    (void)level;
    assert_in_range(guest, 0, GUESTS - 1U);
}

void irq_send_msi(const struct vcpu *vcpu, uint32_t id)
{
    (void)vcpu;
    (void)id;
    fail_msg("no message was asked for");
}

/* ---- two guests ---------------------------------------------------------------------------- */

static struct pages pages;

static void add_guest(uint32_t g)
{
    struct plan_guest *part = &fake.plan.guests[g];

    fake.config.guests[g].viommu_count = 1U;
    part->config = &fake.config.guests[g];
    part->ram_base = gpa(GUEST_RAM_BASE);
    part->ram = (struct pa_range){ pa(FAKE_PHYS_BASE + g * FAKE_RAM_SIZE), FAKE_RAM_SIZE };
    part->viommus = &fake.plan.viommus[g];
    fake.plan.viommus[g] = (struct plan_viommu){
        .config = &fake.config.viommus[g], .guest = g, .regs = gpa(GUEST_VIOMMU_BASE),
        .ids = &fake.plan.viommu_ids[g * DEVICES], .id_count = DEVICES };
    for (uint32_t n = 0; n < DEVICES; n++) {
        fake.plan.viommu_ids[g * DEVICES + n].virtual_id = 8U * (n + 1U);
    }
    memset(&guests[g], 0, sizeof(guests[g]));
    guests[g].plan = &fake.plan;
    guests[g].part = part;
    guests[g].index = g;
    guests[g].vcpu_count = 1U;
    guests[g].vcpus[0] = &fake.vcpus[g];
    assert_int_equal(gstage_create(&guests[g].gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    assert_true(viommu_unit.guest_init(&guests[g], &pages));
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    memset(runs, 0, sizeof(runs));
    memset(waiting, 0, sizeof(waiting));
    memset(lost, 0, sizeof(lost));
    change_count = 0U;
    fake.config.guest_count = fake.plan.guest_count = GUESTS;
    fake.config.viommu_count = GUESTS;
    pages_open(&pages, (struct pa_range){ pa(POOL_PA), POOL_SIZE });
    for (uint32_t g = 0; g < GUESTS; g++) {
        add_guest(g);
    }
    return 0;
}

/* The register as the guest loads it, from the page that its G-stage has there. */
static uint64_t load(uint32_t g, uint32_t offset)
{
    uint32_t rights = 0U;
    pa_t at;

    assert_true(gstage_translate(&guests[g].gstage, gpa(GUEST_VIOMMU_BASE + offset), &at, &rights));
    assert_int_equal(rights, GSTAGE_R);
    return *(const uint64_t *)phys_pointer(at, sizeof(uint64_t));
}

static uint32_t load32(uint32_t g, uint32_t offset)
{
    return (uint32_t)(load(g, offset & ~7U) >> (offset % 8U * 8U));
}

static void store(uint32_t g, uint32_t offset, uint32_t width, uint64_t value)
{
    const struct mmio_region *region =
        guest_find_region(&guests[g], gpa(GUEST_VIOMMU_BASE + offset));

    assert_non_null(region);
    assert_true(region->write(&guests[g], region->tag, offset, width, value));
}

/* A fault queue of eight records. */
static void listen(uint32_t g)
{
    store(g, IOMMU_FQB, 8U, QUEUE_GPA >> 12 << 10 | 2U);
    store(g, IOMMU_FQCSR, 4U, IOMMU_QCSR_EN);
}

static const uint64_t *record(uint32_t g, uint32_t n)
{
    return guest_ram(&guests[g], gpa(QUEUE_GPA + n * RECORD_WORDS * sizeof(uint64_t)),
                     RECORD_WORDS * sizeof(uint64_t));
}

/* shows: R-ISO-95 */
static void test_all_devices_are_let_in_by_their_own_vIOMMU(void **state)
{
    (void)state;
    fake.config.viommus[1].dma_blocked = true;
    for (uint32_t g = 0; g < GUESTS; g++) {
        change_count = 0U;
        viommu_unit.guest_reset(&guests[g]);
        assert_int_equal(change_count, DEVICES);
        for (uint32_t n = 0; n < DEVICES; n++) {
            assert_int_equal(changes[n].viommu, g);
            assert_int_equal(changes[n].n, n);
            assert_int_equal(changes[n].reach, g == 0U ? VIOMMU_PASSED : VIOMMU_REFUSED);
        }
    }
}

/* shows: R-ISO-95 */
static void test_records_are_in_the_memory_of_their_guest_when_registers_say_so(void **state)
{
    uint64_t before[RECORD_WORDS];

    (void)state;
    for (uint32_t g = 0; g < GUESTS; g++) {
        viommu_unit.guest_reset(&guests[g]);
        listen(g);
    }
    for (uint32_t g = 0; g < GUESTS; g++) {
        memcpy(before, record(1U - g, 0U), sizeof(before));
        waiting[g] = 2U;
        viommu_go_on(&guests[g]);
        assert_int_equal(load32(g, IOMMU_FQT), 2);
        for (uint32_t n = 0; n < 2U; n++) {
            assert_int_equal(record(g, n)[0] & 0xfffU, CAUSE);
            assert_int_equal(record(g, n)[0] >> 40, 16);   /* the second device, as it calls it */
            assert_int_equal(record(g, n)[2], IOVA);
        }
        assert_memory_equal(record(1U - g, 0U), before, sizeof(before));
        assert_int_equal(load32(1U - g, IOMMU_FQT), g == 0U ? 0U : 2U);
    }
}

/* shows: R-ISO-95 */
static void test_records_that_are_lost_are_told_of(void **state)
{
    (void)state;
    for (uint32_t g = 0; g < GUESTS; g++) {
        viommu_unit.guest_reset(&guests[g]);
        listen(g);
    }
    lost[1] = true;
    viommu_go_on(&guests[0]);
    viommu_go_on(&guests[1]);
    assert_int_equal(load32(0U, IOMMU_FQCSR) & IOMMU_FQCSR_FQOF, 0);
    assert_int_equal(load32(1U, IOMMU_FQCSR) & IOMMU_FQCSR_FQOF, IOMMU_FQCSR_FQOF);
}

/* shows: R-ISO-95 */
static void test_a_queue_outside_the_guests_memory_is_none(void **state)
{
    (void)state;
    viommu_unit.guest_reset(&guests[0]);
    store(0U, IOMMU_FQB, 8U, (GUEST_RAM_BASE + FAKE_RAM_SIZE) >> 12 << 10 | 2U);
    store(0U, IOMMU_FQCSR, 4U, IOMMU_QCSR_EN);
    waiting[0] = 1U;
    viommu_go_on(&guests[0]);
    assert_int_equal(load32(0U, IOMMU_FQT), 0);
    assert_int_equal(load32(0U, IOMMU_FQCSR) & IOMMU_FQCSR_FQMF, IOMMU_FQCSR_FQMF);
}

/* shows: R-ISO-95, R-LIFE-26 */
static void test_nothing_of_a_life_is_left_in_the_next(void **state)
{
    uint64_t first[VIOMMU_WORDS];

    (void)state;
    viommu_unit.guest_reset(&guests[0]);
    for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
        first[n] = load(0U, n * 8U);
    }
    listen(0U);
    store(0U, IOMMU_DDTP, 8U, IOMMU_DDTP_OFF);
    waiting[0] = 1U;
    viommu_go_on(&guests[0]);
    viommu_unit.guest_stop(&guests[0]);
    /* Between two lives nothing is done and nothing shown. */
    const uint32_t done = change_count;
    store(0U, IOMMU_DDTP, 8U, IOMMU_DDTP_BARE);
    waiting[0] = 1U;
    viommu_go_on(&guests[0]);
    assert_int_equal(change_count, done);
    assert_int_equal(load32(0U, IOMMU_FQT), 1);
    change_count = 0U;
    viommu_unit.guest_reset(&guests[0]);
    for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
        assert_int_equal(load(0U, n * 8U), first[n]);
    }
    assert_int_equal(change_count, DEVICES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_devices_are_let_in_by_their_own_vIOMMU, set_up),
        cmocka_unit_test_setup(
            test_records_are_in_the_memory_of_their_guest_when_registers_say_so, set_up),
        cmocka_unit_test_setup(test_records_that_are_lost_are_told_of, set_up),
        cmocka_unit_test_setup(test_a_queue_outside_the_guests_memory_is_none, set_up),
        cmocka_unit_test_setup(test_nothing_of_a_life_is_left_in_the_next, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
