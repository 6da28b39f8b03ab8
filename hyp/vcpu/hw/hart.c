/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/hart.h"

#include "hyp/console/console_unit.h"
#include "hyp/dma/dma.h"
#include "hyp/irq/irq.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/vcpu/hw/fence.h"
#include "hyp/vcpu/vcpu.h"
#include "hyp/viommu/viommu.h"
#include "platform/hw/csr.h"
#include "platform/hw/imsic.h"

struct hart harts[BOARD_MAX_HARTS];

void hart_listen(uint32_t id)
{
    this_hart()->identities |= UINT64_C(1) << id;
    imsic_enable(id);
}

void hart_notify(struct hart *hart, uint32_t events)
{
    /* Release: what the events tell of is written before them. The store of the IPI is to a device;
     * the fence in imsic_send keeps it behind the events. */
    (void)atomic_fetch_or_explicit(&hart->events, events, memory_order_release);
    imsic_send(hart->ipi, HYP_IPI_ID);
}

void hart_serve_fences(struct hart *hart)
{
    uint64_t from = atomic_exchange_explicit(&hart->fences_from, 0U, memory_order_acquire);
    struct guest *guest = hart->vcpu->guest;

    for (uint32_t v = 0; from != 0U; v++, from >>= 1) {
        if ((from & 1U) != 0U) {
            struct fence_request *request = &guest->vcpus[v]->fence;
            fence_local(request->kind, request->start, request->size, request->asid);
            /* Release: the fence is done before the asker sees it done. */
            (void)atomic_fetch_sub_explicit(&request->pending, 1U, memory_order_release);
        }
    }
}

static noreturn void halt(void)
{
    csr_write(CSR_SIE, 0);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* What harts of a guest ask of each other; all else is seldom. */
#define HART_OFTEN (HART_FENCE | HART_SOFT_INTERRUPT)

static __attribute__((noinline)) void serve_seldom(struct hart *hart, uint32_t events)
{
    if ((events & HART_HALT) != 0U) {
        halt();
    }
    if ((events & HART_DMA) != 0U) {
        dma_go_on();
    }
    if ((events & HART_POLL) != 0U) {
        console_unit_tick();
    }
    if ((events & HART_VIOMMU) != 0U) {
        viommu_go_on(hart->vcpu->guest);
    }
    if ((events & HART_EXTERNAL) != 0U) {
        irq_mirror(hart->vcpu);
    }
}

/* What may be done with and without a running vCPU. */
static inline void serve_common(struct hart *hart, uint32_t events)
{
    if ((events & HART_FENCE) != 0U) {
        hart_serve_fences(hart);
    }
    if ((events & HART_SOFT_INTERRUPT) != 0U) {
        csr_set(CSR_HVIP, 1U << IRQ_VS_SOFT);
    }
    if ((events & ~HART_OFTEN) != 0U) {
        serve_seldom(hart, events);
    }
}

void hart_serve(struct hart *hart)
{
    uint32_t events = atomic_exchange_explicit(&hart->events, 0U, memory_order_acquire);

    serve_common(hart, events);
    if ((events & HART_PARK) != 0U) {
        lifecycle_park(hart->vcpu);
    }
}

static __attribute__((noinline)) void take_timer(struct hart *hart)
{
    if (hart->vcpu != NULL) {
        hart->vcpu->exits[EXIT_HYP_TIMER]++;
    }
    console_unit_tick();
}

void hart_attend(struct hart *hart)
{
    hart_handle(hart, imsic_take(hart->identities));
    if ((csr_read(CSR_SIP) & UINT64_C(1) << IRQ_S_TIMER) != 0U) {
        take_timer(hart);
    }
}

static bool take_state(struct vcpu *vcpu, uint32_t from)
{
    return atomic_compare_exchange_strong_explicit(&vcpu->hsm, &from, HSM_STARTED,
                                                   memory_order_acquire, memory_order_relaxed);
}

/* What was asked while this hart worked, with an IPI that hart_attend has taken, is asked again: the guest is left
 * for it at once. */
static noreturn void start(struct vcpu *vcpu)
{
    if (atomic_load_explicit(&vcpu->hart->events, memory_order_relaxed) != 0U) {
        hart_notify(vcpu->hart, HART_WAKE);
    }
    vcpu_start(vcpu);
}

/* Start this hart's vCPU if that is wanted. Does not return then. */
static void start_if_wanted(struct vcpu *vcpu)
{
    /* Acquire: its states are set before the guest runs, and are void if it never does. */
    if (atomic_load_explicit(&vcpu->guest->state, memory_order_acquire) == GUEST_RUNNING &&
        take_state(vcpu, HSM_BOOT_PENDING)) {
        lifecycle_boot(vcpu->guest);
        start(vcpu);
    }
    if (take_state(vcpu, HSM_START_PENDING)) {
        start(vcpu);
    }
}

/*
 * Every hart without a running vCPU is here. WFI wakes for the enabled interrupts of the
 * hypervisor although sstatus.SIE is 0; events and state are looked at after interrupts were taken, so
 * none is missed between looking and sleeping.
 */
noreturn void hart_loop(void)
{
    struct hart *hart = this_hart();
    struct vcpu *vcpu = hart->vcpu;

    /* WFI also wakes for what the guest that ran here has enabled, and would for ever. */
    csr_write(CSR_VSIE, 0);
    for (;;) {
        hart_attend(hart);

        uint32_t events = atomic_exchange_explicit(&hart->events, 0U, memory_order_acquire);
        serve_common(hart, events);
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
        if (vcpu != NULL) {
            start_if_wanted(vcpu);
        }
        /* Not if something was asked while this hart worked: its IPI is taken. What comes now has one. */
        if (atomic_load_explicit(&hart->events, memory_order_relaxed) == 0U) {
            __asm__ volatile("wfi" : : : "memory");
        }
    }
}

noreturn void hart_begin(void)
{
    lifecycle_start_all(guests, guests[0].plan->guest_count);
    hart_loop();
}
