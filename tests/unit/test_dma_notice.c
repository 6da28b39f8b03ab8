/* SPDX-License-Identifier: Apache-2.0 */
/* MSIs of devices into letter boxes: the entries of the MSI table, and how a box is emptied under
 * an IOMMU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"
#include "hyp/irq/irq.h"
#include "hyp/irq/vimsic.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

#define NOTICE_PA UINT64_C(0x28004000)
#define FILE_PA   (FAKE_PHYS_BASE + UINT64_C(0x10000))

static struct guest *guest;
static struct pages pages;

/* What the IOMMU does when it is told that an entry moved: one more MSI has come in until then. */
static struct { uint32_t calls, gscid; struct mrif *late; } moved;

enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid)
{
    (void)iommu;
    moved.calls++;
    moved.gscid = gscid;
    if (moved.late != NULL) {
        (void)atomic_fetch_or(&moved.late->words[1].pending, UINT64_C(1) << 6); /* 70 */
    }
    return IOMMU_OK;
}

static void read_entry(uint32_t n, uint64_t words[2])
{
    memcpy(words, phys_pointer(pa_add(dma_guests[0].msi.base, 16U * n), 16U), 16U);
}

/* The file that entry n leads to. AIA 1.0, 8.5.2: C 63, MRIF address 53:7, M 2:1, V 0; NID 60 and
 * 9:0, NPPN 53:10. */
