/* SPDX-License-Identifier: Apache-2.0 */
/* Whose devices hyp/dma/dma_unit.c lets in and blocks, at which IOMMU, with what memory: two guests
 * with devices at two IOMMUs, and a third IOMMU of nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/dma/dma_unit.c"
#include "hyp/irq/vimsic.h"
#include "hyp/log.h"
#include "iommu/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define IOMMUS  3U
#define DEVICES 4U
#define FLOOD   100U
#define WIRE    7U         /* source of the first IOMMU's line */
#define SERVICE 3U         /* hart */

/* ---- an IOMMU that writes down what it is told --------------------------------------------- */

struct call {
    const char *what;
    uint32_t iommu, id;    /* device id, or GSCID of "block all" */
    struct iommu_context context;
    bool held;             /* the lock of that IOMMU */
    bool fault_held;       /* and that of its faults */
};

static struct call calls[16];
static uint32_t call_count;
static enum iommu_result answer;
static struct iommu_fault waiting;
static uint32_t waiting_at, waiting_count;

static bool is_held(const struct lock *lock)
{
    return atomic_load(&lock->next) != atomic_load(&lock->serving);
}

static enum iommu_result note(const char *what, const struct iommu *iommu, uint32_t id,
                              const struct iommu_context *context)
{
    uint32_t at = 0U;

    while (&dma_iommus[at].iommu != iommu) {
        at++;
        assert_true(at < IOMMUS);
    }
    assert_true(call_count < sizeof(calls) / sizeof(calls[0]));
    calls[call_count] = (struct call){ .what = what, .iommu = at, .id = id,
                                       .held = is_held(&iommu->lock),
                                       .fault_held = is_held(&dma_iommus[at].fault_lock) };
    if (context != NULL) {
        calls[call_count].context = *context;
    }
    call_count++;
    return answer;
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    return note("attach", iommu, device_id, context);
}

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    return note("block", iommu, device_id, NULL);
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    return note("quiet", iommu, device_id, NULL);
}

enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet)
{
    (void)quiet;
    return note("refuse", iommu, device_id, NULL);
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    return note("block all", iommu, gscid, NULL);
}

enum iommu_result iommu_claim(struct iommu *iommu, uint32_t device_id, uint16_t gscid,
                              struct pages *pages)
{
    (void)gscid;
    (void)pages;
    return note("claim", iommu, device_id, NULL);
}

enum iommu_result iommu_msi_moved(struct iommu *iommu, uint16_t gscid)
{
    return note("moved", iommu, gscid, NULL);
}

uint32_t iommu_take_faults(struct iommu *iommu, struct iommu_fault *out, uint32_t max)
{
    uint32_t taken = 0U;

    while (iommu == &dma_iommus[waiting_at].iommu && taken < max && waiting_count != 0U) {
        out[taken++] = waiting;
        waiting_count--;
    }
    return taken;
}

/* ---- the board's APLIC --------------------------------------------------------------------- */

static struct {
    uint32_t mode, target_hart, target_guest, eiid, pending, touched;
    bool enabled;
} line;

static void touch(uint32_t source)
{
    assert_int_equal(source, WIRE);
    line.touched++;
}

void aplic_line_sourcecfg(uint32_t source, uint32_t mode)
{
    touch(source);
    line.mode = mode;
}

void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_index, uint32_t eiid)
{
    touch(source);
    line.target_hart = hart_index;
    line.target_guest = guest_index;
    line.eiid = eiid;
}

void aplic_line_enable(uint32_t source, bool enable)
{
    touch(source);
    line.enabled = enable;
}

void aplic_line_set_pending(uint32_t source)
{
    touch(source);
    line.pending++;
}

bool aplic_line_input(uint32_t source)
{
    touch(source);
    return waiting_count != 0U;
}

/* ---- two guests ---------------------------------------------------------------------------- */

/* {guest, iommu, ids}, those of a guest one after the other, as in a plan. */
static const struct {
    uint32_t guest, iommu, ids[2], id_count;
} devices[DEVICES] = {
    { 0U, 0U, { 8U, 9U }, 2U },
    { 0U, 1U, { 8U }, 1U },
    { 0U, 0U, { 0U }, 0U },     /* does no DMA */
    { 1U, 0U, { 16U }, 1U },
};

