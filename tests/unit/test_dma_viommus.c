/* SPDX-License-Identifier: Apache-2.0 */
/* Devices behind vIOMMUs: hyp/dma/viommus.c, with the rest of hyp/dma as it is. */
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

#define WINDOW   1000U    /* ticks of a second */
#define FLOOD    100U
#define ID_A     8U       /* behind vIOMMU 1, which has two ids */
#define ID_B     9U
#define ID_PLAIN 10U      /* behind none */
#define ID_OTHER 11U      /* behind vIOMMU 2 */
#define VIOMMU   1U
#define OTHER    2U
#define BOX      64U
#define GSCID_OF_VIOMMU (1U + CONFIG_MAX_GUESTS + VIOMMU)
#define GSCID_OF_OTHER  (1U + CONFIG_MAX_GUESTS + OTHER)

enum call { NONE, ATTACHED, REFUSED, QUIETED, BLOCKED };

/* An IOMMU that does what it is told, or says why not. */
static struct {
    enum iommu_result result;
    enum call last[16];                 /* of each id */
    uint32_t calls;                     /* of attach and refuse */
    struct iommu_context context;       /* of the last attach */
    bool quiet;                         /* and refuse, or the same of that */
    uint32_t blocked_gscids[8], blocked_count;
    struct iommu_addresses forgotten[VIOMMU_PIECE];
    uint32_t forgotten_gscids[VIOMMU_PIECE], forgotten_count;
    uint32_t process_device, process_id, finishes;
    struct iommu_fault queue[2U * BOX];
    uint32_t queued, taken;
    void (*in_block_all)(void);
} iommu_is;

static bool is_held(const struct lock *lock)
{
    return atomic_load(&lock->next) != atomic_load(&lock->serving);
}

enum iommu_result iommu_attach(struct iommu *iommu, uint32_t device_id,
                               const struct iommu_context *context)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.last[device_id] = ATTACHED;
    iommu_is.context = *context;
    iommu_is.quiet = context->quiet;
    iommu_is.calls++;
    return iommu_is.result;
}

enum iommu_result iommu_refuse(struct iommu *iommu, uint32_t device_id, bool quiet)
{
    assert_true(is_held(&iommu->lock));
    iommu_is.last[device_id] = REFUSED;
    iommu_is.quiet = quiet;
    iommu_is.calls++;
    return iommu_is.result;
}

enum iommu_result iommu_block(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    iommu_is.last[device_id] = BLOCKED;
    return iommu_is.result;
}

enum iommu_result iommu_quiet(struct iommu *iommu, uint32_t device_id)
{
    (void)iommu;
    iommu_is.last[device_id] = QUIETED;
    return iommu_is.result;
}

enum iommu_result iommu_block_all(struct iommu *iommu, uint16_t gscid)
{
    (void)iommu;
    iommu_is.blocked_gscids[iommu_is.blocked_count++] = gscid;
    if (iommu_is.in_block_all != NULL) {
        iommu_is.in_block_all();
    }
    return iommu_is.result;
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
    return count;
}

