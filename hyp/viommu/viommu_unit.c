/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/viommu/viommu.h"

#include "hyp/dma/dma.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "hyp/viommu/run.h"
#include "platform/hw/phys.h"

/* Records that one event delivers. */
#define RECORDS_PIECE 8U

static struct viommu_run runs[CONFIG_MAX_VIOMMUS];                /* as plan->viommus */
static struct viommu_run *first_runs[CONFIG_MAX_GUESTS];          /* of each guest */
static struct viommu_device viommu_devices[PLAN_MAX_VIOMMU_IDS];  /* as plan->viommu_ids */

/* Number v of the guest's. */
static struct viommu_run *run_of(const struct guest *guest, uint32_t v)
{
    return &first_runs[guest->index][v];
}

/* A step's effects; and what it has left over is done when all else that is due on this hart is. */
static void finish_step(struct viommu_run *run)
{
    viommu_apply(run);
    run->more = run->effects.more;
    if (run->more) {
        hart_notify(this_hart(), HART_VIOMMU);
    }
}

static bool viommu_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                         uint64_t value)
{
    struct viommu_run *run = run_of(guest, (uint32_t)(offset / PAGE_SIZE));
    const struct viommu_write write = { (uint32_t)(offset % PAGE_SIZE), width, value };

    (void)tag;
    lock_acquire(&run->lock);
    if (run->live) {
        viommu_step(&run->state, &write, &run->effects);
        finish_step(run);
    }
    lock_release(&run->lock);
    return true;
}

/* Its pages are mapped for loads: one that faults nevertheless is none. */
static bool viommu_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                        uint64_t *value)
{
    (void)guest;
    (void)tag;
    (void)offset;
    (void)width;
    (void)value;
    return false;
}

static void deliver(struct viommu_run *run)
{
    struct dma_record records[RECORDS_PIECE];
    bool lost;
    const uint32_t count = dma_viommu_take(run->index, records, RECORDS_PIECE, &lost);

    for (uint32_t i = 0; i < count; i++) {
        viommu_report(&run->state, records[i].n, &records[i].fault, &run->effects);
        viommu_apply(run);
    }
    if (lost) {
        viommu_lost(&run->state, &run->effects);
        viommu_apply(run);
    }
    if (count == RECORDS_PIECE) {
        hart_notify(this_hart(), HART_VIOMMU);
    }
}

void viommu_go_on(struct guest *guest)
{
    for (uint32_t v = 0; v < guest->part->config->viommu_count; v++) {
        struct viommu_run *run = run_of(guest, v);

        lock_acquire(&run->lock);
        if (run->live) {
            deliver(run);
        }
        if (run->live && run->more) {
            viommu_step(&run->state, NULL, &run->effects);
            finish_step(run);
        }
        lock_release(&run->lock);
    }
}

/* What the tool cannot know: a device tree does not say what an IOMMU can do. */
static void say_what_lacks(const struct viommu_run *run)
{
    const struct iommu_caps caps = dma_viommu_caps(run->index);
    const char *guest = run->guest->part->config->name;
    const char *name = run->plan->config->name;

    if (!caps.sv39 && !caps.sv48 && !caps.sv57) {
        log_line("warning: guest \"%s\": vIOMMU \"%s\" has no first stages, for the board's IOMMU "
                 "has none: it can only let devices through or not", guest, name);
    }
    if (run->plan->config->process_ids && iommu_caps_process_bits(&caps) == 0U) {
        log_line("warning: guest \"%s\": vIOMMU \"%s\" has no process ids, for the board's IOMMU "
                 "has none: process-ids does nothing", guest, name);
    }
}

static bool make(struct guest *guest, uint32_t v, struct pages *pages)
{
    struct viommu_run *run = run_of(guest, v);

    run->guest = guest;
    run->plan = &guest->part->viommus[v];
    run->index = (uint32_t)(run->plan - guest->plan->viommus);
    /* In the G-stage of the guest's harts alone: its devices cannot write what it may not (I11). */
    if (!pages_take(pages, 1U, PAGE_SIZE, &run->page) ||
        gstage_map(&guest->gstage, run->plan->regs, run->page, PAGE_SIZE, GSTAGE_R, pages) !=
            GSTAGE_OK) {
        log_line("error: guest \"%s\": no memory for the registers of vIOMMU \"%s\"",
                 guest->part->config->name, run->plan->config->name);
        return false;
    }
    say_what_lacks(run);
    return true;
}

static bool viommu_guest_init(struct guest *guest, struct pages *pages)
{
    const uint32_t count = guest->part->config->viommu_count;

    first_runs[guest->index] = &runs[guest->part->viommus - guest->plan->viommus];
    for (uint32_t v = 0; v < count; v++) {
        if (!make(guest, v, pages)) {
            return false;
        }
    }
    /* Their pages lie next to each other. */
    return count == 0U || guest_add_region(guest, (struct mmio_region){
        .range = { guest->part->viommus[0].regs, count * PAGE_SIZE },
        .counter = EXIT_VIOMMU,
        .read = viommu_read,
        .write = viommu_write,
    });
}

static void make_setup(const struct viommu_run *run, struct viommu_setup *setup)
{
    const struct iommu_caps caps = dma_viommu_caps(run->index);
    const struct config_viommu *config = run->plan->config;

    *setup = (struct viommu_setup){
        .capabilities = viommu_capabilities(&caps, GUEST_ADDRESS_BITS, config->process_ids),
        .boot_off = config->dma_blocked,
        .interrupt_files = { gpa(GUEST_IMSIC_BASE), run->guest->vcpu_count * PAGE_SIZE },
        .devices = &viommu_devices[run->plan->ids - run->guest->plan->viommu_ids],
        .device_count = run->plan->id_count,
        .memory = viommu_memory_of(run->guest),
    };
    for (uint32_t n = 0; n < setup->device_count; n++) {
        setup->devices[n].id = run->plan->ids[n].virtual_id;
    }
}

/* All of its devices are let in before the guest runs, in as many pieces as they need. */
static void reset(struct viommu_run *run)
{
    struct viommu_setup setup;

    make_setup(run, &setup);
    viommu_reset(&run->state, &setup, &run->effects);
    for (uint32_t n = 0; n < VIOMMU_WORDS / 64U; n++) {
        run->effects.dirty[n] = UINT64_MAX; /* the page is that of the life before */
    }
    viommu_apply(run);
    for (uint32_t done = 0; run->effects.more && done < setup.device_count; done += VIOMMU_PIECE) {
        viommu_step(&run->state, NULL, &run->effects);
        viommu_apply(run);
    }
    run->more = run->effects.more;
}

static void viommu_guest_reset(struct guest *guest)
{
    for (uint32_t v = 0; v < guest->part->config->viommu_count; v++) {
        struct viommu_run *run = run_of(guest, v);

        lock_acquire(&run->lock);
        reset(run);
        run->live = true;
        lock_release(&run->lock);
    }
}

/* Its devices are blocked already, and stay so: hyp/dma changes nothing for a life that is over. */
static void viommu_guest_stop(struct guest *guest)
{
    for (uint32_t v = 0; v < guest->part->config->viommu_count; v++) {
        struct viommu_run *run = run_of(guest, v);

        lock_acquire(&run->lock);
        run->live = false;
        lock_release(&run->lock);
    }
}

UNIT("15", viommu_unit) = {
    .name = "vIOMMU",
    .guest_init = viommu_guest_init,
    .guest_reset = viommu_guest_reset,
    .guest_stop = viommu_guest_stop,
};
