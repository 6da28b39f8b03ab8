/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a board's IOMMUs are opened, for which devices, and which are switched off:
 * hyp/dma/iommus.c, over drivers that write down what they are asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/state.h"
#include "hyp/log.h"
#include "iommu/flush.h"
#include "platform/hw/pci_config.h"
#include "platform/hw/phys.h"
#include "platform/pci/capability.h"
#include "platform/pci/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

#define IOMMUS  4U
#define DEVICES 5U
#define REGS(i) (UINT64_C(0x3010000) + (i) * PAGE_SIZE)
#define RID     UINT16_C(0x18)            /* of the IOMMU that is a PCI function */
#define MSIX    0x40U
#define SERVICE 2U

enum event { OFF, OPEN, CLAIM, CONFIG };

static struct {
    enum event event;
    uint32_t iommu, id, gscid;
    struct iommu_setup setup;
} log_of[32];
static uint32_t logged;
static bool switches_off[IOMMUS];
static enum iommu_result opens, claims;
static uint32_t msix;                     /* where that capability is; 0: it has none */
static struct iommu_caps caps_of[IOMMUS];
static struct pages pages;

static uint32_t iommu_at(pa_t regs)
{
    const uint32_t i = (uint32_t)((regs.v - REGS(0U)) / PAGE_SIZE);

    assert_true(i < IOMMUS && regs.v == REGS(i));
    return i;
}

static void note(enum event event, uint32_t iommu, uint32_t id, uint32_t gscid)
{
    assert_true(logged < sizeof(log_of) / sizeof(log_of[0]));
    log_of[logged].event = event;
    log_of[logged].iommu = iommu;
    log_of[logged].id = id;
    log_of[logged].gscid = gscid;
    logged++;
}

bool iommu_switch_off(pa_t regs, uint64_t patience)
{
    assert_int_equal(patience, 1000);
    note(OFF, iommu_at(regs), 0U, 0U);
    return switches_off[iommu_at(regs)];
}

struct iommu_caps iommu_caps_read(pa_t regs)
{
    return caps_of[iommu_at(regs)];
}

enum iommu_result iommu_open(struct iommu *iommu, const struct iommu_setup *setup,
                             struct pages *from)
{
    assert_ptr_equal(from, &pages);
    assert_ptr_equal(iommu, &dma_iommus[iommu_at(setup->regs)].iommu);
    log_of[logged].setup = *setup;
    iommu->setup = *setup;
    note(OPEN, iommu_at(setup->regs), setup->max_device_id, 0U);
    return opens;
}

enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *from)
{
    assert_ptr_equal(from, &pages);
    note(CLAIM, iommu_at(iommu->setup.regs), device_id, gscid);
    return claims;
}

void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    (void)base;
    (void)size;
    (void)cache_block;
}

uint32_t pci_capability(const struct board_pci_host *host, uint16_t rid, uint32_t id, uint32_t size)
{
    assert_ptr_equal(host, &fake.board.pci[1]);
    assert_int_equal(rid, RID);
    assert_int_equal(id, PCI_CAP_MSIX);
    assert_int_equal(size, PCI_MSIX_SIZE);
    return msix;
}

/* Of IOMMU 0. id: register, gscid: value. */
void pci_config_write(const struct board_pci_host *host, uint16_t rid, uint32_t offset,
                      uint32_t width, uint32_t value)
{
    assert_ptr_equal(host, &fake.board.pci[1]);
    assert_int_equal(rid, RID);
    assert_int_equal(width, 2);
    note(CONFIG, 0U, offset, value);
}

