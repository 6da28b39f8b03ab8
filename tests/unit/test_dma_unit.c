/* SPDX-License-Identifier: Apache-2.0 */
/* When devices may do DMA, and what becomes of their faults: hyp/dma/dma_unit.c and faults.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/dma/dma_unit.c"
#include "hyp/console/console.h"
#include "hyp/log.h"
#include "iommu/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define WINDOW 1000U  /* ticks of a second */
#define FLOOD  100U
#define ID_A   8U
#define ID_B   9U

/* An IOMMU that does what it is told, or says why not. */
static struct {
    enum iommu_result result;
    uint32_t attached, blocked, quieted, takes;
    uint32_t queued;                    /* records of ID_A that wait */
    uint32_t taken_at_once;             /* most that were taken under one hold of fault_lock */
    uint32_t free_locks;                /* calls of attach with fault_lock free */
    uint32_t serving;
} iommu_is;

static bool is_held(const struct lock *lock)
{
    return atomic_load(&lock->next) != atomic_load(&lock->serving);
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    (void)iommu;
    (void)device_id;
    (void)context;
    iommu_is.attached++;
    iommu_is.free_locks += is_held(&dma_iommus[0].fault_lock) ? 0U : 1U;
    assert_false(dma_devices[0].blocked || dma_devices[0].quiet);
    return iommu_is.result;
}

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    (void)device_id;
    iommu_is.blocked++;
    return iommu_is.result;
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    (void)device_id;
    iommu_is.quieted++;
    return iommu_is.result;
}

/* Nothing here is behind a vIOMMU. */
enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet)
{
    (void)iommu;
    (void)device_id;
    (void)quiet;
    fail_msg("refused");
    return iommu_is.result;
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    (void)iommu;
    (void)gscid;
    return iommu_is.result;
}

enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *pages)
{
    (void)iommu;
    (void)device_id;
    (void)gscid;
    (void)pages;
    return iommu_is.result;
}

enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid)
{
    (void)iommu;
    (void)gscid;
    return iommu_is.result;
}

uint32_t iommu_take_faults(struct iommu *iommu, struct iommu_fault *out, uint32_t max)
{
    const uint32_t hold = atomic_load(&dma_iommus[0].fault_lock.serving);
    static uint32_t under_hold;
    uint32_t taken = 0U;

    (void)iommu;
    iommu_is.takes++;
    assert_true(is_held(&dma_iommus[0].fault_lock));
    for (; taken < max && iommu_is.queued != 0U; taken++, iommu_is.queued--) {
        out[taken] = (struct iommu_fault){ .device_id = ID_A, .cause = 23U, .ttyp = 3U };
    }
    under_hold = hold == iommu_is.serving && iommu_is.takes != 1U ? under_hold + taken : taken;
    iommu_is.serving = hold;
    iommu_is.taken_at_once =
        under_hold > iommu_is.taken_at_once ? under_hold : iommu_is.taken_at_once;
    return taken;
}

void aplic_line_sourcecfg(uint32_t source, uint32_t mode)
{
    (void)source;
    (void)mode;
}

void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_index, uint32_t eiid)
{
    (void)source;
    (void)hart_index;
    (void)guest_index;
    (void)eiid;
}

void aplic_line_enable(uint32_t source, bool enable)
{
    (void)source;
    (void)enable;
}

void aplic_line_set_pending(uint32_t source)
{
    (void)source;
}

/* Guest 0 with two devices behind IOMMU 0; IOMMU 1 is nobody's. */
static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    log_use_console();
    memset(&iommu_is, 0, sizeof(iommu_is));
    memset(dma_iommus, 0, sizeof(dma_iommus));
    memset(dma_devices, 0, sizeof(dma_devices));
    memset(dma_guests, 0, sizeof(dma_guests));
    fake.board.iommu_count = 2U;
    fake.board.timebase_hz = WINDOW;
    fake.config.device_count = 2U;
    fake.config.guests[0].device_count = 2U;
    fake.config.guests[0].devices = fake.config.devices;
    fake.plan.guests[0].devices = fake.plan.devices;
    fake.config.devices[0] = (struct config_device){ .name = "a", .path = "/a", .node = "/soc/a" };
    fake.config.devices[1] = (struct config_device){ .name = "b", .path = "/b", .node = "/soc/b" };
    fake.plan.devices[0].dma = (struct plan_dma){
        .iommu = 0U, .ids = { ID_A }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    fake.plan.devices[1].dma = (struct plan_dma){
        .iommu = 0U, .ids = { ID_B }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU };
    dma_iommus[0].used = true;
    dma_iommus[0].flood = FLOOD;
    the_plan = &fake.plan;
    return 0;
}

/* How often this is on the console. */
static uint32_t said(const char *text)
{
    const size_t length = strlen(text);
    uint32_t count = 0U;

    console_flush();
    for (uint32_t i = 0; i + length <= fake_uart.sent_count; i++) {
        count += memcmp(&fake_uart.sent[i], text, length) == 0;
    }
    return count;
}

