/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's PCI bus, whose functions say anything of themselves, under any accesses of the guest.
 * First how many functions, and what is changed in their configuration space before the view is
 * built (a function, an offset, a value: 7 bytes each); then operations of 7 bytes: what (bits
 * 2:0), log2 of the width (4:3) and which function (7:5), an offset (2 bytes), a value (4), which
 * chooses the place on the bus if there is no such function.
 *
 * What a guest may change is not asked of the table that is under test: it follows from the
 * capabilities that the guest finds when it walks its chains as Linux does.
 */
/* covers: hyp/pci */
#include "tests/fuzz/fuzz.h"

#include "hyp/pci/bus.h"
#include "hyp/pci/quiesce.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/vpci_world.h"

#define OPERATIONS  512U
#define RESTS       3U                 /* each is long */
#define GIVEN       3U                 /* functions of the guest at most; the last is another's */
#define PAGES       16U
#define FIRST_RID   0x08U              /* on the guest's bus, one device for each function */

static struct { struct plan plan; struct config config; struct board board; struct pci pci; } on;
static struct pci_bus bus;

/* The BARs of the guest's functions, when it was given them. */
static uint8_t bars[GIVEN][PCI_BARS * PCI_BAR_SIZE];

/* Of each function: what it held at last, and which of its bits the guest may change. */
static struct {
    uint8_t bytes[PCI_CONFIG_SIZE], may_change[PCI_CONFIG_SIZE];
    uint32_t resets;
} known[FUNCTIONS];

/* A machine that has much else to do, so that long waits are few steps. */
static void pass_time(void)
{
    world.now += 5U * MS;
}

static uint32_t virtual_rid(uint32_t function)
{
    return FIRST_RID * (function + 1U);
}

static uint32_t get(uint32_t rid, uint32_t offset, uint32_t width)
{
    return pci_bus_read(&bus, (uint64_t)rid << 12 | offset, width);
}

static void put(uint32_t rid, uint32_t offset, uint32_t width, uint32_t value)
{
    pci_bus_write(&bus, (uint64_t)rid << 12 | offset, width, value);
}

/* ---- the board ------------------------------------------------------------------------------- */

/* Everything behind the header keeps what is written to it, so that any write there is seen. */
static void make_function(uint32_t index)
{
    struct fake_function *const f = fake_rich(index, (uint16_t)(RICH_RID + index));

    memset(&f->writable[PCI_CAPABILITIES_FIRST], 0xff, PCI_CONFIG_SIZE - PCI_CAPABILITIES_FIRST);
    memset(&f->clears[PCI_CAPABILITIES_FIRST], 0, PCI_CONFIG_SIZE - PCI_CAPABILITIES_FIRST);
    on.pci.functions[index] = fake_inventory((uint16_t)(RICH_RID + index));
}

static void give(uint32_t index, bool has_pin, uint16_t vfs)
{
    struct plan_device *const device = &on.plan.devices[index];

    *device = (struct plan_device){ .is_pci = true };
    device->pci = fake_plan_pci((uint16_t)(RICH_RID + index), (uint16_t)virtual_rid(index));
    device->pci.function = index;
    device->pci.source = has_pin ? 7U : 0U;
    device->pci.pin = has_pin ? 1U : 0U;
    on.plan.pci_wanted[index] = (struct pci_want){ .function = true, .vfs = vfs };
    on.config.guests[0].device_count++;
}

static void change(uint32_t function, uint32_t offset, uint32_t value)
{
    fake_set(&world.functions[function], offset % PCI_CONFIG_SIZE & ~3U, 4U, value);
}

