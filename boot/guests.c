/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/boot.h"

#include <libfdt.h>

#include "hyp/guestdt/guestdt.h"
#include "hyp/guestdt/parts.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "platform/hw/csr.h"
#include "platform/hw/phys.h"

/* VMID 0 is left to what has no guest. */
#define FIRST_VMID 1U

void boot_start_units(const struct plan *plan, struct pages *pages)
{
    for (const struct unit *u = units_start; u < units_end; u++) {
        if (u->init != NULL && !u->init(plan, pages)) {
            log_line("error: %s: could not be set up", u->name);
            boot_stop();
        }
    }
}

/* One past the last guest physical address that the guest has anything at. */
static uint64_t highest_gpa(const struct plan_guest *part)
{
    uint64_t end = part->ram_base.v + part->ram.size;

    for (uint32_t w = 0; w < part->window_count; w++) {
        uint64_t window_end = part->windows[w].gpa.v + part->windows[w].size;
        end = window_end > end ? window_end : end;
    }
    return end;
}

/* The smallest mode that this hart has and that reaches end; boot/harts.c holds every other hart
 * against the result. Addresses translated: 41, 50, 59 bits. */
static bool choose_mode(uint64_t end, enum gstage_mode *mode)
{
    static const struct { uint32_t mode, bits; } modes[] = {
        { GSTAGE_SV39X4, 41U }, { GSTAGE_SV48X4, 50U }, { GSTAGE_SV57X4, 59U },
    };
    uint64_t before = csr_read(CSR_HGATP);

    for (uint32_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
        struct gstage empty = { (enum gstage_mode)modes[m].mode, pa(0) };
        uint64_t hgatp = gstage_hgatp(&empty, 0U);
        csr_write(CSR_HGATP, hgatp);
        bool has = csr_read(CSR_HGATP) == hgatp;
        csr_write(CSR_HGATP, before);
        if (has && end - 1U < UINT64_C(1) << modes[m].bits) {
            *mode = (enum gstage_mode)modes[m].mode;
            return true;
        }
    }
    return false;
}

static void make_device_tree(struct guest *guest, struct pages *pages)
{
    uint64_t room = guest->part->device_tree_room;

    if (guest->part->device_tree.file != NULL) {
        return;
    }
    if (!pages_take(pages, align_up(room, PAGE_SIZE) / PAGE_SIZE, PAGE_SIZE, &guest->device_tree)) {
        log_line("error: guest \"%s\": no memory is left to make its device tree in, 0x%lx bytes",
                 guest->part->config->name, room);
        boot_stop();
    }
    if (!guestdt_build(guest->plan, guest->index, phys_pointer(guest->device_tree, room), room)) {
        log_line("error: guest \"%s\": its device tree cannot be made in 0x%lx bytes: give it "
                 "fewer devices, or a device-tree of its own", guest->part->config->name, room);
        boot_stop();
    }
    void *const tree = phys_pointer(guest->device_tree, room);

    guest->device_tree_size = fdt_totalsize(tree);
    guest->seed = fdt_getprop_w(tree, fdt_path_offset(tree, "/chosen"), GUESTDT_SEED, NULL);
}

static void make_guest(const struct plan *plan, uint32_t index, struct pages *pages)
{
    struct guest *guest = &guests[index];
    enum gstage_mode mode = GSTAGE_SV39X4;

    guest->plan = plan;
    guest->part = &plan->guests[index];
    guest->index = index;
    atomic_store(&guest->state, GUEST_REBOOTING); /* until lifecycle_start_all */
    guest->vcpu_count = guest->part->vcpu_count;
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        struct vcpu *vcpu = harts[guest->part->vcpus[v].hart].vcpu;
        vcpu->guest = guest;
        guest->vcpus[v] = vcpu;
    }
    if (!choose_mode(highest_gpa(guest->part), &mode) ||
        gstage_create(&guest->gstage, mode, pages) != GSTAGE_OK) {
        log_line("error: guest \"%s\": no G-stage mode of this hart reaches 0x%lx, or no memory "
                 "for its root table", guest->part->config->name, highest_gpa(guest->part) - 1U);
        boot_stop();
    }
    guest->hgatp = gstage_hgatp(&guest->gstage, index + FIRST_VMID);
    for (const struct unit *u = units_start; u < units_end; u++) {
        if (u->guest_init != NULL && !u->guest_init(guest, pages)) {
            log_line("error: guest \"%s\": %s could not be set up", guest->part->config->name,
                     u->name);
            boot_stop();
        }
    }
    make_device_tree(guest, pages);
}

void boot_make_guests(const struct plan *plan, struct pages *pages)
{
    struct seed secret = { { 0U } };

    (void)board_seed(plan->board, &secret); /* without one no guest's tree has a seed */
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        guests[g].secret = seed_draw(&secret);
        make_guest(plan, g, pages);
    }
}
