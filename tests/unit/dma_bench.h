/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/dma over an IOMMU that does what it is told, or says why not, and notes it. With definitions of
 * what iommu/ has, so one file of a test includes this, beside hyp/dma/dma_unit.c.
 */
#ifndef TESTS_UNIT_DMA_BENCH_H
#define TESTS_UNIT_DMA_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/state.h"
#include "hyp/log.h"
#include "iommu/regs.h"
#include "platform/hw/aplic.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define WINDOW 1000U             /* ticks of a second */
#define FLOOD  100U
#define BENCH_IDS 16U

enum call { NONE, ATTACHED, REFUSED, QUIETED, BLOCKED, BLOCKED_ALL, TAKEN, CALLS };

static struct {
    enum iommu_result result;           /* what it says */
    void (*hook)(enum call call, uint32_t value); /* of a device id, a GSCID, a number of records; or NULL */
    enum call last[BENCH_IDS];          /* of each id */
    uint32_t count[CALLS];
    struct iommu_context context;       /* of the last attach */
    bool quiet;                         /* and refuse, or the same of that */
    uint32_t blocked_gscids[8];
    struct iommu_addresses forgotten[VIOMMU_PIECE];
    uint32_t forgotten_gscids[VIOMMU_PIECE], forgotten_count;
    uint32_t process_device, process_id, begins, finishes;
    struct iommu_fault queue[PLAN_FAULT_ENTRIES];
    uint32_t queued, taken;
    bool line;                          /* of its interrupt: active */
    uint32_t rearmed;                   /* how often its line was listened to anew */
} iommu_is;

static inline bool is_held(const struct lock *lock)
{
    return atomic_load(&lock->next) != atomic_load(&lock->serving);
}

static enum iommu_result told(enum call call, uint32_t value)
{
    iommu_is.count[call]++;
    if (call < BLOCKED_ALL) {
        assert_true(value < BENCH_IDS);
        iommu_is.last[value] = call;
    }
    if (iommu_is.hook != NULL) {
        iommu_is.hook(call, value);
    }
    return iommu_is.result;
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.context = *context;
    iommu_is.quiet = context->quiet;
    return told(ATTACHED, device_id);
}

enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.quiet = quiet;
    return told(REFUSED, device_id);
}

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    return told(BLOCKED, device_id);
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    return told(QUIETED, device_id);
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    const uint32_t n = iommu_is.count[BLOCKED_ALL];

    (void)iommu;
    if (n < sizeof(iommu_is.blocked_gscids) / sizeof(iommu_is.blocked_gscids[0])) {
        iommu_is.blocked_gscids[n] = gscid;
    }
    return told(BLOCKED_ALL, gscid);
}

enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid)
{
    (void)iommu;
    (void)gscid;
    return iommu_is.result;
}

enum iommu_result iommu_forget_addresses(struct iommu *iommu, uint16_t gscid,
                                         const struct iommu_addresses *what)
{
    assert_true(is_held(&iommu->lock));
    assert_true(iommu_is.forgotten_count < VIOMMU_PIECE);
    iommu_is.forgotten_gscids[iommu_is.forgotten_count] = gscid;
    iommu_is.forgotten[iommu_is.forgotten_count++] = *what;
    return iommu_is.result;
}

enum iommu_result iommu_forget_process(struct iommu *iommu, uint32_t device_id,
                                       uint32_t process_id)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.process_device = device_id;
    iommu_is.process_id = process_id;
    return iommu_is.result;
}

enum iommu_result iommu_begin(struct iommu *iommu)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.begins++;
    return iommu_is.result;
}

enum iommu_result iommu_finish(struct iommu *iommu)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.finishes++;
    return iommu_is.result;
}

uint32_t iommu_take_faults(struct iommu *iommu, struct iommu_fault *out, uint32_t max)
{
    uint32_t count = 0U;

    (void)iommu;
    for (; count < max && iommu_is.taken < iommu_is.queued; count++) {
        out[count] = iommu_is.queue[iommu_is.taken++];
    }
    (void)told(TAKEN, count);
    return count;
}

bool dma_open_iommus(const struct plan *plan, struct pages *pages)
{
    (void)plan;
    (void)pages;
    fail_msg("nothing here is opened");
    return false;
}

/* Lines of the board's APLIC. */

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
    iommu_is.rearmed++;
}

bool aplic_line_input(uint32_t source)
{
    (void)source;
    return iommu_is.line;
}

/* Guest 0 on a board with two IOMMUs, of which IOMMU 0 is used; no devices yet. The caller sets the_plan. */
static void bench_init(void)
{
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
    fake.config.guests[0].devices = fake.config.devices;
    fake.plan.guests[0].devices = fake.plan.devices;
    dma_iommus[0].used = true;
    dma_iommus[0].flood = FLOOD;
}

/* One device more of guest 0, behind IOMMU 0. */
static void bench_device(uint32_t id, uint32_t viommu)
{
    const uint32_t i = fake.config.device_count++;

    fake.config.guests[0].device_count = fake.config.device_count;
    fake.config.devices[i] =
        (struct config_device){ .name = "a", .path = "/a", .node = "/soc/a" };
    fake.plan.devices[i].dma =
        (struct plan_dma){ .iommu = 0U, .ids = { id }, .id_count = 1U, .viommu = viommu };
}

/* So many records wait. */
static void bench_queue(uint32_t count, uint32_t id, uint16_t cause)
{
    assert_true(count <= PLAN_FAULT_ENTRIES);
    for (uint32_t i = 0; i < count; i++) {
        iommu_is.queue[i] = (struct iommu_fault){
            .device_id = id, .cause = cause, .ttyp = 3U, .iotval = i };
    }
    iommu_is.queued = count;
    iommu_is.taken = 0U;
}

#endif
