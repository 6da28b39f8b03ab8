/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_hart.h"

#include <string.h>

#include "hyp/unit.h"
#include "hyp/vcpu/csrs.h"
#include "hyp/vcpu/hw/fence.h"
#include "platform/hw/sbi_call.h"
#include "tests/unit/fake_phys.h"

struct fake_machine fake;
struct hart harts[BOARD_MAX_HARTS];

static struct vcpu_frame frames[BOARD_MAX_HARTS];

static void count_reset(struct guest *guest)
{
    (void)guest;
    fake.units_reset++;
}

static void count_stop(struct guest *guest)
{
    (void)guest;
    fake.units_stopped++;
}

/* One unit in the place of the linker script's list. */
const struct unit fake_units[1];
const struct unit fake_units[1] = {
    { .name = "fake", .guest_reset = count_reset, .guest_stop = count_stop },
};
_Static_assert(sizeof(struct unit) == 40, "the end of the list, below");
__asm__(".globl units_start\n.set units_start, fake_units\n"
        ".globl units_end\n.set units_end, fake_units + 40\n");

void fake_machine_init(void)
{
    (void)memset(&fake, 0, sizeof(fake));
    (void)memset(harts, 0, sizeof(harts));
    fake.guest = &guests[0];
    (void)memset(fake.guest, 0, sizeof(*fake.guest));
    fake.config.guest_count = 1;
    (void)strcpy(fake.config.guests[0].name, "one");
    fake.plan.board = &fake.board;
    fake.plan.config = &fake.config;
    fake.plan.guest_count = 1;
    fake.plan.guests[0].config = &fake.config.guests[0];
    fake.plan.guests[0].ram_base = gpa(GUEST_RAM_BASE);
    fake.plan.guests[0].ram = (struct pa_range){ pa(FAKE_PHYS_BASE), FAKE_RAM_SIZE };
    fake.guest->plan = &fake.plan;
    fake.guest->part = &fake.plan.guests[0];
    fake.guest->vcpu_count = FAKE_VCPUS;
    atomic_store(&fake.guest->state, GUEST_RUNNING);
    for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
        harts[v].index = v;
        harts[v].frame = &frames[v];
        harts[v].vcpu = &fake.vcpus[v];
        fake.vcpus[v].guest = fake.guest;
        fake.vcpus[v].hart = &harts[v];
        fake.vcpus[v].index = v;
        atomic_store(&fake.vcpus[v].hsm, v == 0U ? HSM_STARTED : HSM_STOPPED);
        fake.guest->vcpus[v] = &fake.vcpus[v];
    }
    fake_become(0);
}

void fake_become(uint32_t v)
{
    fake.self = &harts[v];
}

struct hart *this_hart(void)
{
    return fake.self;
}

void hart_notify(struct hart *hart, uint32_t events)
{
    (void)atomic_fetch_or(&hart->events, events);
    fake.notified[hart->index]++;
}

void hart_serve_fences(struct hart *hart)
{
    (void)hart;
    if (!fake.serve_answers) {
        return;
    }
    for (uint32_t h = 0; h < FAKE_VCPUS; h++) {
        uint64_t from = atomic_exchange(&harts[h].fences_from, 0U);
        for (uint32_t v = 0; v < FAKE_VCPUS; v++) {
            if ((from >> v & 1U) != 0U) {
                (void)atomic_fetch_sub(&fake.vcpus[v].fence.pending, 1U);
            }
        }
    }
}

noreturn void hart_idle(struct vcpu_frame *frame)
{
    (void)frame;
    longjmp(fake.idle, 1);
}

void fence_local(enum fence_kind kind, uint64_t start, uint64_t size, uint64_t asid)
{
    fake.fence.kind = (uint32_t)kind;
    fake.fence.start = start;
    fake.fence.size = size;
    fake.fence.asid = asid;
    fake.fence.count++;
}

void vcpu_set_timer(uint64_t deadline)
{
    fake.timer = deadline;
}

void vcpu_raise_soft_interrupt(void)
{
    fake.soft_raised = true;
}

void vcpu_set_external_interrupt(bool pending)
{
    fake.external[fake.self->index] = pending;
}

void vcpu_repeat_ecall(void)
{
    fake.ecalls_repeated++;
}

void vcpu_wait(void)
{
    fake.waits++;
}

void vcpu_reset_interrupt_file(const struct vcpu *vcpu)
{
    (void)vcpu;
    fake.files_reset++;
}

void vcpu_finish_stores(void)
{
    fake.stores_finished++;
}

void hart_attend(struct hart *hart)
{
    (void)hart;
    fake.attended++;
}

void sbi_system_reset(uint32_t type, uint32_t reason)
{
    (void)type;
    (void)reason;
    fake.powered_off = true;
    longjmp(fake.idle, 2);
}

const struct sbi_ids *sbi_machine_ids(void)
{
    static const struct sbi_ids ids = { 0x111, 0x222, 0x333 };
    return &ids;
}

void sbi_console_write(const char *text, size_t length)
{
    (void)text;
    (void)length;
}
