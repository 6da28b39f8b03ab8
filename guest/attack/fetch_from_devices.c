/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions from device windows, also by way of page tables that call them executable, and one
 * that begins in the last two bytes of RAM. A device's registers, read as code, would run whatever
 * the device says; a hypervisor that fetches an instruction itself might read them for the guest.
 */
#include "guest/attack/attack.h"

#include "guest/attack/tables.h"
#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

#define FETCHES_ONLY ANY(CAUSE_FETCH_ACCESS)
#define HALF_OF_LUI  UINT16_C(0x0537)  /* the first half of lui a0 */

static void every_place(struct tally *t, uint64_t base, uint64_t size)
{
    for (uint64_t offset = 0; offset < size && offset < 4U * PAGE; offset += 0x402U) {
        attempt(t, "fetch", probe_fetch, base + offset, 0, FETCHES_ONLY);
    }
    attempt(t, "fetch at the end", probe_fetch, base + size - 2U, 0, FETCHES_ONLY);
    tables_point(base);
    attempt(t, "fetch through a leaf", probe_fetch, tables_window(base), 0, FETCHES_ONLY);
    tables_off();
}

/* The second half would be what lies behind the guest's memory. */
static void over_the_end(struct tally *t)
{
    struct tree_range memory;
    uint16_t *last, before;

    if (tree_memory(&memory)) {
        last = (uint16_t *)(memory.base + memory.size - sizeof(*last));
        before = *last;
        *last = HALF_OF_LUI;
        __asm__ volatile("fence.i" ::: "memory");
        attempt(t, "fetch over the end of RAM", probe_fetch, (uint64_t)last, 0, FETCHES_ONLY);
        *last = before;
        __asm__ volatile("fence.i" ::: "memory");
    }
}

void attack_fetch_from_devices(struct tally *t)
{
    struct window window;

    for (uint32_t n = 0; own_window(n, &window); n++) {
        every_place(t, window.base, window.size);
    }
    over_the_end(t);
}
