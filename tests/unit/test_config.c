/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as plain data (hyp/config/config.h). What it refuses is in tests/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "hyp/config/config.h"
#include "hyp/config/size.h"
#include "tests/unit/fake_tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct config config;

static bool parse(const struct tree *tree)
{
    struct told told;

    told_init(&told);
    const bool good = config_parse(tree->blob, tree->size, &config, &told.diag);
    /* Whoever refuses says why, and whoever says something refuses. */
    assert_int_equal(good, told.diag.errors == 0U);
    return good;
}

/* shows: R-CFG-14 */
static void test_everything_is_read(void **state)
{
    struct tree tree = tree_load("config");

    (void)state;
    assert_true(parse(&tree));
    assert_int_equal(config.guest_count, 2);
    const struct config_guest *linux_guest = &config.guests[0], *rtos = &config.guests[1];
    assert_string_equal(linux_guest->name, "linux");
    assert_string_equal(linux_guest->path, "/guests/linux");
    assert_int_equal(linux_guest->hart_count, 2);
    assert_int_equal(linux_guest->harts[0], 1);
    assert_int_equal(linux_guest->harts[1], 2);
    assert_int_equal(linux_guest->memory_size, 0x8000000);
    assert_int_equal(linux_guest->memory_base.v, 0x80000000);
    assert_string_equal(linux_guest->kernel, "linux.Image");
    assert_string_equal(linux_guest->initrd, "linux/root.initrd");
    assert_null(linux_guest->device_tree);
    assert_string_equal(linux_guest->bootargs, "console=ttyS0 quiet");
    assert_int_equal(linux_guest->device_count, 4);

    assert_string_equal(rtos->name, "rtos");
    assert_int_equal(rtos->memory_size, 0x1000000);
    assert_int_equal(rtos->memory_base.v, 0x100000000);
    assert_null(rtos->initrd);
    assert_string_equal(rtos->device_tree, "rtos.dtb");
    assert_string_equal(rtos->bootargs, "");
    assert_int_equal(rtos->device_count, 1);

    assert_int_equal(config.shared_count, 2);
    assert_string_equal(config.shared[0].name, "mailbox");
    assert_int_equal(config.shared[0].size, 0x10000);
    assert_int_equal(config.shared[0].guest_count, 2);
    assert_int_equal(config.shared[0].guests[0], 0);
    assert_int_equal(config.shared[0].guests[1], 1);
    assert_true(config.shared[0].doorbell);
    assert_int_equal(config.shared[1].size, 0x400000);
    assert_int_equal(config.shared[1].guests[0], 1);
    assert_false(config.shared[1].doorbell);
    assert_int_equal(config.console_focus, 1);
    tree_free(&tree);
}

/* shows: R-CFG-40, R-CFG-42, R-CFG-45 */
static void test_devices_are_read(void **state)
{
    struct tree tree = tree_load("config");

    (void)state;
    assert_true(parse(&tree));
    assert_string_equal(config.source, "system.dts");
    assert_int_equal(config.device_count, 5);
    const struct config_device *clock = &config.devices[0], *disk = &config.devices[1];
    const struct config_device *virtual_net = &config.devices[2], *net = &config.devices[4];
    assert_ptr_equal(config.guests[0].devices, clock);
    assert_ptr_equal(config.guests[1].devices, net);

    assert_string_equal(clock->name, "clock");
    assert_string_equal(clock->path, "/guests/linux/devices/clock");
    assert_string_equal(clock->node, "/soc/rtc@101000");
    assert_int_equal(clock->line, 0);
    assert_false(clock->unprotected_dma || clock->peer_dma || clock->dma_blocked);
    assert_int_equal(clock->dma_fault, CONFIG_DMA_FAULT_LOG);
    assert_true(disk->unprotected_dma);

    assert_string_equal(virtual_net->path, "/guests/linux/devices/net");
    assert_int_equal(virtual_net->line, 31);
    assert_null(virtual_net->node);
    assert_int_equal(virtual_net->pci_domain, 1);
    assert_int_equal(virtual_net->pci_rid, 0x2aff);
    assert_true(virtual_net->is_virtual);
    assert_int_equal(virtual_net->pci_vf, 5);
    assert_false(virtual_net->intx || virtual_net->isolated || virtual_net->unprotected_dma);
    assert_true(virtual_net->dma_blocked && virtual_net->peer_dma);
    assert_int_equal(virtual_net->dma_fault, CONFIG_DMA_FAULT_STOP);

    assert_string_equal(net->path, "/guests/rtos/devices/net");
    assert_int_equal(net->pci_domain, 0);
    assert_int_equal(net->pci_rid, 0x0011);
    assert_false(net->is_virtual || net->dma_blocked || net->peer_dma);
    assert_true(net->intx && net->isolated);
    assert_int_equal(net->dma_fault, CONFIG_DMA_FAULT_BLOCK);

    tree_open(&tree);
    tree_delete(&tree, "/", "bulkhead,source");
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_string_equal(config.source, "");
    tree_free(&tree);
}

