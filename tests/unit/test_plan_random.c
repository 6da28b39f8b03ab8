/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant I13 on random boards and configurations: if there is a plan, what it gives out lies in
 * free memory and is given to nobody else. The seed is fixed, so a failure can be repeated.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_configs.h"
#include "tests/unit/fake_tree.h"
#include "tests/unit/plan_checks.h"

#define ROUNDS 4000U

static struct plan first;

static bool build(void)
{
    struct told told;

    told_init(&told);
    const bool good = plan_build(&board, NULL, &config, NULL, used, 3, &plan, &told.diag);
    assert_int_equal(good, told.diag.errors == 0U);
    return good;
}

/* shows: R-MEM-01, R-MEM-02, R-MEM-06 */
static void test_random_plans_are_disjoint(void **state)
{
    struct dice dice = { UINT64_C(0xb01d4ead) };
    uint32_t plans = 0;

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fake_random_board(&board, &dice);
        fake_random_config(&config, &board, &dice);
        for (uint32_t i = 0; i < 3U; i++) {
            used[i] = (struct pa_range){ pa(dice_below(&dice, UINT64_C(1) << 33)),
                                         dice_below(&dice, UINT64_C(1) << 26) };
        }
        if (!build()) {
            continue;
        }
        plans++;
        check_memory();
        check_devices();
        for (uint32_t g = 0; g < plan.guest_count; g++) {
            check_guest_map(&plan.guests[g]);
        }
        /* The same input gives the same plan, whatever was in its place: byte for byte, because a
         * plan points into itself and into its input only. What lies between members is nobody's:
         * compilers differ in what they copy there. */
        memcpy(&first, &plan, sizeof(first));
        memset(&plan, 0xa5, sizeof(plan));
        assert_true(build());
        __builtin_clear_padding(&first);
        __builtin_clear_padding(&plan);
        assert_memory_equal(&plan, &first, sizeof(plan));
    }
    /* Enough of both kinds, or the rounds show nothing. */
    assert_in_range(plans, ROUNDS / 10U, ROUNDS - ROUNDS / 10U);
}

/* ---- vIOMMUs --------------------------------------------------------------------------------- */

#define VIOMMU_GUESTS  3U
#define GUEST_DEVICES  40U   /* of a guest at most */
#define VFS            60U   /* virtual functions of 00:00.0, from requester id 1 on */
#define SECOND_RID     0x20U /* requester ids from here on are behind the second IOMMU */
#define OLD_FUNCTIONS  12U   /* behind bridges to conventional PCI, whose ids they carry */
#define OLD_RID        0x200U

static struct pci pci;

static void make_functions(struct dice *dice)
{
    struct board_pci_host *host = &board.pci[0];

    fake_board(&board);
    board.iommu[1] = board.iommu[0];
    board.iommu_count = 2;
    host->map_count = 2; /* the IOMMUs' ids look alike */
    host->maps[0] = (struct board_id_map){ 0, SECOND_RID, 0, (uint32_t)dice_below(dice, 40) };
    host->maps[1] = (struct board_id_map){ SECOND_RID, 0x1000, 1, (uint32_t)dice_below(dice, 40) };
    memset(&pci, 0, sizeof(pci));
    pci.functions[0] = (struct pci_function){ .parent = PCI_ROOT, .kind = PCI_INTEGRATED,
                                              .sriov_offset = 0x160, .vf_count = VFS,
                                              .vf_first = 1, .vf_stride = 1 };
    for (uint32_t i = 1; i <= OLD_FUNCTIONS; i++) {
        const uint16_t rid = (uint16_t)(OLD_RID + i);
        pci.functions[i] = (struct pci_function){
            .parent = PCI_ROOT, .rid = rid,
            .alias = dice_below(dice, 3) == 0U ? rid : (uint16_t)(OLD_RID + i % 2U),
            .kind = PCI_CONVENTIONAL };
    }
    pci.count = 1U + OLD_FUNCTIONS;
}

/* Guest g has the functions whose number leaves g, so none is given twice. */
static void give_functions(uint32_t g, struct dice *dice)
{
    struct config_guest *guest = &config.guests[g];
    const uint32_t viommus = (uint32_t)dice_below(dice, CONFIG_GUEST_MAX_VIOMMUS + 1U);

    for (uint32_t i = 0; i < viommus; i++) {
        (void)fake_give_viommu(&config, g);
    }
    for (uint32_t i = g; i < VFS + OLD_FUNCTIONS; i += VIOMMU_GUESTS) {
        const bool is_old = i >= VFS;
        if (dice_below(dice, 3) == 0U || (is_old && dice_below(dice, 2) == 0U)) {
            continue;
        }
        struct config_device *device = fake_give_function(
            &config, g, is_old ? pci.functions[i - VFS + 1U].rid : 0U, is_old ? -1 : (int)i);
        device->isolated = true;
        /* Those of odd number for one IOMMU, the others for the other, but for a few mistakes. */
        const uint32_t second = is_old || i + 1U >= SECOND_RID ? 1U : 0U;
        uint32_t viommu = 2U * (uint32_t)dice_below(dice, 3) + second;
        viommu = dice_below(dice, 400) == 0U ? (uint32_t)dice_below(dice, 4) : viommu;
        viommu = is_old && dice_below(dice, 8) != 0U ? 1U : viommu;
        device->viommu = viommu < guest->viommu_count ? viommu : CONFIG_NO_VIOMMU;
    }
}

