/* SPDX-License-Identifier: Apache-2.0 */
/* The board as read from its device tree (platform/board.h): honest trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "tests/unit/fake_tree.h"

static struct board board;
static struct tree tree;

static void read_tree(const char *name)
{
    struct told told;

    told_init(&told);
    tree = tree_load(name);
    bool good = board_from_fdt(tree.blob, tree.size, &board, &told.diag);
    assert_string_equal(told.text, "");
    assert_true(good);
}

static int drop_tree(void **state)
{
    (void)state;
    tree_free(&tree);
    return 0;
}

static void assert_range(struct pa_range range, uint64_t base, uint64_t size)
{
    assert_int_equal(range.base.v, base);
    assert_int_equal(range.size, size);
}

static void assert_required_is_there(void)
{
    struct told told;

    told_init(&told);
    assert_true(board_require(&board, &told.diag));
    assert_string_equal(told.text, "");
}

/* What both QEMU versions make of the machine virt. */
static void check_virt(void)
{
    assert_string_equal(board.model, "riscv-virtio,qemu");
    assert_int_equal(board.ram_count, 1);
    assert_range(board.ram[0], 0x80000000U, 0x40000000U);
    assert_int_equal(board.reserved_count, 0);
    assert_int_equal(board.hart_count, 4);
    for (uint32_t i = 0U; i < 4U; i++) {
        assert_int_equal(board.harts[i].id, i);
        assert_int_equal(board.harts[i].imsic_index, i);
        assert_int_equal(board_find_hart(&board, i), (int)i);
        assert_int_equal(board.harts[i].isa, BOARD_ISA_H | BOARD_ISA_SSTC | BOARD_ISA_SSAIA |
                                                 BOARD_ISA_ZICBOM | BOARD_ISA_ZICBOZ |
                                                 BOARD_ISA_SVADU);
        assert_int_equal(board_imsic_file(&board.imsic, i, 0U).v, 0x28000000U + i * 0x4000U);
        assert_int_equal(board_imsic_file(&board.imsic, i, 3U).v, 0x28003000U + i * 0x4000U);
        assert_int_equal(board_aplic_hart_index(&board.imsic, i), i);
    }
    assert_int_equal(board_find_hart(&board, 4U), -1);
    assert_int_equal(board.timebase_hz, 10000000);
    assert_true(board.uart.present);
    assert_range(board.uart.reg, 0x10000000U, 0x100U);
    assert_int_equal(board.uart.reg_shift, 0);
    assert_int_equal(board.uart.io_width, 1);
    assert_int_equal(board.uart.irq, 10);
    assert_true(board.imsic.present);
    assert_int_equal(board.imsic.region_count, 1);
    assert_range(board.imsic.regions[0], 0x28000000U, 0x10000U);
    assert_int_equal(board.imsic.guest_index_bits, 2);
    assert_int_equal(board.imsic.hart_index_bits, 2);
    assert_int_equal(board.imsic.group_index_bits, 0);
    assert_int_equal(board.imsic.num_ids, 255);
    assert_int_equal(board.imsic.num_guest_ids, 255);
    assert_true(board.aplic.present);
    assert_range(board.aplic.reg, 0xd000000U, 0x8000U);
    assert_int_equal(board.aplic.sources, 96);
    assert_true(board.aplic.msi_only);
    assert_int_equal(board.pci_count, 1);
    assert_range(board.pci[0].ecam, 0x30000000U, 0x10000000U);
    assert_int_equal(board.pci[0].bus_first, 0);
    assert_int_equal(board.pci[0].bus_last, 255);
    assert_int_equal(board.iommu_count, 1);
    assert_false(board.iommu[0].is_pci);
    assert_range(board.iommu[0].reg, 0x3010000U, 0x1000U);
    assert_int_equal(board.iommu[0].phandle, 0x8000);
    assert_int_equal(board.initrd.size, 0);
    assert_string_equal(board.bootargs, "");
    assert_required_is_there();
}

/* shows: R-PLAT-10, R-PLAT-11, R-PLAT-13, R-PLAT-14, R-PLAT-15, R-PLAT-17 */
static void test_virt(void **state)
{
    (void)state;
    read_tree("virt");
    check_virt();
}

/* Its iommu-map has an entry of length 0, and its APLIC the older delegation property. */
/* shows: R-PLAT-10, R-PLAT-17 */
static void test_virt_10(void **state)
{
    (void)state;
    read_tree("virt-10.0");
    check_virt();
}

