/* SPDX-License-Identifier: Apache-2.0 */
/* When devices may do DMA: from a guest's start to its end, and never before or after. */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

#include "hyp/dma/fault_text.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "platform/aplic_regs.h"
#include "platform/hw/aplic.h"

#define LEVEL_FLAGS 0xcU  /* the binding's interrupt types 4 and 8 */
#define STUCK_AFTER 1000U /* interrupts without a cause */

static const struct plan *the_plan;

static bool behind(const struct guest *guest, uint32_t iommu)
{
    const struct plan_guest *part = guest->part;

    for (uint32_t i = 0; i < part->config->device_count; i++) {
        if (part->devices[i].dma.id_count != 0U && part->devices[i].dma.iommu == iommu) {
            return true;
        }
    }
    return false;
}

static bool has_dma(const struct guest *guest)
{
    for (uint32_t i = 0; i < guest->plan->board->iommu_count; i++) {
        if (behind(guest, i)) {
            return true;
        }
    }
    return false;
}

static void block_at(const struct guest *guest, uint32_t iommu)
{
    struct dma_iommu *d = &dma_iommus[iommu];
    uint16_t gscids[DMA_MAX_GSCIDS];
    const uint32_t count = dma_gscids(guest, iommu, gscids);

    for (uint32_t k = 0; k < count; k++) {
        lock_acquire(&d->iommu.lock);
        const enum iommu_result result = iommu_block_all(&d->iommu, gscids[k]);
        lock_release(&d->iommu.lock);
        dma_report(guest->plan, iommu, result);
    }
}

/*
 * Afterwards no device of the guest reaches any memory, nothing that one did before is under way,
 * and what the hardware had to say about that is counted: memory may be reused (invariant I12).
 */
static void block_guest(const struct guest *guest)
{
    const struct plan *plan = guest->plan;

    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        if (!behind(guest, i)) {
            continue;
        }
        struct dma_iommu *d = &dma_iommus[i];
        /* First, so that no vIOMMU lets in again what is blocked. */
        lock_acquire(&d->fault_lock);
        dma_close_viommus(guest, i);
        lock_release(&d->fault_lock);
        block_at(guest, i);
        /* Old records first, so that none of them is held against the guest's next life. In pieces,
         * for the service hart may be waiting. */
        bool more = true;
        for (uint32_t taken = 0; more && taken < PLAN_FAULT_ENTRIES; taken += DMA_DRAIN_PIECE) {
            lock_acquire(&d->fault_lock);
            more = dma_drain(plan, i, DMA_DRAIN_PIECE) == DMA_DRAIN_PIECE;
            lock_release(&d->fault_lock);
        }
    }
}

static void attach(const struct guest *guest, uint32_t i)
{
    const struct plan_dma *dma = &guest->part->devices[i].dma;
    const struct dma_guest *space = &dma_guests[guest->index];
    struct iommu *iommu = &dma_iommus[dma->iommu].iommu;
    const struct iommu_context context = {
        .iohgatp = space->iohgatp,
        .msi_table = iommu->caps.msi_flat ? space->msi.base : pa(0),
        .msi_mask = space->msi.mask,
        .msi_pattern = space->msi.pattern,
    };

    for (uint32_t k = 0; k < dma->id_count; k++) {
        lock_acquire(&iommu->lock);
        const enum iommu_result result = iommu_attach(iommu, dma->ids[k], &context);
        lock_release(&iommu->lock);
        dma_report(guest->plan, dma->iommu, result);
    }
}

/* A fault at one of them, while others are not attached yet, is dealt with when all are: two
 * devices may share an id, and attaching it once more would undo what was decided. */
static void attach_all(const struct guest *guest, uint32_t iommu)
{
    const struct plan_guest *part = guest->part;
    struct dma_device *devices = &dma_devices[part->devices - guest->plan->devices];

    lock_acquire(&dma_iommus[iommu].fault_lock);
    for (uint32_t i = 0; i < part->config->device_count; i++) {
        if (part->devices[i].dma.iommu != iommu || part->devices[i].dma.id_count == 0U) {
            continue;
        }
        devices[i].blocked = false;
        devices[i].quiet = false;
        if (!part->config->devices[i].dma_blocked &&
            part->devices[i].dma.viommu == PLAN_NO_VIOMMU) {
            attach(guest, i);
        }
    }
    dma_open_viommus(guest, iommu);
    lock_release(&dma_iommus[iommu].fault_lock);
}

/* Blocked they are: since they were claimed, or since the last life ended. */
static void dma_guest_reset(struct guest *guest)
{
    dma_empty_boxes(guest);
    dma_fill_msi_table(guest);
    for (uint32_t i = 0; i < guest->plan->board->iommu_count; i++) {
        if (behind(guest, i)) {
            attach_all(guest, i);
            dma_say_missing(guest, i);
        }
    }
}

