/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the effects of a vIOMMU, in which order and in whose life: hyp/viommu. The
 * vIOMMU is a puppet here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/viommu/viommu_unit.c"
#include "hyp/console/console.h"
#include "hyp/irq/irq.h"
#include "iommu/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define POOL_PA     (FAKE_PHYS_BASE + UINT64_C(0x100000))
#define POOL_SIZE   UINT64_C(0x100000)
#define FENCE_GPA   (GUEST_RAM_BASE + UINT64_C(0x104))
#define FENCE_DATA  0x600dU
#define SOURCE      5U
#define WORD        3U       /* a doubleword of the registers */
#define HIGH_WORD   95U      /* icvec */
#define FIRST       2U       /* the guest's first vIOMMU in the plan */
#define CAPABILITIES UINT64_C(0x1234)

/* ---- the world ------------------------------------------------------------------------------- */

enum deed { CHANGE, FORGET, FINISH, LEVEL, MSI };

/* What was done, and what the guest could see of it when it was. */
static struct {
    enum deed deed;
    uint32_t viommu, value;
    bool stored, shown;      /* IOFENCE.C's data; the register */
} deeds[64];
static uint32_t deed_count;
static bool iommu_answers;
static struct iommu_caps iommu_can;
static struct dma_record box[16];
static uint32_t box_count;
static bool box_lost;

static struct pages pages;
static struct viommu_run *the_run;

static uint64_t shown(const struct viommu_run *run, uint32_t word)
{
    const uint64_t *page = phys_pointer(run->page, PAGE_SIZE);

    return page[word];
}

static uint32_t guest_word(uint64_t at)
{
    uint32_t value;

    memcpy(&value, guest_ram(fake.guest, gpa(at), sizeof(value)), sizeof(value));
    return value;
}

static void note(enum deed deed, uint32_t viommu, uint32_t value)
{
    deeds[deed_count].deed = deed;
    deeds[deed_count].viommu = viommu;
    deeds[deed_count].value = value;
    deeds[deed_count].stored = guest_word(FENCE_GPA) == FENCE_DATA;
    deeds[deed_count].shown = shown(the_run, WORD) == the_run->state.words[WORD];
    deed_count++;
}

struct iommu_caps dma_viommu_caps(uint32_t viommu)
{
    (void)viommu;
    return iommu_can;
}

bool dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context)
{
    assert_ptr_equal(context, &the_run->state.setup.devices[n].context);
    note(CHANGE, viommu, n);
    return iommu_answers;
}

bool dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count)
{
    assert_ptr_equal(forgets, the_run->effects.forgets);
    note(FORGET, viommu, count);
    return iommu_answers;
}

bool dma_viommu_finish(uint32_t viommu)
{
    note(FINISH, viommu, 0U);
    return iommu_answers;
}

uint32_t dma_viommu_take(uint32_t viommu, struct dma_record *out, uint32_t max, bool *lost)
{
    const uint32_t count = viommu != FIRST ? 0U : box_count < max ? box_count : max;

    memcpy(out, box, count * sizeof(box[0]));
    memmove(box, &box[count], (box_count - count) * sizeof(box[0]));
    box_count -= count;
    *lost = box_lost && viommu == FIRST && box_count == 0U;
    box_lost = box_lost && !*lost;
    return count;
}

void irq_set_level(uint32_t guest, uint32_t source, bool level)
{
    assert_int_equal(guest, 0);
    note(LEVEL, source, level);
}

void irq_send_msi(const struct vcpu *vcpu, uint32_t id)
{
    note(MSI, vcpu->index, id);
}

/* ---- the puppet ------------------------------------------------------------------------------ */

static struct {
    struct viommu_effects next;      /* of the next steps, */
    uint32_t more;                   /* so many of which have more to do */
    struct viommu_write write;       /* last; width 0: none */
    uint32_t steps, reports, losses, unfinished, resets;
    uint32_t reported[32];           /* devices */
} puppet;

