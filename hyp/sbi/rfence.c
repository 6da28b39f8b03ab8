/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBI 3.0, chapter "RFENCE Extension". A fence of the caller alone is done on the spot; other harts
 * of the guest are asked directly and the caller waits for them, without the firmware. The fences
 * for hypervisors (HFENCE) are not supported: guests have no H extension.
 */
#include "hyp/guest.h"
#include "hyp/sbi/sbi.h"
#include "hyp/vcpu/hw/fence.h"

/* satp.ASID has 16 bits; what is above is reserved in HFENCE.VVMA's operand. */
#define ASID_MASK UINT64_C(0xffff)

enum rfence_function {
    RFENCE_FENCE_I,
    RFENCE_SFENCE_VMA,
    RFENCE_SFENCE_VMA_ASID
};
_Static_assert((uint32_t)RFENCE_FENCE_I == (uint32_t)FENCE_I &&
               (uint32_t)RFENCE_SFENCE_VMA == (uint32_t)FENCE_VMA &&
               (uint32_t)RFENCE_SFENCE_VMA_ASID == (uint32_t)FENCE_VMA_ASID,
               "a function is the kind of fence");

static uint32_t count_bits(uint64_t set)
{
    uint32_t count = 0;

    for (; set != 0U; set &= set - 1U) {
        count++;
    }
    return count;
}

/*
 * Ask the vCPUs in others and wait. Each of them answers in bounded time: one that runs its guest is
 * interrupted, one in an exit finishes it first (exits are bounded), one without work wakes up, and
 * one that waits here as well serves fences meanwhile, so two that fence each other do not lock up.
 */
static void fence_others(struct vcpu *self, uint64_t others)
{
    struct guest *guest = self->guest;

    /* Relaxed: published by the fetch_or (release) of fences_from below. */
    atomic_store_explicit(&self->fence.pending, count_bits(others),
                          memory_order_relaxed);
    for (uint32_t v = 0; others != 0U; v++, others >>= 1) {
        if ((others & 1U) != 0U) {
            struct hart *hart = guest->vcpus[v]->hart;
            (void)atomic_fetch_or_explicit(&hart->fences_from, UINT64_C(1) << self->index,
                                           memory_order_release);
            hart_notify(hart, HART_FENCE);
        }
    }
    while (atomic_load_explicit(&self->fence.pending, memory_order_acquire) != 0U) {
        hart_serve_fences(self->hart);
    }
}

static __attribute__((noinline)) struct sbi_result fence_set(SBI_REGISTERS)
{
    struct vcpu *self = this_hart()->vcpu;
    const uint64_t own = UINT64_C(1) << self->index;
    uint64_t targets;

    if (!sbi_hart_mask(a0, a1, self->guest->vcpu_count, &targets)) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    if ((targets & ~own) != 0U) {
        self->fence.kind = (enum fence_kind)function;
        self->fence.start = a2;
        self->fence.size = a3;
        self->fence.asid = a4 & ASID_MASK;
        fence_others(self, targets & ~own);
    }
    if ((targets & own) != 0U) {
        fence_local((enum fence_kind)function, a2, a3, a4 & ASID_MASK);
    }
    return sbi_success(0);
}

/* A fence of the caller alone, which its mask says without more: some 35 instructions for a page. */
struct sbi_result sbi_rfence(SBI_REGISTERS)
{
    const uint64_t own = UINT64_C(1) << this_hart()->vcpu->index;

    if (function > RFENCE_SFENCE_VMA_ASID) {
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
    if (a0 != own || a1 != 0U) {
        return fence_set(a0, a1, a2, a3, a4, a5, function);
    }
    fence_local((enum fence_kind)function, a2, a3, a4 & ASID_MASK);
    return sbi_success(0);
}
