/* SPDX-License-Identifier: Apache-2.0 */
/* PCI hosts of the board's tree (platform/board.h): windows, ids, lines. */
#include "tests/unit/bent_board.h"

static void assert_window(const struct board_pci_window *window, uint64_t pci, uint64_t base,
                          uint64_t size)
{
    assert_int_equal(window->pci, pci);
    assert_int_equal(window->range.base.v, base);
    assert_int_equal(window->range.size, size);
}

/* ---- windows --------------------------------------------------------------------------------- */

/* shows: R-PLAT-27 */
static void test_windows(void **state)
{
    (void)state;
    read_good("pci", NULL);
    assert_int_equal(board.pci_count, 2);
    assert_int_equal(board.pci[0].window_count, 2);
    assert_window(&board.pci[0].windows[0], 0x40000000, 0x40000000, 0x20000000);
    assert_false(board.pci[0].windows[0].wide || board.pci[0].windows[0].prefetchable);
    assert_window(&board.pci[0].windows[1], UINT64_C(0x800000000), UINT64_C(0x400000000),
                  UINT64_C(0x400000000));
    assert_true(board.pci[0].windows[1].wide && board.pci[0].windows[1].prefetchable);
    /* Through a parent that moves addresses, of one cell each. */
    assert_int_equal(board.pci[1].window_count, 1);
    assert_window(&board.pci[1].windows[0], 0x1000000, 0x61000000, 0x1000000);
    assert_int_equal(board.pci[1].ecam.base.v, 0x60000000);
}

/* shows: R-PLAT-27 */
static void test_windows_of_virt(void **state)
{
    static const char *const names[] = { "virt", "virt-10.0" };

    (void)state;
    for (size_t i = 0U; i < 2U; i++) {
        read_good(names[i], NULL);
        assert_int_equal(board.pci[0].window_count, 2);
        assert_window(&board.pci[0].windows[0], 0x40000000, 0x40000000, 0x40000000);
        assert_window(&board.pci[0].windows[1], UINT64_C(0x400000000), UINT64_C(0x400000000),
                      UINT64_C(0x400000000));
        assert_true(board.pci[0].windows[1].wide);
        assert_false(board.pci[0].windows[1].prefetchable);
    }
}

static void empty_windows(struct tree *t)
{
    TREE_CELLS(t, HOST, "ranges", 0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0);
    tree_set_cells(t, MOVED, "ranges", NULL, 0U);
}

static void many_windows(struct tree *t)
{
    uint32_t cells[7U * (BOARD_PCI_MAX_WINDOWS + 2U)];

    for (uint32_t i = 0U; i < BOARD_PCI_MAX_WINDOWS + 2U; i++) {
        const uint32_t base = 0x40000000U + i * 0x100000U;
        const uint32_t entry[7] = { 0x02000000, 0, base, 0, base, 0, 0x100000 };
        memcpy(&cells[7U * i], entry, sizeof(entry));
    }
    tree_set_cells(t, HOST, "ranges", cells, sizeof(cells) / sizeof(cells[0]));
}

/* shows: R-PLAT-27 */
static void test_no_windows_and_many(void **state)
{
    (void)state;
    read_good("pci", empty_windows);
    assert_int_equal(board.pci[0].window_count, 0);
    assert_int_equal(board.pci[1].window_count, 0);
    read_good("pci", many_windows);
    assert_int_equal(board.pci[0].window_count, BOARD_PCI_MAX_WINDOWS);
    assert_window(&board.pci[0].windows[BOARD_PCI_MAX_WINDOWS - 1U], 0x40300000, 0x40300000,
                  0x100000);
}

/* ---- ids ------------------------------------------------------------------------------------- */

static void assert_id(uint32_t host, uint16_t rid, uint32_t iommu, uint32_t id)
{
    uint32_t found = 99U;
    uint32_t found_id = 99U;

    assert_true(board_pci_id(&board, host, rid, &found, &found_id));
    assert_int_equal(found, iommu);
    assert_int_equal(found_id, id);
}

static void assert_no_id(uint32_t host, uint16_t rid)
{
    uint32_t found = 99U;
    uint32_t found_id = 99U;

    assert_false(board_pci_id(&board, host, rid, &found, &found_id));
    assert_int_equal(found, 99);
}

