/* SPDX-License-Identifier: Apache-2.0 */
/* IOMMUs and cache blocks of the board's tree (platform/board.h). */
#include "tests/unit/bent_board.h"

/* shows: R-PLAT-17, R-PLAT-30 */
static void test_iommus(void **state)
{
    (void)state;
    read_good("pci", NULL);
    assert_int_equal(board.iommu_count, 3);
    assert_false(board.iommu[0].is_pci);
    assert_int_equal(board.iommu[0].irq_count, 2);
    assert_int_equal(board.iommu[0].irqs[0], 36);
    assert_int_equal(board.iommu[0].irq_flags[0], 1);
    assert_int_equal(board.iommu[0].irqs[1], 37);
    assert_int_equal(board.iommu[0].irq_flags[1], 4);
    assert_true(board.iommu[0].coherent);
    assert_true(board.iommu[1].is_pci);
    assert_int_equal(board.iommu[1].pci_host, 0);
    assert_int_equal(board.iommu[1].pci_rid, 0x10);
    assert_int_equal(board.iommu[1].reg.size, 0);
    assert_int_equal(board.iommu[1].irq_count, 0); /* a pin is no line of the APLIC */
    assert_true(board.iommu[1].coherent);
    /* Below a bridge, below a bus that is not coherent, and from before buses were numbered. */
    assert_int_equal(board.iommu[2].pci_host, 1);
    assert_int_equal(board.iommu[2].pci_rid, 0x0408);
    assert_false(board.iommu[2].coherent);
    read_good("virt", NULL);
    assert_int_equal(board.iommu[0].irq_count, 4);
    assert_int_equal(board.iommu[0].irqs[3], 39);
    assert_int_equal(board.iommu[0].irq_flags[3], 1);
}

static void iommu_lines_elsewhere(struct tree *t)
{
    TREE_CELLS(t, IOMMU, "interrupts-extended", 0x21, 36, 4, 0x23, 1, 2, 3, 0x21, 37, 4);
}

static void iommu_line_without_type(struct tree *t)
{
    TREE_CELLS(t, IOMMU, "interrupts", 36, 4, 37, 0);
}

static void iommu_of_five_lines(struct tree *t)
{
    TREE_CELLS(t, IOMMU, "interrupts", 36, 4, 37, 4, 38, 4, 39, 4, 40, 4);
}

static void iommu_below_another_host(struct tree *t)
{
    tree_set_text(t, HOST, "compatible", "vendor,pci");
}

static void iommu_coherent_again(struct tree *t)
{
    tree_set_cells(t, MOVED, "dma-coherent", NULL, 0U);
}

/* shows: R-PLAT-30 */
static void test_odd_iommus(void **state)
{
    (void)state;
    read_good("pci", iommu_lines_elsewhere);
    assert_int_equal(board.iommu[0].irq_count, 0);
    read_good("pci", iommu_line_without_type);
    assert_int_equal(board.iommu[0].irq_count, 0);
    read_good("pci", iommu_of_five_lines);
    assert_int_equal(board.iommu[0].irq_count, 4);
    assert_int_equal(board.iommu[0].irqs[3], 39);
    /* It cannot be reached: it is left out. */
    read_good("pci", iommu_below_another_host);
    assert_int_equal(board.pci_count, 1);
    assert_int_equal(board.iommu_count, 2);
    assert_int_equal(board.iommu[1].pci_host, 0);
    /* The nearest word counts. */
    read_good("pci", iommu_coherent_again);
    assert_true(board.iommu[2].coherent);
}

static void other_cache_block(struct tree *t)
{
    TREE_CELLS(t, "/cpus/cpu@1", "riscv,cbom-block-size", 32);
}

static void no_cache_block(struct tree *t)
{
    tree_delete(t, "/cpus/cpu@0", "riscv,cbom-block-size");
}

static void odd_cache_block(struct tree *t)
{
    TREE_CELLS(t, "/cpus/cpu@0", "riscv,cbom-block-size", 96);
    TREE_CELLS(t, "/cpus/cpu@1", "riscv,cbom-block-size", 96);
}

/* shows: R-PLAT-31 */
static void test_cache_block(void **state)
{
    static void (*const bends[])(struct tree *) = {
        other_cache_block, no_cache_block, odd_cache_block,
    };

    (void)state;
    read_good("pci", NULL);
    assert_int_equal(board.cache_block, 64);
    for (size_t i = 0U; i < sizeof bends / sizeof bends[0]; i++) {
        read_good("pci", bends[i]);
        assert_int_equal(board.cache_block, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iommus),
        cmocka_unit_test(test_odd_iommus),
        cmocka_unit_test(test_cache_block),
    };
    return cmocka_run_group_tests(tests, NULL, free_tree);
}