bool dma_open_iommus(const struct plan *plan, struct pages *pages)
{
    (void)plan;
    (void)pages;
    fail_msg("nothing here is opened");
    return false;
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

/* Guest 0 with four devices behind IOMMU 0; vIOMMU 0 is another guest's. */
static void give(uint32_t i, uint32_t id, uint32_t viommu)
{
    fake.config.devices[i] =
        (struct config_device){ .name = "a", .path = "/a", .node = "/soc/a" };
    fake.plan.devices[i].dma =
        (struct plan_dma){ .iommu = 0U, .ids = { id }, .id_count = 1U, .viommu = viommu };
}

static int set_up(void **state)
{
    struct plan *plan = &fake.plan;

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
    fake.config.device_count = 4U;
    fake.config.viommu_count = 3U;
    fake.config.guests[0].device_count = 4U;
    fake.config.guests[0].devices = fake.config.devices;
    plan->guests[0].devices = plan->devices;
    give(0U, ID_A, VIOMMU);
    give(1U, ID_B, VIOMMU);
    give(2U, ID_PLAIN, PLAN_NO_VIOMMU);
    give(3U, ID_OTHER, OTHER);
    plan->viommus[0] = (struct plan_viommu){ .guest = 1U, .iommu = 0U };
    plan->viommu_ids[0] = (struct plan_viommu_id){ 0x108U, ID_A, 0U };
    plan->viommu_ids[1] = (struct plan_viommu_id){ 0x109U, ID_B, 1U };
    plan->viommu_ids[2] = (struct plan_viommu_id){ 0x10bU, ID_OTHER, 3U };
    plan->viommus[VIOMMU] = (struct plan_viommu){ .ids = &plan->viommu_ids[0], .id_count = 2U };
    plan->viommus[OTHER] = (struct plan_viommu){ .ids = &plan->viommu_ids[2], .id_count = 1U };
    dma_guests[0].gstage = (struct gstage){ GSTAGE_SV39X4, pa(0x84000000U) };
    dma_guests[0].msi =
        (struct iommu_msi_table){ .base = pa(0x85000000U), .mask = 7U, .pattern = 0x28000U };
    dma_iommus[0].used = true;
    dma_iommus[0].flood = FLOOD;
    dma_iommus[0].iommu.caps.msi_flat = true;
    the_plan = plan;
    dma_unit.guest_reset(fake.guest);
    iommu_is.calls = 0U;
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

static void faults(uint32_t count, uint32_t id, uint16_t cause)
{
    for (uint32_t i = 0; i < count; i++) {
        iommu_is.queue[0] = (struct iommu_fault){
            .device_id = id, .cause = cause, .ttyp = 3U, .iotval = i };
        iommu_is.queued = 1U;
        iommu_is.taken = 0U;
        dma_interrupt(0U);
    }
}

static const struct viommu_context passed = { .reach = VIOMMU_PASSED };
static const struct viommu_context refuse = { .reach = VIOMMU_REFUSED, .cause = 258U };
static const struct viommu_context translated = {
    .reach = VIOMMU_TRANSLATED,
    .first_stage = { .pscid = 5U, .fsc = UINT64_C(8) << 60 | 0x80123U },
};

/* ---- tests ----------------------------------------------------------------------------------- */

/* shows: R-VIO-50 */
static void test_devices_behind_a_viommu_wait_for_it(void **state)
{
    (void)state;
    assert_int_equal(iommu_is.last[ID_PLAIN], ATTACHED);
    assert_int_equal(iommu_is.last[ID_A], NONE);
    assert_int_equal(iommu_is.last[ID_B], NONE);
    assert_int_equal(iommu_is.last[ID_OTHER], NONE);
}

/* shows: R-VIO-51 */
static void test_each_viommu_has_a_gscid_and_all_have_the_tables_of_their_guest(void **state)
{
    const uint64_t root = UINT64_C(8) << 60 | UINT64_C(0x84000);

    (void)state;
    assert_int_equal(dma_gscid(the_plan, 0U), GSCID_OF_VIOMMU);
    assert_int_equal(dma_gscid(the_plan, 2U), DMA_GSCID_FIRST);
    assert_int_equal(dma_gscid(the_plan, 3U), GSCID_OF_OTHER);
    assert_true(dma_viommu_change(VIOMMU, 1U, &translated));
    assert_int_equal(iommu_is.last[ID_B], ATTACHED);
    assert_int_equal(iommu_is.context.iohgatp, root | (uint64_t)GSCID_OF_VIOMMU << 44);
    assert_int_equal(iommu_is.context.msi_table.v, 0x85000000U);
    assert_int_equal(iommu_is.context.msi_mask, 7U);
    assert_int_equal(iommu_is.context.msi_pattern, 0x28000U);
    assert_int_equal(iommu_is.context.first_stage.fsc, translated.first_stage.fsc);
    assert_int_equal(iommu_is.context.first_stage.pscid, 5U);
    assert_true(dma_viommu_change(OTHER, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_OTHER], ATTACHED);
    assert_int_equal(iommu_is.context.iohgatp, root | (uint64_t)GSCID_OF_OTHER << 44);
    assert_int_equal(iommu_is.context.first_stage.fsc, 0);
}

/* shows: R-VIO-52 */
static void test_what_the_guest_refuses_is_reported_unless_quiet(void **state)
{
    struct viommu_context quiet = refuse;

    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    assert_int_equal(iommu_is.last[ID_A], REFUSED);
    assert_false(iommu_is.quiet);
    quiet.quiet = true;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_true(iommu_is.quiet);
    quiet.reach = VIOMMU_PASSED;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_true(iommu_is.quiet);
}

/* As another hart does while this one holds the IOMMU's lock: it gets it afterwards. */
static void change_while_it_ends(void)
{
    const struct lock held = dma_iommus[0].iommu.lock;
    const uint32_t calls = iommu_is.calls;

    dma_iommus[0].iommu.lock = (struct lock){ 0U, 0U };
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.calls, calls);
    dma_iommus[0].iommu.lock = held;
}

/* Its own ids and those of all its vIOMMUs are blocked, and none is let in again. */
/* shows: R-VIO-53 */
static void test_a_life_that_is_over_changes_nothing(void **state)
{
    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    iommu_is.in_block_all = change_while_it_ends;
    dma_unit.guest_stop(fake.guest);
    assert_int_equal(iommu_is.blocked_count, 3);
    assert_int_equal(iommu_is.blocked_gscids[0], DMA_GSCID_FIRST);
    assert_int_equal(iommu_is.blocked_gscids[1], GSCID_OF_VIOMMU);
    assert_int_equal(iommu_is.blocked_gscids[2], GSCID_OF_OTHER);
    change_while_it_ends();
    dma_unit.guest_reset(fake.guest);
    iommu_is.calls = 0U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.calls, 1);
}

