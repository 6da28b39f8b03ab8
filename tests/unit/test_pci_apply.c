/* SPDX-License-Identifier: Apache-2.0 */
/* What pci_apply writes, who is bonded to whom then, and which line a pin comes out at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/hw/clock.h"
#include "platform/pci/group.h"
#include "platform/pci/layout.h"
#include "tests/unit/fake_pci.h"

#define BAR_32  0U
#define BAR_64  PCI_BAR_TYPE_64
#define BAR_64P (PCI_BAR_TYPE_64 | PCI_BAR_PREFETCHABLE)
#define ACS_ALL 0x5fU
#define ACS_USED 0x1fU
#define MASTER  (PCI_COMMAND_INTX_DISABLE | PCI_COMMAND_MEM | PCI_COMMAND_BME)
#define DECODES (PCI_COMMAND_INTX_DISABLE | PCI_COMMAND_MEM)
#define TICK    1000U /* of the clock, each time it is asked */

static struct pci pci;
static struct pci_layout layout;
static struct pci_want wanted[PCI_MAX_FUNCTIONS];
static uint64_t now, enabled_at, touched_at;

uint64_t clock_now(void)
{
    now += TICK;
    return now;
}

/* The interrupt-map: which function of the root bus, which pin. */
static uint16_t asked_rid;
static uint32_t asked_pin;

bool board_pci_irq(const struct board *board, uint32_t host, uint16_t device_rid, uint32_t pin,
                   uint32_t *source, uint32_t *flags)
{
    (void)board;
    asked_rid = device_rid;
    asked_pin = pin;
    *source = 32U + host;
    *flags = 4U;
    return pin != 4U;
}

static int setup(void **state)
{
    (void)state;
    fake_pci_reset();
    for (uint32_t i = 0U; i < PCI_MAX_FUNCTIONS; i++) {
        wanted[i] = (struct pci_want){ .function = true };
    }
    now = TICK;
    enabled_at = touched_at = 0U;
    return 0;
}

static void enumerate(void)
{
    struct diag d = fake_pci_diag();

    assert_true(pci_enumerate(&fake_pci_board, &pci, &d));
}

static void apply(void)
{
    uint32_t failed, bar;

    enumerate();
    assert_true(pci_lay_out(&fake_pci_board, &pci, wanted, &layout, &failed, &bar));
    pci_apply(&fake_pci_board, &pci, wanted, &layout);
}