static void add_guest(uint32_t g, uint32_t first, uint32_t count)
{
    fake.config.guests[g].device_count = count;
    fake.config.guests[g].devices = &fake.config.devices[first];
    fake.plan.guests[g].config = &fake.config.guests[g];
    fake.plan.guests[g].devices = &fake.plan.devices[first];
    guests[g].plan = &fake.plan;
    guests[g].part = &fake.plan.guests[g];
    guests[g].index = g;
    guests[g].vcpu_count = 1U;
    guests[g].vcpus[0] = &fake.vcpus[g];
    atomic_store(&guests[g].state, GUEST_RUNNING);
    dma_guests[g].iohgatp = UINT64_C(0x100000) + g;
    dma_guests[g].msi.base = pa(UINT64_C(0x200000) + g * PAGE_SIZE);
    dma_guests[g].msi.mask = 0x10U + g;
    dma_guests[g].msi.pattern = 0x20U + g;
}

static int set_up(void **state)
{
    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    log_use_console();
    memset(dma_iommus, 0, sizeof(dma_iommus));
    memset(dma_devices, 0, sizeof(dma_devices));
    memset(dma_guests, 0, sizeof(dma_guests));
    memset(&line, 0, sizeof(line));
    call_count = waiting_count = 0U;
    answer = IOMMU_OK;
    fake.board.iommu_count = IOMMUS;
    fake.board.timebase_hz = 1000U;
    fake.config.device_count = DEVICES;
    fake.config.guest_count = fake.plan.guest_count = 2U;
    fake.plan.service_hart = SERVICE;
    for (uint32_t i = 0; i < DEVICES; i++) {
        fake.config.devices[i] = (struct config_device){ .name = "device", .path = "/device",
                                                         .node = "/soc/device" };
        fake.plan.devices[i].dma = (struct plan_dma){
            .iommu = devices[i].iommu, .ids = { devices[i].ids[0], devices[i].ids[1] },
            .id_count = devices[i].id_count, .viommu = PLAN_NO_VIOMMU };
        fake.plan.device_guests[i] = devices[i].guest;
    }
    add_guest(0U, 0U, 3U);
    add_guest(1U, 3U, 1U);
    for (uint32_t i = 0; i < 2U; i++) {
        dma_iommus[i].used = true;
        dma_iommus[i].flood = FLOOD;
        dma_iommus[i].iommu.caps.msi_flat = i == 0U;
        dma_iommus[i].iommu.setup.interrupt.kind = IOMMU_MSI;
    }
    (void)dma_take_looks();
    the_plan = &fake.plan;
    return 0;
}

static void assert_attached(uint32_t n, uint32_t iommu, uint32_t id, uint32_t guest)
{
    const struct iommu_context *context = &calls[n].context;
    const bool has_table = dma_iommus[iommu].iommu.caps.msi_flat;

    assert_string_equal(calls[n].what, "attach");
    assert_int_equal(calls[n].iommu, iommu);
    assert_int_equal(calls[n].id, id);
    assert_int_equal(context->iohgatp, dma_guests[guest].iohgatp);
    assert_int_equal(context->msi_table.v, has_table ? dma_guests[guest].msi.base.v : 0U);
    assert_int_equal(context->msi_mask, dma_guests[guest].msi.mask);
    assert_int_equal(context->msi_pattern, dma_guests[guest].msi.pattern);
    assert_true(calls[n].held && calls[n].fault_held);
}

/* shows: R-ISO-92 */
static void test_a_start_lets_in_that_guests_devices_with_its_memory(void **state)
{
    (void)state;
    dma_unit.guest_reset(&guests[0]);
    assert_int_equal(call_count, 3);
    assert_attached(0U, 0U, 8U, 0U);
    assert_attached(1U, 0U, 9U, 0U);
    assert_attached(2U, 1U, 8U, 0U);
    dma_unit.guest_reset(&guests[1]);
    assert_int_equal(call_count, 4);
    assert_attached(3U, 0U, 16U, 1U);
    for (uint32_t i = 0; i < IOMMUS; i++) {
        assert_false(is_held(&dma_iommus[i].fault_lock) || is_held(&dma_iommus[i].iommu.lock));
    }
}

/* shows: R-ISO-92 */
static void test_an_end_blocks_that_guests_devices_wherever_they_are(void **state)
{
    (void)state;
    dma_unit.guest_stop(&guests[0]);
    assert_int_equal(call_count, 2);
    for (uint32_t i = 0; i < 2U; i++) {
        assert_string_equal(calls[i].what, "block all");
        assert_int_equal(calls[i].iommu, i);
        assert_int_equal(calls[i].id, DMA_GSCID_FIRST);
        assert_true(calls[i].held);
    }
    dma_unit.guest_stop(&guests[1]);
    assert_int_equal(call_count, 3);
    assert_int_equal(calls[2].iommu, 0);
    assert_int_equal(calls[2].id, DMA_GSCID_FIRST + 1U);
}