static uint64_t leads_to(uint32_t n)
{
    uint64_t words[2];

    read_entry(n, words);
    assert_int_equal(words[0] & 0x7fU, 3);
    assert_int_equal(words[1], (NOTICE_PA + n * 0x1000U) >> 12 << 10 | HYP_NOTICE_ID);
    return words[0] >> 7 << 9;
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    memset(&moved, 0, sizeof(moved));
    memset(dma_iommus, 0, sizeof(dma_iommus));
    memset(dma_guests, 0, sizeof(dma_guests));
    guest = fake.guest;
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), 4U * PAGE_SIZE });
    assert_true(iommu_msi_table_make(&dma_guests[0].msi, gpa(GUEST_IMSIC_BASE), FAKE_VCPUS,
                                     &pages));
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        const pa_t at = pa(FILE_PA + v * PAGE_SIZE);
        harts[v].ipi = pa(NOTICE_PA + v * PAGE_SIZE);
        fake.vcpus[v].vimsic = phys_pointer(at, PAGE_SIZE);
        vimsic_init(fake.vcpus[v].vimsic, at, 255);
    }
    for (uint32_t i = 0; i < 2U; i++) {
        dma_iommus[i].iommu.caps.msi_flat = true;
        dma_iommus[i].iommu.caps.msi_mrif = true;
        dma_iommus[i].iommu.caps.amo_mrif = true;
    }
    fake.config.guests[0].device_count = 2;
    fake.plan.guests[0].devices = fake.plan.devices;
    fake.plan.devices[0].dma = (struct plan_dma){
        .iommu = 1U, .ids = { 8U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    fake.plan.devices[1].dma = (struct plan_dma){
        .iommu = 1U, .ids = { 9U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    return 0;
}

/* What an IOMMU does with an MSI. */
static void leave(uint32_t v, uint32_t id)
{
    struct mrif *box = phys_pointer(pa(leads_to(v)), sizeof(*box));

    (void)atomic_fetch_or(&box->words[id / 64U].pending, UINT64_C(1) << (id % 64U));
}

static void enable_all(uint32_t v)
{
    uint64_t old;

    (void)vimsic_access(fake.vcpus[v].vimsic, 0x70, CSR_WRITE, 1, &old);
    (void)vimsic_access(fake.vcpus[v].vimsic, 0xc0, CSR_WRITE, UINT64_MAX, &old);
    (void)vimsic_access(fake.vcpus[v].vimsic, 0xc2, CSR_WRITE, UINT64_MAX, &old);
}

static uint32_t claim(uint32_t v)
{
    return vimsic_claim(fake.vcpus[v].vimsic) & 0xffffU;
}

/* shows: R-IRQ-09 */
static void test_an_iommu_that_updates_atomically(void **state)
{
    (void)state;
    fake.plan.devices[1].dma.iommu = 0; /* two of them may share a box then */
    dma_open_boxes(guest);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        assert_int_equal(leads_to(v), FILE_PA + v * PAGE_SIZE);
    }
    enable_all(2);
    leave(2, 65);
    leave(2, 7);
    fake_become(2);
    dma_notice(&fake.vcpus[2]);
    assert_true(fake.external[2]);
    assert_int_equal(moved.calls, 0);
    assert_int_equal(leads_to(2), FILE_PA + 2U * PAGE_SIZE);
    assert_int_equal(claim(2), 7);
    assert_int_equal(claim(2), 65);
    assert_int_equal(claim(2), 0);
}

/* The box that is emptied is one that the IOMMU has left, with what came in until it had. */
/* shows: R-IRQ-09 */
static void test_an_iommu_that_does_not(void **state)
{
    (void)state;
    dma_iommus[1].iommu.caps.amo_mrif = false;
    dma_open_boxes(guest);
    enable_all(1);
    fake_become(1);
    for (uint32_t round = 0; round < 4U; round++) {
        const uint64_t before = leads_to(1);
        leave(1, 5);
        moved.late = phys_pointer(pa(before), sizeof(struct mrif));
        dma_notice(&fake.vcpus[1]);
        assert_int_equal(moved.calls, round + 1U);
        assert_int_equal(moved.gscid, DMA_GSCID_FIRST);
        assert_true(leads_to(1) != before);
        assert_int_equal(leads_to(1) & ~UINT64_C(0x200), FILE_PA + PAGE_SIZE);
        assert_true(fake.external[1]);
        assert_int_equal(claim(1), 5);
        assert_int_equal(claim(1), 70);
        assert_int_equal(claim(1), 0);
    }
    assert_int_equal(leads_to(0), FILE_PA); /* nobody else's has moved */
}

/* One MSI that comes, and one that its life does not live to see. */
static void live(void)
{
    enable_all(3);
    leave(3, 4);
    dma_notice(&fake.vcpus[3]);
    assert_int_equal(claim(3), 4);
    irq_mirror(&fake.vcpus[3]);
    leave(3, 9);
    atomic_store(&fake.vcpus[3].hsm, HSM_PARKED);
    dma_notice(&fake.vcpus[3]);
    dma_empty_boxes(guest);
    atomic_store(&fake.vcpus[3].hsm, HSM_STOPPED);
    dma_notice(&fake.vcpus[3]); /* a late notice */
    dma_notice(&fake.vcpus[3]);
    assert_int_equal(claim(3), 0);
    assert_false(fake.external[3]);
}

/* shows: R-IRQ-09 */
static void test_nothing_of_one_life_is_left_in_the_next(void **state)
{
    (void)state;
    dma_iommus[1].iommu.caps.amo_mrif = false;
    dma_open_boxes(guest);
    fake_become(3);
    live();
    assert_int_equal(moved.calls, 3); /* not while it was parked */
    live();                           /* with the other box */
}

static void assert_refused(void)
{
    uint64_t words[2];

    dma_open_boxes(guest);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        read_entry(v, words);
        assert_int_equal(words[0], 0);
    }
}

/* shows: R-IRQ-11 */
static void test_iommus_that_cannot(void **state)
{
    (void)state;
    dma_iommus[1].iommu.caps.msi_mrif = false;
    assert_refused();
    dma_iommus[1].iommu.caps.msi_mrif = true;
    dma_iommus[1].iommu.setup.cache_block = 64;
    assert_refused();
    dma_iommus[1].iommu.setup.cache_block = 0;
    dma_iommus[1].iommu.caps.amo_mrif = false;
    fake.plan.devices[1].dma.iommu = 0; /* behind two */
    assert_refused();
    fake.plan.devices[1].dma.id_count = 0; /* it does no DMA */
    dma_open_boxes(guest);
    assert_int_equal(leads_to(0), FILE_PA);
}

/* shows: R-IRQ-11 */
static void test_a_stray_notice_touches_no_iommu(void **state)
{
    (void)state;
    dma_notice(&fake.vcpus[0]); /* before, or without, any box */
    assert_int_equal(moved.calls, 0);
    assert_int_equal(fake.vcpus[0].vimsic->open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_iommu_that_updates_atomically, set_up),
        cmocka_unit_test_setup(test_an_iommu_that_does_not, set_up),
        cmocka_unit_test_setup(test_nothing_of_one_life_is_left_in_the_next, set_up),
        cmocka_unit_test_setup(test_iommus_that_cannot, set_up),
        cmocka_unit_test_setup(test_a_stray_notice_touches_no_iommu, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
