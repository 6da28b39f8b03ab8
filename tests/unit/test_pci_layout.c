/* SPDX-License-Identifier: Apache-2.0 */
/* Where pci_lay_out puts BARs and windows, on boards made by hand and at random. The seed is
 * fixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/hw/clock.h"
#include "platform/pci/layout.h"
#include "tests/unit/fake_pci.h"

#define BAR_32  0U
#define BAR_64  PCI_BAR_TYPE_64
#define BAR_64P (PCI_BAR_TYPE_64 | PCI_BAR_PREFETCHABLE)
#define MIB     UINT64_C(0x100000)
#define LIMIT_32 (UINT64_C(1) << 32)

static struct pci pci;
static struct pci_layout layout, again;
static struct pci_want wanted[PCI_MAX_FUNCTIONS];
static uint32_t failed, failed_bar;

uint64_t clock_now(void)
{
    static uint64_t now;

    now += UINT64_C(1) << 32;
    return now;
}

static int setup(void **state)
{
    (void)state;
    fake_pci_reset();
    for (uint32_t i = 0U; i < PCI_MAX_FUNCTIONS; i++) {
        wanted[i] = (struct pci_want){ .function = true };
    }
    return 0;
}

static uint32_t add(int32_t bridge, uint32_t device)
{
    return fake_pci_function(0U, bridge, device, 0U);
}

static void enumerate(void)
{
    struct diag d = fake_pci_diag();

    assert_true(pci_enumerate(&fake_pci_board, &pci, &d));
}

static bool lay_out(void)
{
    enumerate();
    memset(&layout, 0xa5, sizeof(layout));
    return pci_lay_out(&fake_pci_board, &pci, wanted, &layout, &failed, &failed_bar);
}

static uint32_t index_of(uint32_t function)
{
    for (uint32_t i = 0U; i < pci.count; i++) {
        if (pci.functions[i].device == function) {
            return i;
        }
    }
    fail_msg("function %u was not found", function);
    return 0U;
}

static uint64_t bar(uint32_t function, uint32_t i)
{
    return layout.bars[index_of(function)][i].v;
}

/* ---- by hand --------------------------------------------------------------------------------- */

/* shows: R-PCI-09 */
static void test_bars_of_a_root_bus_follow_each_other(void **state)
{
    (void)state;
    const uint32_t a = add(-1, 1U), b = add(-1, 2U);
    fake_pci_bar(a, 0U, 0x10U, BAR_32);
    fake_pci_bar(a, 1U, 0x4000U, BAR_32);
    fake_pci_bar(a, 2U, 0x4000U, BAR_64);
    fake_pci_bar(b, 0U, 0x100U, BAR_32);
    fake_pci_bar(b, 2U, 0x10000000U, BAR_64P);

    assert_true(lay_out());
    assert_int_equal(bar(a, 0U), FAKE_PCI_LOW_CPU);
    assert_int_equal(bar(a, 1U), FAKE_PCI_LOW_CPU + 0x4000U);
    assert_int_equal(bar(b, 0U), FAKE_PCI_LOW_CPU + 0x8000U);
    assert_int_equal(bar(a, 2U), FAKE_PCI_HIGH);
    assert_int_equal(bar(a, 3U), 0U);
    assert_int_equal(bar(b, 2U), FAKE_PCI_HIGH + 0x10000000U);
    assert_int_equal(pci_bus_address(&fake_pci_board, 0U, pa(bar(a, 1U))),
                     FAKE_PCI_LOW_PCI + 0x4000U);
    assert_int_equal(pci_bus_address(&fake_pci_board, 0U, pa(0x1000U)), 0U);
}