static bool make_bus(struct fuzz_input *in)
{
    static struct pages pages;
    const uint32_t what = (uint32_t)fuzz_take(in, 1U), count = 1U + what % GIVEN;

    world_init();
    memset(&on, 0, sizeof(on));
    memset(&bus, 0, sizeof(bus));
    world.expected = &on.board.pci[0];
    world.while_attended = pass_time;
    on.board.pci[0] = (struct board_pci_host){ .bus_last = 255U };
    on.plan.board = &on.board;
    on.plan.config = &on.config;
    on.plan.pci = &on.pci;
    on.plan.guest_count = 1U;
    on.plan.guests[0] = (struct plan_guest){ .config = &on.config.guests[0],
                                             .devices = on.plan.devices, .has_pci = true };
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        make_function(i);
    }
    for (uint32_t i = 0U; i < count; i++) {
        give(i, (what >> (2U + i) & 1U) != 0U, i == 0U ? (uint16_t)(what >> 5 & 3U) : 0U);
    }
    for (uint32_t n = (uint32_t)fuzz_take(in, 1U); n != 0U && in->left != 0U; n--) {
        const uint32_t function = (uint32_t)fuzz_take(in, 1U) % count;
        const uint32_t offset = (uint32_t)fuzz_take(in, 2U);

        change(function, offset, (uint32_t)fuzz_take(in, 4U));
    }
    pages_open(&pages, (struct pa_range){ pa(FAKE_PHYS_BASE), PAGES * PAGE_SIZE });
    return pci_bus_build(&bus, &on.plan, 0U, &pages);
}

/* ---- what the guest finds -------------------------------------------------------------------- */

static void let(uint32_t function, uint32_t offset, uint32_t width, uint32_t bits)
{
    for (uint32_t i = 0U; i < width; i++) {
        assert_true(offset + i < PCI_CONFIG_SIZE);
        known[function].may_change[offset + i] |= (uint8_t)(bits >> (8U * i));
    }
}

static void let_capability(uint32_t function, uint32_t at)
{
    const uint32_t header = get(virtual_rid(function), at, 4U);

    switch (header & PCI_CAP_ID) {
    case PCI_CAP_MSI: {
        const bool wide = (header & (uint32_t)PCI_MSI_WIDE << 16) != 0U;
        const uint32_t data = at + (wide ? 12U : 8U);

        let(function, at + 2U, 2U, 0x0071U);
        let(function, at + 4U, 4U, 0xfffffffcU);
        let(function, at + 8U, 4U, wide ? UINT32_MAX : 0U);
        let(function, data, 2U, 0xffffU);
        if ((header & (uint32_t)PCI_MSI_MASKS << 16) != 0U) {
            let(function, data + 4U, 4U, UINT32_MAX);
        }
        break;
    }
    case PCI_CAP_MSIX: let(function, at + 2U, 2U, 0xc000U); break;
    case PCI_CAP_EXPRESS:
        let(function, at + 8U, 2U, PCI_DEVICE_CONTROL_RELAXED);
        let(function, at + 10U, 2U, PCI_DEVICE_STATUS_W1C);
        break;
    default: assert_int_equal(header & PCI_CAP_ID, PCI_CAP_VENDOR); break;
    }
}

/* As Linux' drivers/pci/pci.c: what is found is found once, and the chains end. */
static void walk(uint32_t function)
{
    const uint32_t rid = virtual_rid(function);
    uint8_t seen[PCI_CONFIG_SIZE] = { 0 };
    uint32_t at = 0U, extended = get(rid, PCI_EXT_FIRST, 4U) == 0U ? 0U : PCI_EXT_FIRST;

    if ((get(rid, PCI_STATUS, 2U) & PCI_STATUS_CAPABILITIES) != 0U) {
        at = get(rid, PCI_CAPABILITIES_POINTER, 1U);
    }
    while (at != 0U) {
        assert_true(at >= PCI_CAPABILITIES_FIRST && at % 4U == 0U && seen[at] == 0U);
        seen[at] = 1U;
        let_capability(function, at);
        at = get(rid, at + 1U, 1U);
    }
    while (extended != 0U) {
        const uint32_t header = get(rid, extended, 4U), id = header & PCI_EXT_ID;

        assert_true(extended >= PCI_EXT_FIRST && extended % 4U == 0U && seen[extended] == 0U);
        assert_true(id == PCI_EXT_SERIAL || (id == PCI_EXT_SRIOV && function == 0U) ||
                    (id == 0U && extended == PCI_EXT_FIRST));
        seen[extended] = 1U;
        extended = header >> PCI_EXT_NEXT_SHIFT;
    }
}

