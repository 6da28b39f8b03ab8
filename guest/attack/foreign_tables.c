/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's own page tables as a weapon: leaves that point at foreign memory; tables that lie in
 * foreign memory, so that the hart's walk itself goes there; and tables that lie in the guest's own
 * device windows, so that an implicit access is trapped where only instructions were expected.
 */
#include "guest/attack/attack.h"

#include "guest/attack/tables.h"
#include "guest/lib/csr.h"

#define CAUSE_FETCH_PAGE 12U
#define CAUSE_LOAD_PAGE  13U
#define CAUSE_STORE_PAGE 15U

static const uint64_t foreign[] = {
    0x0, 0x100000, 0x2000000, 0x10001000, 0x28001000, 0x28004000, 0x3010000, 0x30000000,
    0x4000000000, 0x10000000000, 0x80000000000000,
};

static void leaf(struct tally *t, uint64_t address)
{
    uint64_t inside = tables_window(address);

    tables_point(address);
    attempt(t, "load through a leaf", probe_load, inside, 8, ANY(CAUSE_LOAD_ACCESS));
    attempt(t, "store through a leaf", probe_store8, inside, 1, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "fetch through a leaf", probe_fetch, inside, 0, ANY(CAUSE_FETCH_ACCESS));
    attempt(t, "amo through a leaf", probe_amo4, inside, 0, ANY(CAUSE_STORE_ACCESS));
}

/* page: what besides an access fault may come, if there is something to be read. */
static void table(struct tally *t, uint64_t address, bool page)
{
    tables_lead(address);
    attempt(t, "load through a table", probe_load, tables_window(0), 8,
            ANY(CAUSE_LOAD_ACCESS) | (page ? ANY(CAUSE_LOAD_PAGE) : 0U));
    attempt(t, "store through a table", probe_store8, tables_window(0), 1,
            ANY(CAUSE_STORE_ACCESS) | (page ? ANY(CAUSE_STORE_PAGE) : 0U));
    attempt(t, "fetch through a table", probe_fetch, tables_window(0), 0,
            ANY(CAUSE_FETCH_ACCESS) | (page ? ANY(CAUSE_FETCH_PAGE) : 0U));
}

void attack_foreign_tables(struct tally *t)
{
    struct window window;

    for (uint32_t i = 0; i < COUNT(foreign); i++) {
        if (!is_mine(foreign[i], PAGE)) {
            leaf(t, foreign[i]);
            table(t, foreign[i], false);
        }
    }
    for (uint32_t n = 0; own_window(n, &window); n++) {
        table(t, window.base, true);
    }
    tables_off();
}
