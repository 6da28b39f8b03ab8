/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees that are out of the ordinary and no lie: they are taken (platform/board.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "tests/unit/fake_tree.h"

static struct board board;

static void read_bent(void (*bend)(struct tree *), struct tree *tree)
{
    struct told told;

    *tree = tree_load("small");
    tree_open(tree);
    bend(tree);
    tree_close(tree);
    told_init(&told);
    assert_true(board_from_fdt(tree->blob, tree->size, &board, &told.diag));
}

static void no_stdout_path(struct tree *t)
{
    tree_delete(t, "/chosen", "stdout-path");
}

static void alias_to_itself(struct tree *t)
{
    tree_set_text(t, "/chosen", "stdout-path", "loop");
}

/* shows: R-PLAT-14 */
static void test_first_uart_without_stdout_path(void **state)
{
    static void (*const bends[])(struct tree *) = { no_stdout_path, alias_to_itself };

    (void)state;
    for (size_t i = 0U; i < 2U; i++) {
        struct tree tree;
        read_bent(bends[i], &tree);
        assert_true(board.uart.present);
        assert_int_equal(board.uart.reg.base.v, 0x10000000);
        assert_int_equal(board.uart.irq, 7);
        tree_free(&tree);
    }
}

static void pci_of_fifteen_hosts(struct tree *t)
{
    tree_add_pci_hosts(t, BOARD_MAX_PCI_HOSTS - 1U);
}

/* shows: R-PLAT-17 */
static void test_pci_hosts_of_a_large_board(void **state)
{
    struct tree tree;

    (void)state;
    assert_true(BOARD_MAX_PCI_HOSTS >= 16U);
    read_bent(pci_of_fifteen_hosts, &tree);
    assert_int_equal(board.pci_count, BOARD_MAX_PCI_HOSTS);
    /* 256 buses are the default; there is room for one. */
    assert_int_equal(board.pci[0].bus_first, 0);
    assert_int_equal(board.pci[0].bus_last, 0);
    tree_free(&tree);
}

static void ecam_holds_part(struct tree *t)
{
    TREE_CELLS(t, "/soc/pci@30000000", "bus-range", 4, 30);
}

static void ecam_holds_none(struct tree *t)
{
    TREE_CELLS(t, "/soc/pci@30000000", "reg", 0, 0x30000000, 0, 0x1000);
    TREE_CELLS(t, "/soc/pci@30000000", "bus-range", 4, 30);
}

/* PCI is only kept from being given away, so a small configuration space is no reason to refuse. */
/* shows: R-PLAT-17 */
static void test_buses_without_room_are_cut_off(void **state)
{
    struct tree tree;

    (void)state;
    read_bent(ecam_holds_part, &tree);
    assert_int_equal(board.pci[0].bus_first, 4);
    assert_int_equal(board.pci[0].bus_last, 19);
    tree_free(&tree);
    read_bent(ecam_holds_none, &tree);
    assert_int_equal(board.pci_count, 1);
    assert_int_equal(board.pci[0].ecam.size, 0x1000);
    assert_int_equal(board.pci[0].bus_last, 4);
    tree_free(&tree);
}

static void initrd_reserved(struct tree *t)
{
    assert_int_equal(fdt_add_mem_rsv(t->blob, 0x84000000U, 0x800000U), 0);
    TREE_CELLS(t, "/reserved-memory/firmware@80200000", "reg", 0, 0x84000000, 0, 0x1000);
    tree_delete(t, "/reserved-memory/firmware@80200000", "no-map");
}

/* A boot loader that reserves the initrd itself does no harm. */
/* shows: R-PLAT-16, R-PLAT-26 */
static void test_initrd_may_be_reserved(void **state)
{
    struct tree tree;

    (void)state;
    read_bent(initrd_reserved, &tree);
    assert_int_equal(board.initrd.base.v, 0x84000000U);
    assert_int_equal(board.initrd.size, 0x800000U);
    tree_free(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_uart_without_stdout_path),
        cmocka_unit_test(test_pci_hosts_of_a_large_board),
        cmocka_unit_test(test_buses_without_room_are_cut_off),
        cmocka_unit_test(test_initrd_may_be_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