/* shows: R-CFG-41 */
static void test_pci_addresses(void **state)
{
    static const struct { const char *text; bool good; uint32_t domain, rid; } cases[] = {
        { "0000:00:00.0", true, 0, 0 },       { "00:00.0", true, 0, 0 },
        { "ffff:ff:1f.7", true, 0xffff, 0xffff }, { "FF:1F.7", true, 0, 0xffff },
        { "12ab:3C:0d.1", true, 0x12ab, 0x3c69 },
        { "00:20.0", false, 0, 0 },           { "00:1f.8", false, 0, 0 },
        { "", false, 0, 0 },                  { ":", false, 0, 0 },
        { "::", false, 0, 0 },                { "0000:", false, 0, 0 },
        { "0000::", false, 0, 0 },            { "0000:00", false, 0, 0 },
        { "00:1.0", false, 0, 0 },            { "0:01.0", false, 0, 0 },
        { "00:01", false, 0, 0 },             { "00:01.", false, 0, 0 },
        { "00:01.00", false, 0, 0 },          { "00:01:0", false, 0, 0 },
        { "00.01.0", false, 0, 0 },           { "000:00:01.0", false, 0, 0 },
        { "00000:00:01.0", false, 0, 0 },     { "0000:00:01.0 ", false, 0, 0 },
        { "0x00:01.0", false, 0, 0 },         { "00:0g.0", false, 0, 0 },
        { "0000:0000:00:01.0", false, 0, 0 }, { " 00:01.0", false, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tree tree = tree_load("config");
        tree_open(&tree);
        tree_set_text(&tree, "/guests/rtos/devices/net", "pci", cases[i].text);
        tree_close(&tree);
        assert_int_equal(parse(&tree), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(config.devices[4].pci_domain, cases[i].domain);
            assert_int_equal(config.devices[4].pci_rid, cases[i].rid);
        }
        tree_free(&tree);
    }
}

/* Four bytes that read as text are no number, or "abc" would be a virtual function. */
/* shows: R-CFG-41 */
static void test_a_virtual_function_is_one_number(void **state)
{
    struct tree tree = tree_load("config");

    (void)state;
    tree_open(&tree);
    TREE_CELLS(&tree, "/guests/linux/devices/net", "virtual-function", 0);
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_true(config.devices[2].is_virtual);
    assert_int_equal(config.devices[2].pci_vf, 0);
    tree_open(&tree);
    TREE_CELLS(&tree, "/guests/linux/devices/net", "virtual-function", 0, 1);
    tree_close(&tree);
    assert_false(parse(&tree));
    tree_open(&tree);
    tree_set_text(&tree, "/guests/linux/devices/net", "virtual-function", "abc");
    tree_close(&tree);
    assert_false(parse(&tree));
    tree_free(&tree);
}

/* shows: R-CFG-44 */
static void test_as_many_devices_as_fit(void **state)
{
    struct tree tree = tree_load("config");
    char name[8], path[48];

    (void)state;
    tree_open(&tree);
    for (uint32_t i = 5; i < CONFIG_MAX_DEVICES; i++) {
        (void)snprintf(name, sizeof(name), "d%u", i);
        (void)snprintf(path, sizeof(path), "/guests/linux/devices/%s", name);
        assert_true(fdt_add_subnode(tree.blob, tree_node(&tree, "/guests/linux/devices"), name) > 0);
        tree_set_text(&tree, path, "pci", "00:01.0");
    }
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_int_equal(config.device_count, CONFIG_MAX_DEVICES);
    assert_int_equal(config.guests[0].device_count, CONFIG_MAX_DEVICES - 1U);
    assert_ptr_equal(config.guests[1].devices, &config.devices[CONFIG_MAX_DEVICES - 1U]);
    assert_string_equal(config.guests[1].devices[0].path, "/guests/rtos/devices/net");
    tree_open(&tree);
    assert_true(fdt_add_subnode(tree.blob, tree_node(&tree, "/guests/rtos/devices"), "more") > 0);
    tree_set_text(&tree, "/guests/rtos/devices/more", "pci", "00:01.0");
    tree_close(&tree);
    assert_false(parse(&tree));
    tree_free(&tree);
}

/* shows: R-CFG-80 */
static void test_viommus_are_read(void **state)
{
    struct tree tree = tree_load("config");

    (void)state;
    assert_true(parse(&tree));
    assert_int_equal(config.viommu_count, 2);
    assert_int_equal(config.guests[0].viommu_count, 2);
    assert_ptr_equal(config.guests[0].viommus, config.viommus);
    const struct config_viommu *io = &config.viommus[0], *plain = &config.viommus[1];
    assert_string_equal(io->name, "io");
    assert_string_equal(io->path, "/guests/linux/viommus/io");
    assert_true(io->dma_blocked && io->process_ids);
    assert_string_equal(plain->name, "plain");
    assert_false(plain->dma_blocked || plain->process_ids);
    assert_int_equal(config.guests[1].viommu_count, 0);

    const struct config_device *devices = config.devices;
    assert_int_equal(devices[0].viommu, 1);
    assert_int_equal(devices[3].viommu, 0);
    assert_int_equal(devices[3].dma_fault, CONFIG_DMA_FAULT_BLOCK);
    assert_false(devices[3].dma_blocked);
    assert_int_equal(devices[1].viommu, CONFIG_NO_VIOMMU);
    assert_int_equal(devices[2].viommu, CONFIG_NO_VIOMMU);
    assert_int_equal(devices[4].viommu, CONFIG_NO_VIOMMU);

    tree_open(&tree);
    tree_set_text(&tree, "/guests/linux/viommus/io", "boot-dma", "guest-memory");
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_false(config.viommus[0].dma_blocked);
    /* Another guest's is not this one's. */
    tree_open(&tree);
    tree_delete(&tree, "/guests/rtos/devices/net", "boot-dma");
    tree_set_text(&tree, "/guests/rtos/devices/net", "viommu", "io");
    tree_close(&tree);
    assert_false(parse(&tree));
    tree_free(&tree);
}

/* One more vIOMMU of this guest, with a device behind it. */
static void add_viommu(struct tree *tree, const char *guest, uint32_t index)
{
    char name[8], path[64];

    (void)snprintf(name, sizeof(name), "v%u", index);
    (void)snprintf(path, sizeof(path), "/guests/%s/viommus", guest);
    if (fdt_path_offset(tree->blob, path) < 0) {
        (void)snprintf(path, sizeof(path), "/guests/%s", guest);
        assert_true(fdt_add_subnode(tree->blob, tree_node(tree, path), "viommus") > 0);
        (void)snprintf(path, sizeof(path), "/guests/%s/viommus", guest);
    }
    assert_true(fdt_add_subnode(tree->blob, tree_node(tree, path), name) > 0);
    (void)snprintf(path, sizeof(path), "/guests/%s/devices", guest);
    if (fdt_path_offset(tree->blob, path) < 0) {
        (void)snprintf(path, sizeof(path), "/guests/%s", guest);
        assert_true(fdt_add_subnode(tree->blob, tree_node(tree, path), "devices") > 0);
        (void)snprintf(path, sizeof(path), "/guests/%s/devices", guest);
    }
    assert_true(fdt_add_subnode(tree->blob, tree_node(tree, path), name) > 0);
    (void)snprintf(path, sizeof(path), "/guests/%s/devices/v%u", guest, index);
    tree_set_text(tree, path, "pci", "00:01.0");
    tree_set_text(tree, path, "viommu", name);
}

/* shows: R-CFG-80, R-CFG-81 */
static void test_as_many_viommus_as_fit(void **state)
{
    static const char *const guests[] = { "linux", "rtos", "g2", "g3" };
    struct tree tree = tree_load("config");

    (void)state;
    tree_open(&tree);
    for (uint32_t g = 2; g < COUNT(guests); g++) { /* in front of the others: libfdt's order */
        const int node = fdt_add_subnode(tree.blob, tree_node(&tree, "/guests"), guests[g]);
        assert_int_equal(fdt_setprop_u32(tree.blob, node, "harts", 10U + g), 0);
        assert_int_equal(fdt_setprop_string(tree.blob, node, "memory", "1M"), 0);
        assert_int_equal(fdt_setprop_string(tree.blob, node, "kernel", "k"), 0);
    }
    for (uint32_t g = 0; g < COUNT(guests); g++) {
        for (uint32_t i = g == 0U ? 2U : 0U; i < CONFIG_GUEST_MAX_VIOMMUS; i++) {
            add_viommu(&tree, guests[g], i);
        }
    }
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_int_equal(config.viommu_count, CONFIG_MAX_VIOMMUS);
    for (uint32_t g = 0; g < config.guest_count; g++) {
        assert_int_equal(config.guests[g].viommu_count, CONFIG_GUEST_MAX_VIOMMUS);
        assert_ptr_equal(config.guests[g].viommus,
                         &config.viommus[g * CONFIG_GUEST_MAX_VIOMMUS]);
    }
    tree_open(&tree);
    add_viommu(&tree, "rtos", CONFIG_GUEST_MAX_VIOMMUS);
    tree_close(&tree);
    assert_false(parse(&tree));
    tree_free(&tree);
}

/* shows: R-CFG-04 */
static void test_amounts(void **state)
{
    static const struct { const char *text; bool good; uint64_t value; } cases[] = {
        { "4096", true, 4096 },        { "0x1000", true, 4096 },    { "0X1f", true, 31 },
        { "4K", true, 4096 },          { "512M", true, 0x20000000 }, { "2G", true, 0x80000000 },
        { "0x10K", true, 0x4000 },     { "0", true, 0 },            { "", false, 0 },
        { "K", false, 0 },             { "0x", false, 0 },          { "12Q", false, 0 },
        { "4k", false, 0 },            { "4KB", false, 0 },         { " 4K", false, 0 },
        { "4K ", false, 0 },           { "-1", false, 0 },          { "1.5G", false, 0 },
        { "12a", false, 0 },           { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "0xffffffffffffffff", true, UINT64_MAX }, { "0x10000000000000000", false, 0 },
        { "17179869183G", true, UINT64_C(17179869183) << 30 }, { "17179869184G", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 77;
        assert_int_equal(size_parse(cases[i].text, &value), cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].value : 77);
    }
    assert_string_equal(size_text(0x20000000).text, "512M");
    assert_string_equal(size_text(0x1000).text, "4K");
    assert_string_equal(size_text(0xc0000000).text, "3G");
    assert_string_equal(size_text(1000).text, "1000");
    assert_string_equal(size_text(0).text, "0");
}

/* A text of three letters is as long as a cell, and a text all the same. */
/* shows: R-CFG-04 */
static void test_short_text_is_no_cell(void **state)
{
    struct tree tree = tree_load("config");

    (void)state;
    tree_open(&tree);
    tree_set_text(&tree, "/guests/linux", "memory", "16M");
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_int_equal(config.guests[0].memory_size, 0x1000000);
    tree_free(&tree);
}

/* Everything that a reader of an accepted configuration relies on. */
static void use_config(const struct tree *tree)
{
    const char *first = tree->blob, *last = first + tree->size;

    assert_in_range(config.guest_count, 1, CONFIG_MAX_GUESTS);
    assert_true(config.shared_count <= CONFIG_MAX_SHARED);
    assert_true(config.console_focus < config.guest_count);
    assert_true(strlen(config.source) < tree->size);
    for (uint32_t g = 0; g < config.guest_count; g++) {
        const struct config_guest *guest = &config.guests[g];
        assert_in_range(guest->hart_count, 1, CONFIG_MAX_VCPUS);
        assert_true(guest->memory_size != 0U && is_aligned(guest->memory_size, PAGE_SIZE));
        assert_true(is_aligned(guest->memory_base.v, PAGE_SIZE));
        assert_in_range(strlen(guest->name), 1, CONFIG_NAME_MAX - 1U);
        assert_true(guest->kernel > first && guest->kernel + strlen(guest->kernel) < last);
        assert_true(guest->device_count <= CONFIG_MAX_DEVICES);
        assert_true(guest->viommu_count <= CONFIG_GUEST_MAX_VIOMMUS);
        for (uint32_t i = 0; i < guest->device_count; i++) {
            const struct config_device *device = &guest->devices[i];
            assert_true(device->node == NULL || device->node[0] == '/');
            assert_true(device->node == NULL || strlen(device->node) < tree->size);
            assert_false(device->node != NULL &&
                         (device->is_virtual || device->intx || device->isolated));
            assert_true(device->dma_fault <= CONFIG_DMA_FAULT_STOP);
            assert_true(device->viommu == CONFIG_NO_VIOMMU ||
                        (device->viommu < guest->viommu_count && !device->unprotected_dma));
        }
    }
    for (uint32_t i = 0; i < config.shared_count; i++) {
        assert_int_equal(config.shared[i].guest_count, CONFIG_MAX_SHARED_GUESTS);
        assert_true(config.shared[i].guests[0] < config.guest_count);
        assert_true(config.shared[i].guests[1] < config.guest_count);
        assert_int_not_equal(config.shared[i].guests[0], config.shared[i].guests[1]);
    }
}

/* shows: R-CFG-03 */
static void test_truncated(void **state)
{
    struct tree whole = tree_load("config");

    (void)state;
    for (size_t size = 1; size < whole.size; size++) {
        struct tree cut = { malloc(size), size };
        memcpy(cut.blob, whole.blob, size);
        assert_false(parse(&cut));
        free(cut.blob);
    }
    tree_free(&whole);
}

/* shows: R-CFG-03 */
static void test_damaged(void **state)
{
    static const uint8_t values[] = { 0x00, 0xff, 0x80, 0x7f, 0x01, 0x09, '"' };
    struct tree tree = tree_load("config");
    uint8_t *bytes = tree.blob;
    uint32_t accepted = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < tree.size; i++) {
        const uint8_t good = bytes[i];
        for (size_t v = 0; v < COUNT(values); v++) {
            bytes[i] = values[v];
            if (parse(&tree)) {
                use_config(&tree);
                accepted++;
            } else {
                refused++;
            }
        }
        bytes[i] = good;
    }
    /* Harmless damage exists (a letter of bootargs), and most damage is not harmless. */
    assert_true(accepted > 0U && refused > accepted);
    assert_true(parse(&tree));
    tree_free(&tree);
}

