/* SPDX-License-Identifier: Apache-2.0 */
/* What pci_enumerate finds on boards made of data, and in what state it leaves them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/hw/clock.h"
#include "platform/pci/pci.h"
#include "tests/unit/fake_pci.h"

#define BAR_32   0U
#define BAR_64   PCI_BAR_TYPE_64
#define BAR_64P  (PCI_BAR_TYPE_64 | PCI_BAR_PREFETCHABLE)

static struct pci pci;

/* Nothing here depends on how long it waits, so whoever does finds the time passed. */
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
    return 0;
}

static bool enumerate(void)
{
    struct diag d = fake_pci_diag();

    memset(&pci, 0xa5, sizeof(pci));
    return pci_enumerate(&fake_pci_board, &pci, &d);
}

static uint32_t add(int32_t bridge, uint32_t device)
{
    return fake_pci_function(0U, bridge, device, 0U);
}

/* What was made with this index. */
static const struct pci_function *found(uint32_t function)
{
    for (uint32_t i = 0U; i < pci.count; i++) {
        if (pci.functions[i].device == function) {
            return &pci.functions[i];
        }
    }
    fail_msg("function %u was not found", function);
    return NULL;
}

static int index_of(const struct pci_function *f)
{
    return (int)(f - pci.functions);
}

/* shows: R-PCI-01 */
static void test_functions_of_every_device_and_host_are_found(void **state)
{
    (void)state;
    fake_pci_board.pci_count = 2U;
    fake_pci_board.pci[1] = (struct board_pci_host){
        .ecam = { pa(0x50000000U), 4U << 20 }, .bus_first = 4U, .bus_last = 7U, .domain = 1U };
    const uint32_t first = add(-1, 0U), several = add(-1, 3U);
    fake_pci_multifunction(several);
    const uint32_t third = fake_pci_function(0U, -1, 3U, 2U);
    const uint32_t last = fake_pci_function(0U, -1, 3U, 7U);
    const uint32_t shadow = fake_pci_function(0U, -1, 0U, 1U);
    const uint32_t headless = fake_pci_function(0U, -1, 9U, 1U);
    const uint32_t other = fake_pci_function(1U, -1, 31U, 0U);

    assert_true(enumerate());
    assert_int_equal(pci.count, 5U);
    assert_int_equal(found(first)->rid, 0x0000);
    assert_false(found(first)->multifunction);
    assert_int_equal(found(several)->rid, 0x0018);
    assert_true(found(several)->multifunction);
    assert_int_equal(found(third)->rid, 0x001a);
    assert_true(found(third)->multifunction);
    assert_int_equal(found(last)->rid, 0x001f);
    assert_int_equal(found(other)->host, 1U);
    assert_int_equal(found(other)->rid, 0x04f8);
    assert_int_equal(found(other)->parent, PCI_ROOT);
    assert_int_equal(found(first)->vendor, 0x1b36);
    assert_int_equal(found(first)->class_code, 0x010802);
    assert_int_equal(pci_find(&pci, 1U, 0x04f8U), index_of(found(other)));
    assert_int_equal(pci_find(&pci, 0U, 0x04f8U), -1);
    /* A device of one function answers for others too, perhaps; one without function 0 is none. */
    for (uint32_t i = 0U; i < pci.count; i++) {
        assert_int_not_equal(pci.functions[i].device, shadow);
        assert_int_not_equal(pci.functions[i].device, headless);
    }
}

/* shows: R-PCI-01 */
static void test_a_host_whose_ecam_is_too_small_is_not_touched(void **state)
{
    (void)state;
    fake_pci_board.pci[0].ecam.size = 0x80000U;
    fake_pci_board.pci[0].bus_last = 0U;
    (void)add(-1, 1U);
    assert_true(enumerate());
    assert_int_equal(pci.count, 0U);
}

