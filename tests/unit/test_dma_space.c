/* SPDX-License-Identifier: Apache-2.0 */
/* What the devices of a guest reach: hyp/dma/space.c, page by page of all that the plan knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/state.h"
#include "hyp/irq/vimsic.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_iommu_inside.h"
#include "tests/unit/fake_phys.h"

#define POOL_SIZE   UINT64_C(0x800000)
#define RAM_PA      UINT64_C(0x100000000)
#define RAM_SIZE    UINT64_C(0x40200000)   /* a 1 GiB leaf and a 2 MiB one */
#define SHARED_PA   UINT64_C(0x200000000)
#define FILE_PA     UINT64_C(0x28001000)
#define WINDOW_PA   UINT64_C(0x400000000)
#define WINDOW_GPA  GUEST_PCI_HIGH_BASE
#define PEER_GPA    (GUEST_PCI_HIGH_BASE + UINT64_C(0x200000))

static struct config config;
static struct board board;
static struct plan plan;
static struct vcpu vcpus[3];
static struct guest *guest = &guests[1];
static struct pages pages;

static int setup(void **state)
{
    struct plan_guest *part = &plan.guests[1];

    (void)state;
    fake_iommu_reset();
    memset(&config, 0, sizeof(config));
    memset(&plan, 0, sizeof(plan));
    memset(guest, 0, sizeof(*guest));
    memset(dma_iommus, 0, sizeof(dma_iommus));
    memset(dma_guests, 0, sizeof(dma_guests));
    board.cache_block = 64U; /* the fake IOMMU takes no flush unless its walks need it */
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), POOL_SIZE });
    dma_iommus[0].iommu.caps.msi_flat = true;
    board.iommu_count = 1U;
    plan.board = &board;
    plan.config = &config;
    config.guest_count = 2U;
    config.device_count = 1U;
    config.guests[1].device_count = 1U;
    strcpy(config.guests[1].name, "g");
    plan.shared[3] = (struct pa_range){ pa(SHARED_PA), 0x3000U };
    *part = (struct plan_guest){
        .config = &config.guests[1],
        .ram = { pa(RAM_PA), RAM_SIZE },
        .ram_base = gpa(GUEST_RAM_BASE),
        .windows = { { gpa(GUEST_SHARED_BASE), pa(SHARED_PA), 0x3000U, false, false },
                     { gpa(WINDOW_GPA), pa(WINDOW_PA), 0x4000U, true, false },
                     { gpa(PEER_GPA), pa(WINDOW_PA + 0x200000U), 0x200000U, true, true } },
        .window_count = 3U,
        .shares = { { 3U, gpa(GUEST_SHARED_BASE), gpa(GUEST_DOORBELL_BASE), 2U, 0U } },
        .share_count = 1U,
        .devices = &plan.devices[0],
    };
    plan.devices[0].dma = (struct plan_dma){
        .iommu = 0U, .ids = { 8U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    guest->plan = &plan;
    guest->part = part;
    guest->index = 1U;
    guest->vcpu_count = 3U;
    for (uint32_t v = 0; v < 3U; v++) {
        vcpus[v].interrupt_file = pa(FILE_PA + v * UINT64_C(0x4000));
        guest->vcpus[v] = &vcpus[v];
    }
    return 0;
}

static void assert_leads(uint64_t from, uint64_t to)
{
    pa_t out = pa(0);
    uint32_t rights = 0;

    assert_true(gstage_translate(&dma_guests[1].gstage, gpa(from), &out, &rights));
    assert_int_equal(out.v, to);
    assert_int_equal(rights, GSTAGE_R | GSTAGE_W);
}

static void assert_nothing(uint64_t at)
{
    pa_t out = pa(0);
    uint32_t rights = 0;

    assert_false(gstage_translate(&dma_guests[1].gstage, gpa(at), &out, &rights));
}

/* shows: R-DMA-21 */
static void test_memory_and_what_is_shared(void **state)
{
    (void)state;
    assert_true(dma_make_space(guest, &pages));
    assert_leads(GUEST_RAM_BASE, RAM_PA);
    assert_leads(GUEST_RAM_BASE + RAM_SIZE - 8U, RAM_PA + RAM_SIZE - 8U);
    assert_nothing(GUEST_RAM_BASE - 8U);
    assert_nothing(GUEST_RAM_BASE + RAM_SIZE);
    assert_leads(GUEST_SHARED_BASE, SHARED_PA);
    assert_leads(GUEST_SHARED_BASE + 0x2ff8U, SHARED_PA + 0x2ff8U);
    assert_nothing(GUEST_SHARED_BASE + 0x3000U);
}

/* shows: R-DMA-21, R-VIO-61 */
static void test_no_device_and_no_register(void **state)
{
    (void)state;
    assert_true(dma_make_space(guest, &pages));
    assert_nothing(GUEST_APLIC_BASE);
    assert_nothing(GUEST_VIOMMU_BASE);
    assert_nothing(GUEST_UART_BASE);
    assert_nothing(GUEST_DOORBELL_BASE);
    assert_nothing(GUEST_PCI_ECAM_BASE);
    /* The interrupt files are reached through the MSI table alone. */
    assert_nothing(GUEST_IMSIC_BASE);
    assert_nothing(WINDOW_GPA);
    assert_leads(PEER_GPA, WINDOW_PA + 0x200000U);
    assert_leads(PEER_GPA + 0x1ffff8U, WINDOW_PA + 0x3ffff8U);
    assert_nothing(PEER_GPA + 0x200000U);
    /* The board's own addresses mean nothing. */
    assert_nothing(RAM_PA + RAM_SIZE);
    assert_nothing(FILE_PA);
    assert_nothing(0U);
}

/* shows: R-DMA-21 */
static void test_large_pages(void **state)
{
    (void)state;
    assert_true(dma_make_space(guest, &pages));
    /* A root of four pages and its gap, two tables to each of the 4 KiB and 2 MiB leaves at
     * most, the MSI table: 1 GiB in 4 KiB leaves would take 512 more. */
    assert_in_range(pages.used / PAGE_SIZE, 1U, 20U);
}

/* RISC-V IOMMU 1.0.1, MSI page table entry: V 0, M 2:1 = 3, PPN 53:10. */
/* shows: R-DMA-21 */
static void test_msi_table(void **state)
{
    (void)state;
    assert_true(dma_make_space(guest, &pages));
    const struct iommu_msi_table *msi = &dma_guests[1].msi;
    const uint64_t *entries = phys_pointer(msi->base, 4U * 16U);

    assert_int_equal(msi->mask, 3U);
    assert_int_equal(msi->pattern, GUEST_IMSIC_BASE >> 12);
    for (uint32_t v = 0; v < 3U; v++) {
        assert_int_equal(entries[2U * v], ((FILE_PA + v * UINT64_C(0x4000)) >> 12) << 10 | 7U);
    }
    assert_int_equal(entries[6], 0U);
    assert_int_equal(dma_guests[1].iohgatp >> 60, 8U);
    assert_int_equal(dma_guests[1].iohgatp >> 44 & 0xffffU, 2U);
}

/* An IOMMU without MSI tables takes MSIs for writes: then the files are in the G-stage. */
/* shows: R-DMA-21 */
static void test_without_msi_tables(void **state)
{
    (void)state;
    dma_iommus[0].iommu.caps.msi_flat = false;
    assert_true(dma_make_space(guest, &pages));
    for (uint32_t v = 0; v < 3U; v++) {
        assert_leads(GUEST_IMSIC_BASE + v * PAGE_SIZE, FILE_PA + v * UINT64_C(0x4000));
    }
    assert_nothing(GUEST_IMSIC_BASE + 3U * PAGE_SIZE);
}

/* shows: R-DMA-14 */
static void test_an_iommu_that_is_not_coherent_sees_all_tables(void **state)
{
    pa_t other;

    (void)state;
    dma_iommus[0].iommu.setup.cache_block = fake_iommu.cache_block = 64U;
    assert_true(pages_take(&pages, 3U, PAGE_SIZE, &other));
    assert_true(dma_make_space(guest, &pages));
    const uint64_t first = other.v - FAKE_PHYS_BASE + 3U * PAGE_SIZE;
    assert_memory_equal(&fake_inside.seen[first],
                        phys_pointer(pa(FAKE_PHYS_BASE + first), pages.used - first),
                        pages.used - first);
    /* Pages of others are not its business. */
    assert_memory_not_equal(&fake_inside.seen[first - PAGE_SIZE],
                            phys_pointer(pa(FAKE_PHYS_BASE + first - PAGE_SIZE), PAGE_SIZE),
                            PAGE_SIZE);
}

/* Whichever of its devices' IOMMUs that is. */
/* shows: R-DMA-14 */
static void test_one_iommu_that_is_not_coherent_is_enough(void **state)
{
    for (uint32_t at = 0; at < 2U; at++) {
        (void)setup(state);
        board.iommu_count = config.device_count = config.guests[1].device_count = 2U;
        plan.devices[1].dma = plan.devices[0].dma;
        plan.devices[1].dma.iommu = 1U;
        dma_iommus[1].iommu.caps.msi_flat = true;
        dma_iommus[at].iommu.setup.cache_block = fake_iommu.cache_block = 64U;
        assert_true(dma_make_space(guest, &pages));
        assert_memory_equal(fake_inside.seen, phys_pointer(pa(FAKE_PHYS_BASE), pages.used),
                            pages.used);
    }
}

/* vCPUs without an interrupt file: MSIs go to what stands for it, or nowhere; M 2:1 = 1. */
/* shows: R-DMA-21, R-IRQ-33 */
static void test_interrupt_files_in_memory(void **state)
{
    static struct vimsic files[3];
    static struct hart hart;

    for (uint32_t able = 0; able < 2U; able++) {
        (void)setup(state);
        dma_iommus[0].iommu.caps.msi_mrif = able != 0U;
        for (uint32_t v = 0; v < 3U; v++) {
            files[v].at = pa(FAKE_PHYS_BASE + (v + 16U) * PAGE_SIZE);
            vcpus[v].vimsic = &files[v];
            vcpus[v].guest = guest;
            vcpus[v].hart = &hart;
            vcpus[v].index = v;
        }
        assert_true(dma_make_space(guest, &pages));
        const uint64_t *entries = phys_pointer(dma_guests[1].msi.base, 5U * 16U);
        for (uint32_t v = 0; v < 3U; v++) {
            assert_int_equal(entries[2U * v] & 7U, able != 0U ? 3U : 0U);
            vcpus[v].vimsic = NULL;
        }
        /* There are four entries; what is behind them is not the table's. */
        const struct iommu_mrif beyond = { files[0].at, pa(FILE_PA), 1U };
        iommu_msi_table_set_mrif(&dma_guests[1].msi, 4U, &beyond);
        assert_int_equal(entries[8], 0);
        assert_int_equal(entries[9], 0);
    }
}

/* shows: R-DMA-21 */
static void test_without_memory_for_all_of_it_there_is_none(void **state)
{
    (void)state;
    assert_true(dma_make_space(guest, &pages));
    const uint64_t needed = pages.used;
    for (uint64_t size = 0; size <= needed; size += PAGE_SIZE) {
        (void)setup(state);
        pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), size });
        assert_int_equal(dma_make_space(guest, &pages), size == needed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_memory_and_what_is_shared, setup),
        cmocka_unit_test_setup(test_no_device_and_no_register, setup),
        cmocka_unit_test_setup(test_large_pages, setup),
        cmocka_unit_test_setup(test_msi_table, setup),
        cmocka_unit_test_setup(test_without_msi_tables, setup),
        cmocka_unit_test_setup(test_an_iommu_that_is_not_coherent_sees_all_tables, setup),
        cmocka_unit_test_setup(test_one_iommu_that_is_not_coherent_is_enough, setup),
        cmocka_unit_test_setup(test_interrupt_files_in_memory, setup),
        cmocka_unit_test_setup(test_without_memory_for_all_of_it_there_is_none, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