/* shows: R-PCI-09, R-PCI-10 */
static void test_behind_bridges_only_prefetchable_bars_are_wide(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t narrow = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0U);
    pci_space_set(narrow, PCI_PREFETCH_BASE, 4U, 0U);      /* its window holds 32 bits */
    const uint32_t a = add((int32_t)port, 0U), b = add((int32_t)narrow, 0U);
    fake_pci_bar(port, 0U, 0x1000U, BAR_32);
    fake_pci_bar(a, 0U, 0x4000U, BAR_64);
    fake_pci_bar(a, 2U, 0x200000U, BAR_64P);
    fake_pci_bar(b, 2U, 0x4000U, BAR_64P);

    assert_true(lay_out());
    assert_int_equal(bar(port, 0U), FAKE_PCI_LOW_CPU);
    assert_int_equal(bar(a, 0U), FAKE_PCI_LOW_CPU + MIB);
    assert_int_equal(bar(a, 2U), FAKE_PCI_HIGH);
    assert_int_equal(bar(b, 2U), FAKE_PCI_LOW_CPU + 2U * MIB);
    const uint32_t p = index_of(port), n = index_of(narrow);
    assert_int_equal(layout.bridges[p].memory_base, FAKE_PCI_LOW_PCI + MIB);
    assert_int_equal(layout.bridges[p].memory_end, FAKE_PCI_LOW_PCI + 2U * MIB);
    assert_int_equal(layout.bridges[p].prefetch_base, FAKE_PCI_HIGH);
    assert_int_equal(layout.bridges[p].prefetch_end, FAKE_PCI_HIGH + 2U * MIB);
    assert_int_equal(layout.bridges[n].prefetch_end, 0U);
}

/* shows: R-PCI-11 */
static void test_what_nobody_wants_gets_nothing(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U), a = add((int32_t)port, 0U);
    const uint32_t other = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0U), b = add((int32_t)other, 0U);
    fake_pci_bar(port, 0U, 0x1000U, BAR_32);
    fake_pci_bar(other, 0U, 0x1000U, BAR_32);
    fake_pci_bar(a, 0U, 0x1000U, BAR_32);
    fake_pci_bar(b, 0U, 0x1000U, BAR_32);
    memset(wanted, 0, sizeof(wanted));
    wanted[3].function = true;                             /* b */

    assert_true(lay_out());
    assert_int_equal(index_of(b), 3U);
    assert_int_equal(bar(port, 0U), 0U);
    assert_int_equal(bar(a, 0U), 0U);
    assert_int_equal(bar(other, 0U), FAKE_PCI_LOW_CPU);
    assert_int_equal(bar(b, 0U), FAKE_PCI_LOW_CPU + MIB);
    assert_int_equal(layout.bridges[0].memory_end, 0U);
    assert_false(pci_passes(&pci, wanted, 0U));
    assert_true(pci_passes(&pci, wanted, 2U));
    assert_false(pci_passes(&pci, wanted, 3U));
}

/* shows: R-PCI-09, R-PCI-11 */
static void test_virtual_functions_get_a_page_each_at_least(void **state)
{
    (void)state;
    const uint32_t nic = add(-1, 1U);
    (void)fake_pci_express(nic, FAKE_ENDPOINT);
    (void)fake_pci_sriov(nic, 7U, 0x80U, 2U);
    fake_pci_bar(nic, 0U, 0x20000U, BAR_32);
    fake_pci_vf_bar(nic, 0U, 0x400U, BAR_64P);
    fake_pci_vf_bar(nic, 3U, 0x4000U, BAR_64P);

    assert_true(lay_out());
    assert_int_equal(layout.vf_bars[0][0].v, 0U);          /* only the function is wanted */
    wanted[0] = (struct pci_want){ .vfs = 7U };
    assert_true(lay_out());
    assert_int_equal(bar(nic, 0U), 0U);
    assert_int_equal(layout.vf_bars[0][0].v, FAKE_PCI_HIGH);
    assert_int_equal(layout.vf_bars[0][3].v, FAKE_PCI_HIGH + 0x8000U);
    wanted[0].vfs = 3U;                                    /* and no more than are wanted */
    assert_true(lay_out());
    assert_int_equal(layout.vf_bars[0][3].v, FAKE_PCI_HIGH + 0x4000U);
    assert_int_equal(pci_vf_bar_step(&pci.functions[0].vf_bars[0]), PAGE_SIZE);
    assert_int_equal(pci_vf_bar_step(&pci.functions[0].vf_bars[3]), 0x4000U);
}