/* {guest, iommu, ids} */
static const struct {
    uint32_t guest, iommu, ids[2], id_count;
} devices[DEVICES] = {
    { 0U, 0U, { 9U, 8U }, 2U },
    { 0U, 1U, { 4U }, 1U },
    { 1U, 0U, { 16U }, 1U },
    { 1U, 2U, { 77U }, 0U },       /* does no DMA */
    { 1U, 0U, { 3U }, 1U },
};

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    memset(dma_iommus, 0, sizeof(dma_iommus));
    memset(log_of, 0, sizeof(log_of));
    logged = 0U;
    opens = claims = IOMMU_OK;
    fake.board.iommu_count = IOMMUS;
    fake.board.timebase_hz = 1000U;
    fake.board.cache_block = 64U;
    fake.board.harts[SERVICE].imsic_index = 5U;
    fake.board.imsic.region_count = 1U;
    fake.plan.service_hart = SERVICE;
    fake.config.device_count = DEVICES;
    for (uint32_t i = 0; i < IOMMUS; i++) {
        fake.plan.iommu_regs[i] = (struct pa_range){ pa(REGS(i)), PAGE_SIZE };
        switches_off[i] = true;
        caps_of[i] = (struct iommu_caps){ .can_msi = true };
        fake.board.iommu[i].coherent = i != 1U;
    }
    for (uint32_t i = 0; i < DEVICES; i++) {
        fake.plan.devices[i].dma = (struct plan_dma){
            .iommu = devices[i].iommu, .ids = { devices[i].ids[0], devices[i].ids[1] },
            .id_count = devices[i].id_count, .viommu = PLAN_NO_VIOMMU };
        fake.plan.device_guests[i] = devices[i].guest;
    }
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 16U * PAGE_SIZE });
    return 0;
}

static void assert_logged(uint32_t n, enum event event, uint32_t iommu, uint32_t id, uint32_t gscid)
{
    assert_true(n < logged);
    assert_int_equal(log_of[n].event, event);
    assert_int_equal(log_of[n].iommu, iommu);
    assert_int_equal(log_of[n].id, id);
    assert_int_equal(log_of[n].gscid, gscid);
}

/* shows: R-DMA-20, R-ISO-96 */
static void test_each_id_is_claimed_for_its_guest_where_it_is(void **state)
{
    (void)state;
    assert_true(dma_open_iommus(&fake.plan, &pages));
    assert_logged(0U, OFF, 0U, 0U, 0U);
    assert_logged(1U, OPEN, 0U, 16U, 0U);
    assert_logged(2U, CLAIM, 0U, 9U, DMA_GSCID_FIRST);
    assert_logged(3U, CLAIM, 0U, 8U, DMA_GSCID_FIRST);
    assert_logged(4U, CLAIM, 0U, 16U, DMA_GSCID_FIRST + 1U);
    assert_logged(5U, CLAIM, 0U, 3U, DMA_GSCID_FIRST + 1U);
    assert_logged(6U, OFF, 1U, 0U, 0U);
    assert_logged(7U, OPEN, 1U, 4U, 0U);
    assert_logged(8U, CLAIM, 1U, 4U, DMA_GSCID_FIRST);
    /* Nobody's: they stay off. */
    assert_logged(9U, OFF, 2U, 0U, 0U);
    assert_logged(10U, OFF, 3U, 0U, 0U);
    assert_int_equal(logged, 11);
    for (uint32_t i = 0; i < IOMMUS; i++) {
        assert_int_equal(dma_iommus[i].used, i < 2U);
    }
}

/* shows: R-DMA-20, R-DMA-14, R-DMA-25 */
static void test_what_an_iommu_is_opened_with(void **state)
{
    const struct iommu_setup *first = &log_of[1].setup, *second = &log_of[7].setup;

    (void)state;
    assert_true(dma_open_iommus(&fake.plan, &pages));
    /* Blocked devices have an empty G-stage of their own GSCID. */
    assert_int_equal(first->deny >> 44 & 0xffffU, DMA_GSCID_DENY);
    const uint64_t *root = phys_pointer(pa((first->deny & UINT64_C(0xfffffffffff)) << 12),
                                        4U * PAGE_SIZE);
    for (uint32_t i = 0; i < 2048U; i++) {
        assert_int_equal(root[i], 0);
    }
    assert_int_equal(first->cache_block, 0);
    assert_int_equal(second->cache_block, 64);
    assert_int_equal(first->fault_entries, PLAN_FAULT_ENTRIES);
    assert_int_equal(dma_iommus[0].flood, fault_meter_flood(PLAN_FAULT_ENTRIES, 3U));
    assert_int_equal(dma_iommus[1].flood, fault_meter_flood(PLAN_FAULT_ENTRIES, 1U));
}