/* What the devices had left in interrupt files in memory is of the life before. */
/* shows: R-ISO-92, R-LIFE-26 */
static void test_a_start_finds_no_msi_of_the_last_life(void **state)
{
    static struct vimsic file;

    (void)state;
    memset(&file, 0xff, sizeof(file));
    fake.vcpus[0].vimsic = &file;
    dma_unit.guest_reset(&guests[0]);
    for (uint32_t box = 0; box < 2U; box++) {
        struct mrif empty;

        mrif_reset(&empty);
        assert_memory_equal(&file.boxes[box], &empty, sizeof(empty));
    }
}

/* shows: R-ISO-92 */
static void test_guests_without_dma_get_no_tables(void **state)
{
    struct pages none = { .pool = { pa(FAKE_PHYS_BASE), 0U } };

    (void)state;
    assert_false(dma_unit.guest_init(&guests[0], &none));
    for (uint32_t i = 0; i < DEVICES; i++) {
        fake.plan.devices[i].dma.id_count = 0U;
    }
    assert_true(dma_unit.guest_init(&guests[0], &none));
    dma_unit.guest_reset(&guests[0]);
    dma_unit.guest_stop(&guests[0]);
    assert_int_equal(call_count, 0);
}

static void fault(uint32_t iommu, uint32_t id, uint32_t ttyp)
{
    waiting = (struct iommu_fault){ .device_id = id, .cause = IOMMU_CAUSE_READ_GUEST_PAGE,
                                    .ttyp = (uint8_t)ttyp };
    waiting_at = iommu;
    waiting_count = 1U;
    dma_interrupt(iommu);
}

/* shows: R-DMA-27, R-ISO-92 */
static void test_a_fault_that_stops_its_guest_stops_no_other(void **state)
{
    (void)state;
    fake.config.devices[3].dma_fault = CONFIG_DMA_FAULT_STOP;
    fault(0U, 16U, 3U);
    assert_int_equal(call_count, 1);
    assert_string_equal(calls[0].what, "block");
    assert_int_equal(calls[0].id, 16);
    assert_int_equal(atomic_load(&guests[1].state), GUEST_STOPPING);
    assert_int_equal(atomic_load(&guests[0].state), GUEST_RUNNING);
    /* More of them change nothing. */
    fault(0U, 16U, 3U);
    assert_int_equal(call_count, 1);
}

/* shows: R-DMA-26, R-ISO-92 */
static void test_a_device_is_blocked_with_all_its_ids(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fault(0U, 9U, 3U);
    assert_int_equal(call_count, 2);
    for (uint32_t i = 0; i < 2U; i++) {
        assert_string_equal(calls[i].what, "block");
        assert_int_equal(calls[i].iommu, 0);
        assert_int_equal(calls[i].id, 8U + i);
        assert_true(calls[i].held);
    }
    assert_true(dma_devices[0].blocked && !dma_devices[1].blocked && !dma_devices[3].blocked);
    assert_int_equal(atomic_load(&guests[0].state), GUEST_RUNNING);
}

/* The same id at another IOMMU, an id of nobody, and a record that is of no device. */
/* shows: R-DMA-24, R-ISO-92 */
static void test_a_fault_counts_for_its_own_device_alone(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fault(1U, 8U, 3U);
    assert_int_equal(dma_devices[1].meter.total, 1);
    fault(0U, 17U, 3U);
    assert_int_equal(dma_iommus[0].strangers.total, 1);
    fault(0U, 8U, 0U);
    assert_int_equal(dma_iommus[0].strangers.total, 2);
    assert_int_equal(dma_devices[0].meter.total, 0);
    assert_int_equal(call_count, 0);
    fault(0U, 8U, 1U);
    assert_int_equal(dma_devices[0].meter.total, 1);
    assert_int_equal(call_count, 2);
}

/* ---- vIOMMUs --------------------------------------------------------------------------------- */

static const struct viommu_context passed = { .reach = VIOMMU_PASSED };

