/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board whose PCI functions answer anything: enumeration, the addresses that are given to whatever
 * somebody wants of what was found, and what then is written to the functions.
 *
 * The input is a list of steps, each of which begins with a byte that says what (bits 2:0, as in
 * the switch below) and how (7:3): first functions, bridges and capabilities as fake_pci.h makes
 * them, of which a second byte says to what; then words of their configuration space (an offset of
 * 2 bytes, a value of 4) and which of their bits can be written.
 */
/* covers: platform/pci/apply.c platform/pci/bar.c platform/pci/capability.c platform/pci/enumerate.c
 * platform/pci/group.c platform/pci/inspect.c platform/pci/layout.c */
#include "tests/fuzz/fuzz.h"

#include "lib/addr.h"
#include "platform/hw/clock.h"
#include "platform/pci/group.h"
#include "platform/pci/layout.h"
#include "platform/pci/pci.h"
#include "tests/unit/fake_pci.h"

#define STEPS     192U
#define FUNCTIONS 40U                  /* without virtual ones; */
#define VFS       8U                   /* of each of them, and so many */
#define CAPABILITIES 3U
#define FEW_BUSES 2U
#define LIMIT_32  (UINT64_C(1) << 32)
#define CLOCK_STEP (UINT64_C(1) << 32)  /* nobody waits long */

static struct pci pci;
static struct pci_layout layout;
static struct pci_want wanted[PCI_MAX_FUNCTIONS];
static uint32_t has_capabilities[PCI_SPACE_MAX]; /* so many: they have to fit */

uint64_t clock_now(void)
{
    static uint64_t now;

    now += CLOCK_STEP;
    return now;
}

/* ---- the board ------------------------------------------------------------------------------- */

static bool is_there(int32_t bridge, uint32_t device_function)
{
    for (uint32_t f = 0U; f < pci_space.count; f++) {
        if (pci_space.functions[f].bridge == bridge &&
            pci_space.functions[f].device_function == device_function) {
            return true;
        }
    }
    return false;
}

/* On the host's bus or behind any bridge that there is. */
static void add_function(bool is_bridge, uint32_t where, uint32_t device_function)
{
    const uint32_t above = where % (pci_space.count + 1U);
    const int32_t bridge = above != 0U && (pci_space_get(above - 1U, PCI_HEADER_TYPE, 1U) &
                                           PCI_HEADER_LAYOUT) == 1U ? (int32_t)above - 1 :
                           PCI_SPACE_NONE;

    if (pci_space.count < FUNCTIONS && !is_there(bridge, device_function)) {
        has_capabilities[pci_space.count] = 0U;
        (void)(is_bridge ? fake_pci_bridge : fake_pci_function)(
            0U, bridge, device_function >> PCI_DEVICE_SHIFT, device_function & PCI_FUNCTION_MASK);
    }
}

static void add_bar(uint32_t f, bool is_vf, uint32_t bar, uint32_t what)
{
    static const uint32_t kinds[] = { 0U, PCI_BAR_TYPE_64, PCI_BAR_TYPE_64 | PCI_BAR_PREFETCHABLE,
                                      PCI_BAR_PREFETCHABLE, PCI_BAR_IO };
    const uint32_t kind = kinds[what % 5U];
    const bool is_bridge =
        (pci_space_get(f, PCI_HEADER_TYPE, 1U) & PCI_HEADER_LAYOUT) == 1U;
    const uint32_t count = is_bridge ? PCI_BRIDGE_BARS : PCI_BARS;
    const bool is_wide = (kind & PCI_BAR_TYPE) == PCI_BAR_TYPE_64;

    if (bar + (is_wide ? 1U : 0U) < count && (!is_vf || pci_space.functions[f].sriov != 0U)) {
        (is_vf ? fake_pci_vf_bar : fake_pci_bar)(
            f, bar, UINT64_C(1) << (4U + what / 5U % (is_wide ? 40U : 27U)), kind);
    }
}