static uint32_t add(int32_t bridge, uint32_t device)
{
    return fake_pci_function(0U, bridge, device, 0U);
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

/* ---- applying -------------------------------------------------------------------------------- */

/* shows: R-PCI-12 */
static void test_bars_and_windows_are_written(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U), a = add((int32_t)port, 0U);
    const uint32_t idle = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0U), b = add(-1, 3U);
    fake_pci_bar(a, 0U, 0x4000U, BAR_32);
    fake_pci_bar(a, 2U, 0x300000U * 4U / 3U, BAR_64P);
    fake_pci_bar(b, 0U, 0x1000U, BAR_32);
    memset(wanted, 0, sizeof(wanted));
    wanted[1].function = true;                             /* a */
    apply();

    assert_int_equal(pci_space_get(a, PCI_BAR0, 4U), FAKE_PCI_LOW_PCI);
    assert_int_equal(pci_space_get(a, PCI_BAR0 + 8U, 4U), (uint32_t)FAKE_PCI_HIGH | BAR_64P);
    assert_int_equal(pci_space_get(a, PCI_BAR0 + 12U, 4U), FAKE_PCI_HIGH >> 32);
    assert_int_equal(pci_space_get(a, PCI_COMMAND, 2U), DECODES);
    assert_int_equal(pci_space_get(port, PCI_COMMAND, 2U), MASTER);
    assert_int_equal(pci_space_get(port, PCI_MEMORY_BASE, 4U), 0x40004000U);
    assert_int_equal(pci_space_get(port, PCI_PREFETCH_BASE, 4U), 0x00310001U);
    assert_int_equal(pci_space_get(port, PCI_PREFETCH_UPPER_BASE, 4U), FAKE_PCI_HIGH >> 32);
    assert_int_equal(pci_space_get(port, PCI_PREFETCH_UPPER_LIMIT, 4U), FAKE_PCI_HIGH >> 32);
    assert_int_equal(pci_space_get(port, PCI_IO_BASE_LIMIT, 2U), 0x00f0U);
    assert_int_equal(pci_space_get(b, PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(pci_space_get(b, PCI_BAR0, 4U), 0U);
    /* Nobody wants what is behind it, so its windows end before they begin. */
    assert_int_equal(pci_space_get(idle, PCI_COMMAND, 2U), PCI_COMMAND_INTX_DISABLE);
    assert_int_equal(pci_space_get(idle, PCI_MEMORY_BASE, 4U), 0x00000010U);
    assert_int_equal(pci_space_get(idle, PCI_PREFETCH_BASE, 4U), 0x00010011U);
    assert_int_equal(pci_space_get(idle, PCI_PREFETCH_UPPER_LIMIT, 4U), 0U);
}

static uint32_t add_vfs(int32_t bridge, uint32_t device, uint32_t first)
{
    const uint32_t f = add(bridge, device);

    (void)fake_pci_express(f, FAKE_ENDPOINT);
    (void)fake_pci_sriov(f, 3U, first, 2U);
    fake_pci_vf_bar(f, 0U, 0x4000U, BAR_64P);
    return f;
}

static void watch_vfs(uint32_t function, uint32_t offset, uint32_t width, uint32_t value)
{
    (void)width;
    const struct pci_space_function *f = &pci_space.functions[function];

    if (f->physical != PCI_SPACE_NONE && touched_at == 0U) {
        touched_at = now;
    } else if (f->sriov != 0U && offset == f->sriov + PCI_SRIOV_CONTROL &&
               (value & PCI_SRIOV_VF_ENABLE) != 0U) {
        enabled_at = now;
    } else {
        /* Of no interest. */
    }
}

/* shows: R-PCI-13, R-PCI-14 */
static void test_virtual_functions_are_enabled_and_left_their_time(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, ACS_ALL);
    const uint32_t nic = add_vfs((int32_t)port, 0U, 0x80U), other = add_vfs(-1, 2U, 0x80U);
    const uint32_t at = pci_space.functions[nic].sriov;
    const uint32_t acs = fake_pci_acs(nic + 1U, 0x0cU);
    memset(wanted, 0, sizeof(wanted));
    wanted[1] = (struct pci_want){ .function = true, .vfs = 2U };
    wanted[2].function = true;
    pci_space.on_write = watch_vfs;
    apply();

    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_CONTROL, 2U),
                     PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE);
    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_NUM_VFS, 2U), 2U); /* of 3 */
    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U), PCI_SRIOV_PAGE_4K);
    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_VF_BAR0, 4U),
                     (uint32_t)FAKE_PCI_HIGH | BAR_64P);
    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_VF_BAR0 + 4U, 4U), FAKE_PCI_HIGH >> 32);
    assert_int_equal(pci_space_get(other, at + PCI_SRIOV_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(port, 0x40U + PCI_EXPRESS_DEVICE_CONTROL_2, 2U),
                     PCI_EXPRESS_ARI_FORWARDING);
    assert_int_equal(pci_space_get(nic + 1U, acs + PCI_ACS_CONTROL, 2U), 0x0cU);
    assert_true(enabled_at != 0U && touched_at >= enabled_at + fake_pci_board.timebase_hz / 10U);
    for (uint32_t vf = 0U; vf < 2U; vf++) {
        const uint16_t rid = pci_vf_rid(&pci.functions[1], vf);
        assert_int_equal(pci_space_find(&fake_pci_board.pci[0], rid), (int)(nic + 1U + vf));
    }
    assert_int_equal(pci_space_find(&fake_pci_board.pci[0], pci_vf_rid(&pci.functions[1], 2U)),
                     PCI_SPACE_NONE);
}

/* Whose ids depend on how many there are (9.3.3.9). */
static uint32_t moved_register, moved_from, moved_to;

static void move_vfs(uint32_t function, uint32_t offset, uint32_t width, uint32_t value)
{
    const uint32_t at = pci_space.functions[function].sriov;

    (void)width;
    if (at != 0U && offset == at + PCI_SRIOV_NUM_VFS) {
        pci_space_set(function, at + moved_register, 2U, value == 3U ? moved_from : moved_to);
    }
}

