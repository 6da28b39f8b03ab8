/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that watches its own integrity while others misbehave: a pattern over its free memory that
 * nobody may touch, timer interrupts that must come, and no interrupt that it did not ask for. Prints
 * "witness: round N, well" about once a second, and "witness: FAIL ..." at the first thing wrong.
 */
#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define TICKS_IN_ROUND 20U
#define IDENTITIES     63U

extern char image_end[];

static uint64_t pattern(uint64_t address)
{
    return address * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0x5bd1e995);
}

static void fill(uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += 8U) {
        *(volatile uint64_t *)at = pattern(at);
    }
}

static bool check(uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += 8U) {
        uint64_t found = *(volatile uint64_t *)at;
        if (found != pattern(at)) {
            print("witness: FAIL memory at 0x%llx changed to 0x%llx\n", (unsigned long long)at,
                  (unsigned long long)found);
            return false;
        }
    }
    return true;
}

static void sleep_one_tick(void)
{
    timer_set(rdtime() + tree_timebase() / TICKS_IN_ROUND);
    wfi();
    irq_on();
    irq_off();
}

void guest_main(void)
{
    struct hart *self = hart_self();
    struct tree_range memory = { 0 };
    uint64_t from = (uint64_t)image_end, to;

    tree_memory(&memory);
    to = memory.base + memory.size / 2U; /* the device tree is in the upper half */
    fill(from, to);
    irq_open();
    for (uint32_t identity = 1; identity <= IDENTITIES; identity++) {
        imsic_enable(identity); /* all of them, to notice any */
    }
    csr_set(CSR_SIE, UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_TIMER);
    irq_off();
    for (uint32_t round = 1;; round++) {
        uint32_t ticks = self->timer;

        for (uint32_t i = 0; i < TICKS_IN_ROUND; i++) {
            sleep_one_tick();
        }
        if (self->timer == ticks) {
            print("witness: FAIL no timer interrupts in round %u\n", round);
            break;
        }
        if (self->external != 0U || self->software != 0U) {
            print("witness: FAIL interrupts from outside: %u external, %u software\n",
                  self->external, self->software);
            break;
        }
        if (!check(from, to)) {
            break;
        }
        print("witness: round %u, well\n", round);
    }
}
