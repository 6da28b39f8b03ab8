/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses where the arithmetic of a second stage may go wrong: each power of two and what lies
 * around it, up to the last address there is; the guest's own memory with a bit set above that some
 * width of address does not hold; the first byte behind it, and accesses over that end. Each in
 * every way that there is, bare and through the guest's own tables.
 */
#include "guest/attack/attack.h"

#include "guest/attack/tables.h"
#include "guest/lib/tree.h"

#define PPN_END    56U             /* of what a PTE can say */

/* address is a multiple of 8, and not the guest's. */
static void every_way(struct tally *t, uint64_t address)
{
    if (is_mine(address, 8)) {
        return;
    }
    for (uint32_t w = 0; w < way_count; w++) {
        attempt(t, ways[w].name, ways[w].op, address, UINT64_MAX,
                ANY(ways[w].is_store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS)
                    | (ways[w].rare & ANY(CAUSE_ILLEGAL)));
    }
    attempt(t, "fetch", probe_fetch, address, 0, ANY(CAUSE_FETCH_ACCESS));
}

static void around(struct tally *t, uint64_t address)
{
    every_way(t, address);
    every_way(t, address - 8U);
    every_way(t, address + PAGE);
}

/* Misaligned, with the first bytes in RAM and the last ones behind it: nothing of it is done. */
static void over_the_end(struct tally *t, uint64_t end)
{
    volatile uint64_t *last = (volatile uint64_t *)(end - sizeof(*last));
    uint64_t before = *last;

    for (uint64_t back = 1; back < 8U; back++) {
        attempt(t, "load over the end", probe_load, end - back, 8,
                ANY(CAUSE_LOAD_ACCESS) | ANY(CAUSE_LOAD_MISALIGNED));
        attempt(t, "store over the end", probe_store8, end - back, ~before,
                ANY(CAUSE_STORE_ACCESS) | ANY(CAUSE_STORE_MISALIGNED));
    }
    verdict(t, "a store that faulted was half done", before, *last, *last == before);
}

void attack_gstage_corners(struct tally *t)
{
    struct tree_range memory = { 0 };

    (void)tree_memory(&memory);
    every_way(t, 0);
    for (uint32_t bit = 3; bit < 64U; bit++) {
        around(t, UINT64_C(1) << bit);
        every_way(t, UINT64_C(1) << bit | memory.base);
    }
    every_way(t, UINT64_MAX - 7U);
    around(t, memory.base);
    around(t, memory.base + memory.size);
    over_the_end(t, memory.base + memory.size);
    for (uint32_t bit = 32; bit < PPN_END; bit++) {
        uint64_t alias = UINT64_C(1) << bit | memory.base;

        tables_point(alias);
        attempt(t, "an alias of RAM through a leaf", probe_load, tables_window(alias), 8,
                ANY(CAUSE_LOAD_ACCESS));
        attempt(t, "an alias of RAM through a leaf", probe_store8, tables_window(alias), 1,
                ANY(CAUSE_STORE_ACCESS));
        tables_off();
    }
}