/* shows: R-PCI-09 */
static void test_address_0_is_never_given(void **state)
{
    (void)state;
    const uint32_t a = add(-1, 1U);
    fake_pci_bar(a, 0U, 0x1000U, BAR_32);
    fake_pci_board.pci[0].windows[0].pci = 0U;
    assert_true(lay_out());
    assert_int_equal(bar(a, 0U), FAKE_PCI_LOW_CPU + PAGE_SIZE);
    fake_pci_board.pci[0].windows[0].pci = FAKE_PCI_LOW_PCI;
    fake_pci_board.pci[0].windows[0].range.base = pa(0U);
    assert_true(lay_out());
    assert_int_equal(bar(a, 0U), PAGE_SIZE);
}

static void set_window(uint32_t i, uint64_t base, uint64_t size, bool wide, bool prefetchable)
{
    struct board_pci_host *host = &fake_pci_board.pci[0];

    host->windows[i] = (struct board_pci_window){ base, { pa(base), size }, wide, prefetchable };
    host->window_count = i + 1U;
}

/* shows: R-PCI-09 */
static void test_the_next_window_is_taken_when_one_is_full(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t a = add((int32_t)port, 0U), b = add(-1, 2U), c = add(-1, 3U);
    fake_pci_bar(a, 0U, MIB, BAR_32);
    fake_pci_bar(a, 1U, MIB, BAR_32);
    fake_pci_bar(a, 2U, 2U * MIB, BAR_64P);
    fake_pci_bar(b, 0U, 0x1000U, BAR_32);
    fake_pci_bar(c, 0U, 0x1000U, BAR_32 | PCI_BAR_PREFETCHABLE);
    set_window(0U, 0x41000000U, MIB, false, false);        /* holds one of the two of a */
    set_window(1U, 0x50000000U, 16U * MIB, false, true);   /* not for a's */
    set_window(2U, 0x60000000U, 2U * MIB, true, false);    /* the last resort of 32-bit ones */

    assert_true(lay_out());
    assert_int_equal(bar(a, 0U), 0x60000000U);
    assert_int_equal(bar(a, 1U), 0x60000000U + MIB);
    assert_int_equal(bar(a, 2U), 0x50000000U);
    assert_int_equal(layout.bridges[0].memory_base, 0x60000000U);
    assert_int_equal(layout.bridges[0].memory_end, 0x60200000U);
    assert_int_equal(bar(b, 0U), 0x41000000U);
    assert_int_equal(bar(c, 0U), 0x41001000U);
}

/* shows: R-PCI-09, R-PCI-10 */
static void test_both_windows_of_a_bridge_from_one_window(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U), a = add((int32_t)port, 0U);
    fake_pci_bar(a, 0U, 0x1000U, BAR_32);
    fake_pci_bar(a, 2U, 0x1000U, BAR_64P);
    set_window(0U, 0x41000000U, 2U * MIB, false, false);

    assert_true(lay_out());
    assert_int_equal(layout.bridges[0].memory_end, 0x41100000U);
    assert_int_equal(layout.bridges[0].prefetch_base, 0x41100000U);
    assert_int_equal(layout.bridges[0].prefetch_end, 0x41200000U);
}

/* shows: R-PCI-11 */
static void test_what_has_no_room_is_named(void **state)
{
    (void)state;
    const uint32_t a = add(-1, 1U), b = add(-1, 2U);
    (void)fake_pci_express(b, FAKE_ENDPOINT);
    (void)fake_pci_sriov(b, 4U, 8U, 1U);
    fake_pci_bar(a, 0U, 0x1000U, BAR_32);
    fake_pci_bar(a, 5U, 0x80000000U, BAR_32);
    assert_false(lay_out());
    assert_int_equal(failed, 0U);
    assert_int_equal(failed_bar, 5U);

    wanted[0] = (struct pci_want){ 0 };
    wanted[1] = (struct pci_want){ .vfs = 4U };
    fake_pci_vf_bar(b, 2U, UINT64_C(1) << 33, BAR_64P);    /* each would fit, all do not */
    assert_false(lay_out());
    assert_int_equal(failed, 1U);
    assert_int_equal(failed_bar, PCI_BARS + 2U);

    wanted[1] = (struct pci_want){ .function = true };
    fake_pci_bar(b, 0U, UINT64_C(1) << 63, BAR_64);
    assert_false(lay_out());
    assert_int_equal(failed_bar, 0U);
    fake_pci_board.pci[0].window_count = 0U;
    assert_false(lay_out());
    wanted[1].function = false;
    assert_true(lay_out());
}

