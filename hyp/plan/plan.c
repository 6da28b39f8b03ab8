/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/plan/plan.h"

#include <string.h>

#include "hyp/plan/parts.h"
#include "lib/format.h"

/* With one guest for each hart, a hart needs one guest interrupt file: the first (VGEIN = 1). Where the
 * board has none the vCPU's file is in memory. */
#define GUEST_FILE    1U
#define NO_GUEST_FILE 0U

static void report_absent_hart(const struct planning *p, const struct config_guest *guest,
                               uint64_t id)
{
    char ids[160] = "";
    size_t length = 0;

    for (uint32_t i = 0; i < p->board->hart_count; i++) {
        length += format_text(ids + length, sizeof(ids) - length, "%s%lu", i == 0U ? "" : " ",
                              p->board->harts[i].id);
    }
    diag_error(p->d, guest->path, "harts", "hart %lu of \"%s\" is not a usable hart of the board "
               "(absent, disabled, or without mmu-type): choose from <%s>", id, guest->name, ids);
}

static void plan_harts(const struct planning *p)
{
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        struct plan_guest *guest = &p->plan->guests[g];
        for (uint32_t i = 0; i < guest->vcpu_count; i++) {
            const int hart = board_find_hart(p->board, guest->config->harts[i]);
            if (hart < 0) {
                report_absent_hart(p, guest->config, guest->config->harts[i]);
                continue;
            }
            guest->vcpus[i].hart = (uint32_t)hart;
            guest->vcpus[i].guest_file =
                p->board->imsic.guest_index_bits != 0U ? GUEST_FILE : NO_GUEST_FILE;
        }
    }
}

static bool hart_is_used(const struct plan *plan, uint32_t hart)
{
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        for (uint32_t i = 0; i < plan->guests[g].vcpu_count; i++) {
            if (plan->guests[g].vcpus[i].hart == hart) {
                return true;
            }
        }
    }
    return false;
}

/* A hart without a guest serves the console for free; else the first guest's first hart does. */
static uint32_t choose_service_hart(const struct plan *plan)
{
    for (uint32_t hart = 0; hart < plan->board->hart_count; hart++) {
        if (!hart_is_used(plan, hart)) {
            return hart;
        }
    }
    return plan->guests[0].vcpus[0].hart;
}

/* The devices of all guests in one list. */
static uint32_t list_devices(const struct config *config, struct plan *plan,
                             struct given given[CONFIG_MAX_DEVICES])
{
    uint32_t count = 0;

    for (uint32_t g = 0; g < config->guest_count; g++) {
        struct plan_guest *guest = &plan->guests[g];
        guest->devices = &plan->devices[config->guests[g].devices - config->devices];
        guest->viommus = &plan->viommus[config->guests[g].viommus - config->viommus];
        for (uint32_t i = 0; i < config->guests[g].device_count; i++) {
            plan->device_guests[&guest->devices[i] - plan->devices] = g;
            guest->devices[i].is_pci = config->guests[g].devices[i].node == NULL;
            guest->has_pci = guest->has_pci || guest->devices[i].is_pci;
            given[count] = (struct given){ (uint16_t)g, (uint16_t)i, false };
            count++;
        }
    }
    return count;
}

bool plan_build(const struct board *board, const struct pci *pci, const struct config *config,
                const struct bundle *bundle, const struct pa_range *used, uint32_t used_count,
                struct plan *out, struct diag *d)
{
    struct given given[CONFIG_MAX_DEVICES];
    struct planning p = {
        .board = board, .pci = pci, .config = config, .bundle = bundle, .used = used,
        .used_count = used_count, .given = given, .plan = out, .d = d,
    };
    const uint32_t errors_before = d->errors;

    memset(out, 0, sizeof(*out));
    out->board = board;
    out->config = config;
    out->pci = pci;
    out->guest_count = config->guest_count;
    for (uint32_t g = 0; g < out->guest_count; g++) {
        out->guests[g].config = &config->guests[g];
        out->guests[g].ram_base = config->guests[g].memory_base;
        out->guests[g].vcpu_count = config->guests[g].hart_count;
    }
    p.given_count = list_devices(config, out, given);
    plan_shares(&p);
    plan_viommus(&p);
    if (board != NULL) {
        out->wired_interrupts =
            board->aplic.msi_only || config->wired_interrupts;
        plan_harts(&p);
        plan_devices(&p);
    }
    plan_check_maps(&p);
    plan_images(&p);
    if (board != NULL) {
        plan_place(&p);
        out->service_hart = choose_service_hart(out);
    }
    return d->errors == errors_before;
}