/* shows: R-PLAT-28 */
static void test_ids(void **state)
{
    (void)state;
    read_good("pci", NULL);
    /* The entry of length 0 is not there; that of an unknown IOMMU leads to none. */
    assert_int_equal(board.pci[0].map_count, 3);
    assert_int_equal(board.pci[0].map_mask, UINT32_MAX);
    assert_id(0U, 0x0000, 0U, 0x100);
    assert_id(0U, 0x007f, 0U, 0x17f);
    assert_no_id(0U, 0x0080);
    assert_no_id(0U, 0x0100);
    assert_no_id(0U, 0x01ff);
    assert_id(0U, 0x0200, 1U, 0);
    assert_id(0U, 0x02ff, 1U, 0xff);
    assert_no_id(0U, 0x0300);
    /* The mask takes the bus away. */
    assert_no_id(1U, 0x0407);
    assert_id(1U, 0x0408, 0U, 0x20000);
    assert_id(1U, 0x140f, 0U, 0x20007);
    assert_no_id(1U, 0x0410);
}

/* shows: R-PLAT-17, R-PLAT-28 */
static void test_ids_of_virt(void **state)
{
    (void)state;
    read_good("virt", NULL);
    assert_id(0U, 0x0000, 0U, 0x0000);
    assert_id(0U, 0xffff, 0U, 0xffff);
    /* One id less, and an entry of length 0 before. */
    read_good("virt-10.0", NULL);
    assert_int_equal(board.pci[0].map_count, 1);
    assert_id(0U, 0xfffe, 0U, 0xfffe);
    assert_no_id(0U, 0xffff);
}

static void many_maps(struct tree *t)
{
    uint32_t cells[4U * (BOARD_PCI_MAX_MAPS + 2U)];

    for (uint32_t i = 0U; i < BOARD_PCI_MAX_MAPS + 2U; i++) {
        const uint32_t entry[4] = { i, 0x24, 0x40U + i, 1 };
        memcpy(&cells[4U * i], entry, sizeof(entry));
    }
    tree_set_cells(t, HOST, "iommu-map", cells, sizeof(cells) / sizeof(cells[0]));
}

static void map_of_an_unknown_one(struct tree *t)
{
    TREE_CELLS(t, HOST, "iommu-map", 0x10, 0x77, 0, 1, 0, 0x24, 0, 0x100);
}

static void iommu_of_two_cells(struct tree *t)
{
    TREE_CELLS(t, IOMMU, "#iommu-cells", 2);
}

