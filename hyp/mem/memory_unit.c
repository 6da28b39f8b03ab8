/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest can reach directly: its RAM, its windows, and its own interrupt files. */
#include "hyp/mem/memory.h"

#include "hyp/log.h"
#include "hyp/unit.h"
#include "lib/boot_only.h"
#include "platform/hw/phys.h"

#include <stddef.h>
#include <string.h>

static _Atomic uint32_t told_of_damage[CONFIG_MAX_GUESTS];

BOOT_ONLY static bool map(struct guest *guest, gpa_t gpa, pa_t pa, uint64_t size, uint32_t rights,
                struct pages *pages)
{
    enum gstage_result result = gstage_map(&guest->gstage, gpa, pa, size, rights, pages);

    if (result != GSTAGE_OK) {
        log_line("error: guest \"%s\": mapping 0x%lx to 0x%lx, 0x%lx bytes, failed (%u)",
                 guest->part->config->name, gpa.v, pa.v, size, (unsigned)result);
    }
    return result == GSTAGE_OK;
}

static bool memory_init(const struct plan *plan, struct pages *pages)
{
    (void)pages;
    for (uint32_t s = 0; s < plan->config->shared_count; s++) {
        (void)memset(phys_pointer(plan->shared[s].base, plan->shared[s].size), 0,
                     plan->shared[s].size);
    }
    return true;
}

static bool memory_guest_init(struct guest *guest, struct pages *pages)
{
    const struct plan_guest *part = guest->part;

    if (!map(guest, part->ram_base, part->ram.base, part->ram.size,
             GSTAGE_R | GSTAGE_W | GSTAGE_X, pages)) {
        return false;
    }
    for (uint32_t w = 0; w < part->window_count; w++) {
        const struct plan_window *window = &part->windows[w];
        uint32_t rights = GSTAGE_R | GSTAGE_W | (window->device ? 0U : GSTAGE_X);
        if (!map(guest, window->gpa, window->pa, window->size, rights, pages)) {
            return false;
        }
    }
    /* The guest sends MSIs to its vCPUs by storing to these pages, without an exit: each is the
     * guest interrupt file of one vCPU, and of nothing else (AIA 3.6). Without such files they are not
     * mapped, but emulated (hyp/irq/imsic_unit.c). */
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        if (guest->vcpus[v]->guest_file != 0U &&
            !map(guest, gpa(GUEST_IMSIC_BASE + v * PAGE_SIZE), guest->vcpus[v]->interrupt_file,
                 PAGE_SIZE, GSTAGE_R | GSTAGE_W, pages)) {
            return false;
        }
    }
    return true;
}

void memory_look_at_fault(struct guest *guest, gpa_t address)
{
    if (guest_ram(guest, address, 1U) != NULL &&
        atomic_exchange(&told_of_damage[guest->index], 1U) == 0U) {
        log_line("error: guest \"%s\": the table of its memory is damaged: 0x%lx is in its RAM, and "
                 "is not mapped as it was at boot; it takes access faults there until the board is "
                 "reset", guest->part->config->name, address.v);
    }
}

static void memory_guest_reset(struct guest *guest)
{
    atomic_store(&told_of_damage[guest->index], 0U);
}

UNIT("10", memory_unit) = {
    .name = "memory",
    .init = memory_init,
    .guest_init = memory_guest_init,
    .guest_reset = memory_guest_reset,
};