/* shows: R-VIO-54 */
static void test_a_blocked_device_stays_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 1U, &passed));
    assert_int_equal(iommu_is.last[ID_B], ATTACHED);
}

/* Two devices that share an id: the one that is blocked gets nothing through it either. */
/* shows: R-VIO-54 */
static void test_an_id_of_a_blocked_device_stays_blocked(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fake.config.devices[1].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    fake.plan.devices[1].dma.ids[1] = ID_A;
    fake.plan.devices[1].dma.id_count = 2U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_B, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_int_equal(iommu_is.last[ID_B], BLOCKED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_true(dma_viommu_change(VIOMMU, 1U, &passed));
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
    assert_int_equal(iommu_is.last[ID_B], BLOCKED);
    /* The same id at another IOMMU is another device. */
    fake.plan.devices[1].dma.iommu = 1U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
}

/* shows: R-VIO-46 */
static void test_what_the_guest_itself_refuses_has_no_consequences(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(1U, ID_A, 13U);
    faults(1U, ID_A, 266U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], REFUSED);
    assert_true(dma_viommu_change(VIOMMU, 0U, &passed));
    faults(1U, ID_A, 23U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
}

/* Records that the service hart has not seen yet when the guest changes its mind. */
/* shows: R-VIO-46 */
static void test_a_change_of_mind_is_not_for_what_was_refused_before(void **state)
{
    (void)state;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_BLOCK;
    iommu_is.queue[0] = (struct iommu_fault){ .device_id = ID_A, .cause = 23U, .ttyp = 3U };
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    iommu_is.queued = 1U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    dma_interrupt(0U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    iommu_is.taken = 0U;
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    dma_interrupt(0U);
    assert_int_equal(iommu_is.last[ID_A], BLOCKED);
}

/* shows: R-VIO-46 */
static void test_the_guest_cannot_silence_a_device_whose_faults_have_consequences(void **state)
{
    struct viommu_context quiet = passed;

    (void)state;
    quiet.quiet = true;
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_STOP;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_false(iommu_is.quiet);
    fake.config.devices[0].dma_fault = CONFIG_DMA_FAULT_LOG;
    assert_true(dma_viommu_change(VIOMMU, 0U, &quiet));
    assert_true(iommu_is.quiet);
}

/* shows: R-VIO-55 */
static void test_a_flood_stays_cut_off_for_its_window(void **state)
{
    struct dma_record records[BOX];
    bool lost;

    (void)state;
    faults(FLOOD - 1U, ID_A, 13U);
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    assert_false(iommu_is.quiet);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), BOX);
    faults(1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], QUIETED);
    assert_int_equal(said("no more are reported until its guest lets it in anew"), 1);
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_true(iommu_is.quiet);
    /* What would have come is lost, although there is room. */
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 1);
    assert_true(lost);
    fake_uart.now += WINDOW;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    assert_false(iommu_is.quiet);
    faults(FLOOD - 1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], ATTACHED);
    faults(1U, ID_A, 13U);
    assert_int_equal(iommu_is.last[ID_A], QUIETED);
}

/* shows: R-VIO-56 */
static void test_records_go_to_the_vIOMMU_of_their_device(void **state)
{
    struct dma_record records[4];
    bool lost;

    (void)state;
    faults(1U, ID_B, 13U);
    faults(1U, ID_PLAIN, 13U);
    faults(1U, ID_OTHER, 15U);
    assert_int_equal(fake.notified[0], 2);
    assert_true((atomic_load(&harts[0].events) & HART_VIOMMU) != 0U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, 4U, &lost), 1);
    assert_false(lost);
    assert_int_equal(records[0].n, 1);
    assert_int_equal(records[0].fault.device_id, ID_B);
    assert_int_equal(records[0].fault.cause, 13);
    assert_int_equal(dma_viommu_take(VIOMMU, records, 4U, &lost), 0);
    assert_int_equal(dma_viommu_take(OTHER, records, 4U, &lost), 1);
    assert_int_equal(records[0].n, 0);
    assert_int_equal(records[0].fault.cause, 15);
}

