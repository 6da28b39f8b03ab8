/* SPDX-License-Identifier: Apache-2.0 */
/* The world itself: that a board boots in it, that devices reach what they may and no more, and
 * that what property tests are made for happens in it. The checks of the invariants are others'
 * (checks.h): here they only count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/state.h"
#include "tests/world/checks.h"
#include "tests/world/inside.h"

/* ---- instead of checks*.c -------------------------------------------------------------------- */

static struct {
    unsigned begun, before, after, reached, registers, changed, flushed, stopped, started;
    unsigned data;               /* touches of devices at their data, and the last one */
    struct model_touch touch;
    uint64_t trace;              /* of all that happens */
} saw;

static void trace(uint64_t value)
{
    saw.trace = (saw.trace ^ value) * UINT64_C(0x100000001b3);
}

void checks_begin(void)
{
    saw.begun++;
}

void checks_end(void)
{
}

void checks_before(const struct world_op *op)
{
    (void)op;
    saw.before++;
}

void checks_after(const struct world_op *op)
{
    (void)op;
    saw.after++;
}

void checks_touch(uint32_t iommu, const struct model_touch *touch)
{
    trace(touch->address ^ iommu ^ (uint64_t)touch->purpose << 56);
    if (touch->purpose == TOUCH_DATA) {
        saw.data++;
        saw.touch = *touch;
    }
}

void checks_hypervisor_reaches(uint64_t address, uint64_t size)
{
    trace(address ^ size << 48);
    saw.reached++;
}

void checks_register(uint32_t iommu, bool write, uint32_t offset, unsigned width, uint64_t value)
{
    trace(value ^ (uint64_t)offset << 40 ^ (uint64_t)write << 60 ^ iommu ^ width);
    saw.registers++;
}

void checks_ram_changed(uint64_t address, uint64_t size)
{
    trace(address);
    (void)size;
    saw.changed++;
}

void checks_flushed(uint32_t viommu)
{
    (void)viommu;
    saw.flushed++;
}

void checks_stopped(uint32_t guest)
{
    (void)guest;
    saw.stopped++;
}

void checks_started(uint32_t guest)
{
    (void)guest;
    saw.started++;
}

/* ---- finding a world that has something ------------------------------------------------------ */

#define SEEDS 400U

static uint64_t chance;
static uint64_t below(uint64_t limit)
{
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return (chance * UINT64_C(0x2545f4914f6cdd1d) >> 16) % limit;
}

/* Opens the next world with a device that has it, and returns which; -1: there is none more. */
static int open_with(uint64_t *seed, bool (*has)(const struct world_device *device))
{
    for (; *seed < SEEDS; (*seed)++) {
        world_open(*seed);
        for (uint32_t i = 0; i < world.device_count; i++) {
            if (has(&world.devices[i])) {
                (*seed)++;
                return (int)i;
            }
        }
        world_close();
    }
    return -1;
}

static const struct config_device *entry_of(const struct world_device *device)
{
    return &world.config.devices[device->device];
}

static bool is_free(const struct world_device *device)
{
    return device->viommu == PLAN_NO_VIOMMU && !entry_of(device)->dma_blocked;
}

static bool is_blocked(const struct world_device *device)
{
    return entry_of(device)->dma_blocked;
}

static bool is_translated(const struct world_device *device)
{
    return device->viommu != PLAN_NO_VIOMMU &&
           (world.model_config[device->iommu].capabilities & CAP_SV39) != 0U;
}

/* Operations as ops.c reads them: a write of 8 bytes, without a process id. */
static struct world_op write_to(uint32_t device, uint64_t iova)
{
    return (struct world_op){ .kind = WORLD_DMA, .who = (uint8_t)device,
                              .where = 7U << 6 | 1U << 12, .value = iova };
}