/* A window of the host that ends within a MiB cannot be that of a bridge to its end. */
/* shows: R-PCI-10 */
static void test_bridges_stay_in_the_hosts_window(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U), a = add((int32_t)port, 0U);
    fake_pci_bar(a, 0U, 0x1000U, BAR_32);
    set_window(0U, 0x41000000U, MIB / 2U, false, false);
    assert_false(lay_out());
    assert_int_equal(failed, 1U);
    fake_pci_bar(a, 1U, MIB, BAR_32);
    set_window(0U, 0x41000000U, MIB * 5U / 2U, false, false);
    assert_true(lay_out());
    fake_pci_bar(a, 2U, 0x1000U, BAR_32);                  /* in the half */
    assert_false(lay_out());
    assert_int_equal(failed_bar, 2U);
    set_window(0U, UINT64_MAX - 0xffffU, 0x10000U, true, false); /* the last one of all */
    assert_false(lay_out());
}

/* shows: R-PCI-09 */
static void test_pages_of_the_bus_are_pages_for_harts(void **state)
{
    (void)state;
    fake_pci_bar(add(-1, 1U), 0U, 0x1000U, BAR_32);
    set_window(0U, 0x41000000U, 0x10000U, false, false);
    assert_true(lay_out());
    fake_pci_board.pci[0].windows[0].range.base = pa(0x51000800U);
    assert_false(lay_out());
}

/* ---- at random ------------------------------------------------------------------------------- */

#define ROUNDS 400U

static uint64_t seed = 20261121U;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 11) % below;
}

static void draw_bars(uint32_t f, uint32_t count,
                      void (*set)(uint32_t, uint32_t, uint64_t, uint32_t))
{
    static const uint32_t kinds[] = { BAR_32, BAR_64, BAR_64P, BAR_64P, PCI_BAR_PREFETCHABLE,
                                      PCI_BAR_IO };

    for (uint32_t i = 0U; i < count; i++) {
        const uint32_t kind = kinds[draw(6U)];
        const bool is_wide = (kind & PCI_BAR_TYPE) == PCI_BAR_TYPE_64;
        if (draw(3U) == 0U || (is_wide && i + 1U == count)) {
            continue;
        }
        set(f, i, UINT64_C(1) << (4U + draw(is_wide ? 24U : 20U)), kind);
        i += is_wide ? 1U : 0U;
    }
}

/* Any bus gets some functions, one of four of them a bridge. */
static void draw_bus(uint32_t host, int32_t bridge, uint32_t devices)
{
    for (uint32_t d = 0U; d < devices && pci_space.count < 60U; d++) {
        if (draw(4U) == 0U) {
            const uint32_t b = fake_pci_bridge(host, bridge, d, 0U);
            if (draw(4U) == 0U) {
                pci_space_set(b, PCI_PREFETCH_BASE, 4U, 0U);
            }
            draw_bars(b, PCI_BRIDGE_BARS, fake_pci_bar);
        } else {
            const uint32_t f = fake_pci_function(host, bridge, d, 0U);
            draw_bars(f, PCI_BARS, fake_pci_bar);
            if (draw(5U) == 0U) {
                (void)fake_pci_express(f, FAKE_ENDPOINT);
                (void)fake_pci_sriov(f, 1U + draw(4U), 8U, 1U);
                draw_bars(f, PCI_BARS, fake_pci_vf_bar);
            }
        }
    }
}