/* A switch with two devices, between two devices of the root bus. */
/* shows: R-PCI-01, R-PCI-02 */
static void test_buses_are_numbered_depth_first(void **state)
{
    (void)state;
    const uint32_t nic = add(-1, 1U);
    const uint32_t root = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0U);
    const uint32_t up = fake_pci_port((int32_t)root, 0U, FAKE_UPSTREAM, 0U);
    const uint32_t down_a = fake_pci_port((int32_t)up, 1U, FAKE_DOWNSTREAM, 0U);
    const uint32_t down_b = fake_pci_port((int32_t)up, 4U, FAKE_DOWNSTREAM, 0U);
    const uint32_t below_a = add((int32_t)down_a, 0U), below_b = add((int32_t)down_b, 0U);
    const uint32_t empty = fake_pci_port(-1, 3U, FAKE_ROOT_PORT, 0U);
    const uint32_t last = add(-1, 31U);
    /* What the firmware thought. */
    pci_space_set(root, PCI_PRIMARY_BUS, 4U, 0x00090500U);
    pci_space_set(up, PCI_PRIMARY_BUS, 4U, 0x00090605U);
    pci_space_set(down_a, PCI_PRIMARY_BUS, 4U, 0x00070706U);
    pci_space_set(empty, PCI_PRIMARY_BUS, 4U, 0x00050500U);

    assert_true(enumerate());
    static const uint16_t rids[] = { 0x0008, 0x0010, 0x0100, 0x0208, 0x0300, 0x0220, 0x0400, 0x0018,
                                     0x00f8 };
    const uint32_t order[] = { nic, root, up, down_a, below_a, down_b, below_b, empty, last };
    assert_int_equal(pci.count, 9U);
    for (uint32_t i = 0U; i < 9U; i++) {
        assert_int_equal(pci.functions[i].device, order[i]);
        assert_int_equal(pci.functions[i].rid, rids[i]);
        assert_true(pci.functions[i].parent < (int)i);
    }
    assert_int_equal(found(below_b)->parent, index_of(found(down_b)));
    assert_int_equal(found(root)->secondary, 1U);
    assert_int_equal(found(root)->subordinate, 4U);
    assert_int_equal(pci_space_get(root, PCI_PRIMARY_BUS, 4U), 0x00040100U);
    assert_int_equal(pci_space_get(up, PCI_PRIMARY_BUS, 4U), 0x00040201U);
    assert_int_equal(pci_space_get(down_a, PCI_PRIMARY_BUS, 4U), 0x00030302U);
    assert_int_equal(pci_space_get(down_b, PCI_PRIMARY_BUS, 4U), 0x00040402U);
    assert_int_equal(pci_space_get(empty, PCI_PRIMARY_BUS, 4U), 0x00050500U);
    assert_int_equal(found(root)->kind, PCI_ROOT_PORT);
    assert_int_equal(found(up)->kind, PCI_UPSTREAM);
    assert_int_equal(found(down_a)->kind, PCI_DOWNSTREAM);
    assert_true(found(root)->is_bridge && found(root)->wide_window);
    assert_false(found(nic)->is_bridge);
}

/* A chain as long as there are numbers, and one bridge more. */
/* shows: R-PCI-02, R-PCI-08 */
static void test_no_bus_number_passes_the_last_one(void **state)
{
    (void)state;
    int32_t bridge = -1;

    fake_pci_board.pci[0].bus_first = 16U;
    fake_pci_board.pci[0].bus_last = 19U;
    for (uint32_t i = 0U; i < 4U; i++) {
        bridge = (int32_t)fake_pci_port(bridge, 0U, FAKE_ROOT_PORT, 0U);
        pci_space_set((uint32_t)bridge, PCI_PRIMARY_BUS, 4U, 0x00ff1400U);
    }
    const uint32_t beyond = add(bridge, 0U);

    assert_false(enumerate());
    assert_int_equal(fake_pci_reports, 1U);
    assert_non_null(strstr(fake_pci_report, "0000:13:00.0"));
    assert_non_null(strstr(fake_pci_report, "16 to 19"));
    assert_int_equal(pci.count, 4U);
    assert_int_equal(found(0U)->subordinate, 19U);
    assert_int_equal(pci_space_get((uint32_t)bridge, PCI_PRIMARY_BUS, 4U), 0U);
    for (uint32_t rid = 0x1000U; rid < 0x1400U; rid++) {
        assert_int_not_equal(pci_space_find(&fake_pci_board.pci[0], (uint16_t)rid), beyond);
    }
}

/* ---- silence --------------------------------------------------------------------------------- */