/* A vIOMMU for the first device of either guest. */
static void add_viommus(void)
{
    fake.config.viommu_count = 2U;
    fake.plan.viommu_ids[0] = (struct plan_viommu_id){ 0x108U, 8U, 0U };
    fake.plan.viommu_ids[1] = (struct plan_viommu_id){ 0x109U, 9U, 0U };
    fake.plan.viommu_ids[2] = (struct plan_viommu_id){ 0x108U, 16U, 3U };
    fake.plan.viommus[0] = (struct plan_viommu){
        .guest = 0U, .ids = &fake.plan.viommu_ids[0], .id_count = 2U };
    fake.plan.viommus[1] = (struct plan_viommu){
        .guest = 1U, .ids = &fake.plan.viommu_ids[2], .id_count = 1U };
    fake.plan.devices[0].dma.viommu = 0U;
    fake.plan.devices[3].dma.viommu = 1U;
    for (uint32_t g = 0; g < 2U; g++) {
        dma_guests[g].gstage = (struct gstage){ GSTAGE_SV39X4, pa(UINT64_C(0x4000000) * (g + 1U)) };
        dma_unit.guest_reset(&guests[g]);
    }
    call_count = 0U;
}

/* That vIOMMU n of two may let its devices in, and its own GSCID is theirs. */
static void assert_open(uint32_t viommu, uint32_t id)
{
    call_count = 0U;
    assert_true(dma_viommu_change(viommu, 0U, &passed));
    assert_int_equal(call_count, 1);
    assert_string_equal(calls[0].what, "attach");
    assert_int_equal(calls[0].id, id);
    assert_true(calls[0].held && calls[0].fault_held);
    assert_int_equal(calls[0].context.iohgatp,
                     gstage_hgatp(&dma_guests[viommu].gstage, DMA_GSCID_VIOMMU_FIRST + viommu));
}

static void assert_closed(uint32_t viommu)
{
    call_count = 0U;
    assert_true(dma_viommu_change(viommu, 0U, &passed));
    assert_int_equal(call_count, 0);
}

/* shows: R-ISO-92, R-VIO-53 */
static void test_a_life_opens_and_closes_its_own_vIOMMU_alone(void **state)
{
    (void)state;
    add_viommus();
    assert_open(0U, 8U);
    assert_open(1U, 16U);
    dma_unit.guest_stop(&guests[0]);
    assert_closed(0U);
    assert_open(1U, 16U);
    dma_unit.guest_stop(&guests[1]);
    dma_unit.guest_reset(&guests[1]);
    assert_closed(0U);
    assert_open(1U, 16U);
    dma_unit.guest_reset(&guests[0]);
    assert_open(0U, 8U);
}

/* shows: R-ISO-92 */
static void test_records_wait_for_their_guest_alone(void **state)
{
    struct dma_record record;
    bool is_lost;

    (void)state;
    add_viommus();
    fault(0U, 9U, 3U);
    assert_int_equal(atomic_load(&guests[0].vcpus[0]->hart->events), HART_VIOMMU);
    assert_int_equal(atomic_load(&guests[1].vcpus[0]->hart->events), 0);
    dma_unit.guest_stop(&guests[1]);
    dma_unit.guest_reset(&guests[1]);
    assert_int_equal(dma_viommu_take(1U, &record, 1U, &is_lost), 0);
    assert_int_equal(dma_viommu_take(0U, &record, 1U, &is_lost), 1);
    assert_int_equal(record.n, 1);
    fault(0U, 9U, 3U);
    dma_unit.guest_stop(&guests[0]);
    dma_unit.guest_reset(&guests[0]);
    assert_int_equal(dma_viommu_take(0U, &record, 1U, &is_lost), 0);
}

/* RISC-V IOMMU 1.0.1, table 11: page faults of the first stage, and a process directory that is not
 * there or wrong. Nothing else is the guest's own affair while its vIOMMU lets the device in. */
/* shows: R-ISO-92, R-VIO-58 */
static void test_what_a_guests_tables_refuse(void **state)
{
    static const uint16_t own[] = { 12U, 13U, 15U, 265U, 266U, 267U };

    (void)state;
    add_viommus();
    assert_open(0U, 8U);
    uint32_t next = 0U;
    for (uint16_t cause = 0U; cause < 512U; cause++) {
        const struct iommu_fault of = { .device_id = 8U, .cause = cause, .ttyp = 3U };
        const bool is_own = next < sizeof(own) / sizeof(own[0]) && own[next] == cause;
        next += is_own ? 1U : 0U;
        assert_int_equal(dma_refused_by_guest(&fake.plan, 0U, &of), is_own);
    }
}