/* shows: R-PCI-14 */
static void test_virtual_functions_that_move_stay_off(void **state)
{
    static const struct {
        uint32_t reg, from, to;
        uint16_t count;
        bool on;
    } cases[] = {
        { PCI_SRIOV_FIRST_VF_OFFSET, 0x80U, 0x90U, 2U, false },
        { PCI_SRIOV_FIRST_VF_OFFSET, 0x80U, 0x90U, 3U, true },
        { PCI_SRIOV_VF_STRIDE, 2U, 4U, 2U, false },
        { PCI_SRIOV_VF_STRIDE, 2U, 4U, 1U, true },           /* it has no meaning for one */
    };

    for (uint32_t i = 0U; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)setup(state);
        const uint32_t nic = add_vfs(-1, 1U, 0x80U), at = pci_space.functions[nic].sriov;
        moved_register = cases[i].reg;
        moved_from = cases[i].from;
        moved_to = cases[i].to;
        pci_space.on_write = move_vfs;
        wanted[0].vfs = cases[i].count;
        apply();
        assert_int_equal(pci.functions[0].vf_count, 3U);
        assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_CONTROL, 2U),
                         cases[i].on ? PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE : 0U);
    }
}

/* shows: R-PCI-13 */
static void test_acs_is_enabled_everywhere(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, ACS_ALL);
    const uint32_t a = add((int32_t)port, 0U);
    (void)fake_pci_express(a, FAKE_ENDPOINT);
    const uint32_t acs = fake_pci_acs(a, 0x6cU);
    memset(wanted, 0, sizeof(wanted));
    apply();

    assert_int_equal(pci_space_get(port, 0x100U + PCI_ACS_CONTROL, 2U), ACS_USED);
    assert_int_equal(pci_space_get(a, acs + PCI_ACS_CONTROL, 2U), 0x0cU);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void assert_bond(uint32_t a, uint32_t b, enum pci_bond bond, uint32_t at)
{
    uint32_t port = UINT32_MAX;

    for (uint32_t turn = 0U; turn < 2U; turn++) {
        port = UINT32_MAX;
        assert_int_equal(pci_bond(&pci, index_of(turn == 0U ? a : b), index_of(turn == 0U ? b : a),
                                  &port), bond);
        if (bond == PCI_SAME_DEVICE || bond == PCI_SAME_PORT) {
            assert_true(port < pci.count);
            assert_int_equal(pci.functions[port].device, at);
        }
    }
}

static uint32_t endpoint(int32_t bridge, uint32_t device, uint32_t function)
{
    const uint32_t f = fake_pci_function(0U, bridge, device, function);

    (void)fake_pci_express(f, FAKE_ENDPOINT);
    return f;
}

/* shows: R-PCI-15 */
static void test_devices_of_a_root_bus_are_apart(void **state)
{
    (void)state;
    fake_pci_board.pci_count = 2U;
    fake_pci_board.pci[1] = fake_pci_board.pci[0];
    const uint32_t a = endpoint(-1, 1U, 0U), b = add(-1, 2U);
    const uint32_t port = fake_pci_port(-1, 3U, FAKE_ROOT_PORT, 0U);
    const uint32_t c = endpoint((int32_t)port, 0U, 0U);
    const uint32_t other = fake_pci_port(-1, 4U, FAKE_ROOT_PORT, 0U);
    const uint32_t d = endpoint((int32_t)other, 0U, 0U);
    const uint32_t far = fake_pci_function(1U, -1, 1U, 0U);
    enumerate();
    assert_bond(a, b, PCI_APART, 0U);
    assert_bond(a, c, PCI_APART, 0U);
    assert_bond(c, d, PCI_APART, 0U);
    assert_bond(a, far, PCI_APART, 0U);
    assert_bond(c, port, PCI_SAME_PORT, port);
}

