/* SPDX-License-Identifier: Apache-2.0 */
/* Trees that lie about PCI hosts, IOMMUs and who is behind them (platform/board.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "tests/unit/fake_tree.h"

#define HOST      "/soc/pci@30000000"
#define MOVED     "/soc/bus@60000000/pci@0"
#define IOMMU     "/soc/iommu@3000000"
#define PCI_IOMMU "/soc/pci@30000000/iommu@2,0"
#define DMA       "/soc/dma@11000000"

static struct board board;

static void windows_of_odd_length(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x40000000, 0);
}

static void windows_of_odd_bytes(struct tree *t)
{
    tree_set_text(t, HOST, "ranges", "abcdefg");
}

static void windows_of_another_width(struct tree *t)
{
    TREE_CELLS(t, HOST, "#address-cells", 2);
}

static void window_past_4_gib(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0xfff00000, 0, 0x40000000, 0, 0x200000);
}

static void window_past_the_bus(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x03000000, 0xffffffff, 0xfff00000, 0, 0x40000000, 0, 0x200000);
}

static void window_past_the_end(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x03000000, 0, 0x40000000, 0xffffffff, 0xfff00000, 0, 0x200000);
}

static void window_outside_its_bus(struct tree *t)
{
    TREE_CELLS(t, MOVED, "ranges", 0x02000000, 0, 0x1000000, 0xf000000, 0, 0x2000000);
}

static void window_over_ram(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x80000000, 0, 0x1000);
}

static void window_over_imsic(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x24003000, 0, 0x1000);
}

static void window_over_other_ecam(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x60000000, 0, 0x1000);
}

static void window_over_window(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x61fff000, 0, 0x1000);
}

static void windows_of_one_address(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0x2000,
               0x03000000, 0, 0x40001000, 0, 0x50000000, 0, 0x2000);
}

static void map_of_odd_length(struct tree *t)
{
    TREE_CELLS(t, HOST, "iommu-map", 0, 0x24, 0, 0x100, 0x100);
}

static void map_of_odd_bytes(struct tree *t)
{
    tree_set_text(t, HOST, "iommu-map", "abcde");
}

static void map_past_requesters(struct tree *t)
{
    TREE_CELLS(t, HOST, "iommu-map", 2, 0x24, 0, 0xffffffff);
}

static void map_past_ids(struct tree *t)
{
    TREE_CELLS(t, HOST, "iommu-map", 0, 0x24, 0xfffffff0, 0x11);
}

static void mask_of_two_cells(struct tree *t)
{
    TREE_CELLS(t, HOST, "iommu-map-mask", 0, 0xff);
}

static void iommu_without_address(struct tree *t)
{
    tree_delete(t, PCI_IOMMU, "reg");
}

static void iommu_of_short_address(struct tree *t)
{
    TREE_CELLS(t, PCI_IOMMU, "reg", 0x1000, 0, 0, 0);
}

static void iommu_beyond_the_buses(struct tree *t)
{
    TREE_CELLS(t, PCI_IOMMU, "reg", 0x101000, 0, 0, 0, 0);
}

static void iommus_of_one_phandle(struct tree *t)
{
    TREE_CELLS(t, PCI_IOMMU, "phandle", 0x24);
}

static const struct {
    void (*bend)(struct tree *tree);
    const char *finding;
} lies[] = {
    { windows_of_odd_length, HOST ":ranges: the windows are malformed: an entry has 7 cells, with "
      "#address-cells 3 and #size-cells 2 of the host\n" },
    { windows_of_odd_bytes, HOST ":ranges: the windows are malformed: an entry has 7 cells" },
    { windows_of_another_width, HOST ":ranges: the windows are malformed: an entry has 7 cells" },
    { window_past_4_gib, HOST ":ranges: the window of PCI addresses 0xfff00000, 0x200000 bytes, at "
      "0x40000000 passes the end of its address space\n" },
    { window_past_the_bus, HOST ":ranges: the window of PCI addresses 0xfffffffffff00000, 0x200000 "
      "bytes, at 0x40000000 passes the end of its address space\n" },
    { window_past_the_end, HOST ":ranges: the window of PCI addresses 0x40000000, 0x200000 bytes, at "
      "0xfffffffffff00000 passes the end of its address space\n" },
    { window_outside_its_bus, MOVED ":ranges: the window of PCI addresses 0x1000000, 0x2000000 bytes, "
      "at 0xf000000 cannot be translated to physical addresses\n" },
    { window_over_ram, HOST ":reg: the registers 0x80000000, 0x1000 bytes, of the window of the PCI "
      "host overlap the RAM 0x80000000, 0x8000000 bytes\n" },
    { windows_of_one_address, HOST ":ranges: two windows of the PCI host have the same PCI addresses: "
      "0x40000000, 0x2000 bytes, and 0x40001000, 0x2000 bytes\n" },
    { window_over_imsic, HOST ":ranges: the window of the PCI host, 0x24003000, 0x1000 bytes, and the "
      "IMSIC of /soc/interrupt-controller@24000000, 0x24000000, 0x4000 bytes, lie in one place\n" },
    { window_over_other_ecam, MOVED ":reg: the PCI host, 0x60000000, 0x100000 bytes, and the window of "
      "the PCI host of " HOST ", 0x60000000, 0x1000 bytes, lie in one place\n" },
    { window_over_window, MOVED ":ranges: the window of the PCI host, 0x61000000, 0x1000000 bytes, and "
      "the window of the PCI host of " HOST ", 0x61fff000, 0x1000 bytes, lie in one place\n" },
    { map_of_odd_length, HOST ":iommu-map: the map is malformed: an entry has 4 cells\n" },
    { map_of_odd_bytes, HOST ":iommu-map: the map is malformed: an entry has 4 cells\n" },
    { map_past_requesters, HOST ":iommu-map: entry 0, 0xffffffff ids from 0x2 to 0x0, passes the end "
      "of 32 bits\n" },
    { map_past_ids, HOST ":iommu-map: entry 0, 0x11 ids from 0x0 to 0xfffffff0, passes the end of 32 "
      "bits\n" },
    { mask_of_two_cells, HOST ":iommu-map-mask: the mask is malformed: it has one cell\n" },
    { iommu_without_address, PCI_IOMMU ":reg: the PCI address of the IOMMU is missing or malformed: it "
      "has 5 cells\n" },
    { iommu_of_short_address, PCI_IOMMU ":reg: the PCI address of the IOMMU is missing or malformed" },
    { iommu_beyond_the_buses, PCI_IOMMU ":reg: the IOMMU is on bus 16, but its PCI host has buses 0 to "
      "15\n" },
    { iommus_of_one_phandle, PCI_IOMMU ":phandle: the phandle 0x24 belongs to another node too\n" },
};

/* shows: R-PLAT-32 */
static void test_lies(void **state)
{
    (void)state;
    for (size_t i = 0U; i < sizeof lies / sizeof lies[0]; i++) {
        static struct told told;
        struct tree tree = tree_load("pci");

        tree_open(&tree);
        lies[i].bend(&tree);
        tree_close(&tree);
        told_init(&told);
        const bool accepted = board_from_fdt(tree.blob, tree.size, &board, &told.diag);
        if (accepted || strstr(told.text, lies[i].finding) == NULL) {
            fail_msg("expected: %s\nsaid: %s", lies[i].finding, told.text);
        }
        tree_free(&tree);
    }
}