static void faults(uint32_t count)
{
    iommu_is.queued = count;
    while (iommu_is.queued != 0U) {
        dma_interrupt(0U);
    }
}

static void restart(void)
{
    dma_unit.guest_stop(fake.guest);
    dma_unit.guest_reset(fake.guest);
}

/* shows: R-DMA-25 */
static void test_a_flood_goes_on_after_a_restart(void **state)
{
    (void)state;
    restart();
    faults(FLOOD - 1U);
    assert_int_equal(iommu_is.quieted, 0);
    faults(1U);
    assert_int_equal(iommu_is.quieted, 1);
    faults(FLOOD); /* what was on its way */
    assert_int_equal(iommu_is.quieted, 1);
    assert_int_equal(said("no more are reported until its guest restarts"), 1);
    /* In the same second: it is let in anew, and not listened to at the first. */
    restart();
    faults(1U);
    assert_int_equal(iommu_is.quieted, 2);
    fake_uart.now += WINDOW;
    restart();
    faults(FLOOD - 1U);
    assert_int_equal(iommu_is.quieted, 2);
}

/* Faults of a blocked device reach the mark; after the restart they count. */
/* shows: R-DMA-25, R-DMA-26 */
static void test_a_flood_while_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    restart();
    faults(2U * FLOOD);
    assert_int_equal(iommu_is.blocked, 1);
    assert_int_equal(iommu_is.quieted, 0);
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_LOG;
    restart();
    faults(1U);
    assert_int_equal(iommu_is.quieted, 1);
}

/* shows: R-DMA-26 */
static void test_no_fault_comes_between_two_devices_that_are_let_in(void **state)
{
    (void)state;
    dma_devices[0].blocked = true;
    dma_devices[0].quiet = true;
    dma_devices[1].blocked = true;
    restart();
    assert_int_equal(iommu_is.attached, 2);
    assert_int_equal(iommu_is.free_locks, 0);
    assert_false(dma_devices[1].blocked);
    assert_false(is_held(&dma_iommus[0].fault_lock));
}

/* shows: R-DMA-23 */
static void test_a_device_without_dma_is_not_let_in(void **state)
{
    (void)state;
    fake.config.devices[1].dma_blocked = true;
    restart();
    assert_int_equal(iommu_is.attached, 1);
}

/* shows: R-DMA-24 */
static void test_old_records_are_taken_in_pieces(void **state)
{
    (void)state;
    iommu_is.queued = PLAN_FAULT_ENTRIES;
    restart();
    assert_int_equal(iommu_is.queued, 0);
    assert_int_equal(dma_devices[0].meter.total, PLAN_FAULT_ENTRIES);
    assert_true(iommu_is.taken_at_once <= DMA_DRAIN_PIECE);
}

/* shows: R-DMA-24 */
static void test_trouble_is_told_once_in_a_second(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100U; i++) {
        dma_iommus[0].iommu.stats.fault_overflows++;
        faults(1U);
    }
    assert_int_equal(said("records of faults are lost"), 1);
    fake_uart.now += WINDOW;
    faults(1U);
    assert_int_equal(said("records of faults are lost (100 times)"), 1);
    assert_int_equal(said("records of faults are lost"), 2);
    fake_uart.now += WINDOW;
    faults(1U);
    assert_int_equal(said("records of faults are lost"), 2);
}

/* shows: R-DMA-11 */
static void test_nothing_is_claimed_of_an_iommu_that_is_lost(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    iommu_is.result = IOMMU_LOST;
    faults(1U);
    assert_int_equal(said("does no more DMA"), 0);
    assert_int_equal(said("may go on with the DMA that they could do last"), 1);
    iommu_is.result = IOMMU_NO_ANSWER;
    restart();
    assert_int_equal(said("no device behind it does DMA any more"), 3); /* stop, and two attached */
}

/* shows: R-DMA-20 */
static void test_a_stray_interrupt_of_an_unused_iommu(void **state)
{
    (void)state;
    iommu_is.queued = 1U;
    dma_interrupt(1U);
    assert_int_equal(iommu_is.takes, 0);
    assert_false(is_held(&dma_iommus[1].fault_lock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_flood_goes_on_after_a_restart, set_up),
        cmocka_unit_test_setup(test_a_flood_while_blocked, set_up),
        cmocka_unit_test_setup(test_no_fault_comes_between_two_devices_that_are_let_in, set_up),
        cmocka_unit_test_setup(test_a_device_without_dma_is_not_let_in, set_up),
        cmocka_unit_test_setup(test_old_records_are_taken_in_pieces, set_up),
        cmocka_unit_test_setup(test_trouble_is_told_once_in_a_second, set_up),
        cmocka_unit_test_setup(test_nothing_is_claimed_of_an_iommu_that_is_lost, set_up),
        cmocka_unit_test_setup(test_a_stray_interrupt_of_an_unused_iommu, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