/* shows: R-PCI-15 */
static void test_functions_of_a_device_are_bonded_without_acs(void **state)
{
    (void)state;
    const uint32_t a = endpoint(-1, 1U, 0U), b = endpoint(-1, 1U, 1U), c = endpoint(-1, 1U, 2U);
    fake_pci_multifunction(a);
    (void)fake_pci_acs(b, 0U);                             /* it sends the others nothing */
    (void)fake_pci_acs(c, 0x0cU);
    const uint32_t old = add(-1, 2U), old2 = fake_pci_function(0U, -1, 2U, 1U);
    fake_pci_multifunction(old);
    enumerate();
    assert_bond(a, b, PCI_SAME_DEVICE, a);
    assert_bond(b, c, PCI_APART, 0U);
    assert_bond(old, old2, PCI_SAME_DEVICE, old);
}

/* shows: R-PCI-15 */
static void test_virtual_functions_count_to_their_device(void **state)
{
    (void)state;
    const uint32_t a = add_vfs(-1, 1U, 0x80U), b = add_vfs(-1, 2U, 0x80U);
    (void)fake_pci_acs(b, 0x0cU);
    const uint32_t port = fake_pci_port(-1, 3U, FAKE_ROOT_PORT, 0U);
    const uint32_t c = add_vfs((int32_t)port, 0U, 0x80U);
    (void)fake_pci_acs(c, 0x0cU);
    enumerate();
    assert_bond(a, a, PCI_SAME_DEVICE, a);
    assert_bond(b, b, PCI_APART, 0U);
    assert_bond(c, c, PCI_SAME_PORT, port);
}

/* shows: R-PCI-15 */
static void test_bridges_from_conventional_pci_bond(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, ACS_ALL);
    const uint32_t to_pci = fake_pci_port((int32_t)port, 0U, FAKE_BRIDGE_TO_PCI, 0U);
    const uint32_t a = add((int32_t)to_pci, 1U), b = add((int32_t)to_pci, 2U);
    const uint32_t conventional = fake_pci_bridge(0U, -1, 2U, 0U);
    const uint32_t c = add((int32_t)conventional, 1U), d = add((int32_t)conventional, 2U);
    enumerate();
    assert_bond(a, b, PCI_SAME_ID, 0U);
    assert_bond(c, d, PCI_SAME_ID, 0U);
    assert_bond(c, conventional, PCI_SAME_ID, 0U);
    assert_bond(a, c, PCI_APART, 0U);
    assert_bond(a, to_pci, PCI_SAME_PORT, to_pci);
}

struct switch_board {
    uint32_t root, up, down[2], below[2];
};

static struct switch_board make_switch(uint32_t root, uint32_t up, uint32_t down_a, uint32_t down_b)
{
    struct switch_board s;

    fake_pci_reset();
    s.root = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, root);
    s.up = fake_pci_port((int32_t)s.root, 0U, FAKE_UPSTREAM, up);
    s.down[0] = fake_pci_port((int32_t)s.up, 0U, FAKE_DOWNSTREAM, down_a);
    s.down[1] = fake_pci_port((int32_t)s.up, 1U, FAKE_DOWNSTREAM, down_b);
    s.below[0] = endpoint((int32_t)s.down[0], 0U, 0U);
    s.below[1] = endpoint((int32_t)s.down[1], 0U, 0U);
    enumerate();
    return s;
}

/* shows: R-PCI-15 */
static void test_a_switch_keeps_apart_if_all_its_ports_do(void **state)
{
    (void)state;
    struct switch_board s = make_switch(ACS_ALL, 0U, ACS_ALL, ACS_ALL);
    assert_bond(s.below[0], s.below[1], PCI_APART, 0U);
    s = make_switch(0U, 0U, ACS_ALL, ACS_ALL);
    assert_bond(s.below[0], s.below[1], PCI_SAME_PORT, s.root);
    s = make_switch(0x1eU, 0U, ACS_ALL, ACS_ALL);          /* without source validation */
    assert_bond(s.below[0], s.below[1], PCI_SAME_PORT, s.root);
    s = make_switch(0x01U, 0U, ACS_ALL, ACS_ALL);          /* with that alone */
    assert_bond(s.below[0], s.below[1], PCI_APART, 0U);
    s = make_switch(ACS_ALL, 0U, ACS_ALL, 0U);
    assert_bond(s.below[0], s.below[1], PCI_SAME_PORT, s.down[1]);
    s = make_switch(ACS_ALL, 0U, 0x1bU, ACS_ALL);          /* without request redirect */
    assert_bond(s.below[0], s.below[1], PCI_SAME_PORT, s.down[0]);
}