static struct world_op simply(enum world_kind kind, uint32_t who)
{
    return (struct world_op){ .kind = (uint8_t)kind, .who = (uint8_t)who };
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* shows: R-ISO-31 */
static void test_world_boards_boot_of_all_shapes(void **state)
{
    uint32_t two = 0, files = 0, viommus = 0, none = 0, flat = 0, wired = 0, noncoherent = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        world_open(seed);
        two += world.board.iommu_count == 2U;
        files += world.plan.guests[0].vcpus[0].guest_file != 0U;
        viommus += world.config.viommu_count > 1U;
        none += world.config.viommu_count == 0U;
        flat += (world.model_config[0].capabilities & CAP_MSI_FLAT) != 0U;
        for (uint32_t i = 0; i < world.board.iommu_count; i++) {
            wired += dma_iommus[i].used && dma_iommus[i].iommu.setup.interrupt.kind == IOMMU_WIRED;
            noncoherent += dma_iommus[i].used && !world.board.iommu[i].coherent;
        }
        for (uint32_t g = 0; g < world.plan.guest_count; g++) {
            assert_int_equal(atomic_load(&guests[g].state), GUEST_RUNNING);
            assert_true(harts_vcpu_runs(&guests[g], guests[g].vcpu_count - 1U));
        }
        world_close();
    }
    /* Each of them often, and not always. */
    assert_in_range(two, SEEDS / 10U, SEEDS - SEEDS / 10U);
    assert_in_range(files, SEEDS / 10U, SEEDS - SEEDS / 10U);
    assert_in_range(viommus, SEEDS / 10U, SEEDS - SEEDS / 10U);
    assert_in_range(none, SEEDS / 20U, SEEDS);
    assert_in_range(flat, SEEDS / 10U, SEEDS - SEEDS / 10U);
    assert_in_range(wired, SEEDS / 10U, 2U * SEEDS);
    assert_in_range(noncoherent, SEEDS / 10U, 2U * SEEDS);
}

/* shows: R-ISO-32 */
static void test_world_dma_lands_in_the_guests_memory_alone(void **state)
{
    uint64_t seed = 0;
    unsigned found = 0;

    (void)state;
    for (int d = open_with(&seed, is_free); d >= 0; d = open_with(&seed, is_free), found++) {
        const struct plan_guest *part = &world.plan.guests[world.devices[d].guest];
        const uint64_t offset = 0x12340U % part->ram.size, iova = part->ram_base.v + offset;
        const struct world_op in = write_to((uint32_t)d, iova);
        const struct world_op out = write_to((uint32_t)d, part->ram_base.v + part->ram.size);
        uint64_t word;

        world.others = 0U;
        world_do(&in);
        assert_int_equal(saw.touch.address, part->ram.base.v + offset);
        memcpy(&word, world_memory(part->ram.base.v + offset, sizeof(word)), sizeof(word));
        assert_int_equal(word, iova);
        const unsigned before = saw.data;
        world_do(&out);
        assert_int_equal(saw.data, before);
        world_close();
    }
    assert_true(found > SEEDS / 10U);
}

/* shows: R-ISO-32 */
static void test_world_a_blocked_device_reaches_nothing(void **state)
{
    uint64_t seed = 0;
    unsigned found = 0;

    (void)state;
    for (int d = open_with(&seed, is_blocked); d >= 0; d = open_with(&seed, is_blocked), found++) {
        const struct plan_guest *part = &world.plan.guests[world.devices[d].guest];
        const struct world_op in = write_to((uint32_t)d, part->ram_base.v);
        const unsigned before = saw.data;
        const uint64_t blocked = world_seen[SEEN_BLOCKED];

        world.others = 0U;
        world_do(&in);
        assert_int_equal(saw.data, before);
        assert_int_equal(world_seen[SEEN_BLOCKED], blocked + 1U);
        world_close();
    }
    assert_true(found > SEEDS / 20U);
}

/* A driver that maps one page, by operations of the world's own. */
static void let_in(struct driver *d, uint32_t n, uint64_t target)
{
    const uint64_t words[4] = { TC_V, 0U, 0U, driver_fsc(d, 0U) };

    driver_commands_on(d);
    driver_faults_on(d);
    driver_map(d, 0U, 0U, target, PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D, false);
    driver_put_context(d, world.plan.viommus[d->viommu].ids[n].virtual_id, words);
    driver_directory_on(d);
    driver_flush(d);
    /* Records of before. */
    harts_settle(64U);
    driver_faults_on(d);
}