/* shows: R-PLAT-10, R-PLAT-11, R-PLAT-12, R-PLAT-14 */
static void test_atlantis(void **state)
{
    (void)state;
    read_tree("tt-atlantis");
    assert_int_equal(board.ram_count, 2);
    assert_range(board.ram[0], 0U, 0x80000000U);
    assert_range(board.ram[1], 0x180000000U, 0x80000000U);
    assert_int_equal(board.hart_count, 8);
    assert_int_equal(board.timebase_hz, 1000000000);
    assert_range(board.uart.reg, 0xd4110000U, 0x10000U);
    assert_int_equal(board.uart.reg_shift, 2);
    assert_int_equal(board.uart.io_width, 4);
    assert_int_equal(board.uart.irq, 39);
    assert_int_equal(board.imsic.guest_index_bits, 6);
    assert_int_equal(board.imsic.hart_index_bits, 3);
    assert_int_equal(board_imsic_file(&board.imsic, 7U, 63U).v, 0xa41ff000U);
    assert_int_equal(board_aplic_hart_index(&board.imsic, 7U), 7);
    assert_range(board.aplic.reg, 0xe8000000U, 0x4000000U);
    assert_int_equal(board.aplic.sources, 128);
    assert_false(board.aplic.msi_only);
    assert_int_equal(board.pci_count, 0);
    assert_int_equal(board.iommu_count, 0);
    assert_int_equal(board.harts[7].isa & (BOARD_ISA_V | BOARD_ISA_SSSTATEEN | BOARD_ISA_SVADE |
                                           BOARD_ISA_SVADU | BOARD_ISA_SVPBMT | BOARD_ISA_SVINVAL),
                     BOARD_ISA_V | BOARD_ISA_SSSTATEEN | BOARD_ISA_SVADE | BOARD_ISA_SVPBMT |
                         BOARD_ISA_SVINVAL);
    assert_required_is_there();
}

/* shows: R-PLAT-11, R-PLAT-16 */
static void test_memory_of_small(void **state)
{
    (void)state;
    read_tree("small");
    assert_string_equal(board.model, "small");
    assert_string_equal(board.bootargs, "quiet");
    /* Touching pieces are one, disabled memory is none, a page cut in half is not used. */
    assert_int_equal(board.ram_count, 2);
    assert_range(board.ram[0], 0x80000000U, 0x10000000U);
    assert_range(board.ram[1], 0x100000000U, 0x1000U);
    /* A reservation takes every page that it touches. */
    assert_int_equal(board.reserved_count, 2);
    assert_range(board.reserved[0], 0x80000000U, 0x81000U);
    assert_range(board.reserved[1], 0x80200000U, 0x40000U);
    assert_range(board.initrd, 0x84000000U, 0x800000U);
}

/* shows: R-PLAT-12, R-PLAT-13, R-PLAT-14, R-PLAT-15, R-PLAT-17 */
static void test_devices_of_small(void **state)
{
    (void)state;
    read_tree("small");
    /* Neither the disabled hart nor the one without an MMU. */
    assert_int_equal(board.hart_count, 2);
    assert_int_equal(board.harts[0].id, 4);
    assert_int_equal(board.harts[1].id, 5);
    assert_int_equal(board.harts[0].isa, BOARD_ISA_H | BOARD_ISA_SSTC | BOARD_ISA_SSAIA |
                                             BOARD_ISA_ZICBOM);
    assert_int_equal(board.harts[1].isa, BOARD_ISA_H | BOARD_ISA_SSTC | BOARD_ISA_SSAIA |
                                             BOARD_ISA_SVPBMT);
    /* Two groups, and the harts in another order than in /cpus. */
    assert_int_equal(board.imsic.num_ids, 127);
    assert_int_equal(board.imsic.num_guest_ids, 63);
    assert_int_equal(board.harts[0].imsic_index, 1);
    assert_int_equal(board.harts[1].imsic_index, 0);
    assert_int_equal(board_imsic_file(&board.imsic, 0U, 1U).v, 0x24001000U);
    assert_int_equal(board_imsic_file(&board.imsic, 1U, 0U).v, 0x25000000U);
    assert_int_equal(board_imsic_file(&board.imsic, 1U, 1U).v, 0x25001000U);
    assert_int_equal(board_aplic_hart_index(&board.imsic, 0U), 0);
    assert_int_equal(board_aplic_hart_index(&board.imsic, 1U), 1);
    /* The UART by an alias with options, behind ranges that move it. */
    assert_range(board.uart.reg, 0x10000100U, 0x100U);
    assert_int_equal(board.uart.irq, 10);
    assert_int_equal(board.pci_count, 1);
    assert_int_equal(board.pci[0].bus_last, 15);
    assert_int_equal(board.pci[0].domain, 2);
    assert_int_equal(board.iommu_count, 2);
    assert_range(board.iommu[0].reg, 0x3000000U, 0x1000U);
    assert_true(board.iommu[1].is_pci);
    assert_int_equal(board.iommu[1].phandle, 0x25);
    assert_required_is_there();
}

/* shows: R-PLAT-18 */
static void test_find_device(void **state)
{
    struct board_device device;

    (void)state;
    read_tree("small");
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/rtc@1000", &device),
                     BOARD_DEVICE_OK);
    assert_int_equal(device.reg_count, 2);
    assert_range(device.regs[0], 0x10001000U, 0x1000U);
    assert_range(device.regs[1], 0x400000000U, 0x1000U);
    assert_int_equal(device.irq_count, 2);
    assert_int_equal(device.irqs[0].source, 11);
    assert_int_equal(device.irqs[0].flags, 4);
    assert_int_equal(device.irqs[1].source, 12);
    assert_int_equal(device.irqs[1].flags, 1);
    assert_false(device.can_dma);
    assert_int_equal(device.iommu, BOARD_NO_IOMMU);

    /* The interrupt parent is inherited from /soc. */
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/serial@0", &device),
                     BOARD_DEVICE_OK);
    assert_int_equal(device.irqs[0].source, 7);

    assert_int_equal(board_find_device(&board, "/soc/iommu@3000000", &device), BOARD_DEVICE_OK);
    assert_int_equal(device.irq_count, 0);
}

