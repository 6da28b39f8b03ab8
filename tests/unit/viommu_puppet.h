/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/viommu over a vIOMMU that is a puppet, and over whatever else it calls: what it does, and what the guest could see
 * of it then, is noted. With definitions of what iommu/viommu and hyp/dma have, so one file of a test includes this.
 */
#ifndef TESTS_UNIT_VIOMMU_PUPPET_H
#define TESTS_UNIT_VIOMMU_PUPPET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The unit itself is in a section of its own, which nothing here walks. */
#include "hyp/viommu/viommu_unit.c"
#include "hyp/irq/irq.h"
#include "iommu/regs.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"

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

bool dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                       bool finish)
{
    assert_ptr_equal(forgets, the_run->effects.forgets);
    if (count != 0U) {
        note(FORGET, viommu, count);
    }
    if (finish) {
        note(FINISH, viommu, 0U);
    }
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
    const struct mmio_region *region = guest_find_region(fake.guest, at);

    assert_non_null(region);
    assert_int_equal(region->counter, EXIT_VIOMMU);
    return region->write(fake.guest, region->tag, at.v - region->range.base.v, width, value);
}

#endif