/* shows: R-ISO-33 */
static void test_world_a_guest_maps_and_unmaps(void **state)
{
    uint64_t seed = 0;
    unsigned found = 0;

    (void)state;
    for (int i = open_with(&seed, is_translated); i >= 0;
         i = open_with(&seed, is_translated), found++) {
        const struct world_device *device = &world.devices[i];
        const struct plan_guest *part = &world.plan.guests[device->guest];
        struct driver *d = driver_of(device->viommu);
        const uint64_t target = driver_page(d, AREA_DATA);
        const struct world_op op = write_to((uint32_t)i, driver_slot(0U) + 8U);

        world.others = 0U;
        d->fault_log2 = 7U;
        const unsigned flushed = saw.flushed;
        let_in(d, device->n, target);
        assert_int_equal(saw.flushed, flushed + 1U);
        world_do(&op);
        assert_int_equal(saw.touch.address, target - part->ram_base.v + part->ram.base.v + 8U);
        driver_unmap(d, 0U, 0U);
        driver_flush(d);
        const unsigned before = saw.data;
        const uint64_t records = driver_read(d, REG_FQT, 4U);
        const struct world_op events = simply(WORLD_EVENTS, 0U);
        world_do(&op);
        world_do(&events);
        world_do(&events);
        assert_int_equal(saw.data, before);
        /* The guest was told, unless that is the end of it. */
        if (entry_of(device)->dma_fault == CONFIG_DMA_FAULT_LOG) {
            uint64_t record = 0U;
            assert_true(memory_load(d->guest, driver_page(d, AREA_FAULTS) + FAULT_BYTES * records,
                                    &record));
            assert_int_equal(record & 0xfffU, CAUSE_WRITE_PAGE);
            assert_int_equal(record >> 40,
                             world.plan.viommus[d->viommu].ids[device->n].virtual_id);
        }
        world_close();
    }
    assert_true(found > SEEDS / 4U);
}

static uint64_t play(uint64_t seed, unsigned steps)
{
    chance = seed + 1U;
    saw.trace = 0U;
    world_open(seed);
    for (unsigned i = 0; i < steps; i++) {
        const struct world_op op = world_next(below);
        world_do(&op);
    }
    world_close();
    return saw.trace;
}

/* shows: R-ISO-34 */
static void test_world_the_same_case_is_the_same(void **state)
{
    uint64_t first[8];

    (void)state;
    for (uint64_t seed = 0; seed < 8U; seed++) {
        first[seed] = play(seed, 500U);
    }
    for (uint64_t seed = 8U; seed-- > 0U;) {
        assert_int_equal(play(seed, 500U), first[seed]);
        assert_int_not_equal(first[seed], first[(seed + 1U) % 8U]);
    }
}

/* shows: R-ISO-35 */
static void test_world_random_operations_reach_everything(void **state)
{
    static const unsigned least[WORLD_SIGHTS] = {
        [SEEN_NESTED] = 100U, [SEEN_PASSED] = 1000U, [SEEN_REFUSED] = 1000U,
        [SEEN_BLOCKED] = 1000U, [SEEN_PROCESS] = 20U, [SEEN_DATA] = 1000U, [SEEN_MSI] = 50U,
        [SEEN_FAULT] = 1000U, [SEEN_COMMAND] = 1000U, [SEEN_FENCE] = 500U, [SEEN_STOP] = 100U,
        [SEEN_RESTART] = 100U, [SEEN_STALE] = 1U, [SEEN_DEAD] = 1U,
    };

    (void)state;
    memset(world_seen, 0, sizeof(world_seen));
    memset(&saw, 0, sizeof(saw));
    for (uint64_t seed = 1000U; seed < 1060U; seed++) {
        (void)play(seed, 3000U);
    }
    for (uint32_t i = 0; i < WORLD_SIGHTS; i++) {
        if (world_seen[i] < least[i]) {
            fail_msg("sight %u: %llu times", i, (unsigned long long)world_seen[i]);
        }
    }
    assert_int_equal(saw.begun, 60U);
    assert_int_equal(saw.before, saw.after);
    assert_int_equal(saw.stopped, world_seen[SEEN_STOP]);
    assert_true(saw.started >= 60U + world_seen[SEEN_RESTART]);
    assert_true(saw.flushed > 500U && saw.reached != 0U && saw.registers != 0U &&
                saw.changed != 0U);
}

/* A test that failed leaves its world open. */
static int end(void **state)
{
    (void)state;
    if (world.open) {
        world_close();
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_world_boards_boot_of_all_shapes, end),
        cmocka_unit_test_teardown(test_world_dma_lands_in_the_guests_memory_alone, end),
        cmocka_unit_test_teardown(test_world_a_blocked_device_reaches_nothing, end),
        cmocka_unit_test_teardown(test_world_a_guest_maps_and_unmaps, end),
        cmocka_unit_test_teardown(test_world_the_same_case_is_the_same, end),
        cmocka_unit_test_teardown(test_world_random_operations_reach_everything, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
