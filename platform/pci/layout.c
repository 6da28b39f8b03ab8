/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pci/layout.h"

#include <string.h>

#include "platform/pci/regs.h"

#define LIMIT_32 (UINT64_C(1) << 32)

#define NO_BUS   (-2)

/* A window of the host while it is filled, in PCI addresses. */
struct cursor {
    uint64_t next, limit;
    int16_t bus;             /* where the last address went: a bridge, PCI_ROOT or NO_BUS */
};

/* What a BAR, or all of a kind that are behind one bridge, ask of a window. */
enum kind {
    KIND_MEMORY,             /* below 4 GiB; behind bridges through their memory window */
    KIND_WIDE                /* anywhere; behind bridges through their prefetchable window */
};

struct pass {
    const struct board_pci_host *host;
    const struct pci *pci;
    const struct pci_want *wanted;
    struct pci_layout *out;
    struct cursor cursors[BOARD_PCI_MAX_WINDOWS];
    uint32_t failed, bar;
};

uint64_t pci_vf_bar_step(const struct pci_bar *bar)
{
    return bar->size > PAGE_SIZE ? bar->size : PAGE_SIZE;
}

uint64_t pci_bus_address(const struct board *board, uint32_t host, pa_t address)
{
    const struct board_pci_host *h = &board->pci[host];

    for (uint32_t i = 0U; i < h->window_count; i++) {
        if (pa_range_contains(h->windows[i].range, address, 1U)) {
            return h->windows[i].pci + (address.v - h->windows[i].range.base.v);
        }
    }
    return 0U;
}

static bool is_any(const struct pci_want *want)
{
    return want->function || want->vfs != 0U;
}

bool pci_passes(const struct pci *pci, const struct pci_want *wanted, uint32_t bridge)
{
    for (uint32_t i = bridge + 1U; i < pci->count; i++) {
        int16_t p = is_any(&wanted[i]) ? pci->functions[i].parent : PCI_ROOT;
        while (p > (int16_t)bridge) {
            p = pci->functions[p].parent;
        }
        if (p == (int16_t)bridge) {
            return true;
        }
    }
    return false;
}

/* ---- windows of the host --------------------------------------------------------------------- */

static void open_window(const struct board_pci_window *window, struct cursor *c)
{
    const uint64_t room = UINT64_MAX - window->pci;
    const uint64_t size = window->range.size < room ? window->range.size : room;
    /* Address 0 says that there is none, on either side. */
    const uint64_t start = window->pci == 0U || window->range.base.v == 0U ? window->pci + PAGE_SIZE
                                                                          : window->pci;

    *c = (struct cursor){ align_up(start, PAGE_SIZE), window->pci + size, PCI_ROOT };
    /* What begins a page on the bus must begin one for harts. */
    if (!is_aligned(window->pci - window->range.base.v, PAGE_SIZE) || c->next < window->pci) {
        c->limit = 0U;
    }
}

/* Windows for 64-bit addresses are the last resort of what needs one below 4 GiB, and the first of
 * the others. What is not prefetchable may not be read ahead. */
static bool suits(const struct board_pci_window *window, enum kind kind, bool prefetchable,
                  bool last_resort)
{
    return (prefetchable || !window->prefetchable) &&
           window->wide == ((kind == KIND_WIDE) != last_resort);
}

/* ---- one address ----------------------------------------------------------------------------- */

/* count times size bytes, aligned to size, at the cursor. False: no room. */
static bool take(struct cursor *c, uint64_t limit, uint64_t size, uint64_t count, int16_t bus,
                 uint64_t *out)
{
    /* Windows of bridges are whole MiB: what is on another bus begins a new one, and all that is
     * behind a bridge ends with one. */
    const uint64_t unit = bus == PCI_ROOT ? PAGE_SIZE : PCI_WINDOW_ALIGN;
    const uint64_t first_align = bus == c->bus ? PAGE_SIZE : PCI_WINDOW_ALIGN;
    const uint64_t align = size > first_align ? size : first_align;

    if (c->next >= limit || align > limit - c->next || size > limit / count) {
        return false;
    }
    const uint64_t at = align_up(c->next, align);
    if (!span_contains(0U, align_down(limit, unit), at, size * count)) {
        return false;
    }
    c->next = at + size * count;
    c->bus = bus;
    *out = at;
    return true;
}

