/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects of a vIOMMU's step, in their order. What the guest may conclude from a register is so
 * before the register says it (invariant I8): the physical IOMMU has done the fence, which it says
 * by a register of its own, read under its lock, whose release keeps that read before all that
 * follows; then come the stores to memory, and then each register by a store that is a release.
 *
 * The state region is memory for the guest's harts too. One of them that is to conclude something
 * of a register it loads orders its loads as for any memory.
 */
#include "hyp/viommu/run.h"

#include <stdatomic.h>
#include <stddef.h>

#include "hyp/dma/dma.h"
#include "hyp/irq/irq.h"
#include "iommu/regs.h"
#include "platform/hw/phys.h"

_Static_assert(VIOMMU_WORDS == 128U, "two words of dirty bits");
_Static_assert(VIOMMU_VECTORS == PLAN_VIOMMU_WIRES, "a wire for each vector");

/* 1. */
static __attribute__((noinline)) bool change(const struct viommu_run *run)
{
    const struct viommu_effects *effects = &run->effects;
    bool done = true;

    for (uint32_t i = 0; done && i < effects->change_count; i++) {
        const uint32_t n = effects->changes[i].device;
        done = dma_viommu_change(run->index, n, &run->state.setup.devices[n].context);
    }
    return done;
}

/* 1. to 3. False: the physical IOMMU does not answer. */
static inline bool make_certain(const struct viommu_run *run)
{
    const struct viommu_effects *effects = &run->effects;

    if (effects->change_count != 0U && !change(run)) {
        return false;
    }
    return (effects->forget_count == 0U && !effects->fence) ||
           dma_viommu_forget(run->index, effects->forgets, effects->forget_count,
                             effects->fence);
}

static __attribute__((noinline)) void store_words(const struct viommu_run *run)
{
    for (uint32_t i = 0; i < run->effects.store_count; i++) {
        _Atomic uint32_t *word = guest_ram(run->guest, run->effects.stores[i].at, sizeof(*word));
        if (word != NULL) {
            atomic_store_explicit(word, run->effects.stores[i].value, memory_order_relaxed);
        }
    }
}

/* 4. Those to interrupt files are messages, which come last. */
static inline void store(const struct viommu_run *run)
{
    if (run->effects.store_count != 0U) {
        store_words(run);
    }
}

static void show_word(const struct viommu_run *run, uint32_t n)
{
    _Atomic uint64_t *page = phys_pointer(run->page, PAGE_SIZE);

    atomic_store_explicit(&page[n], run->state.words[n], memory_order_release);
}

static __attribute__((noinline)) void show_all(const struct viommu_run *run)
{
    for (uint32_t group = 0; group < VIOMMU_WORDS / 64U; group++) {
        uint32_t n = group * 64U;
        for (uint64_t left = run->effects.dirty[group]; left != 0U; left >>= 1, n++) {
            if ((left & 1U) != 0U) {
                show_word(run, n);
            }
        }
    }
}

/* 5. Most often nothing but cqh and cqt has changed, which are one word. */
static inline void show(const struct viommu_run *run)
{
    const uint32_t indexes = IOMMU_CQH / sizeof(uint64_t);

    if (run->effects.dirty[0] == UINT64_C(1) << indexes && run->effects.dirty[1] == 0U) {
        show_word(run, indexes);
    } else {
        show_all(run);
    }
}

/* 6. A wire keeps its level over a reset of the APLIC, so its last one here is its level there. */
static __attribute__((noinline)) void set_wires(struct viommu_run *run)
{
    const uint32_t changed = run->wires ^ run->effects.wires;

    for (uint32_t v = 0; v < VIOMMU_VECTORS; v++) {
        if ((changed >> v & 1U) != 0U) {
            irq_set_level(run->guest->index, run->plan->sources[v],
                          (run->effects.wires >> v & 1U) != 0U);
        }
    }
    run->wires = run->effects.wires;
}

/* To the interrupt file at this address, if there is one. */
static void send_msi(const struct viommu_run *run, gpa_t address, uint32_t data)
{
    const uint64_t vcpu = (address.v - GUEST_IMSIC_BASE) / PAGE_SIZE;

    if (vcpu < run->guest->vcpu_count) {
        irq_send_msi(run->guest->vcpus[vcpu], data);
    }
}

static __attribute__((noinline)) void send_msis(const struct viommu_run *run)
{
    for (uint32_t i = 0; i < run->effects.store_count; i++) {
        send_msi(run, run->effects.stores[i].at, run->effects.stores[i].value);
    }
    for (uint32_t i = 0; i < run->effects.msi_count; i++) {
        send_msi(run, run->effects.msis[i].address, run->effects.msis[i].data);
    }
}

void viommu_apply(struct viommu_run *run)
{
    if (!make_certain(run)) {
        viommu_unfinished(&run->state, &run->effects);
    }
    store(run);
    show(run);
    if (run->wires != run->effects.wires) {
        set_wires(run);
    }
    if ((run->effects.store_count | run->effects.msi_count) != 0U) {
        send_msis(run);
    }
}