static void act(struct viommu *v, struct viommu_effects *out)
{
    *out = puppet.next;
    v->words[WORD]++;
    v->words[HIGH_WORD] = v->words[WORD] << 8;
    out->dirty[WORD / 64U] |= UINT64_C(1) << WORD % 64U;
    out->dirty[HIGH_WORD / 64U] |= UINT64_C(1) << HIGH_WORD % 64U;
    out->more = puppet.more != 0U;
    puppet.more -= out->more ? 1U : 0U;
}

uint64_t viommu_capabilities(const struct iommu_caps *physical, uint32_t guest_address_bits,
                             bool process_ids)
{
    assert_int_equal(physical->major, 1);
    assert_int_equal(guest_address_bits, 41);
    return CAPABILITIES | (process_ids ? 1U : 0U);
}

void viommu_reset(struct viommu *v, const struct viommu_setup *setup, struct viommu_effects *out)
{
    memset(v, 0, sizeof(*v));
    v->setup = *setup;
    v->words[0] = setup->capabilities;
    puppet.resets++;
    the_run = &runs[setup->devices == &viommu_devices[1] ? FIRST : FIRST + 1U];
    act(v, out);
}

void viommu_step(struct viommu *v, const struct viommu_write *write, struct viommu_effects *out)
{
    puppet.write = write != NULL ? *write : (struct viommu_write){ 0U, 0U, 0U };
    puppet.steps++;
    act(v, out);
}

void viommu_unfinished(struct viommu *v, struct viommu_effects *out)
{
    memset(out, 0, sizeof(*out));
    v->words[WORD] = 0xdeadU;
    out->dirty[WORD / 64U] = UINT64_C(1) << WORD % 64U;
    puppet.unfinished++;
}

void viommu_report(struct viommu *v, uint32_t device, const struct iommu_fault *fault,
                   struct viommu_effects *out)
{
    assert_int_equal(fault->cause, 13);
    puppet.reported[puppet.reports++] = device;
    act(v, out);
}

void viommu_lost(struct viommu *v, struct viommu_effects *out)
{
    puppet.losses++;
    act(v, out);
}

/* ---- set-up ---------------------------------------------------------------------------------- */