/* shows: R-PLAT-19 */
static void test_dma_is_assumed(void **state)
{
    struct board_device device;

    (void)state;
    read_tree("small");
    /* Its compatible syscon does not clear it. Its interrupt goes elsewhere. */
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/dma@2000", &device),
                     BOARD_DEVICE_BAD_IRQ);
    assert_true(device.can_dma);
}

/* shows: R-PLAT-18 */
static void test_find_device_refuses(void **state)
{
    static const struct {
        const char *path;
        enum board_device_result result;
    } cases[] = {
        { "/soc/bus@10000000/nothing", BOARD_DEVICE_ABSENT },
        { "", BOARD_DEVICE_ABSENT },
        { "console", BOARD_DEVICE_ABSENT },
        { "/soc/bus@10000000/gone@3000", BOARD_DEVICE_ABSENT },
        { "/soc/bus@40000000/device@0", BOARD_DEVICE_ABSENT },
        { "/", BOARD_DEVICE_NO_REG },
        { "/soc", BOARD_DEVICE_NO_REG },
        { "/soc/bus@10000000/outside@30000", BOARD_DEVICE_NO_REG },
        { "/soc/bus@10000000/empty@5000", BOARD_DEVICE_NO_REG },
        { "/soc/bus@10000000/i2c@4000/sensor@48", BOARD_DEVICE_NO_REG },
        { "/soc/pci@30000000/iommu@1,0", BOARD_DEVICE_NO_REG },
        { "/soc/bus@10000000/i2c@4000", BOARD_DEVICE_BAD_IRQ },
    };
    struct board_device device;

    (void)state;
    read_tree("small");
    for (size_t i = 0U; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(board_find_device(&board, cases[i].path, &device), cases[i].result);
    }
}

/* shows: R-PLAT-18 */
static void test_find_device_limits(void **state)
{
    struct board_device device;
    struct told told;
    uint32_t regs[2U * (BOARD_DEVICE_MAX_REGS + 1U)];
    uint32_t irqs[2U * (BOARD_DEVICE_MAX_IRQS + 1U)];

    (void)state;
    for (uint32_t i = 0U; i <= BOARD_DEVICE_MAX_REGS; i++) {
        regs[2U * i] = 0x1000U * (i + 1U);
        regs[2U * i + 1U] = 0x1000U;
    }
    for (uint32_t i = 0U; i <= BOARD_DEVICE_MAX_IRQS; i++) {
        irqs[2U * i] = i + 1U;
        irqs[2U * i + 1U] = 4U;
    }
    tree = tree_load("small");
    tree_open(&tree);
    tree_set_cells(&tree, "/soc/bus@10000000/gone@3000", "reg", regs, 2U * BOARD_DEVICE_MAX_REGS);
    tree_set_cells(&tree, "/soc/bus@10000000/gone@3000", "interrupts", irqs,
                   2U * BOARD_DEVICE_MAX_IRQS);
    tree_delete(&tree, "/soc/bus@10000000/gone@3000", "status");
    tree_set_cells(&tree, "/soc/bus@10000000/rtc@1000", "reg", regs,
                   2U * (BOARD_DEVICE_MAX_REGS + 1U));
    tree_set_cells(&tree, "/soc/bus@10000000/serial@0", "interrupts", irqs,
                   2U * (BOARD_DEVICE_MAX_IRQS + 1U));
    tree_close(&tree);
    told_init(&told);
    assert_true(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/gone@3000", &device),
                     BOARD_DEVICE_OK);
    assert_int_equal(device.reg_count, BOARD_DEVICE_MAX_REGS);
    assert_int_equal(device.irq_count, BOARD_DEVICE_MAX_IRQS);
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/rtc@1000", &device),
                     BOARD_DEVICE_TOO_LARGE);
    assert_int_equal(board_find_device(&board, "/soc/bus@10000000/serial@0", &device),
                     BOARD_DEVICE_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_virt, drop_tree),
        cmocka_unit_test_teardown(test_virt_10, drop_tree),
        cmocka_unit_test_teardown(test_atlantis, drop_tree),
        cmocka_unit_test_teardown(test_memory_of_small, drop_tree),
        cmocka_unit_test_teardown(test_devices_of_small, drop_tree),
        cmocka_unit_test_teardown(test_find_device, drop_tree),
        cmocka_unit_test_teardown(test_dma_is_assumed, drop_tree),
        cmocka_unit_test_teardown(test_find_device_refuses, drop_tree),
        cmocka_unit_test_teardown(test_find_device_limits, drop_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
