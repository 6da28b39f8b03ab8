/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of faults, and when: hyp/dma/fault_meter.h, hyp/dma/fault_text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/dma/fault_meter.h"
#include "hyp/dma/fault_text.h"

#define WINDOW 1000U
#define FLOOD  1024U

static struct config config;
static struct plan plan;

/* Two guests: linux with a PCI function and a platform device of two ids, rtos with a PCI
 * function. */
static void make_plan(void)
{
    memset(&config, 0, sizeof(config));
    memset(&plan, 0, sizeof(plan));
    plan.config = &config;
    plan.guest_count = config.guest_count = 2U;
    strcpy(config.guests[0].name, "linux");
    strcpy(config.guests[1].name, "rtos");
    plan.guests[0].config = &config.guests[0];
    plan.guests[1].config = &config.guests[1];
    config.source = "board.dts";
    config.device_count = 3U;
    config.devices[0] = (struct config_device){
        .name = "nvme", .path = "/guests/linux/devices/nvme", .line = 23U, .pci_domain = 1U };
    config.devices[1] = (struct config_device){
        .name = "dma0", .path = "/guests/linux/devices/dma0", .node = "/soc/dma@1000" };
    config.devices[2] = (struct config_device){
        .name = "edu", .path = "/guests/rtos/devices/edu" };
    plan.devices[0] = (struct plan_device){
        .is_pci = true, .pci = { .rid = 0x0108U },
        .dma = { .iommu = 0U, .ids = { 0x108U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU } };
    plan.devices[1] = (struct plan_device){
        .dma = { .iommu = 1U, .ids = { 7U, 9U }, .id_count = 2U, .viommu = PLAN_NO_VIOMMU } };
    plan.devices[2] = (struct plan_device){
        .is_pci = true, .pci = { .rid = 0x0018U },
        .dma = { .iommu = 1U, .ids = { 0x18U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU } };
    plan.device_guests[2] = 1U;
}

/* shows: R-DMA-24 */
static void test_each_fault_counts_and_few_are_said(void **state)
{
    struct fault_meter meter = { 0 };
    uint32_t said = 0;

    (void)state;
    for (uint32_t i = 0; i < 3U * WINDOW; i++) {
        const struct fault_verdict verdict = fault_meter_count(&meter, i, WINDOW, FLOOD, false);
        said += verdict.say ? 1U : 0U;
        if (i == WINDOW) {
            assert_true(verdict.say);
            assert_int_equal(verdict.unsaid, WINDOW - FAULT_METER_LINES);
        } else if (i % WINDOW != 0U) {
            assert_int_equal(verdict.unsaid, 0);
        }
    }
    assert_int_equal(meter.total, 3U * WINDOW);
    assert_int_equal(said, 3U * FAULT_METER_LINES);
}

/* shows: R-DMA-25 */
static void test_a_flood_is_one_until_its_window_ends(void **state)
{
    struct fault_meter meter = { 0 };

    (void)state;
    for (uint32_t i = 1; i <= 3U * FLOOD; i++) {
        assert_int_equal(fault_meter_count(&meter, 5U, WINDOW, FLOOD, false).flood, i >= FLOOD);
    }
    /* The same number spread over two windows is none. */
    meter = (struct fault_meter){ 0 };
    for (uint32_t i = 1; i < 2U * FLOOD - 1U; i++) {
        assert_false(fault_meter_count(&meter, i < FLOOD ? 0U : WINDOW, WINDOW, FLOOD, false).flood);
    }
}

/* shows: R-DMA-25 */
static void test_floods_of_all_devices_leave_room(void **state)
{
    (void)state;
    for (uint32_t devices = 1; devices <= 128U; devices++) {
        const uint32_t flood = fault_meter_flood(PLAN_FAULT_ENTRIES, devices);
        assert_in_range(flood * devices, 1U, PLAN_FAULT_ENTRIES / 4U);
    }
    assert_int_equal(fault_meter_flood(4096U, 1U), 1024);
    assert_int_equal(fault_meter_flood(2U, 7U), 1);
    assert_int_equal(fault_meter_flood(4096U, 0U), 1024);
}

/* shows: R-DMA-22 */
static void test_a_fault_finds_its_device(void **state)
{
    (void)state;
    make_plan();
    assert_int_equal(fault_find_device(&plan, 0U, 0x108U), 0);
    assert_int_equal(fault_find_device(&plan, 1U, 7U), 1);
    assert_int_equal(fault_find_device(&plan, 1U, 9U), 1);
    assert_int_equal(fault_find_device(&plan, 1U, 0x18U), 2);
    /* The same id at another IOMMU is another device's, and an id that is not used is nobody's: not
     * that of the zeroes behind the last id either. */
    assert_int_equal(fault_find_device(&plan, 0U, 0x18U), -1);
    assert_int_equal(fault_find_device(&plan, 1U, 0x108U), -1);
    assert_int_equal(fault_find_device(&plan, 0U, 0U), -1);
}

/* shows: R-DMA-22 */
static void test_words(void **state)
{
    const struct iommu_fault fault = { .device_id = 0x108U, .cause = 23U, .ttyp = 3U,
                                       .iotval = 0x80001000U };
    char who[FAULT_DEVICE_TEXT_MAX], what[FAULT_TEXT_MAX], where[FAULT_PLACE_TEXT_MAX];
    char expected[FAULT_TEXT_MAX];

    (void)state;
    make_plan();
    assert_string_equal(fault_device_text(&plan, 0U, who),
                        "guest \"linux\" device \"nvme\" (0001:01:01.0)");
    assert_string_equal(fault_device_text(&plan, 1U, who),
                        "guest \"linux\" device \"dma0\" (/soc/dma@1000)");
    assert_string_equal(fault_device_text(&plan, 2U, who),
                        "guest \"rtos\" device \"edu\" (0000:00:03.0)");
    assert_string_equal(fault_place_text(&plan, 0U, where), "board.dts:23");
    assert_string_equal(fault_place_text(&plan, 1U, where), "/guests/linux/devices/dma0");
    (void)snprintf(expected, sizeof(expected), "DMA write at 0x80001000 refused: %s (cause 23)",
                   iommu_cause_text(23U));
    assert_string_equal(fault_text(&fault, what), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault_counts_and_few_are_said),
        cmocka_unit_test(test_a_flood_is_one_until_its_window_ends),
        cmocka_unit_test(test_floods_of_all_devices_leave_room),
        cmocka_unit_test(test_a_fault_finds_its_device),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