/* shows: R-ISO-96 */
static void test_faults_are_told_to_the_hypervisor_alone(void **state)
{
    for (uint32_t k = 0; k < 16U; k++) {
        const bool can_wire = (k & 1U) != 0U, has_line = (k & 2U) != 0U;
        const bool arrives = (k & 4U) != 0U, can_msi = (k & 8U) != 0U;
        const bool wired = can_wire && has_line && arrives;

        (void)set_up(state);
        caps_of[0] = (struct iommu_caps){ .can_wire = can_wire, .can_msi = can_msi };
        fake.board.iommu[0].irq_count = has_line ? 1U : 0U;
        fake.plan.wired_interrupts = arrives;
        assert_int_equal(dma_open_iommus(&fake.plan, &pages), wired || can_msi);
        if (!wired && !can_msi) {
            assert_int_equal(logged, 1);   /* it is off */
            continue;
        }
        const struct iommu_interrupt *interrupt = &log_of[1].setup.interrupt;
        assert_int_equal(interrupt->kind, wired ? IOMMU_WIRED : IOMMU_MSI);
        if (!wired) {
            /* File 0 of the service hart: no guest's. */
            assert_int_equal(interrupt->msi_address.v,
                             board_imsic_file(&fake.board.imsic, 5U, 0U).v);
            assert_int_equal(interrupt->msi_data, HYP_IOMMU_ID);
            assert_int_equal(log_of[7].setup.interrupt.msi_data, HYP_IOMMU_ID + 1U);
        }
    }
}

/* shows: R-DMA-20 */
static void test_an_iommu_that_is_a_pci_function(void **state)
{
    for (uint32_t has_msix = 0; has_msix < 2U; has_msix++) {
        uint32_t at = 2U;

        (void)set_up(state);
        msix = has_msix != 0U ? MSIX : 0U;
        fake.config.device_count = fake.board.iommu_count = 1U;
        fake.board.iommu[0] = (struct board_iommu){
            .is_pci = true, .pci_host = 1U, .pci_rid = RID, .coherent = true };
        assert_true(dma_open_iommus(&fake.plan, &pages));
        /* Off, then bus master with its MSIs, and only then in use. */
        assert_logged(0U, OFF, 0U, 0U, 0U);
        assert_logged(1U, CONFIG, 0U, PCI_COMMAND,
                      PCI_COMMAND_MEM | PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
        if (msix != 0U) {
            assert_logged(at++, CONFIG, 0U, MSIX + PCI_MSIX_CONTROL, PCI_MSIX_ENABLE);
        }
        assert_logged(at, OPEN, 0U, 9U, 0U);
    }
}

/* shows: R-DMA-20 */
static void test_an_iommu_without_registers_is_left_alone(void **state)
{
    (void)state;
    fake.plan.iommu_regs[2].size = fake.plan.iommu_regs[3].size = 0U;
    assert_true(dma_open_iommus(&fake.plan, &pages));
    assert_int_equal(logged, 9);
}

/* shows: R-DMA-20, R-ISO-96 */
static void test_what_is_not_done_stops_the_boot(void **state)
{
    for (uint32_t i = 0; i < IOMMUS; i++) {
        (void)set_up(state);
        switches_off[i] = false;
        assert_false(dma_open_iommus(&fake.plan, &pages));
        assert_int_equal(log_of[logged - 1U].event, OFF);
    }
    (void)set_up(state);
    opens = IOMMU_NO_ANSWER;
    assert_false(dma_open_iommus(&fake.plan, &pages));
    assert_int_equal(logged, 2);
    assert_false(dma_iommus[0].used);
    (void)set_up(state);
    claims = IOMMU_NO_MEMORY;
    assert_false(dma_open_iommus(&fake.plan, &pages));
    assert_int_equal(logged, 3);
    (void)set_up(state);
    pages_close(&pages);
    assert_false(dma_open_iommus(&fake.plan, &pages));
    assert_int_equal(logged, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each_id_is_claimed_for_its_guest_where_it_is, set_up),
        cmocka_unit_test_setup(test_what_an_iommu_is_opened_with, set_up),
        cmocka_unit_test_setup(test_faults_are_told_to_the_hypervisor_alone, set_up),
        cmocka_unit_test_setup(test_an_iommu_that_is_a_pci_function, set_up),
        cmocka_unit_test_setup(test_an_iommu_without_registers_is_left_alone, set_up),
        cmocka_unit_test_setup(test_what_is_not_done_stops_the_boot, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
