/* SPDX-License-Identifier: Apache-2.0 */
/* Devices behind vIOMMUs: what their guest lets them do, in the hardware; and records of what they
 * tried, on their way to the guest. */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

#include "hyp/dma/fault_text.h"
#include "iommu/regs.h"
#include "platform/hw/clock.h"

#define BOX_RECORDS 64U

/* The oldest are kept. */
struct box {
    struct lock lock;        /* leaf */
    struct dma_record records[BOX_RECORDS];
    uint32_t first, count;
    bool lost;               /* some came after those */
};

static struct box boxes[CONFIG_MAX_VIOMMUS];

/* Guarded by the fault lock of the IOMMU that each stands for. */
static bool open[CONFIG_MAX_VIOMMUS];          /* between dma_open_viommus and dma_close_viommus */
static struct dma_iommu *stands_for[CONFIG_MAX_VIOMMUS]; /* constant once it was open */
static bool refused[PLAN_MAX_VIOMMU_IDS];      /* as plan->viommu_ids: by its guest's wish */

static const struct plan_viommu *planned(uint32_t viommu)
{
    return &guests[0].plan->viommus[viommu];
}

static bool *refused_of(const struct plan_viommu *v, uint32_t n)
{
    return &refused[&v->ids[n] - guests[0].plan->viommu_ids];
}

/* ---- of a guest ------------------------------------------------------------------------------ */

static void empty(struct box *box)
{
    lock_acquire(&box->lock);
    box->count = 0U;
    box->lost = false;
    lock_release(&box->lock);
}

void dma_open_viommus(const struct guest *guest, uint32_t iommu)
{
    for (uint32_t i = 0; i < guest->plan->config->viommu_count; i++) {
        if (dma_is_at(guest, i, iommu)) {
            empty(&boxes[i]);
            stands_for[i] = &dma_iommus[iommu];
            open[i] = true;
        }
    }
}

void dma_close_viommus(const struct guest *guest, uint32_t iommu)
{
    for (uint32_t i = 0; i < guest->plan->config->viommu_count; i++) {
        if (dma_is_at(guest, i, iommu)) {
            open[i] = false;
        }
    }
}

/* ---- contexts and invalidations -------------------------------------------------------------- */

/* Most often there is nothing to report. */
static inline bool answered(const struct dma_iommu *d, enum iommu_result result)
{
    if (result != IOMMU_OK || dma_is_troubled(&d->iommu.stats, &d->told)) {
        dma_report(guests[0].plan, (uint32_t)(d - dma_iommus), result);
    }
    return result == IOMMU_OK;
}

struct iommu_caps dma_viommu_caps(uint32_t viommu)
{
    return dma_iommus[planned(viommu)->iommu].iommu.caps;
}

static enum iommu_result apply(struct iommu *iommu, uint32_t viommu, uint32_t device_id,
                               const struct viommu_context *wish, bool quiet)
{
    const struct dma_guest *space = &dma_guests[planned(viommu)->guest];
    const struct iommu_context context = {
        .iohgatp = gstage_hgatp(&space->gstage, dma_viommu_gscid(viommu)),
        .first_stage = wish->first_stage,
        .msi_table = iommu->caps.msi_flat ? space->msi.base : pa(0),
        .msi_mask = space->msi.mask,
        .msi_pattern = space->msi.pattern,
        .quiet = quiet,
    };

    return wish->reach == VIOMMU_REFUSED ? iommu_refuse(iommu, device_id, quiet)
                                         : iommu_attach(iommu, device_id, &context);
}

/* By the dma-fault of any device that carries this id. */
static bool is_blocked(const struct plan_viommu *v, uint32_t physical_id)
{
    const struct plan *plan = guests[0].plan;

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        if (dma_devices[i].blocked && fault_carries(&plan->devices[i].dma, v->iommu, physical_id)) {
            return true;
        }
    }
    return false;
}

/* Whether the guest's wish for silence is heard here: not where its device's faults have
 * consequences. The guest is not told of them all the same. */
static bool may_be_quiet(uint32_t device)
{
    return guests[0].plan->config->devices[device].dma_fault == CONFIG_DMA_FAULT_LOG;
}

bool dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context)
{
    const struct plan_viommu *v = planned(viommu);
    struct dma_iommu *d = &dma_iommus[v->iommu];
    struct dma_device *device = &dma_devices[v->ids[n].device];
    const bool quiet = context->quiet && may_be_quiet(v->ids[n].device);
    const bool refuses = context->reach == VIOMMU_REFUSED;
    enum iommu_result result = IOMMU_OK;

    lock_acquire(&d->fault_lock);
    /* Within its window, changes of the context do not begin a flood anew. */
    device->quiet = device->quiet && clock_now() < device->meter.window_end;
    if (open[viommu] && !is_blocked(v, v->ids[n].physical_id)) {
        lock_acquire(&d->iommu.lock);
        result = apply(&d->iommu, viommu, v->ids[n].physical_id, context,
                       quiet || device->quiet);
        lock_release(&d->iommu.lock);
    }
    /* What it was refused until now has the consequences that it had until now. */
    if (refuses != *refused_of(v, n)) {
        (void)dma_drain(guests[0].plan, v->iommu, DMA_DRAIN_PIECE);
        *refused_of(v, n) = refuses;
    }
    lock_release(&d->fault_lock);
    return answered(d, result);
}