/* shows: R-PCI-15 */
static void test_an_upstream_port_counts_with_the_functions_beside_it(void **state)
{
    (void)state;
    struct switch_board s = make_switch(ACS_ALL, 0U, ACS_ALL, ACS_ALL);
    const uint32_t beside = endpoint((int32_t)s.root, 0U, 1U);
    fake_pci_multifunction(s.up);
    enumerate();
    assert_bond(s.below[0], beside, PCI_SAME_PORT, s.up);
    assert_bond(s.below[0], s.below[1], PCI_SAME_PORT, s.up);
    (void)fake_pci_acs(s.up, 0x0cU);
    (void)fake_pci_acs(beside, 0x0cU);
    enumerate();
    assert_bond(s.below[0], beside, PCI_APART, 0U);
    assert_bond(s.below[0], s.below[1], PCI_APART, 0U);
}

/* ---- wired interrupts
 * ---------------------------------------------------------------------------- */

/* shows: R-PCI-16 */
static void test_a_pin_is_swizzled_at_each_bridge(void **state)
{
    (void)state;
    uint32_t source, flags;
    const uint32_t port = fake_pci_port(-1, 6U, FAKE_ROOT_PORT, 0U);
    const uint32_t to_pci = fake_pci_port((int32_t)port, 0U, FAKE_BRIDGE_TO_PCI, 0U);
    const uint32_t inner = fake_pci_bridge(0U, (int32_t)to_pci, 3U, 0U);
    const uint32_t deep = fake_pci_function(0U, (int32_t)inner, 2U, 0U);
    const uint32_t plain = add(-1, 7U), mute = add(-1, 8U);
    const uint32_t unwired = add(-1, 9U), odd = add(-1, 10U);
    pci_space_set(deep, PCI_INTERRUPT_PIN, 1U, 2U);        /* B; + 2: D; + 3: C; + 0: C */
    pci_space_set(plain, PCI_INTERRUPT_PIN, 1U, 1U);
    pci_space_set(unwired, PCI_INTERRUPT_PIN, 1U, 4U);
    pci_space_set(odd, PCI_INTERRUPT_PIN, 1U, 5U);
    enumerate();

    assert_true(pci_intx(&fake_pci_board, &pci, index_of(deep), &source, &flags));
    assert_int_equal(asked_rid, 6U << PCI_DEVICE_SHIFT);
    assert_int_equal(asked_pin, 3U);
    assert_int_equal(source, 32U);
    assert_int_equal(flags, 4U);
    assert_true(pci_intx(&fake_pci_board, &pci, index_of(plain), &source, &flags));
    assert_int_equal(asked_rid, 7U << PCI_DEVICE_SHIFT);
    assert_int_equal(asked_pin, 1U);
    assert_false(pci_intx(&fake_pci_board, &pci, index_of(mute), &source, &flags));
    assert_false(pci_intx(&fake_pci_board, &pci, index_of(odd), &source, &flags));
    assert_false(pci_intx(&fake_pci_board, &pci, index_of(unwired), &source, &flags));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bars_and_windows_are_written, setup),
        cmocka_unit_test_setup(test_virtual_functions_are_enabled_and_left_their_time, setup),
        cmocka_unit_test_setup(test_virtual_functions_that_move_stay_off, setup),
        cmocka_unit_test_setup(test_acs_is_enabled_everywhere, setup),
        cmocka_unit_test_setup(test_devices_of_a_root_bus_are_apart, setup),
        cmocka_unit_test_setup(test_functions_of_a_device_are_bonded_without_acs, setup),
        cmocka_unit_test_setup(test_virtual_functions_count_to_their_device, setup),
        cmocka_unit_test_setup(test_bridges_from_conventional_pci_bond, setup),
        cmocka_unit_test_setup(test_a_switch_keeps_apart_if_all_its_ports_do, setup),
        cmocka_unit_test_setup(test_an_upstream_port_counts_with_the_functions_beside_it, setup),
        cmocka_unit_test_setup(test_a_pin_is_swizzled_at_each_bridge, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