/* The guest has vIOMMUs 2 and 3 of the plan, with ids 1 and 2, and 3. */
static int set_up(void **state)
{
    struct plan *plan = &fake.plan;

    (void)state;
    fake_phys_reset();
    fake_machine_init();
    fake_machine_console();
    memset(&puppet, 0, sizeof(puppet));
    memset(runs, 0, sizeof(runs));
    deed_count = box_count = 0U;
    box_lost = false;
    iommu_answers = true;
    iommu_can = (struct iommu_caps){ .major = 1U, .sv39 = true, .pd8 = true };
    fake.config.viommu_count = 4U;
    fake.config.guests[0].viommu_count = 2U;
    fake.config.viommus[3].dma_blocked = true;
    fake.config.viommus[3].process_ids = true;
    plan->guests[0].viommus = &plan->viommus[FIRST];
    for (uint32_t i = 0; i < 2U; i++) {
        plan->viommus[FIRST + i] = (struct plan_viommu){
            .config = &fake.config.viommus[FIRST + i],
            .regs = gpa(GUEST_VIOMMU_BASE + i * PAGE_SIZE),
            .sources = { SOURCE + 2U * i, SOURCE + 2U * i + 1U },
            .ids = &plan->viommu_ids[1U + 2U * i], .id_count = 2U - i };
    }
    plan->viommu_ids[1].virtual_id = 0x8U;
    plan->viommu_ids[2].virtual_id = 0x10U;
    plan->viommu_ids[3].virtual_id = 0x100U;
    pages_open(&pages, (struct pa_range){ pa(POOL_PA), POOL_SIZE });
    assert_int_equal(gstage_create(&fake.guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    assert_true(viommu_unit.guest_init(fake.guest, &pages));
    the_run = &runs[FIRST];
    return 0;
}

static void begin_life(void)
{
    viommu_unit.guest_reset(fake.guest);
    the_run = &runs[FIRST];
    deed_count = 0U;
}

static bool ring(uint64_t offset, uint32_t width, uint64_t value)
{
    const gpa_t at = gpa(GUEST_VIOMMU_BASE + offset);
    const struct mmio_region *region = guest_find_region(fake.guest, at, width);

    assert_non_null(region);
    assert_int_equal(region->counter, EXIT_VIOMMU);
    return region->write(fake.guest, region->tag, at.v - region->range.base.v, width, value);
}

/* A step with one of everything. */
static void do_everything(void)
{
    puppet.next.changes[0].device = 1U;
    puppet.next.changes[1].device = 0U;
    puppet.next.change_count = 2U;
    puppet.next.forget_count = 2U;
    puppet.next.fence = true;
    puppet.next.stores[0] = (struct viommu_store){ gpa(FENCE_GPA), FENCE_DATA };
    puppet.next.store_count = 1U;
    puppet.next.wires = 2U;
    puppet.next.msis[0] = (struct viommu_msi){ gpa(GUEST_IMSIC_BASE + 3U * PAGE_SIZE), 0x42U };
    puppet.next.msi_count = 1U;
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

/* Its vIOMMUs are made once more. */
static void boot(void)
{
    fake.guest->region_count = 0U;
    assert_int_equal(gstage_create(&fake.guest->gstage, GSTAGE_SV39X4, &pages), GSTAGE_OK);
    assert_true(viommu_unit.guest_init(fake.guest, &pages));
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* shows: R-VIO-47 */
static void test_what_the_board_lacks_is_said(void **state)
{
    (void)state;
    log_use_console();
    boot();
    assert_int_equal(said("warning"), 0);
    iommu_can.pd8 = false;
    boot();
    assert_int_equal(said("warning"), 1); /* one of the two has process-ids */
    assert_int_equal(said("has no process ids"), 1);
    iommu_can = (struct iommu_caps){ .pd20 = true };
    boot();
    assert_int_equal(said("has no first stages"), 2);
    assert_int_equal(said("warning"), 3);
    iommu_can.sv57 = true;
    boot();
    assert_int_equal(said("warning"), 3);
}

/* shows: R-VIO-61 */
static void test_the_guest_may_load_registers_and_store_to_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2U; i++) {
        uint32_t rights;
        pa_t at;
        uint64_t value;

        assert_true(gstage_translate(&fake.guest->gstage, gpa(GUEST_VIOMMU_BASE + i * PAGE_SIZE),
                                     &at, &rights));
        assert_int_equal(at.v, runs[FIRST + i].page.v);
        assert_int_equal(rights, GSTAGE_R);
        assert_int_equal(shown(&runs[FIRST + i], PAGE_SIZE / 8U - 1U), 0);
        assert_false(fake.guest->regions[0].read(fake.guest, 0U, i * PAGE_SIZE, 4U, &value));
    }
    assert_int_not_equal(runs[FIRST].page.v, runs[FIRST + 1U].page.v);
}

/* shows: R-VIO-61 */
static void test_a_pool_without_pages_stops_the_boot(void **state)
{
    (void)state;
    fake.guest->region_count = 0U;
    pages_open(&pages, (struct pa_range){ pa(POOL_PA), 0U });
    assert_false(viommu_unit.guest_init(fake.guest, &pages));
    assert_int_equal(fake.guest->region_count, 0);
}

/* shows: R-VIO-62 */
static void test_a_store_is_given_to_the_vIOMMU_that_it_is_to(void **state)
{
    (void)state;
    begin_life();
    assert_true(ring(0x18U, 8U, 0x1122334455667788U));
    assert_int_equal(puppet.write.offset, 0x18);
    assert_int_equal(puppet.write.width, 8);
    assert_int_equal(puppet.write.value, 0x1122334455667788U);
    assert_int_equal(shown(&runs[FIRST], WORD), 2);
    assert_int_equal(shown(&runs[FIRST], HIGH_WORD), 0x200);
    assert_int_equal(shown(&runs[FIRST + 1U], WORD), 1);
    assert_true(ring(PAGE_SIZE + 0xffcU, 4U, 7U));
    assert_int_equal(puppet.write.offset, 0xffc);
    assert_int_equal(shown(&runs[FIRST], WORD), 2);
    assert_int_equal(shown(&runs[FIRST + 1U], WORD), 2);
}

/* shows: R-VIO-63 */
static void test_effects_come_in_their_order(void **state)
{
    static const enum deed order[] = { CHANGE, CHANGE, FORGET, FINISH, LEVEL, MSI };

    (void)state;
    begin_life();
    do_everything();
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deed_count, 6);
    for (uint32_t i = 0; i < 6U; i++) {
        assert_int_equal(deeds[i].deed, order[i]);
        /* Nothing is visible before the hardware is done, and all of it before an interrupt. */
        assert_int_equal(deeds[i].stored, i > 3U);
        assert_int_equal(deeds[i].shown, i > 3U);
    }
    assert_int_equal(deeds[0].viommu, FIRST);
    assert_int_equal(deeds[0].value, 1);
    assert_int_equal(deeds[1].value, 0);
    assert_int_equal(deeds[2].value, 2);
    assert_int_equal(deeds[4].viommu, SOURCE + 1U);
    assert_int_equal(deeds[4].value, 1);
    assert_int_equal(deeds[5].viommu, 3);
    assert_int_equal(deeds[5].value, 0x42);
    assert_int_equal(guest_word(FENCE_GPA - 4U), 0xa5a5a5a5U);
    assert_int_equal(guest_word(FENCE_GPA + 4U), 0xa5a5a5a5U);
}

/* With the register in the guest's memory, where IOFENCE.C stores: what is stored last stays. */
/* shows: R-VIO-63 */
static void test_data_is_in_memory_before_registers_say_so(void **state)
{
    (void)state;
    begin_life();
    the_run->page = pa(FAKE_PHYS_BASE);
    puppet.next.stores[0] = (struct viommu_store){ gpa(GUEST_RAM_BASE + WORD * 8U), FENCE_DATA };
    puppet.next.store_count = 1U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(shown(the_run, WORD), the_run->state.words[WORD]);
}

/* A fence's message comes when all of it is visible, and not at all if the fence was not done. */
/* shows: R-VIO-63, R-VIO-64 */
static void test_a_fence_may_store_to_an_interrupt_file(void **state)
{
    (void)state;
    begin_life();
    do_everything();
    puppet.next.stores[1] =
        (struct viommu_store){ gpa(GUEST_IMSIC_BASE + PAGE_SIZE), 0x29U };
    puppet.next.store_count = 2U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deed_count, 7);
    assert_int_equal(deeds[5].deed, MSI);
    assert_int_equal(deeds[5].viommu, 1);
    assert_int_equal(deeds[5].value, 0x29);
    assert_true(deeds[5].stored && deeds[5].shown);
    assert_int_equal(deeds[6].deed, MSI);
    assert_int_equal(deeds[6].value, 0x42);
    do_everything();
    puppet.next.stores[0].at = gpa(GUEST_IMSIC_BASE + 4096U * PAGE_SIZE);
    deed_count = 0U;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(deeds[deed_count - 1U].value, 0x42);
}