static void draw_board(void)
{
    fake_pci_reset();
    fake_pci_board.pci_count = 1U + draw(2U);
    fake_pci_board.pci[1] = fake_pci_board.pci[0];
    fake_pci_board.pci[1].domain = 1U;
    fake_pci_board.pci[1].windows[0].range.base = pa(0x240000000U);
    fake_pci_board.pci[1].windows[1].range.base = pa(0x1000000000U);
    if (draw(2U) == 0U) {                                  /* tight, with a second one */
        fake_pci_board.pci[0].windows[0].range.size = 0x2000000U;
        fake_pci_board.pci[0].windows[2] = (struct board_pci_window){
            0x80000000U, { pa(0x300000000U), 0x10000000U }, false, draw(2U) == 0U };
        fake_pci_board.pci[0].window_count = 3U;
    }
    for (uint32_t h = 0U; h < fake_pci_board.pci_count; h++) {
        draw_bus(h, -1, 1U + draw(10U));
    }
    for (uint32_t i = 0U; i < pci_space.count; i++) {
        if (pci_space_get(i, PCI_HEADER_TYPE, 1U) == 1U) {
            const uint32_t host = (uint32_t)(pci_space.functions[i].host - fake_pci_board.pci);
            draw_bus(host, (int32_t)i, draw(4U));
        }
    }
}

/* Of what enumeration finds. */
static void draw_wanted(void)
{
    enumerate();
    for (uint32_t i = 0U; i < pci.count; i++) {
        wanted[i] = (struct pci_want){ draw(2U) == 0U,
                                       (uint16_t)draw(pci.functions[i].vf_count + 1U) };
    }
}

/* An address that was given: [base, end) on the bus. */
struct given {
    uint32_t function;
    uint64_t base, end;
    bool wide;
};
static struct given given[PCI_MAX_FUNCTIONS * 2U * PCI_BARS];
static uint32_t given_count;

static void check_bar(uint32_t i, const struct pci_bar *b, pa_t address, uint64_t count,
                      bool is_wanted)
{
    const struct board_pci_host *host = &fake_pci_board.pci[pci.functions[i].host];
    const uint64_t step = pci_vf_bar_step(b), size = step * count;
    const uint64_t bus = pci_bus_address(&fake_pci_board, pci.functions[i].host, address);
    bool inside = false;

    if (!is_wanted || b->size == 0U) {
        assert_int_equal(address.v, 0U);
        return;
    }
    assert_true(address.v != 0U && bus != 0U);
    assert_true(is_aligned(bus, step) && step >= b->size && is_aligned(step, PAGE_SIZE));
    assert_true(b->wide || bus + size <= LIMIT_32);
    for (uint32_t w = 0U; w < host->window_count; w++) {
        inside = inside || (pa_range_contains(host->windows[w].range, address, size) &&
                            (b->prefetchable || !host->windows[w].prefetchable));
    }
    assert_true(inside);
    given[given_count] = (struct given){ i, bus, bus + size, b->wide && b->prefetchable };
    given_count++;
}

static bool is_above(uint32_t bridge, uint32_t function)
{
    int p = pci.functions[function].parent;

    while (p > (int)bridge) {
        p = pci.functions[p].parent;
    }
    return p == (int)bridge;
}

static void collect(void)
{
    given_count = 0U;
    for (uint32_t i = 0U; i < pci.count; i++) {
        const struct pci_function *f = &pci.functions[i];
        const bool is_wanted = wanted[i].function ||
                               (f->is_bridge && pci_passes(&pci, wanted, i));
        for (uint32_t b = 0U; b < PCI_BARS; b++) {
            check_bar(i, &f->bars[b], layout.bars[i][b], 1U, is_wanted);
            check_bar(i, &f->vf_bars[b], layout.vf_bars[i][b], wanted[i].vfs,
                      wanted[i].vfs != 0U);
        }
    }
    for (uint32_t i = 0U; i < given_count; i++) {
        for (uint32_t k = 0U; k < i; k++) {
            const struct given *a = &given[i], *b = &given[k];
            assert_false(pci.functions[a->function].host == pci.functions[b->function].host &&
                         span_overlaps(a->base, a->end - a->base, b->base, b->end - b->base));
        }
    }
}

