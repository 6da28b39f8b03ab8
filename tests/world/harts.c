/* SPDX-License-Identifier: Apache-2.0 */
/* Harts: what hyp/vcpu/hw does on the board, without instructions. One runs at a time, until what
 * it does is done. */
#include "tests/world/inside.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "hyp/console/console.h"
#include "hyp/console/console_unit.h"
#include "hyp/dma/dma.h"
#include "hyp/irq/irq.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/vcpu/csrs.h"
#include "hyp/viommu/viommu.h"
#include "platform/hw/imsic.h"
#include "platform/hw/sbi_call.h"

struct hart harts[BOARD_MAX_HARTS];
static struct vcpu vcpus[BOARD_MAX_HARTS];
static struct vcpu_frame frames[BOARD_MAX_HARTS];
static struct hart *self;
static uint32_t served = WORLD_NOBODY;
static jmp_buf idle;
static uint32_t lives[CONFIG_MAX_GUESTS];

static void make_hart(uint32_t index)
{
    const struct board *board = &world.board;

    harts[index].index = index;
    harts[index].id = board->harts[index].id;
    harts[index].frame = &frames[index];
    frames[index].hart = &harts[index];
    harts[index].ipi = board_imsic_file(&board->imsic, board->harts[index].imsic_index, 0U);
}

/* As boot/harts.c. */
static void make_vcpu(const struct plan_vcpu *part, uint32_t v)
{
    struct vcpu *vcpu = &vcpus[part->hart];

    vcpu->hart = &harts[part->hart];
    vcpu->index = v;
    vcpu->guest_file = part->guest_file;
    if (part->guest_file != 0U) {
        vcpu->interrupt_file =
            board_imsic_file(&world.board.imsic, world.board.harts[part->hart].imsic_index,
                             part->guest_file);
    }
    atomic_store(&vcpu->hsm, HSM_STOPPED);
    harts[part->hart].vcpu = vcpu;
}

void harts_open(void)
{
    const struct plan *plan = &world.plan;

    memset(harts, 0, sizeof(harts));
    memset(vcpus, 0, sizeof(vcpus));
    memset(lives, 0, sizeof(lives));
    for (uint32_t h = 0; h < world.board.hart_count; h++) {
        make_hart(h);
    }
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        for (uint32_t v = 0; v < plan->guests[g].vcpu_count; v++) {
            make_vcpu(&plan->guests[g].vcpus[v], v);
        }
    }
    self = &harts[plan->service_hart];
}

/* ---- what is asked of harts ------------------------------------------------------------------ */

struct hart *this_hart(void)
{
    return self;
}

void hart_notify(struct hart *hart, uint32_t events)
{
    (void)atomic_fetch_or(&hart->events, events);
    imsic_send(hart->ipi, HYP_IPI_ID);
}

noreturn void hart_idle(struct vcpu_frame *frame)
{
    (void)frame;
    longjmp(idle, 1);
}

/* In long work of the hypervisor. */
void hart_attend(struct hart *hart)
{
    hart_handle(hart, interrupts_take(hart->index));
}

static bool take_state(struct vcpu *vcpu, uint32_t from)
{
    return atomic_compare_exchange_strong(&vcpu->hsm, &from, HSM_STARTED);
}

/* The guest's first hart starts the others at once, as most do. */
static void start_if_wanted(struct vcpu *vcpu)
{
    const struct guest *guest = vcpu->guest;

    if (atomic_load(&guest->state) != GUEST_RUNNING || !take_state(vcpu, HSM_BOOT_PENDING)) {
        return;
    }
    lifecycle_boot(vcpu->guest);
    for (uint32_t v = 1; v < guest->vcpu_count; v++) {
        atomic_store(&guest->vcpus[v]->hsm, HSM_STARTED);
    }
}

static void serve_events(struct hart *hart)
{
    const uint32_t events = atomic_exchange(&hart->events, 0U);
    struct vcpu *vcpu = hart->vcpu;

    if ((events & HART_DMA) != 0U) {
        dma_go_on();
    }
    if ((events & HART_VIOMMU) != 0U) {
        viommu_go_on(vcpu->guest);
    }
    if ((events & HART_EXTERNAL) != 0U) {
        irq_mirror(vcpu);
    }
    if ((events & HART_PARK) != 0U) {
        lifecycle_park(vcpu);
    }
    if ((events & HART_REST) != 0U) {
        lifecycle_rest(vcpu->guest);
    }
    if ((events & HART_CLEAN) != 0U) {
        lifecycle_clean(vcpu);
    }
    if ((events & HART_RESTART) != 0U) {
        lifecycle_restart(vcpu->guest);
    }
}

bool harts_serve(uint32_t index)
{
    struct hart *hart = &harts[index];
    const bool due = interrupts_due(index);

    if (!due) {
        return false;
    }
    self = hart;
    served = hart->vcpu != NULL && index != world.plan.service_hart ? hart->vcpu->guest->index
                                                                   : WORLD_NOBODY;
    if (setjmp(idle) == 0) {
        hart_attend(hart);
        serve_events(hart);
    }
    if (hart->vcpu != NULL) {
        start_if_wanted(hart->vcpu);
    }
    served = WORLD_NOBODY;
    return true;
}

void harts_settle(unsigned rounds)
{
    bool any = true;

    for (unsigned n = 0; any && n < rounds; n++) {
        any = false;
        for (uint32_t h = 0; h < world.board.hart_count; h++) {
            any |= harts_serve(h);
        }
    }
}

/* ---- what guests ask of the hypervisor ------------------------------------------------------- */

uint32_t world_served(void)
{
    return served;
}

bool harts_vcpu_runs(const struct guest *guest, uint32_t v)
{
    return atomic_load(&guest->vcpus[v]->hsm) == HSM_STARTED;
}

void harts_become(const struct guest *guest, uint32_t v)
{
    self = guest->vcpus[v]->hart;
}

/* As hyp/vcpu/hw/trap.c. */
bool harts_mmio_store(struct guest *guest, uint32_t v, uint64_t address, uint32_t width,
                      uint64_t value)
{
    const struct mmio_region *region = guest_find_region(guest, gpa(address));

    if (region == NULL || !is_aligned(address, width)) {
        return false;
    }
    harts_become(guest, v);
    served = guest->index;
    const bool done = region->write(guest, region->tag, address - region->range.base.v, width,
                                    value);
    served = WORLD_NOBODY;
    return done;
}

void harts_request(struct guest *guest, uint32_t v, enum guest_state how)
{
    harts_become(guest, v);
    served = guest->index;
    lifecycle_request(guest, how);
    served = WORLD_NOBODY;
}

void harts_begin_life(const struct guest *guest)
{
    lives[guest->index]++;
    world_seen[SEEN_RESTART] += lives[guest->index] > 1U;
}

uint32_t harts_lives(uint32_t guest)
{
    return lives[guest];
}

/* ---- leaves that do nothing here ------------------------------------------------------------- */

void vcpu_set_external_interrupt(bool pending)
{
    (void)pending;
}

/* What a guest had pending in its file in hardware is not looked at. */
void vcpu_reset_interrupt_file(const struct vcpu *vcpu)
{
    (void)vcpu;
}

void vcpu_finish_stores(void)
{
}

void console_flush(void)
{
}

void console_unit_interrupt(void)
{
}

/* The firmware cannot: guests may be started again. */
void sbi_system_reset(uint32_t type, uint32_t reason)
{
    (void)type;
    (void)reason;
}