/* shows: R-VIO-64 */
static void test_what_the_iommu_does_not_do_is_not_claimed(void **state)
{
    (void)state;
    begin_life();
    do_everything();
    iommu_answers = false;
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    assert_int_equal(puppet.unfinished, 1);
    assert_int_equal(deed_count, 1); /* what comes after it is not tried */
    assert_int_equal(guest_word(FENCE_GPA), 0xa5a5a5a5U);
    assert_int_equal(shown(the_run, WORD), 0xdead);
}

/* shows: R-VIO-65 */
static void test_wires_are_levels(void **state)
{
    (void)state;
    begin_life();
    puppet.next.wires = 3U;
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 2);
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 2);
    puppet.next.wires = 1U;
    (void)ring(0U, 4U, 0U);
    assert_int_equal(deed_count, 3);
    assert_int_equal(deeds[2].viommu, SOURCE + 1U);
    assert_int_equal(deeds[2].value, 0);
    /* A wire that is high at the end of a life is low at the beginning of the next. */
    viommu_unit.guest_stop(fake.guest);
    puppet.next.wires = 0U;
    viommu_unit.guest_reset(fake.guest);
    assert_int_equal(deed_count, 4);
    assert_int_equal(deeds[3].viommu, SOURCE);
    assert_int_equal(deeds[3].value, 0);
}