/* The oldest are kept, and that some are not is known after them. */
/* shows: R-VIO-57 */
static void test_a_full_box_says_so(void **state)
{
    struct dma_record records[BOX];
    bool lost;

    (void)state;
    faults(BOX - 10U, ID_A, 13U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), BOX - 10U);
    fake_uart.now += WINDOW;
    faults(BOX + 1U, ID_A, 13U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX - 1U, &lost), BOX - 1U);
    assert_false(lost);
    assert_int_equal(records[0].fault.iotval, 0);
    assert_int_equal(records[BOX - 2U].fault.iotval, BOX - 2U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 1);
    assert_true(lost);
    assert_int_equal(records[0].fault.iotval, BOX - 1U);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 0);
    assert_false(lost);
    /* A new life has none of them. */
    faults(BOX + 1U, ID_B, 13U);
    dma_unit.guest_stop(fake.guest);
    dma_unit.guest_reset(fake.guest);
    assert_int_equal(dma_viommu_take(VIOMMU, records, BOX, &lost), 0);
    assert_false(lost);
}

/* shows: R-VIO-58 */
static void test_what_the_guest_itself_refuses_is_no_line_in_the_log(void **state)
{
    (void)state;
    assert_true(dma_viommu_change(VIOMMU, 0U, &translated));
    faults(10U, ID_A, 13U);
    faults(10U, ID_A, 266U);
    assert_int_equal(said("refused"), 0);
    faults(1U, ID_A, 23U);
    assert_int_equal(said("(cause 23)"), 1);
    assert_true(dma_viommu_change(VIOMMU, 0U, &refuse));
    faults(10U, ID_A, 23U);
    assert_int_equal(said("(cause 23)"), 1);
    assert_int_equal(dma_devices[0].meter.total, 31);
    faults(1U, ID_PLAIN, 13U);
    assert_int_equal(said("(cause 13)"), 1);
}

/* shows: R-VIO-59 */
static void test_invalidations_bear_the_gscid_of_their_viommu(void **state)
{
    const struct viommu_forget forgets[] = {
        { .kind = VIOMMU_FORGET_ADDRESSES, .addresses = { .by_pscid = true, .pscid = 7U } },
        { .kind = VIOMMU_FORGET_PROCESS, .device = 1U, .process_id = 3U },
    };

    (void)state;
    assert_true(dma_viommu_forget(VIOMMU, forgets, 2U));
    assert_int_equal(iommu_is.forgotten_count, 1);
    assert_int_equal(iommu_is.forgotten_gscids[0], GSCID_OF_VIOMMU);
    assert_int_equal(iommu_is.forgotten[0].pscid, 7);
    assert_int_equal(iommu_is.process_device, ID_B);
    assert_int_equal(iommu_is.process_id, 3);
    assert_int_equal(iommu_is.finishes, 0);
    assert_true(dma_viommu_finish(VIOMMU));
    assert_int_equal(iommu_is.finishes, 1);
}

/* shows: R-VIO-60 */
static void test_a_dead_iommu_is_told_of_once(void **state)
{
    const struct viommu_forget forgets[2] = { { .kind = VIOMMU_FORGET_ADDRESSES } };

    (void)state;
    iommu_is.result = IOMMU_NO_ANSWER;
    assert_false(dma_viommu_finish(VIOMMU));
    atomic_store(&dma_iommus[0].iommu.dead, true);
    for (uint32_t i = 0; i < 10U; i++) {
        assert_false(dma_viommu_finish(VIOMMU));
        assert_false(dma_viommu_forget(VIOMMU, forgets, 2U));
        assert_false(dma_viommu_change(VIOMMU, 0U, &passed));
    }
    assert_int_equal(iommu_is.forgotten_count, 10);
    assert_int_equal(said("no device behind it does DMA any more"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_devices_behind_a_viommu_wait_for_it, set_up),
        cmocka_unit_test_setup(test_each_viommu_has_a_gscid_and_all_have_the_tables_of_their_guest,
                               set_up),
        cmocka_unit_test_setup(test_what_the_guest_refuses_is_reported_unless_quiet, set_up),
        cmocka_unit_test_setup(test_a_life_that_is_over_changes_nothing, set_up),
        cmocka_unit_test_setup(test_a_blocked_device_stays_blocked, set_up),
        cmocka_unit_test_setup(test_an_id_of_a_blocked_device_stays_blocked, set_up),
        cmocka_unit_test_setup(test_what_the_guest_itself_refuses_has_no_consequences, set_up),
        cmocka_unit_test_setup(test_a_change_of_mind_is_not_for_what_was_refused_before, set_up),
        cmocka_unit_test_setup(
            test_the_guest_cannot_silence_a_device_whose_faults_have_consequences, set_up),
        cmocka_unit_test_setup(test_a_flood_stays_cut_off_for_its_window, set_up),
        cmocka_unit_test_setup(test_records_go_to_the_vIOMMU_of_their_device, set_up),
        cmocka_unit_test_setup(test_a_full_box_says_so, set_up),
        cmocka_unit_test_setup(test_what_the_guest_itself_refuses_is_no_line_in_the_log, set_up),
        cmocka_unit_test_setup(test_invalidations_bear_the_gscid_of_their_viommu, set_up),
        cmocka_unit_test_setup(test_a_dead_iommu_is_told_of_once, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