/* shows: R-PLAT-28 */
static void test_ids_at_the_limits(void **state)
{
    (void)state;
    read_good("pci", many_maps);
    assert_int_equal(board.pci[0].map_count, BOARD_PCI_MAX_MAPS);
    assert_id(0U, BOARD_PCI_MAX_MAPS - 1U, 0U, 0x40U + BOARD_PCI_MAX_MAPS - 1U);
    assert_no_id(0U, BOARD_PCI_MAX_MAPS);
    read_good("pci", iommu_of_two_cells);
    assert_no_id(0U, 0x0000);
    assert_id(0U, 0x0200, 1U, 0);
    /* What an unknown one sees, no later entry gives to another. */
    read_good("pci", map_of_an_unknown_one);
    assert_no_id(0U, 0x0010);
    assert_id(0U, 0x0011, 0U, 0x11);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void assert_line(uint32_t host, uint16_t rid, uint32_t pin, uint32_t source, uint32_t flags)
{
    uint32_t found = 99U;
    uint32_t found_flags = 99U;

    assert_true(board_pci_irq(&board, host, rid, pin, &found, &found_flags));
    assert_int_equal(found, source);
    assert_int_equal(found_flags, flags);
}

static void assert_no_line(uint32_t host, uint16_t rid, uint32_t pin)
{
    uint32_t found = 99U;
    uint32_t found_flags = 99U;

    assert_false(board_pci_irq(&board, host, rid, pin, &found, &found_flags));
    assert_int_equal(found, 99);
}

/* shows: R-PLAT-29 */
static void test_lines_of_virt(void **state)
{
    (void)state;
    read_good("virt", NULL);
    for (uint32_t device = 0U; device < 32U; device++) {
        for (uint32_t pin = 1U; pin <= 4U; pin++) {
            assert_line(0U, (uint16_t)(device << 3), pin, 32U + (device + pin - 1U) % 4U, 4U);
        }
    }
}

static void map_cut(struct tree *t)
{
    TREE_CELLS(t, HOST, "interrupt-map", 0, 0, 0, 1, 0x21, 32);
}

static void map_without_controller(struct tree *t)
{
    TREE_CELLS(t, HOST, "interrupt-map", 0, 0, 0, 1);
}

static void map_of_unknown_controller(struct tree *t)
{
    TREE_CELLS(t, HOST, "interrupt-map", 0x800, 0, 0, 1, 0x99, 0, 0, 0, 0, 1, 0x21, 32, 4);
}

static void map_of_odd_bytes(struct tree *t)
{
    tree_set_text(t, HOST, "interrupt-map", "abcde");
}

/* With its three cells of interrupt the entry would come to none at all. */
static void map_of_a_wide_controller(struct tree *t)
{
    TREE_CELLS(t, "/soc/interrupt-controller@e000000", "#address-cells", 0xfffffffd);
    TREE_CELLS(t, HOST, "interrupt-map", 0x800, 0, 0, 1, 0x23, 0, 0, 0, 1, 0x21, 32, 4);
}

/* The APLIC's own unit address, which says nothing, comes before its interrupt. */
static void map_with_unit_addresses(struct tree *t)
{
    TREE_CELLS(t, "/soc/interrupt-controller@d000000", "#address-cells", 1);
    TREE_CELLS(t, HOST, "interrupt-map", 0, 0, 0, 1, 0x21, 50, 32, 4);
}

static void map_mask_short(struct tree *t)
{
    TREE_CELLS(t, HOST, "interrupt-map-mask", 0x1800, 0, 0);
}

static void no_map(struct tree *t)
{
    tree_delete(t, HOST, "interrupt-map");
}

/* shows: R-PLAT-29 */
static void test_lines(void **state)
{
    (void)state;
    read_good("pci", NULL);
    assert_line(0U, 0x0000, 1U, 32U, 4U);
    /* The mask lets two bits of the device through: device 4 is wired as device 0, on any bus. */
    assert_line(0U, 0x0320, 1U, 32U, 4U);
    assert_line(0U, 0x0007, 1U, 32U, 4U);
    assert_no_line(0U, 0x0000, 2U);
    /* To another controller; the entries behind it are found all the same. */
    assert_no_line(0U, 0x0008, 1U);
    assert_line(0U, 0x0008, 2U, 33U, 4U);
    assert_line(0U, 0x0010, 1U, 34U, 1U);
    /* A source that the APLIC does not have, and a type that does not exist. */
    assert_no_line(0U, 0x0018, 1U);
    assert_no_line(0U, 0x0018, 2U);
    /* No mask: everything counts. */
    assert_line(1U, 0x0408, 1U, 40U, 8U);
    assert_no_line(1U, 0x0508, 1U);
    assert_no_line(1U, 0x0409, 1U);
    read_good("pci", map_with_unit_addresses);
    assert_line(0U, 0x0000, 1U, 32U, 4U);
}

/* A map that cannot be read gives no line; the board is taken, it may not need it. */
/* shows: R-PLAT-25, R-PLAT-29 */
static void test_lines_of_bad_maps(void **state)
{
    static void (*const bends[])(struct tree *) = {
        map_cut, map_without_controller, map_of_unknown_controller, map_of_odd_bytes,
        map_of_a_wide_controller, map_mask_short, no_map,
    };

    (void)state;
    for (size_t i = 0U; i < sizeof bends / sizeof bends[0]; i++) {
        read_good("pci", bends[i]);
        assert_no_line(0U, 0x0000, 1U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_windows_of_virt),
        cmocka_unit_test(test_no_windows_and_many),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_ids_of_virt),
        cmocka_unit_test(test_ids_at_the_limits),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_of_virt),
        cmocka_unit_test(test_lines_of_bad_maps),
    };
    return cmocka_run_group_tests(tests, NULL, free_tree);
}