static void add_capability(uint32_t f, uint32_t how, uint32_t value)
{
    if (has_capabilities[f] == CAPABILITIES) {
        return;
    }
    has_capabilities[f]++;
    switch (how % 8U) {
    case 0U: (void)fake_pci_capability(f, PCI_CAP_MSI, 24U); break;
    case 1U: (void)fake_pci_capability(f, PCI_CAP_MSIX, 12U); break;
    case 2U:
    case 3U: (void)fake_pci_express(f, (enum fake_port)(value % 10U)); break;
    case 4U: (void)fake_pci_acs(f, value); break;
    case 5U:
        if (pci_space.functions[f].sriov == 0U) {
            (void)fake_pci_sriov(f, value % VFS, 1U + (value >> 6 & 1U) * 127U, 1U + (value >> 7));
        }
        break;
    default: fake_pci_multifunction(f); break;
    }
}

/* What is not yet wild: a step with these first bytes. */
static void make_function(struct fuzz_input *in, uint32_t what, uint32_t to, uint32_t f)
{
    const uint32_t how = what >> 3;

    switch (what & 7U) {
    case 0U:
    case 1U: add_function((what & 1U) != 0U, to, how << PCI_DEVICE_SHIFT); break;
    case 2U: add_function(false, to, how); break;
    case 3U: add_bar(f, (how & 16U) != 0U, how % 6U, (uint32_t)fuzz_take(in, 1U)); break;
    default: add_capability(f, how, (uint32_t)fuzz_take(in, 1U)); break;
    }
}