/* ---- interrupts of the IOMMUs -------------------------------------------------------------- */

static void wire(uint32_t flags)
{
    dma_iommus[0].iommu.setup.interrupt.kind = IOMMU_WIRED;
    fake.board.iommu[0].irq_count = 1U;
    fake.board.iommu[0].irqs[0] = WIRE;
    fake.board.iommu[0].irq_flags[0] = flags;
    /* Has a line, and tells by MSI. */
    fake.board.iommu[1].irq_count = 1U;
    fake.board.iommu[1].irqs[0] = WIRE + 1U;
}

/* shows: R-DMA-24 */
static void test_faults_are_the_service_harts_affair(void **state)
{
    static const struct { uint32_t flags; enum aplic_source_mode mode; bool is_level; } kinds[] = {
        { 1U, APLIC_SM_EDGE1, false }, { 2U, APLIC_SM_EDGE0, false },
        { 4U, APLIC_SM_LEVEL1, true }, { 8U, APLIC_SM_LEVEL0, true },
        { 9U, APLIC_SM_INACTIVE, true },
    };

    for (uint32_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        (void)set_up(state);
        wire(kinds[k].flags);
        fake.board.harts[SERVICE].imsic_index = 2U;
        fake_become(SERVICE);
        dma_start(&fake.plan);
        assert_int_equal(line.mode, kinds[k].mode);
        assert_int_equal(line.target_hart, board_aplic_hart_index(&fake.board.imsic, 2U));
        assert_int_equal(line.target_guest, 0);     /* the hypervisor's own file */
        assert_int_equal(line.eiid, HYP_IOMMU_ID);
        assert_true(line.enabled);
        /* Those from before the line was listened to are dealt with all the same. */
        assert_int_not_equal(fake.notified[SERVICE], 0);
        assert_int_equal(atomic_load(&harts[SERVICE].events), HART_DMA);
        waiting = (struct iommu_fault){ .device_id = 8U, .ttyp = 3U };
        waiting_at = 1U;
        waiting_count = 1U;
        dma_go_on();
        assert_int_equal(waiting_count, 0);
        assert_int_equal(dma_devices[1].meter.total, 1);
        /* A level that is still there says so again. */
        assert_int_equal(line.pending, kinds[k].is_level ? 1 : 0);
    }
}

/* shows: R-DMA-24 */
static void test_what_is_left_over_is_gone_on_with(void **state)
{
    (void)state;
    waiting = (struct iommu_fault){ .device_id = 8U, .ttyp = 3U };
    waiting_at = 1U;
    waiting_count = 3U * DMA_DRAIN_PIECE;
    fake_become(SERVICE);
    dma_interrupt(1U);
    assert_int_equal(waiting_count, 2U * DMA_DRAIN_PIECE);
    assert_int_equal(atomic_load(&harts[SERVICE].events), HART_DMA);
    dma_go_on();
    assert_int_equal(waiting_count, DMA_DRAIN_PIECE);
    dma_go_on();
    dma_go_on();
    assert_int_equal(waiting_count, 0);
    fake.notified[SERVICE] = 0U;
    dma_go_on();
    assert_int_equal(fake.notified[SERVICE], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_start_lets_in_that_guests_devices_with_its_memory, set_up),
        cmocka_unit_test_setup(test_an_end_blocks_that_guests_devices_wherever_they_are, set_up),
        cmocka_unit_test_setup(test_a_start_finds_no_msi_of_the_last_life, set_up),
        cmocka_unit_test_setup(test_guests_without_dma_get_no_tables, set_up),
        cmocka_unit_test_setup(test_a_fault_that_stops_its_guest_stops_no_other, set_up),
        cmocka_unit_test_setup(test_a_device_is_blocked_with_all_its_ids, set_up),
        cmocka_unit_test_setup(test_a_fault_counts_for_its_own_device_alone, set_up),
        cmocka_unit_test_setup(test_a_life_opens_and_closes_its_own_vIOMMU_alone, set_up),
        cmocka_unit_test_setup(test_records_wait_for_their_guest_alone, set_up),
        cmocka_unit_test_setup(test_what_a_guests_tables_refuse, set_up),
        cmocka_unit_test_setup(test_faults_are_the_service_harts_affair, set_up),
        cmocka_unit_test_setup(test_what_is_left_over_is_gone_on_with, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