static void dma_guest_stop(struct guest *guest)
{
    block_guest(guest);
}

static enum aplic_source_mode source_mode(uint32_t flags)
{
    static const enum aplic_source_mode modes[] = {
        [1] = APLIC_SM_EDGE1, [2] = APLIC_SM_EDGE0, [4] = APLIC_SM_LEVEL1, [8] = APLIC_SM_LEVEL0,
    };

    return flags < sizeof(modes) / sizeof(modes[0]) ? modes[flags] : APLIC_SM_INACTIVE;
}

static bool dma_init(const struct plan *plan, struct pages *pages)
{
    the_plan = plan;
    return dma_open_iommus(plan, pages);
}

static bool dma_guest_init(struct guest *guest, struct pages *pages)
{
    return !has_dma(guest) || dma_make_space(guest, pages);
}

void dma_start(const struct plan *plan)
{
    const struct board *board = plan->board;
    const uint32_t imsic_index = board->harts[plan->service_hart].imsic_index;

    for (uint32_t i = 0; i < board->iommu_count; i++) {
        struct dma_iommu *d = &dma_iommus[i];
        if (!d->used) {
            continue;
        }
        for (uint32_t k = 0;
             d->iommu.setup.interrupt.kind == IOMMU_WIRED && k < board->iommu[i].irq_count; k++) {
            const uint32_t source = board->iommu[i].irqs[k];
            aplic_line_sourcecfg(source, source_mode(board->iommu[i].irq_flags[k]));
            aplic_line_target(source, board_aplic_hart_index(&board->imsic, imsic_index), 0U,
                              HYP_IOMMU_ID + i);
            aplic_line_enable(source, true);
        }
        /* What came before the line was listened to is no edge any more. */
        dma_look(i);
    }
}

static bool is_level(const struct board_iommu *found, uint32_t k)
{
    return (found->irq_flags[k] & LEVEL_FLAGS) != 0U;
}

/* A wire that stays active although there is nothing to take would interrupt for ever, and the guest on
 * this hart would not get on. The IOMMU is not asked for the cause: one that is gone, or that does not
 * clear its error, would always have one. Told when it begins. */
static bool is_stuck(uint32_t iommu, uint32_t taken)
{
    const struct board_iommu *found = &the_plan->board->iommu[iommu];
    struct dma_iommu *d = &dma_iommus[iommu];
    bool active = false;

    for (uint32_t k = 0; k < found->irq_count; k++) {
        active |= is_level(found, k) && aplic_line_input(found->irqs[k]);
    }
    d->causeless = active && taken == 0U ? d->causeless + 1U : 0U;
    if (d->causeless == STUCK_AFTER) {
        log_line("error: the interrupt line of the IOMMU at 0x%lx stays active without a cause: "
                 "until it does not, faults are looked at only when a guest starts or ends",
                 the_plan->iommu_regs[iommu].base.v);
    }
    return d->causeless >= STUCK_AFTER;
}

/* A level that is still high is no new MSI by itself; at an edge source this would be a false
 * one. */
static void listen_on(uint32_t iommu)
{
    const struct board_iommu *found = &the_plan->board->iommu[iommu];

    for (uint32_t k = 0; k < found->irq_count; k++) {
        if (is_level(found, k)) {
            aplic_line_set_pending(found->irqs[k]);
        }
    }
}

void dma_interrupt(uint32_t iommu)
{
    struct dma_iommu *d = &dma_iommus[iommu];

    if (!d->used) {
        return;                  /* a stray MSI: this IOMMU is Off, and perhaps without registers */
    }
    lock_acquire(&d->fault_lock);
    const uint32_t taken = dma_drain(the_plan, iommu, DMA_DRAIN_PIECE);
    lock_release(&d->fault_lock);
    if (d->iommu.setup.interrupt.kind == IOMMU_WIRED && !is_stuck(iommu, taken)) {
        listen_on(iommu);
    }
    if (taken == DMA_DRAIN_PIECE) {
        dma_look(iommu);
    }
}

void dma_go_on(void)
{
    const uint32_t bits = dma_take_looks();

    for (uint32_t i = 0; i < BOARD_MAX_IOMMUS; i++) {
        if ((bits & 1U << i) != 0U) {
            dma_interrupt(i);
        }
    }
}

UNIT("14", dma_unit) = {
    .name = "DMA",
    .init = dma_init,
    .guest_init = dma_guest_init,
    .guest_reset = dma_guest_reset,
    .guest_stop = dma_guest_stop,
};
