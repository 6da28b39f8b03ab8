/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/lifecycle/lifecycle.h"

#include <string.h>

#include "hyp/console/console.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "platform/hw/phys.h"
#include "platform/hw/sbi_call.h"

static _Atomic uint32_t guests_running;

static void reset_units(struct guest *guest)
{
    for (const struct unit *u = units_start; u < units_end; u++) {
        if (u->guest_reset != NULL) {
            u->guest_reset(guest);
        }
    }
}

static void stop_units(struct guest *guest)
{
    for (const struct unit *u = units_start; u < units_end; u++) {
        if (u->guest_stop != NULL) {
            u->guest_stop(guest);
        }
    }
}

static void power_off(void)
{
    log_line("all guests have stopped: powering the board off");
    console_flush();
    sbi_system_reset(SBI_RESET_SHUTDOWN, SBI_RESET_NO_REASON);
    /* Still here: the console can start a guest again. */
    log_line("the firmware cannot power this board off");
}

/* The guest stays where it is. */
static void stopped(struct guest *guest)
{
    log_line("guest \"%s\" has stopped", guest->part->config->name);
    atomic_store(&guest->state, GUEST_STOPPED);
    if (atomic_fetch_sub(&guests_running, 1U) == 1U) {
        power_off();
    }
}

static void set_all(const struct guest *guest, uint32_t first, uint32_t others)
{
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        atomic_store_explicit(&guest->vcpus[v]->hsm, v == 0U ? first : others,
                              memory_order_relaxed);
    }
}

void lifecycle_restart(struct guest *guest)
{
    uint32_t expected = GUEST_REBOOTING;

    reset_units(guest);
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        /* What its siblings had asked of it is void; the hypervisor's own requests are not. */
        (void)atomic_fetch_and_explicit(&guest->vcpus[v]->hart->events,
                                        HART_POLL | HART_HALT | HART_DMA | HART_VIOMMU,
                                        memory_order_relaxed);
    }
    set_all(guest, HSM_BOOT_PENDING, HSM_STOPPED);
    atomic_store_explicit(&guest->parked, 0U, memory_order_relaxed);
    atomic_store_explicit(&guest->clean, 0U, memory_order_relaxed);
    /* Release: whoever sees that it runs sees the states and the zeroes above. */
    if (atomic_compare_exchange_strong_explicit(&guest->state, &expected, GUEST_RUNNING,
                                                memory_order_release, memory_order_relaxed)) {
        hart_notify(guest->vcpus[0]->hart, HART_WAKE);
        return;
    }
    /* A stop was asked for meanwhile, and no vCPU has begun. */
    set_all(guest, HSM_PARKED, HSM_PARKED);
    stop_units(guest);
    stopped(guest);
}

void lifecycle_start_all(struct guest *list, uint32_t count)
{
    atomic_store_explicit(&guests_running, count, memory_order_relaxed);
    for (uint32_t g = 0; g < count; g++) {
        hart_notify(list[g].vcpus[0]->hart, HART_RESTART);
    }
}

void lifecycle_request(struct guest *guest, enum guest_state how)
{
    uint32_t expected = GUEST_RUNNING;

    if (atomic_compare_exchange_strong(&guest->state, &expected, (uint32_t)how)) {
        for (uint32_t v = 0; v < guest->vcpu_count; v++) {
            hart_notify(guest->vcpus[v]->hart, HART_PARK);
        }
        return;
    }
    /* A restart under way ends as a stop: a guest that restarts itself does not escape one. */
    expected = GUEST_REBOOTING;
    if (how == GUEST_STOPPING) {
        (void)atomic_compare_exchange_strong(&guest->state, &expected, (uint32_t)how);
        return;
    }
    expected = GUEST_STOPPED;
    if (how == GUEST_REBOOTING &&
        atomic_compare_exchange_strong(&guest->state, &expected, (uint32_t)how)) {
        (void)atomic_fetch_add(&guests_running, 1U);
        hart_notify(guest->vcpus[0]->hart, HART_RESTART);
    }
}

noreturn void lifecycle_park(struct vcpu *vcpu)
{
    struct guest *guest = vcpu->guest;

    atomic_store(&vcpu->hsm, HSM_PARKED);
    vcpu_finish_stores();
    /* Acquire and release: the last to park sees all that the others did before they parked. */
    if (atomic_fetch_add(&guest->parked, 1U) + 1U == guest->vcpu_count) {
        hart_notify(vcpu->hart, HART_REST);
    }
    hart_idle(vcpu->hart->frame);
}

void lifecycle_rest(struct guest *guest)
{
    stop_units(guest);
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        hart_notify(guest->vcpus[v]->hart, HART_CLEAN);
    }
}

void lifecycle_clean(struct vcpu *vcpu)
{
    struct guest *guest = vcpu->guest;

    vcpu_reset_interrupt_file(vcpu);
    if (atomic_fetch_add(&guest->clean, 1U) + 1U != guest->vcpu_count) {
        return;
    }
    if (atomic_load(&guest->state) == (uint32_t)GUEST_REBOOTING) {
        log_line("guest \"%s\" restarts", guest->part->config->name);
        lifecycle_restart(guest);
        return;
    }
    stopped(guest);
}

/* In pieces, and looking at the console in between: this hart may be the one that serves it. */
#define COPY_PIECE UINT64_C(0x10000)

static void copy_image(const struct guest *guest, const void *data, uint64_t size, gpa_t to)
{
    uint8_t *room = guest_ram(guest, to, size);
    const uint8_t *from = data;

    /* The plan has checked that every image lies in RAM. */
    for (uint64_t done = 0; room != NULL && done < size; done += COPY_PIECE) {
        uint64_t piece = size - done < COPY_PIECE ? size - done : COPY_PIECE;
        (void)memcpy(&room[done], &from[done], piece);
        hart_attend(guest->vcpus[0]->hart);
    }
}

void lifecycle_boot(struct guest *guest)
{
    const struct plan_guest *part = guest->part;
    struct vcpu *first = guest->vcpus[0];

    copy_image(guest, part->kernel.file->data, part->kernel.file->size, part->kernel.gpa);
    if (part->initrd.file != NULL) {
        copy_image(guest, part->initrd.file->data, part->initrd.file->size, part->initrd.gpa);
    }
    if (part->device_tree.file != NULL) {
        copy_image(guest, part->device_tree.file->data, part->device_tree.file->size,
                   part->device_tree.gpa);
    } else {
        if (guest->seed != NULL) {
            const struct seed seed = seed_draw(&guest->secret);
            (void)memcpy(guest->seed, &seed, sizeof(seed));
        }
        copy_image(guest, phys_pointer(guest->device_tree, guest->device_tree_size),
                   guest->device_tree_size, part->device_tree.gpa);
    }
    first->start_address = part->entry.v;
    first->start_opaque = part->device_tree.gpa.v;
}