/* Where the vIOMMU has this physical id; it has it once. */
static const struct plan_viommu_id *find_id(const struct plan_viommu *viommu, uint32_t physical_id)
{
    const struct plan_viommu_id *found = NULL;

    for (uint32_t i = 0; i < viommu->id_count; i++) {
        if (viommu->ids[i].physical_id == physical_id) {
            assert_null(found);
            found = &viommu->ids[i];
        }
    }
    return found;
}

/* One virtual id for each physical one and the other way round, and each is a device's. */
static void check_ids(const struct plan_viommu *viommu)
{
    for (uint32_t i = 0; i < viommu->id_count; i++) {
        const struct plan_viommu_id *id = &viommu->ids[i];
        const struct plan_dma *dma = &plan.devices[id->device].dma;
        assert_ptr_equal(find_id(viommu, id->physical_id), id);
        for (uint32_t k = 0; k < i; k++) {
            assert_int_not_equal(viommu->ids[k].virtual_id, id->virtual_id);
        }
        assert_ptr_equal(&plan.viommus[dma->viommu], viommu);
        assert_int_equal(dma->ids[0], id->physical_id);
        assert_int_equal(dma->virtual_ids[0], id->virtual_id);
    }
}

static void check_behind(const struct plan_guest *guest, uint32_t i)
{
    const struct plan_dma *dma = &guest->devices[i].dma;
    const uint32_t named = guest->config->devices[i].viommu;

    if (named != CONFIG_NO_VIOMMU) {
        const struct plan_viommu *viommu = &plan.viommus[dma->viommu];
        assert_ptr_equal(viommu, &guest->viommus[named]);
        assert_int_equal(viommu->iommu, dma->iommu);
        const struct plan_viommu_id *id = find_id(viommu, dma->ids[0]);
        assert_non_null(id);
        assert_int_equal(id->virtual_id, dma->virtual_ids[0]);
    } else {
        assert_int_equal(dma->viommu, PLAN_NO_VIOMMU);
    }
    /* Nobody else's vIOMMU has power over it. */
    for (uint32_t v = 0; v < config.viommu_count; v++) {
        assert_true(v == dma->viommu || plan.viommus[v].iommu != dma->iommu ||
                    find_id(&plan.viommus[v], dma->ids[0]) == NULL);
    }
}

static void check_sources(const struct plan_guest *guest)
{
    bool taken[GUEST_SOURCES + 1U] = { [GUEST_SOURCE_UART] = true };

    for (uint32_t i = 0; i < guest->share_count + 2U * guest->config->viommu_count; i++) {
        const uint32_t wire = i < guest->share_count ? 0U : i - guest->share_count;
        const uint32_t source = i < guest->share_count
                                    ? guest->shares[i].source
                                    : guest->viommus[wire / 2U].sources[wire % 2U];
        if (i >= guest->share_count || source != 0U) {
            assert_in_range(source, GUEST_SOURCE_FIRST, GUEST_SOURCES);
            assert_false(taken[source]);
            taken[source] = true;
        }
    }
    for (uint32_t i = 0; i < guest->line_count; i++) {
        assert_in_range(guest->lines[i].virtual_source, GUEST_SOURCE_FIRST, GUEST_SOURCES);
        assert_false(taken[guest->lines[i].virtual_source]);
        taken[guest->lines[i].virtual_source] = true;
    }
}

