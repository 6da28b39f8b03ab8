/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/sleep.h"

#include "guest/lib/csr.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define MS_PER_S 1000U

bool sleep_for_event(const volatile uint32_t *events, uint32_t seen, uint64_t when)
{
    timer_set(when);
    irq_off();
    while (*events == seen && rdtime() < when) {
        wfi();
        irq_on();
        irq_off();
    }
    irq_on();
    return *events != seen;
}

uint64_t ms_from_now(uint32_t milliseconds)
{
    return rdtime() + (uint64_t)milliseconds * tree_timebase() / MS_PER_S;
}

void sleep_ms(uint32_t milliseconds)
{
    static const volatile uint32_t never;

    sleep_for_event(&never, 0, ms_from_now(milliseconds));
}
