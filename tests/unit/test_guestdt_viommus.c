/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' device trees: vIOMMUs, and what is behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "tests/unit/fake_plan.h"

#define RTC       "/soc/rtc@101000"
#define GUEST_RTC "/soc/rtc@50101000"
#define HOST      "/soc/pci@30000000"
#define FIRST     "/soc/iommu@3010000"
#define SECOND    "/soc/iommu@3011000"

/* One function at this requester id, behind a vIOMMU that knows it by id. */
static void give_function_behind(struct fixture *f, uint16_t rid, uint32_t viommu, uint32_t id)
{
    give_function(f, rid, 0U, 0U);
    put_behind(f, f->config.guests[0].device_count - 1U, viommu, &id, 1U);
}

/* shows: R-GDT-30 */
static void test_guestdt_viommu(void **state)
{
    static const char compatible[] = "bulkhead,viommu\0riscv,iommu";
    struct fixture *const f = *state;
    int length;

    assert_true(fdt_path_offset(build(f, 0U), FIRST) < 0);
    give_viommu(f);
    give_viommu(f);
    const void *const fdt = build(f, 0U);
    const char *const found = fdt_getprop(fdt, node_at(fdt, FIRST), "compatible", &length);

    assert_int_equal(length, sizeof(compatible));
    assert_memory_equal(found, compatible, sizeof(compatible));
    assert_cells(fdt, FIRST, "reg", 0U, 0x3010000U, 0U, 0x1000U);
    assert_cells(fdt, FIRST, "#iommu-cells", 1U);
    assert_cells(fdt, FIRST, "interrupt-parent",
                 phandle_of(fdt, "/soc/interrupt-controller@d000000"));
    assert_cells(fdt, FIRST, "interrupts", 30U, 4U, 40U, 4U);
    assert_cells(fdt, FIRST, "msi-parent", phandle_of(fdt, "/soc/interrupt-controller@28000000"));
    assert_false(has(fdt, FIRST, "dma-noncoherent"));
    assert_cells(fdt, SECOND, "reg", 0U, 0x3011000U, 0U, 0x1000U);
    assert_cells(fdt, SECOND, "interrupts", 31U, 4U, 41U, 4U);
    assert_int_not_equal(phandle_of(fdt, FIRST), phandle_of(fdt, SECOND));
    assert_dtc_is_silent(fdt);
    /* The other guest has none. */
    assert_true(fdt_path_offset(build(f, 1U), FIRST) < 0);
}

/* The guest's tables are walked by the physical IOMMU. */
/* shows: R-GDT-30 */
static void test_guestdt_viommu_that_does_not_see_caches(void **state)
{
    struct fixture *const f = *state;

    give_viommu(f);
    f->board.iommu[0].coherent = false;
    assert_true(has(build(f, 0U), FIRST, "dma-noncoherent"));
    assert_dtc_is_silent(f->blob);
    /* The tool without the board's functions may not know which one it is. */
    f->plan.viommus[0].iommu = PLAN_NO_IOMMU;
    assert_false(has(build(f, 0U), FIRST, "dma-noncoherent"));
}

/* shows: R-GDT-31 */
static void test_guestdt_device_behind_a_viommu(void **state)
{
    struct fixture *const f = *state;

    give_viommu(f);
    const uint32_t second = give_viommu(f);

    give_device(f, RTC);
    assert_false(has(build(f, 0U), GUEST_RTC, "iommus"));
    put_behind(f, 0U, second, (const uint32_t[]){ 0x103U, 0x100U, 0x104U }, 3U);
    const void *const fdt = build(f, 0U);
    const uint32_t phandle = phandle_of(fdt, SECOND);

    assert_cells(fdt, GUEST_RTC, "iommus", phandle, 0x103U, phandle, 0x100U, phandle, 0x104U);
    assert_dtc_is_silent(fdt);
}