/* shows: R-VIO-66 */
static void test_what_is_left_is_done_piece_by_piece(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 2U;
    fake_become(2);
    (void)ring(IOMMU_CQT, 4U, 100U);
    assert_int_equal(puppet.steps, 1);
    assert_true((atomic_exchange(&harts[2].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 2);
    assert_int_equal(puppet.write.width, 0);
    assert_true((atomic_exchange(&harts[2].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 3);
    assert_int_equal(atomic_load(&harts[2].events), 0);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 3);
    assert_int_equal(atomic_load(&harts[0].events), 0);
}

/* shows: R-VIO-67 */
static void test_records_are_delivered_in_pieces(void **state)
{
    (void)state;
    begin_life();
    for (uint32_t i = 0; i < 10U; i++) {
        box[i] = (struct dma_record){ i, { .cause = 13U } };
    }
    box_count = 10U;
    box_lost = true;
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, RECORDS_PIECE);
    assert_int_equal(puppet.losses, 0);
    assert_true((atomic_exchange(&harts[0].events, 0U) & HART_VIOMMU) != 0U);
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, 10);
    assert_int_equal(puppet.losses, 1);
    assert_int_equal(atomic_load(&harts[0].events), 0);
    for (uint32_t i = 0; i < 10U; i++) {
        assert_int_equal(puppet.reported[i], i);
    }
    assert_int_equal(shown(the_run, WORD), the_run->state.words[WORD]);
}

/* A record does not make forgotten what is left of a queue. */
/* shows: R-VIO-66, R-VIO-67 */
static void test_records_and_what_is_left(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 1U;
    (void)ring(IOMMU_CQT, 4U, 100U);
    box[0] = (struct dma_record){ 0U, { .cause = 13U } };
    box_count = 1U;
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.reports, 1);
    assert_int_equal(puppet.steps, 2);
}

/* shows: R-VIO-68 */
static void test_a_life_that_is_over_does_nothing(void **state)
{
    (void)state;
    begin_life();
    puppet.steps = 0U;
    puppet.more = 1U;
    (void)ring(IOMMU_CQT, 4U, 100U);
    box_count = 1U;
    viommu_unit.guest_stop(fake.guest);
    assert_true(ring(IOMMU_CQT, 4U, 1U));
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 1);
    assert_int_equal(puppet.reports, 0);
    assert_int_equal(deed_count, 0);
    /* The next one begins with nothing left of it. */
    box_count = 0U;
    begin_life();
    viommu_go_on(fake.guest);
    assert_int_equal(puppet.steps, 1);
}

/* shows: R-VIO-69 */
static void test_a_life_begins_with_the_registers_of_a_reset(void **state)
{
    (void)state;
    begin_life();
    assert_int_equal(puppet.resets, 2);
    assert_int_equal(runs[FIRST].state.setup.device_count, 2);
    assert_int_equal(runs[FIRST].state.setup.devices[0].id, 0x8);
    assert_int_equal(runs[FIRST].state.setup.devices[1].id, 0x10);
    assert_false(runs[FIRST].state.setup.boot_off);
    assert_int_equal(runs[FIRST + 1U].state.setup.devices[0].id, 0x100);
    assert_true(runs[FIRST + 1U].state.setup.boot_off);
    assert_int_equal(runs[FIRST].state.setup.interrupt_files.base.v, GUEST_IMSIC_BASE);
    assert_int_equal(runs[FIRST].state.setup.interrupt_files.size, FAKE_VCPUS * PAGE_SIZE);
    assert_int_equal(shown(&runs[FIRST], 0U), CAPABILITIES);
    assert_int_equal(shown(&runs[FIRST], WORD), 1);
    assert_int_equal(shown(&runs[FIRST + 1U], 0U), CAPABILITIES | 1U);
    /* Whatever the page held. */
    memset(phys_pointer(runs[FIRST].page, PAGE_SIZE), 0xff, VIOMMU_WORDS * 8U);
    viommu_unit.guest_stop(fake.guest);
    begin_life();
    for (uint32_t n = 0; n < PAGE_SIZE / 8U; n++) {
        assert_int_equal(shown(&runs[FIRST], n), n < VIOMMU_WORDS ? runs[FIRST].state.words[n] : 0U);
    }
}