/* shows: R-CFG-82, R-CFG-83, R-CFG-84, R-CFG-85 */
static void test_random_viommus(void **state)
{
    struct dice dice = { UINT64_C(0x10330) };
    uint32_t plans = 0, ids = 0;
    struct told told;

    (void)state;
    for (uint32_t round = 0; round < ROUNDS / 8U; round++) {
        make_functions(&dice);
        fake_config(&config, &board, VIOMMU_GUESTS);
        for (uint32_t i = 0; i < 4U; i++) {
            config.shared[i] = (struct config_shared){
                .size = PAGE_SIZE, .guests = { i % VIOMMU_GUESTS, (i + 1U) % VIOMMU_GUESTS },
                .guest_count = 2, .doorbell = dice_below(&dice, 2) == 0U };
        }
        config.shared_count = 4;
        for (uint32_t g = 0; g < VIOMMU_GUESTS; g++) {
            config.guests[g].devices = &config.devices[g * GUEST_DEVICES];
            give_functions(g, &dice);
        }
        told_init(&told);
        if (!plan_build(&board, &pci, &config, NULL, NULL, 0, &plan, &told.diag)) {
            continue;
        }
        plans++;
        const struct plan_viommu_id *next = plan.viommu_ids;
        for (uint32_t v = 0; v < config.viommu_count; v++) {
            assert_true(plan.viommus[v].ids == next);
            next = &next[plan.viommus[v].id_count];
            check_ids(&plan.viommus[v]);
            ids += plan.viommus[v].id_count;
        }
        assert_true(next <= &plan.viommu_ids[PLAN_MAX_VIOMMU_IDS]);
        for (uint32_t g = 0; g < VIOMMU_GUESTS; g++) {
            check_sources(&plan.guests[g]);
            for (uint32_t i = 0; i < config.guests[g].device_count; i++) {
                check_behind(&plan.guests[g], i);
            }
        }
    }
    assert_in_range(plans, ROUNDS / 80U, ROUNDS / 8U - ROUNDS / 80U);
    assert_true(ids > 4U * plans);
}

/* ---- the list of free ranges against a bitmap of pages --------------------------------------- */

#define MODEL_PAGES 256U

static void compare(const struct space *space, const bool free_pages[MODEL_PAGES])
{
    uint64_t listed = 0, expected = 0;

    for (uint32_t i = 0; i < space->count; i++) {
        const struct pa_range range = space->ranges[i];
        assert_true(range.size != 0U);
        if (i > 0U) {
            const struct pa_range before = space->ranges[i - 1U];
            assert_true(before.base.v + before.size <= range.base.v);
        }
        for (uint64_t at = range.base.v; at < range.base.v + range.size; at += PAGE_SIZE) {
            assert_true(free_pages[at / PAGE_SIZE]);
        }
        listed += range.size;
    }
    for (uint32_t i = 0; i < MODEL_PAGES; i++) {
        expected += free_pages[i] ? PAGE_SIZE : 0U;
    }
    assert_int_equal(listed, expected);
    assert_int_equal(space_total(space), expected);
}

/* shows: R-MEM-01 */
static void test_space_against_a_bitmap(void **state)
{
    struct dice dice = { 42 };

    (void)state;
    for (uint32_t round = 0; round < 500U; round++) {
        const struct pa_range all = { pa(0), MODEL_PAGES * PAGE_SIZE };
        bool free_pages[MODEL_PAGES];
        struct space space;

        memset(free_pages, true, sizeof(free_pages));
        space_open(&space, &all, 1);
        for (uint32_t step = 0; step < 20U; step++) {
            const uint64_t base = dice_below(&dice, all.size);
            struct pa_range range = { pa(base), dice_below(&dice, 6U * PAGE_SIZE) };
            if (dice_below(&dice, 2) == 0U) {
                const uint64_t align = PAGE_SIZE << dice_below(&dice, 5);
                const uint64_t like = align_down(base, PAGE_SIZE);
                range.size = align_up(range.size + 1U, PAGE_SIZE);
                if (!space_take(&space, range.size, like, align, &range.base)) {
                    continue;
                }
                assert_int_equal((range.base.v - like) % align, 0);
                for (uint64_t at = 0; at < range.size; at += PAGE_SIZE) {
                    assert_true(free_pages[(range.base.v + at) / PAGE_SIZE]);
                }
            } else {
                space_remove(&space, range);
            }
            for (uint64_t i = 0; i < MODEL_PAGES; i++) {
                free_pages[i] = free_pages[i] && !span_overlaps(i * PAGE_SIZE, PAGE_SIZE,
                                                                range.base.v, range.size);
            }
            compare(&space, free_pages);
        }
    }
}

/* shows: R-MEM-01 */
static void test_space_keeps_whole_pages_only(void **state)
{
    static const struct pa_range odd[] = {
        { { 0x1001 }, 0x2000 }, { { 0x8000 }, 0xfff }, { { 0xa000 }, 0x1800 },
    };
    struct space space;

    (void)state;
    space_open(&space, odd, 3);
    assert_int_equal(space.count, 2);
    assert_int_equal(space.ranges[0].base.v, 0x2000);
    assert_int_equal(space.ranges[0].size, 0x1000);
    assert_int_equal(space.ranges[1].base.v, 0xa000);
    assert_int_equal(space_largest(&space).size, 0x1000);
    space_remove(&space, (struct pa_range){ pa(0xa001), UINT64_MAX - 0xa000U });
    assert_int_equal(space.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_plans_are_disjoint),
        cmocka_unit_test(test_random_viommus),
        cmocka_unit_test(test_space_against_a_bitmap),
        cmocka_unit_test(test_space_keeps_whole_pages_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