/* The windows of the bridges above a new address stretch to it: addresses only grow. */
static void stretch(struct pass *p, uint32_t function, enum kind kind, uint64_t at, uint64_t end)
{
    const uint64_t base = align_down(at, PCI_WINDOW_ALIGN);
    const uint64_t top = align_up(end, PCI_WINDOW_ALIGN);

    for (int16_t b = p->pci->functions[function].parent; b != PCI_ROOT;
         b = p->pci->functions[b].parent) {
        uint64_t *const from = kind == KIND_WIDE ? &p->out->bridges[b].prefetch_base
                                                 : &p->out->bridges[b].memory_base;
        uint64_t *const to = kind == KIND_WIDE ? &p->out->bridges[b].prefetch_end
                                               : &p->out->bridges[b].memory_end;
        *from = *to == 0U ? base : *from;
        *to = top;
    }
}

/* ---- which BARs, and how --------------------------------------------------------------------- */

/* Registers 0..5 of the function, then those of its virtual functions. */
#define ALL_BARS (2U * PCI_BARS)

static const struct pci_bar *bar_of(const struct pci_function *f, uint32_t bar)
{
    return bar < PCI_BARS ? &f->bars[bar] : &f->vf_bars[bar - PCI_BARS];
}

static bool is_wanted(const struct pass *p, uint32_t function, uint32_t bar)
{
    const struct pci_function *f = &p->pci->functions[function];

    if (bar_of(f, bar)->size == 0U) {
        return false;
    }
    if (bar >= PCI_BARS) {
        return p->wanted[function].vfs != 0U;
    }
    return p->wanted[function].function ||
           (f->is_bridge && pci_passes(p->pci, p->wanted, function));
}

static enum kind kind_of(const struct pci *pci, uint32_t function, const struct pci_bar *bar)
{
    const int16_t parent = pci->functions[function].parent;

    if (!bar->wide || (parent != PCI_ROOT && !bar->prefetchable)) {
        return KIND_MEMORY;
    }
    for (int16_t b = parent; b != PCI_ROOT; b = pci->functions[b].parent) {
        if (!pci->functions[b].wide_window) {
            return KIND_MEMORY;
        }
    }
    return KIND_WIDE;
}

/* One BAR in one window. */
static bool place(struct pass *p, uint32_t window, uint32_t function, uint32_t bar, enum kind kind)
{
    const struct pci_function *f = &p->pci->functions[function];
    const struct board_pci_window *w = &p->host->windows[window];
    struct cursor *c = &p->cursors[window];
    const uint64_t limit = kind == KIND_MEMORY && c->limit > LIMIT_32 ? LIMIT_32 : c->limit;
    const uint64_t count = bar < PCI_BARS ? 1U : p->wanted[function].vfs;
    const uint64_t size = pci_vf_bar_step(bar_of(f, bar)); /* whole pages, for all functions */
    uint64_t at;

    if (!take(c, limit, size, count, f->parent, &at)) {
        p->failed = function;
        p->bar = bar;
        return false;
    }
    const pa_t address = pa(at - w->pci + w->range.base.v);
    if (bar < PCI_BARS) {
        p->out->bars[function][bar] = address;
    } else {
        p->out->vf_bars[function][bar - PCI_BARS] = address;
    }
    stretch(p, function, kind, at, at + size * count);
    return true;
}

/* ---- what must lie together ------------------------------------------------------------------ */

/* Registers [bar, bar_end) of functions [first, end), as far as they are wanted and of this kind:
 * one BAR of a function on a root bus, or all that is behind the bridge there, which goes through
 * one window of it. */
struct group {
    uint32_t first, end, bar, bar_end;
    int16_t bridge;          /* PCI_ROOT: none */
    enum kind kind;
    bool prefetchable;
};