/* With more devices than a piece has. */
/* shows: R-VIO-69 */
static void test_all_devices_are_let_in_before_the_guest_runs(void **state)
{
    (void)state;
    fake.plan.viommus[FIRST].id_count = 2U * VIOMMU_PIECE + 1U;
    puppet.more = 2U;
    begin_life();
    assert_int_equal(puppet.more, 0);
    assert_int_equal(puppet.steps, 2);
}

/* shows: R-VIO-63 */
static void test_the_guests_memory_is_its_ram(void **state)
{
    const struct viommu_memory memory = viommu_memory_of(fake.guest);
    const uint64_t end = GUEST_RAM_BASE + FAKE_RAM_SIZE;
    uint64_t words[2] = { 1U, 2U }, back[2] = { 0U, 0U };

    (void)state;
    assert_true(memory.store(memory.ctx, gpa(end - 16U), words, 2U));
    assert_true(memory.load(memory.ctx, gpa(end - 16U), back, 2U));
    assert_memory_equal(words, back, sizeof(words));
    assert_false(memory.store(memory.ctx, gpa(end - 8U), words, 2U));
    assert_false(memory.load(memory.ctx, gpa(GUEST_RAM_BASE - 8U), back, 2U));
    assert_false(memory.load(memory.ctx, gpa(UINT64_MAX - 7U), back, 2U));
    assert_true(memory.holds(memory.ctx, gpa(GUEST_RAM_BASE), FAKE_RAM_SIZE));
    assert_false(memory.holds(memory.ctx, gpa(GUEST_RAM_BASE + 8U), FAKE_RAM_SIZE));
    assert_false(memory.holds(memory.ctx, gpa(UINT64_MAX - 7U), 16U));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_the_board_lacks_is_said, set_up),
        cmocka_unit_test_setup(test_the_guest_may_load_registers_and_store_to_none, set_up),
        cmocka_unit_test_setup(test_a_pool_without_pages_stops_the_boot, set_up),
        cmocka_unit_test_setup(test_a_store_is_given_to_the_vIOMMU_that_it_is_to, set_up),
        cmocka_unit_test_setup(test_effects_come_in_their_order, set_up),
        cmocka_unit_test_setup(test_data_is_in_memory_before_registers_say_so, set_up),
        cmocka_unit_test_setup(test_a_fence_may_store_to_an_interrupt_file, set_up),
        cmocka_unit_test_setup(test_what_the_iommu_does_not_do_is_not_claimed, set_up),
        cmocka_unit_test_setup(test_wires_are_levels, set_up),
        cmocka_unit_test_setup(test_what_is_left_is_done_piece_by_piece, set_up),
        cmocka_unit_test_setup(test_records_are_delivered_in_pieces, set_up),
        cmocka_unit_test_setup(test_records_and_what_is_left, set_up),
        cmocka_unit_test_setup(test_a_life_that_is_over_does_nothing, set_up),
        cmocka_unit_test_setup(test_a_life_begins_with_the_registers_of_a_reset, set_up),
        cmocka_unit_test_setup(test_all_devices_are_let_in_before_the_guest_runs, set_up),
        cmocka_unit_test_setup(test_the_guests_memory_is_its_ram, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