static uint32_t disturber(int32_t bridge, uint32_t device)
{
    const uint32_t f = add(bridge, device);
    const uint32_t msi = fake_pci_capability(f, PCI_CAP_MSI, PCI_MSI_SIZE);
    const uint32_t msix = fake_pci_capability(f, PCI_CAP_MSIX, PCI_MSIX_SIZE);
    const uint32_t pm = fake_pci_capability(f, PCI_CAP_PM, PCI_PM_SIZE);
    static const struct { uint32_t id, control; } extended[] = {
        { PCI_EXT_ATS, PCI_ATS_CONTROL }, { PCI_EXT_PAGE_REQUEST, PCI_PAGE_REQUEST_CONTROL },
        { PCI_EXT_PASID, PCI_PASID_CONTROL } };

    (void)fake_pci_express(f, FAKE_ENDPOINT);
    pci_space_set(f, PCI_COMMAND, 2U, 0x0147U);
    pci_space_set(f, PCI_ROM, 4U, 0x40000001U);
    pci_space_set(f, msi + PCI_MSI_CONTROL, 2U, 0x0081U);
    pci_space_set(f, msix + PCI_MSIX_CONTROL, 2U, 0x8003U);
    pci_space_set(f, pm + PCI_PM_CONTROL, 2U, 0x0003U);
    for (uint32_t i = 0U; i < 3U; i++) {
        const uint32_t at = fake_pci_extended(f, extended[i].id, 16U);
        pci_space_set(f, at + extended[i].control, 2U, 1U);
        pci_space_let_write(f, at + extended[i].control, 2U, 0xffffU);
    }
    const uint32_t sriov = fake_pci_sriov(f, 4U, 8U, 1U);
    pci_space_set(f, sriov + PCI_SRIOV_CONTROL, 2U, 0x19U);
    return f;
}