static bool is_in(const struct pass *p, const struct group *g, uint32_t function, uint32_t bar)
{
    return is_wanted(p, function, bar) &&
           kind_of(p->pci, function, bar_of(&p->pci->functions[function], bar)) == g->kind;
}

/* False for an empty group. Else its first register is what has no place, should no window suit. */
static bool find_first(struct pass *p, const struct group *g)
{
    for (uint32_t i = g->first; i < g->end; i++) {
        for (uint32_t bar = g->bar; bar < g->bar_end; bar++) {
            if (is_in(p, g, i, bar)) {
                p->failed = i;
                p->bar = bar;
                return true;
            }
        }
    }
    return false;
}

/* What an attempt with another window left. */
static void close_bridges(struct pass *p, const struct group *g)
{
    for (uint32_t i = (uint32_t)g->bridge; i < g->end; i++) {
        if (g->kind == KIND_WIDE) {
            p->out->bridges[i].prefetch_base = p->out->bridges[i].prefetch_end = 0U;
        } else {
            p->out->bridges[i].memory_base = p->out->bridges[i].memory_end = 0U;
        }
    }
}

static bool place_all(struct pass *p, const struct group *g, uint32_t window)
{
    if (g->bridge != PCI_ROOT) {
        close_bridges(p, g);
        p->cursors[window].bus = NO_BUS; /* its other window ended on the same bus perhaps */
    }
    for (uint32_t i = g->first; i < g->end; i++) {
        for (uint32_t bar = g->bar; bar < g->bar_end; bar++) {
            if (is_in(p, g, i, bar) && !place(p, window, i, bar, g->kind)) {
                return false;
            }
        }
    }
    return true;
}

/* In the first window that has room for all of it. */
static bool place_group(struct pass *p, const struct group *g)
{
    if (!find_first(p, g)) {
        return true;
    }
    for (uint32_t turn = 0U; turn < 2U; turn++) {
        for (uint32_t w = 0U; w < p->host->window_count; w++) {
            const struct cursor before = p->cursors[w];
            if (!suits(&p->host->windows[w], g->kind, g->prefetchable, turn == 1U)) {
                continue;
            }
            if (place_all(p, g, w)) {
                return true;
            }
            p->cursors[w] = before;
        }
    }
    return false;
}

static uint32_t subtree_end(const struct pci *pci, uint32_t first)
{
    uint32_t end = first + 1U;

    while (end < pci->count && pci->functions[end].parent >= (int16_t)first) {
        end++;
    }
    return end;
}

/* A function on a root bus and, if it is a bridge, what is behind it. */
static bool place_top(struct pass *p, uint32_t top, uint32_t end)
{
    for (uint32_t bar = 0U; bar < ALL_BARS; bar++) {
        const struct pci_bar *b = bar_of(&p->pci->functions[top], bar);
        const struct group alone = { top, top + 1U, bar, bar + 1U, PCI_ROOT,
                                     kind_of(p->pci, top, b), b->prefetchable };
        if (!place_group(p, &alone)) {
            return false;
        }
    }
    const struct group memory = { top + 1U, end, 0U, ALL_BARS, (int16_t)top, KIND_MEMORY, false };
    const struct group wide = { top + 1U, end, 0U, ALL_BARS, (int16_t)top, KIND_WIDE, true };
    return place_group(p, &memory) && place_group(p, &wide);
}

bool pci_lay_out(const struct board *board, const struct pci *pci, const struct pci_want *wanted,
                 struct pci_layout *out, uint32_t *failed, uint32_t *bar)
{
    struct pass p = { .pci = pci, .wanted = wanted, .out = out };

    memset(out, 0, sizeof(*out));
    for (uint32_t i = 0U; i < pci->count; i = subtree_end(pci, i)) {
        const struct board_pci_host *host = &board->pci[pci->functions[i].host];
        if (host != p.host) {
            p.host = host;
            for (uint32_t w = 0U; w < host->window_count; w++) {
                open_window(&host->windows[w], &p.cursors[w]);
            }
        }
        if (!place_top(&p, i, subtree_end(pci, i))) {
            *failed = p.failed;
            *bar = p.bar;
            return false;
        }
    }
    return true;
}