/* What is in the windows of bridge i is behind it, and what is behind it is in one of them. */
static void check_bridge(uint32_t i)
{
    const uint64_t base[2] = { layout.bridges[i].memory_base, layout.bridges[i].prefetch_base };
    const uint64_t end[2] = { layout.bridges[i].memory_end, layout.bridges[i].prefetch_end };
    uint64_t first[2] = { UINT64_MAX, UINT64_MAX }, last[2] = { 0U, 0U };

    for (uint32_t k = 0U; k < given_count; k++) {
        const struct given *g = &given[k];
        if (pci.functions[g->function].host != pci.functions[i].host) {
            continue;
        }
        const bool in_memory = span_overlaps(base[0], end[0] - base[0], g->base, g->end - g->base);
        const bool in_prefetch =
            span_overlaps(base[1], end[1] - base[1], g->base, g->end - g->base);
        const uint32_t w = in_prefetch ? 1U : 0U;
        if (!is_above(i, g->function)) {
            assert_false(in_memory || in_prefetch);
            continue;
        }
        assert_true(in_memory != in_prefetch);
        assert_true(in_memory ? g->end <= LIMIT_32 : g->wide && pci.functions[i].wide_window);
        first[w] = g->base < first[w] ? g->base : first[w];
        last[w] = g->end > last[w] ? g->end : last[w];
    }
    for (uint32_t w = 0U; w < 2U; w++) {
        assert_int_equal(base[w], last[w] == 0U ? 0U : align_down(first[w], MIB));
        assert_int_equal(end[w], last[w] == 0U ? 0U : align_up(last[w], MIB));
    }
}

/* shows: R-PCI-09, R-PCI-10, R-PCI-11 */
static void test_random_boards_are_laid_out_soundly(void **state)
{
    (void)state;
    uint32_t good = 0U, bridges = 0U;

    for (uint32_t round = 0U; round < ROUNDS; round++) {
        draw_board();
        draw_wanted();
        if (!lay_out()) {
            assert_true(failed < pci.count && failed_bar < 2U * PCI_BARS);
            continue;
        }
        good++;
        collect();
        for (uint32_t i = 0U; i < pci.count; i++) {
            if (pci.functions[i].is_bridge) {
                check_bridge(i);
                bridges += layout.bridges[i].memory_end != 0U ? 1U : 0U;
            }
        }
        memset(&again, 0x5a, sizeof(again));
        assert_true(pci_lay_out(&fake_pci_board, &pci, wanted, &again, &failed, &failed_bar));
        assert_memory_equal(&again, &layout, sizeof(layout));
    }
    /* Most have room, some have not, and there is something to see. */
    assert_in_range(good, ROUNDS / 2U, ROUNDS - 1U);
    assert_true(bridges > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bars_of_a_root_bus_follow_each_other, setup),
        cmocka_unit_test_setup(test_behind_bridges_only_prefetchable_bars_are_wide, setup),
        cmocka_unit_test_setup(test_what_nobody_wants_gets_nothing, setup),
        cmocka_unit_test_setup(test_virtual_functions_get_a_page_each_at_least, setup),
        cmocka_unit_test_setup(test_address_0_is_never_given, setup),
        cmocka_unit_test_setup(test_the_next_window_is_taken_when_one_is_full, setup),
        cmocka_unit_test_setup(test_both_windows_of_a_bridge_from_one_window, setup),
        cmocka_unit_test_setup(test_what_has_no_room_is_named, setup),
        cmocka_unit_test_setup(test_bridges_stay_in_the_hosts_window, setup),
        cmocka_unit_test_setup(test_pages_of_the_bus_are_pages_for_harts, setup),
        cmocka_unit_test_setup(test_random_boards_are_laid_out_soundly, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