static void remember(uint32_t function)
{
    const struct fake_function *const f = &world.functions[function];

    memcpy(known[function].bytes, f->bytes, sizeof(f->bytes));
    known[function].resets = f->resets;
}

/* Two things hold for all functions: Initiate Function Level Reset reads 0 (7.5.3.4), and nobody
 * writes Transactions Pending (7.5.3.5). */
static void be_sane(uint32_t function)
{
    struct fake_function *const f = &world.functions[function];

    if (f->express != 0U) {
        f->bytes[f->express + 9U] &= 0x7fU;
        f->writable[f->express + 9U] &= 0x7fU;
        f->writable[f->express + 10U] &= (uint8_t)~PCI_DEVICE_STATUS_PENDING;
    }
}

static void look(uint32_t function)
{
    struct fake_function *const f = &world.functions[function];
    const struct pci_view *const view = bus.views[function];

    memset(known[function].may_change, 0, PCI_CONFIG_SIZE);
    let(function, PCI_COMMAND, 2U, PCI_COMMAND_BME | PCI_COMMAND_INTX_DISABLE);
    let(function, PCI_STATUS, 2U, PCI_STATUS_W1C);
    walk(function);
    memcpy(bars[function], &f->bytes[PCI_BAR0], sizeof(bars[function]));
    f->express = view->express;
    be_sane(function);
    if (view->pm != 0U && view->pm + PCI_PM_CONTROL + 1U < PCI_CONFIG_SIZE &&
        known[function].may_change[view->pm + PCI_PM_CONTROL] == 0U) {
        f->pm = view->pm; /* not where another capability is: nothing real has that */
    }
    remember(function);
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void check(uint32_t function)
{
    const struct fake_function *const f = &world.functions[function];
    const bool has_pin = function < bus.count && on.plan.devices[function].pci.source != 0U;

    assert_int_equal(f->resets, known[function].resets);
    if (memcmp(f->bytes, known[function].bytes, PCI_CONFIG_SIZE) == 0) {
        return;
    }
    for (uint32_t at = 0U; at < PCI_CONFIG_SIZE; at += 8U) {
        uint64_t now, before, may;

        memcpy(&now, &f->bytes[at], 8U);
        memcpy(&before, &known[function].bytes[at], 8U);
        memcpy(&may, &known[function].may_change[at], 8U);
        if (((now ^ before) & ~may) != 0U) {
            fail_msg("function %u, offset 0x%x: 0x%llx has become 0x%llx", function, at,
                     (unsigned long long)before, (unsigned long long)now);
        }
    }
    if (!has_pin && (known[function].bytes[5] & PCI_COMMAND_INTX_DISABLE >> 8) != 0U) {
        assert_true((f->bytes[5] & PCI_COMMAND_INTX_DISABLE >> 8) != 0U);
    }
    remember(function);
}

static void check_all(void)
{
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        check(i);
        if (i >= bus.count) {
            assert_int_equal(world.functions[i].reads + world.functions[i].writes, 0U);
        }
    }
}

/* As every operating system finds out how large a BAR is. */
static void size_bar(uint32_t function, uint32_t bar)
{
    const uint32_t rid = virtual_rid(function), offset = PCI_BAR0 + 4U * bar;
    const bool upper = bar != 0U && on.pci.functions[function].bars[bar - 1U].wide;
    const uint32_t was = get(rid, offset, 4U);
    uint64_t size = on.pci.functions[function].bars[bar].size;

    put(rid, offset, 4U, UINT32_MAX);
    const uint32_t mask = get(rid, offset, 4U);

    put(rid, offset, 4U, was);
    if (bus.views[function]->is_dead) {
        assert_int_equal(mask, UINT32_MAX);
    } else if (upper) {
        assert_int_equal(mask, UINT32_MAX);
    } else if (size == 0U) {
        assert_int_equal(mask, 0U);
    } else {
        assert_int_equal(~(mask & ~0xfU) + 1U, size);
    }
    assert_int_equal(get(rid, offset, 4U), was);
}