static void assert_silent(uint32_t f)
{
    assert_int_equal(pci_space_get(f, PCI_COMMAND, 2U), 0x0400U);
    assert_int_equal(pci_space_get(f, PCI_ROM, 4U), 0U);
    assert_int_equal(pci_space_get(f, 0x40U + PCI_MSI_CONTROL, 2U), 0x0080U);
    assert_int_equal(pci_space_get(f, 0x4cU + PCI_MSIX_CONTROL, 2U), 0x0003U);
    assert_int_equal(pci_space_get(f, 0x58U + PCI_PM_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(f, 0x100U + PCI_ATS_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(f, 0x110U + PCI_PAGE_REQUEST_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(f, 0x120U + PCI_PASID_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(f, 0x130U + PCI_SRIOV_CONTROL, 2U), 0U);
}

/* shows: R-PCI-03 */
static void test_everything_is_silent_afterwards(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t express = 0x40U;
    const uint32_t here = disturber(-1, 2U), below = disturber((int32_t)port, 0U);
    pci_space_set(port, PCI_COMMAND, 2U, 0x0007U);
    /* VGA Enable, and errors forwarded: what goes where is not the firmware's to say any more. */
    pci_space_let_write(port, PCI_BRIDGE_CONTROL, 2U, 0xffffU);
    pci_space_set(port, PCI_BRIDGE_CONTROL, 2U, 0x000bU);
    pci_space_set(port, express + PCI_EXPRESS_DEVICE_CONTROL_2, 2U, PCI_EXPRESS_ARI_FORWARDING);

    assert_true(enumerate());
    assert_silent(here);
    assert_silent(below);
    assert_true(found(here)->has_msi && found(here)->has_msix && found(here)->has_flr);
    assert_int_equal(pci_space_get(port, PCI_COMMAND, 2U), 0x0400U);
    assert_int_equal(pci_space_get(port, PCI_BRIDGE_CONTROL, 2U), 0U);
    assert_int_equal(pci_space_get(port, express + PCI_EXPRESS_DEVICE_CONTROL_2, 2U), 0U);
}

static uint32_t early_writes;

/* A write to anything but Command while the function may still do DMA. */
static void watch_order(uint32_t function, uint32_t offset, uint32_t width, uint32_t value)
{
    (void)width;
    (void)value;
    if (offset != PCI_COMMAND && (pci_space_get(function, PCI_COMMAND, 2U) & 7U) != 0U) {
        early_writes++;
    }
}

/* shows: R-PCI-03, R-PCI-04 */
static void test_silence_comes_first(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t f = disturber((int32_t)port, 0U);
    fake_pci_bar(f, 0U, 0x4000U, BAR_64);
    pci_space_set(port, PCI_COMMAND, 2U, 0x0007U);
    early_writes = 0U;
    pci_space.on_write = watch_order;

    assert_true(enumerate());
    assert_int_equal(early_writes, 0U);
}

/* More functions than are kept. */
/* shows: R-PCI-03, R-PCI-08 */
static void test_functions_beyond_the_limit_are_silent_and_named(void **state)
{
    (void)state;
    for (uint32_t i = 0U; i < PCI_MAX_FUNCTIONS + 1U; i++) {
        const uint32_t f = fake_pci_function(0U, -1, i / 8U, i % 8U);
        fake_pci_multifunction(f);
        pci_space_set(f, PCI_COMMAND, 2U, 0x0007U);
    }
    assert_false(enumerate());
    assert_int_equal(pci.count, PCI_MAX_FUNCTIONS);
    assert_int_equal(fake_pci_reports, 1U);
    assert_non_null(strstr(fake_pci_report, "0000:00:14.0"));
    assert_int_equal(pci_space_get(PCI_MAX_FUNCTIONS, PCI_COMMAND, 2U), 0x0400U);
}

/* shows: R-PCI-03, R-PCI-08 */
static void test_an_unknown_header_is_named(void **state)
{
    (void)state;
    const uint32_t cardbus = add(-1, 5U);
    pci_space_set(cardbus, PCI_HEADER_TYPE, 1U, 2U);
    pci_space_set(cardbus, PCI_COMMAND, 2U, 0x0007U);
    const uint32_t good = add(-1, 6U);

    assert_false(enumerate());
    assert_non_null(strstr(fake_pci_report, "0000:00:05.0"));
    assert_non_null(strstr(fake_pci_report, "0x2"));
    assert_int_equal(pci.count, 1U);
    assert_int_equal(found(good)->rid, 0x0030);
    assert_int_equal(pci_space_get(cardbus, PCI_COMMAND, 2U), 0x0400U);
}

/* ---- BARs ------------------------------------------------------------------------------------ */

static void assert_bar(const struct pci_bar *bar, uint64_t size, bool wide, bool prefetchable)
{
    assert_int_equal(bar->size, size);
    assert_int_equal(bar->wide, wide);
    assert_int_equal(bar->prefetchable, prefetchable);
}

/* shows: R-PCI-04 */
static void test_bars_of_every_kind_are_sized(void **state)
{
    (void)state;
    const uint32_t f = add(-1, 1U);
    fake_pci_bar(f, 0U, 0x10U, BAR_32);
    fake_pci_bar(f, 1U, 0x20U, PCI_BAR_IO);
    fake_pci_bar(f, 2U, UINT64_C(0x1000000000), BAR_64P);
    fake_pci_bar(f, 5U, UINT64_C(0x80000000), PCI_BAR_PREFETCHABLE);
    pci_space_set(f, PCI_BAR0, 4U, 0x41000010U);
    const uint32_t odd = add(-1, 2U);
    fake_pci_bar(odd, 0U, 0x4000U, PCI_BAR_TYPE_RESERVED);
    fake_pci_bar(odd, 1U, 0x100000U, BAR_64);
    fake_pci_bar(odd, 3U, 0x1000U, 1U << 1); /* below 1 MiB, in old times */
    fake_pci_bar(odd, 5U, 0x4000U, PCI_BAR_TYPE_64); /* without an upper half */
    const uint32_t bridge = fake_pci_bridge(0U, -1, 3U, 0U);
    fake_pci_bar(bridge, 0U, 0x1000U, BAR_32);

    assert_true(enumerate());
    const struct pci_bar *bars = found(f)->bars;
    assert_bar(&bars[0], 0x10U, false, false);
    assert_bar(&bars[1], 0U, false, false);
    assert_bar(&bars[2], UINT64_C(0x1000000000), true, true);
    assert_bar(&bars[3], 0U, false, false);
    assert_bar(&bars[4], 0U, false, false);
    assert_bar(&bars[5], UINT64_C(0x80000000), false, true);
    bars = found(odd)->bars;
    assert_bar(&bars[0], 0U, false, false);
    assert_bar(&bars[1], 0x100000U, true, false);
    assert_bar(&bars[2], 0U, false, false);
    assert_bar(&bars[3], 0x1000U, false, false);
    assert_bar(&bars[5], 0U, false, false);
    assert_bar(&found(bridge)->bars[0], 0x1000U, false, false);
    for (uint32_t i = 2U; i < PCI_BARS; i++) {
        assert_int_equal(found(bridge)->bars[i].size, 0U);
    }
    /* Bus numbers are no BAR. */
    assert_int_equal(pci_space_get(bridge, PCI_PRIMARY_BUS, 4U), 0x00010100U);
    assert_int_equal(pci_space_get(f, PCI_BAR0, 4U), 0U);
}

/* ---- capabilities ---------------------------------------------------------------------------- */

/* pci_space aborts on an access outside configuration space. */
/* shows: R-PCI-05 */
static void test_lying_capability_lists_end(void **state)
{
    (void)state;
    const uint32_t loop = add(-1, 1U);
    const uint32_t msi = fake_pci_capability(loop, PCI_CAP_MSI, PCI_MSI_SIZE);
    const uint32_t pm = fake_pci_capability(loop, PCI_CAP_PM, PCI_PM_SIZE);
    pci_space_set(loop, msi + PCI_CAP_NEXT, 1U, pm);
    const uint32_t cut = add(-1, 2U);              /* its registers would pass the end */
    pci_space_set(cut, PCI_STATUS, 2U, PCI_STATUS_CAPABILITIES);
    pci_space_set(cut, PCI_CAPABILITIES_POINTER, 1U, 0xffU);
    pci_space_set(cut, 0xfcU, 2U, PCI_CAP_MSI);
    const uint32_t low = add(-1, 3U);              /* points into the header */
    pci_space_set(low, PCI_STATUS, 2U, PCI_STATUS_CAPABILITIES);
    pci_space_set(low, PCI_CAPABILITIES_POINTER, 1U, 0x10U);
    pci_space_set(low, 0x10U, 1U, PCI_CAP_MSI);
    const uint32_t mute = add(-1, 4U);             /* has a pointer, but says that it has none */
    (void)fake_pci_capability(mute, PCI_CAP_MSI, PCI_MSI_SIZE);
    pci_space_set(mute, PCI_STATUS, 2U, 0U);
    const uint32_t circle = add(-1, 5U);           /* extended ones in a circle */
    (void)fake_pci_express(circle, FAKE_ENDPOINT);
    pci_space_set(circle, 0x100U, 4U, 0x10010001U);
    const uint32_t end = add(-1, 6U);              /* the last dword */
    (void)fake_pci_express(end, FAKE_ENDPOINT);
    pci_space_set(end, 0x100U, 4U, 0xfff10001U);
    pci_space_set(end, 0xffcU, 4U, PCI_EXT_SRIOV);
    const uint32_t back = add(-1, 7U);             /* back into the header */
    (void)fake_pci_express(back, FAKE_ENDPOINT);
    pci_space_set(back, 0x100U, 4U, 0x04010001U);
    const uint32_t ones = add(-1, 8U);             /* nothing answers there */
    (void)fake_pci_express(ones, FAKE_ENDPOINT);
    pci_space_set(ones, 0x100U, 4U, UINT32_MAX);

    assert_true(enumerate());
    assert_true(found(loop)->has_msi);
    assert_false(found(loop)->has_msix);
    assert_false(found(cut)->has_msi);
    assert_false(found(low)->has_msi);
    assert_false(found(mute)->has_msi);
    assert_int_equal(found(circle)->acs_offset, 0U);
    assert_int_equal(found(end)->sriov_offset, 0U);
    assert_int_equal(found(back)->sriov_offset, 0U);
    assert_int_equal(found(ones)->sriov_offset, 0U);
}

/* shows: R-PCI-05 */
static void test_a_conventional_function_has_no_extended_capabilities(void **state)
{
    (void)state;
    const uint32_t f = add(-1, 1U);
    (void)fake_pci_acs(f, 0x1fU);
    const uint32_t port = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0x1dU);

    assert_true(enumerate());
    assert_int_equal(found(f)->acs_offset, 0U);
    assert_int_equal(found(f)->kind, PCI_CONVENTIONAL);
    assert_int_equal(found(port)->acs_offset, 0x100U);
    assert_int_equal(found(port)->acs_can, 0x1dU);
}

/* ---- virtual functions
 * --------------------------------------------------------------------------- */

/* shows: R-PCI-06, R-PCI-02 */
static void test_virtual_functions_take_their_buses(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t nic = add((int32_t)port, 0U);
    (void)fake_pci_express(nic, FAKE_ENDPOINT);
    const uint32_t at = fake_pci_sriov(nic, 8U, 0x180U, 2U);
    fake_pci_vf_bar(nic, 0U, 0x4000U, BAR_64P);
    fake_pci_vf_bar(nic, 3U, 0x8000U, BAR_64P);
    const uint32_t next = fake_pci_port(-1, 2U, FAKE_ROOT_PORT, 0U);

    assert_true(enumerate());
    const struct pci_function *f = found(nic);
    assert_int_equal(f->sriov_offset, at);
    assert_int_equal(f->vf_count, 8U);
    assert_int_equal(f->vf_first, 0x180U);
    assert_int_equal(f->vf_stride, 2U);
    assert_int_equal(pci_vf_rid(f, 0U), 0x0280);
    assert_int_equal(pci_vf_rid(f, 7U), 0x028e);
    assert_bar(&f->vf_bars[0], 0x4000U, true, true);
    assert_bar(&f->vf_bars[3], 0x8000U, true, true);
    assert_int_equal(pci_space_get(nic, at + PCI_SRIOV_SYSTEM_PAGE_SIZE, 4U), 1U);
    assert_int_equal(found(port)->secondary, 1U);
    assert_int_equal(found(port)->subordinate, 2U);
    assert_int_equal(found(next)->secondary, 3U);
}

/* The root bus' functions need a bus that a bridge before them would have had. */
/* shows: R-PCI-06, R-PCI-02 */
static void test_buses_of_virtual_functions_come_before_bridges(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t nic = add(-1, 2U);
    (void)fake_pci_express(nic, FAKE_INTEGRATED);
    (void)fake_pci_sriov(nic, 2U, 0x100U, 1U);

    assert_true(enumerate());
    assert_int_equal(pci_vf_rid(found(nic), 1U), 0x0111);
    assert_int_equal(found(port)->secondary, 2U);
}

/* shows: R-PCI-06 */
static void test_virtual_functions_without_room_or_ids_are_none(void **state)
{
    (void)state;
    static const struct { uint32_t count, first, stride, vfs; } cases[] = {
        { 0U, 8U, 1U, 0U }, { 4U, 0U, 1U, 0U }, { 4U, 8U, 0U, 0U }, { 1U, 8U, 0U, 1U },
        { 4U, 0xffffU, 0xffffU, 0U }, { 4U, 0x2f0U, 0x5U, 4U }, { 4U, 0x2f0U, 0x6U, 0U },
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };

    fake_pci_board.pci[0].bus_last = 3U;
    for (uint32_t i = 0U; i < CASES; i++) {
        fake_pci_reset();
        fake_pci_board.pci[0].bus_last = 2U;
        const uint32_t f = add(-1, 0U);
        (void)fake_pci_express(f, FAKE_ENDPOINT);
        (void)fake_pci_sriov(f, cases[i].count, cases[i].first, cases[i].stride);
        fake_pci_vf_bar(f, 0U, 0x1000U, BAR_64);
        assert_true(enumerate());
        assert_int_equal(found(f)->vf_count, cases[i].vfs);
        assert_int_equal(found(f)->vf_bars[0].size, cases[i].vfs == 0U ? 0U : 0x1000U);
    }
}

/* Two of them would share a page. */
/* shows: R-PCI-06 */
static void test_virtual_functions_with_less_than_a_page_are_none(void **state)
{
    (void)state;
    const uint32_t f = add(-1, 0U);
    (void)fake_pci_express(f, FAKE_ENDPOINT);
    (void)fake_pci_sriov(f, 4U, 8U, 1U);
    fake_pci_vf_bar(f, 0U, 0x1000U, BAR_64);
    fake_pci_vf_bar(f, 2U, 0x800U, BAR_64);
    assert_true(enumerate());
    assert_int_equal(found(f)->vf_count, 0);
}

/* shows: R-PCI-06 */
static void test_virtual_functions_with_ids_of_others_are_none(void **state)
{
    (void)state;
    const uint32_t nic = add(-1, 1U), other = add(-1, 3U);
    (void)fake_pci_express(nic, FAKE_INTEGRATED);
    (void)fake_pci_sriov(nic, 3U, 8U, 4U); /* at 00:02.0, 00:02.4, 00:03.0 */
    (void)fake_pci_express(other, FAKE_INTEGRATED);
    (void)fake_pci_sriov(other, 2U, 1U, 1U);

    assert_true(enumerate());
    assert_int_equal(found(nic)->vf_count, 0);
    assert_int_equal(found(other)->vf_count, 2);
    pci_space_set(nic, 0x100U + PCI_SRIOV_TOTAL_VFS, 2U, 2U);
    assert_true(enumerate());
    assert_int_equal(found(nic)->vf_count, 2);
}

/* ---- requester ids
 * ------------------------------------------------------------------------------- */

/* shows: R-PCI-07 */
static void test_bridges_from_conventional_pci_give_their_ids(void **state)
{
    (void)state;
    const uint32_t port = fake_pci_port(-1, 1U, FAKE_ROOT_PORT, 0U);
    const uint32_t plain = add(-1, 2U), express = add((int32_t)port, 0U);
    const uint32_t port2 = fake_pci_port(-1, 3U, FAKE_ROOT_PORT, 0U);
    const uint32_t to_pci = fake_pci_port((int32_t)port2, 0U, FAKE_BRIDGE_TO_PCI, 0U);
    const uint32_t old = add((int32_t)to_pci, 5U);
    const uint32_t nested = fake_pci_bridge(0U, (int32_t)to_pci, 6U, 0U);
    const uint32_t deep = add((int32_t)nested, 1U);
    const uint32_t conventional = fake_pci_bridge(0U, -1, 4U, 0U);
    const uint32_t behind = add((int32_t)conventional, 7U);
    const uint32_t inner = fake_pci_bridge(0U, (int32_t)conventional, 8U, 0U);
    const uint32_t innermost = add((int32_t)inner, 0U);

    assert_true(enumerate());
    assert_int_equal(found(plain)->alias, 0x0010);
    assert_int_equal(found(express)->alias, found(express)->rid);
    assert_int_equal(found(to_pci)->secondary, 3U);
    assert_int_equal(found(to_pci)->alias, found(to_pci)->rid);
    assert_int_equal(found(old)->rid, 0x0328);
    assert_int_equal(found(old)->alias, 0x0300);
    assert_int_equal(found(deep)->alias, 0x0300);
    assert_int_equal(found(nested)->alias, 0x0300);
    assert_int_equal(found(behind)->alias, 0x0020);
    assert_int_equal(found(innermost)->alias, 0x0020);
    char name[PCI_NAME_MAX];
    assert_string_equal(pci_name(1U, found(old)->rid, name), "0001:03:05.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_functions_of_every_device_and_host_are_found, setup),
        cmocka_unit_test_setup(test_a_host_whose_ecam_is_too_small_is_not_touched, setup),
        cmocka_unit_test_setup(test_buses_are_numbered_depth_first, setup),
        cmocka_unit_test_setup(test_no_bus_number_passes_the_last_one, setup),
        cmocka_unit_test_setup(test_everything_is_silent_afterwards, setup),
        cmocka_unit_test_setup(test_silence_comes_first, setup),
        cmocka_unit_test_setup(test_functions_beyond_the_limit_are_silent_and_named, setup),
        cmocka_unit_test_setup(test_an_unknown_header_is_named, setup),
        cmocka_unit_test_setup(test_bars_of_every_kind_are_sized, setup),
        cmocka_unit_test_setup(test_lying_capability_lists_end, setup),
        cmocka_unit_test_setup(test_a_conventional_function_has_no_extended_capabilities, setup),
        cmocka_unit_test_setup(test_virtual_functions_take_their_buses, setup),
        cmocka_unit_test_setup(test_buses_of_virtual_functions_come_before_bridges, setup),
        cmocka_unit_test_setup(test_virtual_functions_without_room_or_ids_are_none, setup),
        cmocka_unit_test_setup(test_virtual_functions_with_less_than_a_page_are_none, setup),
        cmocka_unit_test_setup(test_virtual_functions_with_ids_of_others_are_none, setup),
        cmocka_unit_test_setup(test_bridges_from_conventional_pci_give_their_ids, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