/* shows: R-GDT-32 */
static void test_guestdt_functions_behind_viommus(void **state)
{
    struct fixture *const f = *state;
    const uint32_t first = give_viommu(f), second = give_viommu(f);

    give_device(f, RTC); /* no function, whatever its place in the list */
    put_behind(f, 0U, first, (const uint32_t[]){ 0x100U }, 1U);
    give_function(f, 0x08U, 0U, 0U);
    assert_false(has(build(f, 0U), HOST, "iommu-map")); /* behind none */
    give_function_behind(f, 0x20U, second, 0x20U);
    give_function_behind(f, 0x10U, first, 0x10U);
    give_function_behind(f, 0x18U, first, 0x10U); /* as the one before, for its physical id is */
    const void *const fdt = build(f, 0U);
    const uint32_t one = phandle_of(fdt, FIRST), two = phandle_of(fdt, SECOND);

    assert_cells(fdt, HOST, "iommu-map", 0x10U, one, 0x10U, 1U, 0x18U, one, 0x10U, 1U,
                 0x20U, two, 0x20U, 1U);
    assert_dtc_is_silent(fdt);
}

/* shows: R-GDT-32 */
static void test_guestdt_neighbours_are_one_entry(void **state)
{
    struct fixture *const f = *state;
    const uint32_t first = give_viommu(f), second = give_viommu(f);

    /* Not in the order of their ids: function 1 of each device comes after all functions 0. */
    give_function_behind(f, 0x08U, first, 0x08U);
    give_function_behind(f, 0x10U, first, 0x10U);
    give_function_behind(f, 0x09U, first, 0x09U);
    give_function_behind(f, 0x11U, second, 0x11U);  /* not the same vIOMMU */
    give_function_behind(f, 0x0aU, first, 0x0aU);
    give_function_behind(f, 0x12U, second, 0x11U);  /* not the next id */
    give_function_behind(f, 0x0cU, first, 0x0bU);   /* not the next requester id */
    const void *const fdt = build(f, 0U);
    const uint32_t one = phandle_of(fdt, FIRST), two = phandle_of(fdt, SECOND);

    assert_cells(fdt, HOST, "iommu-map", 0x08U, one, 0x08U, 3U, 0x0cU, one, 0x0bU, 1U,
                 0x10U, one, 0x10U, 1U, 0x11U, two, 0x11U, 1U, 0x12U, two, 0x11U, 1U);
    assert_dtc_is_silent(fdt);
}

/* shows: R-GDT-32, R-GDT-07 */
static void test_guestdt_as_many_functions_behind_viommus_as_can_be(void **state)
{
    struct fixture *const f = *state;
    const uint32_t viommus[] = { give_viommu(f), give_viommu(f) };
    int length;

    f->plan.guests[1].devices = f->plan.devices; /* it has none */
    for (uint32_t i = 0U; i < CONFIG_MAX_DEVICES; i++) {
        const uint16_t rid = (uint16_t)((1U + i % 31U) << 3 | i / 31U);

        give_function_behind(f, rid, viommus[rid % 2U], rid); /* no neighbours */
    }
    const void *const fdt = build(f, 0U);

    assert_non_null(fdt_getprop(fdt, node_at(fdt, HOST), "iommu-map", &length));
    assert_int_equal(length, CONFIG_MAX_DEVICES * 4U * 4U);
    assert_dtc_is_silent(fdt);
    const size_t size = fdt_totalsize(fdt);

    for (size_t less = 256U; less < 4096U; less += 128U) { /* it ends within the map, and before */
        assert_false(build_in(f, 0U, size - less));
    }
}

/* Each test begins with a fresh plan. */
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_guestdt_viommu),
        FRESH(test_guestdt_viommu_that_does_not_see_caches),
        FRESH(test_guestdt_device_behind_a_viommu),
        FRESH(test_guestdt_functions_behind_viommus),
        FRESH(test_guestdt_neighbours_are_one_entry),
        FRESH(test_guestdt_as_many_functions_behind_viommus_as_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