static __attribute__((noinline)) enum iommu_result
forget_process(struct iommu *iommu, uint32_t viommu, const struct viommu_forget *what)
{
    return iommu_forget_process(iommu, planned(viommu)->ids[what->device].physical_id,
                                what->process_id);
}

static inline enum iommu_result forget(struct iommu *iommu, uint32_t viommu,
                                       const struct viommu_forget *what)
{
    if (what->kind == VIOMMU_FORGET_PROCESS) {
        return forget_process(iommu, viommu, what);
    }
    return iommu_forget_addresses(iommu, dma_viommu_gscid(viommu), &what->addresses);
}

static __attribute__((noinline)) enum iommu_result
forget_all(struct iommu *iommu, uint32_t viommu, const struct viommu_forget *forgets,
           uint32_t count)
{
    const struct viommu_forget *const end = &forgets[count];
    enum iommu_result result = IOMMU_OK;

    for (; result == IOMMU_OK && forgets != end; forgets++) {
        result = forget(iommu, viommu, forgets);
    }
    return result;
}

bool dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                       bool finish)
{
    struct dma_iommu *d = stands_for[viommu];
    enum iommu_result result = IOMMU_OK;

    lock_acquire(&d->iommu.lock);
    if (count == 1U) {
        result = forget(&d->iommu, viommu, forgets);
    } else if (count != 0U) {
        result = forget_all(&d->iommu, viommu, forgets, count);
    } else {
        /* a fence of its own */
    }
    if (result == IOMMU_OK) {
        result = finish ? iommu_finish(&d->iommu) : iommu_begin(&d->iommu);
    }
    lock_release(&d->iommu.lock);
    return answered(d, result);
}

/* ---- records --------------------------------------------------------------------------------- */

/* The device's id at its vIOMMU, as index in ids; id_count: it has none there. */
static uint32_t find_id(const struct plan_viommu *v, uint32_t physical_id)
{
    uint32_t n = 0U;

    while (n < v->id_count && v->ids[n].physical_id != physical_id) {
        n++;
    }
    return n;
}

/* Page faults of the first stage, and what is wrong with a process directory (3.2, CAUSE). */
static bool is_of_guests_tables(uint16_t cause)
{
    return cause == IOMMU_CAUSE_INSTRUCTION_PAGE || cause == IOMMU_CAUSE_READ_PAGE ||
           cause == IOMMU_CAUSE_WRITE_PAGE || cause == IOMMU_CAUSE_PDT_ACCESS ||
           cause == IOMMU_CAUSE_PDT_INVALID || cause == IOMMU_CAUSE_PDT_MISCONFIGURED;
}

bool dma_refused_by_guest(const struct plan *plan, uint32_t device,
                          const struct iommu_fault *fault)
{
    const uint32_t viommu = plan->devices[device].dma.viommu;

    if (viommu == PLAN_NO_VIOMMU) {
        return false;
    }
    const struct plan_viommu *v = &plan->viommus[viommu];
    const uint32_t n = find_id(v, fault->device_id);
    return is_of_guests_tables(fault->cause) || (n < v->id_count && *refused_of(v, n));
}

static void notify(const struct plan_viommu *v)
{
    hart_notify(guests[v->guest].vcpus[0]->hart, HART_VIOMMU);
}

void dma_hand_over(const struct plan *plan, uint32_t device, const struct iommu_fault *fault)
{
    const uint32_t viommu = plan->devices[device].dma.viommu;

    if (viommu == PLAN_NO_VIOMMU) {
        return;
    }
    const struct plan_viommu *v = &plan->viommus[viommu];
    const uint32_t n = find_id(v, fault->device_id);
    struct box *box = &boxes[viommu];
    if (n == v->id_count) {
        return;
    }
    lock_acquire(&box->lock);
    if (box->count == BOX_RECORDS) {
        box->lost = true;
    } else {
        box->records[(box->first + box->count) % BOX_RECORDS] = (struct dma_record){ n, *fault };
        box->count++;
    }
    lock_release(&box->lock);
    notify(v);
}

void dma_hand_over_none(const struct plan *plan, uint32_t device)
{
    const uint32_t viommu = plan->devices[device].dma.viommu;

    if (viommu == PLAN_NO_VIOMMU) {
        return;
    }
    lock_acquire(&boxes[viommu].lock);
    boxes[viommu].lost = true;
    lock_release(&boxes[viommu].lock);
    notify(&plan->viommus[viommu]);
}

uint32_t dma_viommu_take(uint32_t viommu, struct dma_record *out, uint32_t max, bool *lost)
{
    struct box *box = &boxes[viommu];
    uint32_t taken = 0U;

    lock_acquire(&box->lock);
    while (taken < max && box->count != 0U) {
        out[taken++] = box->records[box->first];
        box->first = (box->first + 1U) % BOX_RECORDS;
        box->count--;
    }
    /* After all that came before. */
    *lost = box->lost && box->count == 0U;
    box->lost = box->lost && !*lost;
    lock_release(&box->lock);
    return taken;
}