/* ---- devices behind IOMMUs ------------------------------------------------------------------- */

static void ids_of_two_iommus(struct tree *t)
{
    TREE_CELLS(t, DMA, "iommus", 0x24, 1, 0x25, 2);
}

static void ids_of_no_iommu(struct tree *t)
{
    TREE_CELLS(t, DMA, "iommus", 0x20, 1);
}

static void ids_of_nobody(struct tree *t)
{
    TREE_CELLS(t, DMA, "iommus", 0x99, 1);
}

static void ids_of_zero(struct tree *t)
{
    /* Even though a function without a phandle is an IOMMU of this board. */
    TREE_CELLS(t, DMA, "iommus", 0, 1);
}

static void ids_of_odd_length(struct tree *t)
{
    TREE_CELLS(t, DMA, "iommus", 0x24, 1, 0x24);
}

static void ids_of_odd_bytes(struct tree *t)
{
    tree_set_text(t, DMA, "iommus", "abcde");
}

static void ids_of_nothing(struct tree *t)
{
    tree_set_cells(t, DMA, "iommus", NULL, 0U);
}

static void ids_of_two_cells(struct tree *t)
{
    TREE_CELLS(t, IOMMU, "#iommu-cells", 2);
}

static void ids_of_unsaid_width(struct tree *t)
{
    tree_delete(t, IOMMU, "#iommu-cells");
}

static void nine_ids(struct tree *t)
{
    TREE_CELLS(t, DMA, "iommus", 0x24, 1, 0x24, 2, 0x24, 3, 0x24, 4, 0x24, 5, 0x24, 6, 0x24, 7, 0x24,
               8, 0x24, 9);
}

static void no_ids(struct tree *t)
{
    tree_delete(t, DMA, "iommus");
}

static enum board_device_result find_in_bent(void (*bend)(struct tree *), struct board_device *out)
{
    static struct told told;
    struct tree tree = tree_load("pci");

    if (bend != NULL) {
        tree_open(&tree);
        bend(&tree);
        tree_close(&tree);
    }
    told_init(&told);
    assert_true(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
    const enum board_device_result result = board_find_device(&board, DMA, out);
    tree_free(&tree);
    return result;
}

/* shows: R-PLAT-33 */
static void test_device_ids(void **state)
{
    static const struct {
        void (*bend)(struct tree *);
        enum board_device_result result;
    } cases[] = {
        { ids_of_two_iommus, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_no_iommu, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_nobody, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_zero, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_odd_length, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_odd_bytes, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_nothing, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_two_cells, BOARD_DEVICE_BAD_IOMMU },
        { ids_of_unsaid_width, BOARD_DEVICE_BAD_IOMMU },
        { nine_ids, BOARD_DEVICE_TOO_LARGE },
    };
    struct board_device device;

    (void)state;
    for (size_t i = 0U; i < sizeof cases / sizeof cases[0]; i++) {
        if (find_in_bent(cases[i].bend, &device) != cases[i].result) {
            fail_msg("case %zu", i);
        }
    }
    /* An id that is said twice is one id. */
    assert_int_equal(find_in_bent(NULL, &device), BOARD_DEVICE_OK);
    assert_int_equal(device.iommu, 0);
    assert_int_equal(device.id_count, 2);
    assert_int_equal(device.ids[0], 0x10001);
    assert_int_equal(device.ids[1], 7);
    assert_int_equal(find_in_bent(no_ids, &device), BOARD_DEVICE_OK);
    assert_int_equal(device.iommu, BOARD_NO_IOMMU);
    assert_int_equal(device.id_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_device_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
