/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the console's key commands do. Runs on the service hart, from its UART interrupt, without the
 * console lock. Counters are read while their harts write them: each is one aligned 64-bit load, so
 * it is some true value.
 */
#include "hyp/console/console.h"
#include "hyp/dma/dma.h"
#include "hyp/guest.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/log.h"
#include "lib/format.h"

static const char *const cause_names[EXIT_CAUSES] = {
#define CAUSE_NAME(name, text) [name] = text,
    EXIT_CAUSE_LIST(CAUSE_NAME)
};

static const char *state_name(const struct guest *guest)
{
    switch ((enum guest_state)atomic_load(&guest->state)) {
    case GUEST_RUNNING:
        return "running";
    case GUEST_STOPPING:
    case GUEST_REBOOTING:
        return "stopping";
    case GUEST_STOPPED:
    default:
        return "stopped";
    }
}

/* "exits NAME vcpuN: total=T cause=n ...", causes that never happened left out. */
static void say_exits(const struct vcpu *vcpu)
{
    char line[LOG_LINE_MAX];
    uint64_t total = 0;

    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++) {
        total += vcpu->exits[cause];
    }
    size_t length = format_text(line, sizeof(line), "exits %s vcpu%u: total=%lu",
                                vcpu->guest->part->config->name, vcpu->index, total);
    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++) {
        if (vcpu->exits[cause] != 0U) {
            length += format_text(&line[length], sizeof(line) - length, " %s=%lu",
                                  cause_names[cause], vcpu->exits[cause]);
        }
    }
    log_line("%s", line);
}

static void say_statistics(void)
{
    const struct plan *plan = guests[0].plan;

    for (uint32_t g = 0; g < plan->guest_count; g++) {
        log_line("guest %s: %s", plan->guests[g].config->name, state_name(&guests[g]));
        for (uint32_t v = 0; v < guests[g].vcpu_count; v++) {
            say_exits(guests[g].vcpus[v]);
        }
    }
    dma_say_faults();
}

void console_command_hook(enum mux_command command, uint32_t guest)
{
    const char *name = guests[guest].part->config->name;

    switch (command) {
    case MUX_FOCUS:
        log_line("input goes to %s", name);
        break;
    case MUX_STATS:
        say_statistics();
        break;
    case MUX_RESTART:
        log_line("restart of %s asked for at the console", name);
        lifecycle_request(&guests[guest], GUEST_REBOOTING);
        break;
    case MUX_HELP:
        log_line("Ctrl-\\ then: n next guest, p previous, 0-9 guest by number, s exits, r restart "
                 "the guest, h help; twice sends one Ctrl-\\");
        break;
    case MUX_NOTHING:
    case MUX_TO_GUEST:
    default:
        break;
    }
}