/* shows: R-CFG-13 */
static void test_as_many_guests_as_fit(void **state)
{
    struct tree tree = tree_load("config");
    char name[8];

    (void)state;
    tree_open(&tree);
    assert_int_equal(fdt_del_node(tree.blob, tree_node(&tree, "/shared-memory")), 0);
    assert_int_equal(fdt_del_node(tree.blob, tree_node(&tree, "/console")), 0);
    for (uint32_t i = 2; i < CONFIG_MAX_GUESTS; i++) {
        (void)snprintf(name, sizeof(name), "g%u", i);
        const int node = fdt_add_subnode(tree.blob, tree_node(&tree, "/guests"), name);
        assert_true(node > 0);
        assert_int_equal(fdt_setprop_u32(tree.blob, node, "harts", 10U + i), 0);
        assert_int_equal(fdt_setprop_string(tree.blob, node, "memory", "1M"), 0);
        assert_int_equal(fdt_setprop_string(tree.blob, node, "kernel", "k"), 0);
    }
    tree_close(&tree);
    assert_true(parse(&tree));
    assert_int_equal(config.guest_count, CONFIG_MAX_GUESTS);
    assert_int_equal(config.console_focus, 0);
    tree_free(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_devices_are_read),
        cmocka_unit_test(test_pci_addresses),
        cmocka_unit_test(test_a_virtual_function_is_one_number),
        cmocka_unit_test(test_as_many_devices_as_fit),
        cmocka_unit_test(test_viommus_are_read),
        cmocka_unit_test(test_as_many_viommus_as_fit),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_short_text_is_no_cell),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_as_many_guests_as_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