static void make_board(struct fuzz_input *in)
{
    bool is_wild = false;

    fake_pci_reset();
    for (uint32_t n = 0U; n < STEPS && in->left != 0U; n++) {
        const uint32_t what = (uint32_t)fuzz_take(in, 1U), to = (uint32_t)fuzz_take(in, 1U);
        const uint32_t f = pci_space.count == 0U ? 0U : to % pci_space.count;

        if (pci_space.count == 0U) {
            add_function(false, 0U, what >> 3 << PCI_DEVICE_SHIFT);
        } else if ((what & 7U) >= 6U) {
            const uint32_t offset = (uint32_t)fuzz_take(in, 2U) % PCI_CONFIG_SIZE & ~3U;
            const uint32_t value = (uint32_t)fuzz_take(in, 4U);

            ((what & 1U) != 0U ? pci_space_set : pci_space_let_write)(f, offset, 4U, value);
            is_wild = true;
        } else if (!is_wild && pci_space.functions[f].physical == PCI_SPACE_NONE) {
            make_function(in, what, to, f);
        } else {
            /* Functions are made as long as they all are sane. */
        }
    }
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void check_function(uint32_t i)
{
    const struct pci_function *const f = &pci.functions[i];

    assert_true(f->parent < (int)i && (f->parent == PCI_ROOT ||
                                       pci.functions[f->parent].is_bridge));
    assert_true(f->pin <= 4U);
    for (uint32_t b = 0U; b < PCI_BARS; b++) {
        assert_int_equal(f->bars[b].size & (f->bars[b].size - 1U), 0U);
        assert_int_equal(f->vf_bars[b].size & (f->vf_bars[b].size - 1U), 0U);
        assert_true(!f->bars[b].wide || b + 1U < PCI_BARS);
        assert_true(!f->vf_bars[b].wide || b + 1U < PCI_BARS);
    }
    assert_true(f->vf_count == 0U || f->sriov_offset != 0U);
    if (f->is_bridge && f->secondary != 0U) {
        assert_true(f->secondary > pci_rid_bus(f->rid) && f->subordinate >= f->secondary);
    }
    for (uint32_t k = 0U; k < i; k++) {
        assert_false(pci.functions[k].host == f->host && pci.functions[k].rid == f->rid);
    }
    assert_int_equal(pci_find(&pci, f->host, f->rid), (int)i);
}

/* Which of two is asked makes no difference. */
static void check_bonds(uint32_t i)
{
    for (uint32_t k = 0U; k <= i; k++) {
        uint32_t at = UINT32_MAX;
        const enum pci_bond bond = pci_bond(&pci, i, k, &at);

        assert_true(bond == PCI_APART || bond == PCI_SAME_ID || at < pci.count);
        assert_int_equal(pci_bond(&pci, k, i, &at), bond);
    }
}

/* Nothing does DMA, decodes or interrupts: as far as a function lets itself be told. */
static void check_silence(void)
{
    for (uint32_t f = 0U; f < pci.count; f++) {
        const struct board_pci_host *const host = &fake_pci_board.pci[pci.functions[f].host];
        const int32_t at = pci_space_find(host, pci.functions[f].rid);

        if (at == PCI_SPACE_NONE) {
            continue; /* what is above it has changed its mind */
        }
        uint32_t command = 0U;

        memcpy(&command, &pci_space.functions[at].writable[PCI_COMMAND], 2U);
        assert_int_equal(pci_space_get((uint32_t)at, PCI_COMMAND, 2U) & command &
                             (PCI_COMMAND_MEM | PCI_COMMAND_BME), 0U);
    }
}

/* Of everything that was given, the place and the size. */
static struct { uint64_t base, size; } given[2U * FUNCTIONS * PCI_BARS];
static uint32_t given_count;

static void check_bar(const struct pci_bar *bar, pa_t address, uint64_t count, bool is_wanted)
{
    const struct board_pci_host *const host = &fake_pci_board.pci[0];
    const uint64_t size = pci_vf_bar_step(bar) * count;
    bool inside = false;

    if (!is_wanted || bar->size == 0U) {
        assert_int_equal(address.v, 0U);
        return;
    }
    const uint64_t bus = pci_bus_address(&fake_pci_board, 0U, address);

    assert_true(bus != 0U && is_aligned(bus, bar->size) && (bar->wide || bus + size <= LIMIT_32));
    /* Its pages are its own, on both sides of the host. */
    assert_true(is_aligned(bus | address.v | size, PAGE_SIZE));
    for (uint32_t w = 0U; w < host->window_count; w++) {
        inside = inside || pa_range_contains(host->windows[w].range, address, size);
    }
    assert_true(inside);
    for (uint32_t k = 0U; k < given_count; k++) {
        assert_false(span_overlaps(given[k].base, given[k].size, address.v, size));
    }
    given[given_count].base = address.v;
    given[given_count].size = size;
    given_count++;
}

static void check_layout(void)
{
    given_count = 0U;
    for (uint32_t i = 0U; i < pci.count; i++) {
        const struct pci_function *const f = &pci.functions[i];
        const bool is_wanted =
            wanted[i].function || (f->is_bridge && pci_passes(&pci, wanted, i));

        for (uint32_t b = 0U; b < PCI_BARS; b++) {
            check_bar(&f->bars[b], layout.bars[i][b], 1U, is_wanted);
            check_bar(&f->vf_bars[b], layout.vf_bars[i][b], wanted[i].vfs, wanted[i].vfs != 0U);
        }
    }
}

static void want(uint64_t bits)
{
    for (uint32_t i = 0U; i < pci.count; i++) {
        const uint32_t some = (uint32_t)(bits >> i % 32U * 2U & 3U);

        wanted[i] = (struct pci_want){
            some % 2U == 0U && !pci.functions[i].is_bridge,
            (uint16_t)(pci.functions[i].vf_count * (uint32_t)(some / 2U)) };
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const uint64_t wishes = fuzz_take(&input, 8U);
    uint32_t failed = UINT32_MAX, bar = UINT32_MAX;
    struct diag d = fake_pci_diag();

    make_board(&input);
    fake_pci_board.pci[0].bus_last = wishes >> 63 != 0U ? FEW_BUSES : fake_pci_board.pci[0].bus_last;
    memset(&pci, 0xa5, sizeof(pci));
    fake_pci_reports = 0U;
    const bool good = pci_enumerate(&fake_pci_board, &pci, &d);

    assert_int_equal(good, fake_pci_reports == 0U);
    assert_true(pci.count <= pci_space.count);
    for (uint32_t i = 0U; i < pci.count; i++) {
        check_function(i);
        check_bonds(i);
    }
    check_silence();
    want(wishes);
    if (!pci_lay_out(&fake_pci_board, &pci, wanted, &layout, &failed, &bar)) {
        assert_true(failed < pci.count && bar < 2U * PCI_BARS);
        return 0;
    }
    check_layout();
    pci_apply(&fake_pci_board, &pci, wanted, &layout);
    return 0;
}
