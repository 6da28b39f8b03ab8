/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way of access to every byte of the guest's own device windows that a driver would not make:
 * each width at each alignment, atomic, of floating point and vectors, over the ends of a window,
 * whole blocks of the cache. It would break a hypervisor that takes an instruction for another, or
 * an access that begins in a window for one that ends there.
 */
#include "guest/attack/attack.h"

#include "guest/lib/aplic.h"
#include "guest/lib/tree.h"

#define AT_EDGES  16U            /* bytes on both sides of an edge, by bytes */
#define STEP      0x3feU         /* elsewhere: odd words of all registers come by */
#define PAGES     4U             /* of a window, at most */

/* Not the byte that prints, nor those that turn the console off. */
static bool is_spared(uint64_t at)
{
    static struct tree_uart port;

    return (port.base != 0U || tree_uart(&port)) && at < port.base + 5U && at + 8U > port.base;
}

/* How that way may end there. */
static uint64_t ends(const struct way *way, uint64_t at, enum window_kind kind)
{
    bool stores = way->is_store || way->rare != 0U;
    uint64_t any = way->rare | ODD_LOAD | (stores ? ODD_STORE : 0U);
    bool aligned = way->width != 0U && at % way->width == 0U;
    /* Blocks of the cache may be cleaned wherever loads are permitted, and sc may fail. */
    bool traps = kind == WINDOW_EMULATED
                 || (kind == WINDOW_READABLE && way->is_store && way->width != 0U);

    return traps && !(way->plain && aligned) ? any & ~NO_EXCEPTION : any;
}

static void every_way(struct tally *t, uint64_t at, enum window_kind kind)
{
    for (uint32_t w = 0; w < way_count; w++) {
        bool stores = ways[w].is_store || ways[w].rare != 0U;

        if (!(stores && is_spared(at)) && !(ways[w].vector && kind == WINDOW_REAL)) {
            attempt(t, ways[w].name, ways[w].op, at, UINT64_MAX, ends(&ways[w], at, kind));
        }
    }
}

static void every_place(struct tally *t, const struct window *w)
{
    uint64_t end = w->base + w->size;

    for (uint64_t i = 0; i < AT_EDGES; i++) {
        every_way(t, w->base + i, w->kind);
        every_way(t, end - AT_EDGES + i, w->kind);
    }
    for (uint64_t at = w->base; at < end && at < w->base + PAGES * PAGE; at += STEP) {
        every_way(t, at, w->kind);
    }
}

/* Each register of the APLIC as it is to be accessed, but with anything. */
static void aplic_registers(struct tally *t, uint64_t base)
{
    for (uint64_t offset = 0; offset < 0x4000U; offset += 4U) {
        attempt(t, "aplic store", probe_store4, base + offset, UINT64_MAX - offset, ODD_STORE);
        attempt(t, "aplic load", probe_load, base + offset, 4, ODD_LOAD);
    }
}

static void quiet(uint64_t aplic, uint32_t sources)
{
    aplic_write(aplic, APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= sources; source++) {
        aplic_write(aplic, (uint32_t)APLIC_SOURCECFG1 + (source - 1U) * 4U, APLIC_INACTIVE);
    }
}

void attack_odd_accesses(struct tally *t)
{
    uint32_t sources = 0;
    uint64_t aplic = tree_aplic(&sources);
    struct window window;

    for (uint32_t n = 0; own_window(n, &window); n++) {
        every_place(t, &window);
    }
    if (aplic != 0U) {
        aplic_registers(t, aplic);
        quiet(aplic, sources);
    }
}
