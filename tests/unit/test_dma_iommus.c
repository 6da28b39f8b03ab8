/* SPDX-License-Identifier: Apache-2.0 */
/* The board's IOMMUs at boot: hyp/dma/iommus.c, on the fake one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/state.h"
#include "iommu/regs.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_iommu_inside.h"
#include "tests/unit/fake_phys.h"

static struct config config;
static struct board board;
static struct plan plan;
static struct pages pages;

/* One guest with one device behind one IOMMU. */
static int setup(void **state)
{
    (void)state;
    fake_iommu_reset();
    memset(&config, 0, sizeof(config));
    memset(&board, 0, sizeof(board));
    memset(&plan, 0, sizeof(plan));
    memset(dma_iommus, 0, sizeof(dma_iommus));
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), FAKE_IOMMU_MEMORY });
    board.timebase_hz = 1000U;
    board.iommu_count = 1U;
    board.iommu[0].coherent = true;
    board.cache_block = 64U;
    plan.board = &board;
    plan.config = &config;
    plan.iommu_regs[0] = (struct pa_range){ pa(FAKE_IOMMU_REGS), PAGE_SIZE };
    config.device_count = 1U;
    plan.devices[0].dma = (struct plan_dma){
        .iommu = 0U, .ids = { 8U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    return 0;
}

/* The root of the empty G-stage, as offset in memory. */
static uint64_t deny_root(void)
{
    uint64_t dc[8];

    assert_true(fake_iommu_walk(8U, dc));
    return ((dc[1] & UINT64_C(0xfffffffffff)) << PAGE_SHIFT) - FAKE_PHYS_BASE;
}

static const uint8_t zeros[4U * PAGE_SIZE];

/* At the time of the flush that makes the first context valid. */
static uint32_t contexts_seen;

static void look_at_deny_table(void)
{
    uint64_t dc[8];

    if (fake_iommu_mode() > BARE && fake_iommu_walk(8U, dc)) {
        assert_memory_equal(&fake_inside.seen[deny_root()], zeros, sizeof(zeros));
        contexts_seen++;
    }
}

/* shows: R-DMA-14 */
static void test_the_empty_table_is_seen_before_a_context_leads_to_it(void **state)
{
    (void)state;
    board.iommu[0].coherent = false;
    fake_iommu.cache_block = 64U;
    fake_iommu.on_flush = look_at_deny_table;
    contexts_seen = 0U;
    assert_true(dma_open_iommus(&plan, &pages));
    assert_true(contexts_seen > 0U);
    assert_memory_equal(&fake_inside.seen[deny_root()], zeros, sizeof(zeros));
}

/* shows: R-DMA-14 */
static void test_nothing_is_flushed_for_an_iommu_that_sees_caches(void **state)
{
    (void)state;
    assert_true(dma_open_iommus(&plan, &pages));
    assert_int_equal(fake_iommu.flushes, 0U);
}

/* shows: R-VIO-51 */
static void test_an_id_is_claimed_for_the_gscid_of_its_viommu(void **state)
{
    (void)state;
    config.device_count = 3U;
    plan.device_guests[2] = 4U;
    plan.devices[1].dma = (struct plan_dma){
        .iommu = 0U, .ids = { 9U }, .id_count = 1U, .viommu = 3U };
    plan.devices[2].dma = (struct plan_dma){
        .iommu = 0U, .ids = { 10U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    assert_true(dma_open_iommus(&plan, &pages));
    assert_int_equal(dma_iommus[0].iommu.claim_count, 3);
    assert_int_equal(dma_iommus[0].iommu.claims[0].gscid, 1);
    assert_int_equal(dma_iommus[0].iommu.claims[1].gscid, 1U + CONFIG_MAX_GUESTS + 3U);
    assert_int_equal(dma_iommus[0].iommu.claims[2].gscid, 1U + 4U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_empty_table_is_seen_before_a_context_leads_to_it, setup),
        cmocka_unit_test_setup(test_nothing_is_flushed_for_an_iommu_that_sees_caches, setup),
        cmocka_unit_test_setup(test_an_id_is_claimed_for_the_gscid_of_its_viommu, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
