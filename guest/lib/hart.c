/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/hart.h"

#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

_Static_assert(offsetof(struct hart, recover) == HART_RECOVER, "start.S");
_Static_assert(offsetof(struct hart, stack) == HART_STACK, "start.S");
_Static_assert(offsetof(struct hart, entry) == HART_ENTRY, "start.S");
_Static_assert(offsetof(struct hart, arg) == HART_ARG, "start.S");

struct hart harts[HART_MAX];
static uint8_t stacks[HART_MAX][HART_STACK_SIZE] __attribute__((aligned(16)));

/* start.S */
void hart_entry(void);
__attribute__((noreturn)) void guest_start(uint64_t hart_id, const void *device_tree);
__attribute__((noreturn)) void hart_run(void);

void guest_start(uint64_t hart_id, const void *device_tree)
{
    harts[0].id = hart_id;
    tree_open(device_tree);
    console_init();
    timer_init();
    guest_main();
    sbi_shutdown();
}

void hart_run(void)
{
    struct hart *self = hart_self();

    self->entry(self->arg);
    csr_clear(CSR_SSTATUS, SSTATUS_SIE);
    sbi_call(SBI_EXT_HSM, HSM_STOP, 0, 0, 0, 0, 0);
    for (;;) {
        wfi();
    }
}

int64_t hart_start(uint32_t slot, uint64_t id, void (*entry)(uint64_t arg), uint64_t arg)
{
    struct hart *hart = &harts[slot];

    *hart = (struct hart){ .stack = (uint64_t)&stacks[slot][HART_STACK_SIZE], .entry = entry,
                           .arg = arg, .id = id };
    fence();
    return sbi_call(SBI_EXT_HSM, HSM_START, id, (uint64_t)&hart_entry, (uint64_t)hart, 0, 0).error;
}