/* All of an access or in pieces: the same is read, and nothing beyond its width. */
static void read_at(uint32_t rid, uint32_t offset, uint32_t width)
{
    const uint32_t value = get(rid, offset, width);
    uint32_t pieces = 0U;

    for (uint32_t i = 0U; i < width; i++) {
        const uint32_t byte = get(rid, offset + i, 1U);

        assert_true(byte <= 0xffU);
        pieces |= byte << (8U * i);
    }
    assert_int_equal(value, pieces);
}

static void rest(void)
{
    pci_quiesce(bus.views, bus.count, HZ, "one");
    for (uint32_t i = 0U; i < bus.count; i++) {
        const struct fake_function *const f = &world.functions[i];

        assert_true(f->resets <= known[i].resets + 1U);
        if (!bus.views[i]->is_dead) { /* no bus master, and as at its start */
            assert_int_equal(fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_BME, 0U);
            assert_true((fake_get(f, PCI_COMMAND, 2U) & PCI_COMMAND_MEM) != 0U);
            assert_memory_equal(&f->bytes[PCI_BAR0], bars[i], sizeof(bars[i]));
        }
        remember(i);
        be_sane(i);
    }
}

/* What a function does of itself: it resets itself, changes its mind, or has requests under way. */
static void stir(uint32_t function, uint32_t how, uint32_t offset, uint32_t value)
{
    struct fake_function *const f = &world.functions[function];

    switch (how % 4U) {
    case 0U: /* its link is lost, and back some time later: that is a reset */
        fake_reset(f);
        f->away_until = world.now + value % (2000U * MS);
        remember(function);
        break;
    case 1U: f->reset_takes = value % (2000U * MS); break;
    case 2U: f->busy_until = world.now + value % (200U * MS); break;
    default:
        if (offset >= PCI_BAR0 && offset < PCI_BAR0 + sizeof(bars[function])) {
            break; /* that is checked after each rest */
        }
        f->bytes[offset] = (uint8_t)value;
        be_sane(function);
        known[function].bytes[offset] = f->bytes[offset];
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    uint32_t rests = 0U;

    if (!make_bus(&input)) {
        assert_int_equal(world.lines, 1U);
        return 0;
    }
    for (uint32_t i = 0U; i < FUNCTIONS; i++) {
        assert_int_equal(world.functions[i].writes, 0U); /* looking changes nothing */
        if (i < bus.count) {
            look(i);
        } else {
            memset(known[i].may_change, 0, PCI_CONFIG_SIZE);
            remember(i);
        }
    }
    for (uint32_t i = 0U; i < OPERATIONS && input.left != 0U; i++) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U);
        const uint32_t where = (uint32_t)fuzz_take(&input, 2U);
        const uint32_t value = (uint32_t)fuzz_take(&input, 4U);
        const uint32_t width = 1U << (what >> 3 & 3U) % 3U, function = what >> 5;
        const uint32_t rid = function < bus.count ? virtual_rid(function) : value & 0xffU;
        const uint32_t offset = where % PCI_CONFIG_SIZE & ~(width - 1U);

        switch (what & 7U) {
        case 0U:
        case 1U:
        case 2U:
        case 3U: put(rid, offset, width, value); break;
        case 4U: read_at(rid, offset, width); break;
        case 5U: size_bar(function % bus.count, where % PCI_BARS); break;
        case 6U:
            if (rests < RESTS) {
                rest();
                rests++;
            }
            break;
        default: stir(function % bus.count, what >> 3, where % PCI_CONFIG_SIZE, value); break;
        }
        check_all();
    }
    return 0;
}
