/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged device trees (platform/board.h): whatever the bytes, no read lies outside the blob, and
 * what is accepted can be used. The sanitizers are the judges: each blob has exactly its own size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/board.h"
#include "platform/isa.h"
#include "tests/unit/fake_tree.h"

static struct board board;

static void use_pci(void)
{
    for (uint32_t h = 0U; h < board.pci_count; h++) {
        const struct board_pci_host *host = &board.pci[h];
        assert_true(host->window_count <= BOARD_PCI_MAX_WINDOWS);
        assert_true(host->map_count <= BOARD_PCI_MAX_MAPS);
        for (uint32_t w = 0U; w < host->window_count; w++) {
            const struct board_pci_window *window = &host->windows[w];
            assert_true(window->range.size != 0U);
            assert_true(window->range.size - 1U <= UINT64_MAX - window->range.base.v);
            assert_true(window->range.size - 1U <= UINT64_MAX - window->pci);
            for (uint32_t i = 0U; i < board.ram_count; i++) {
                assert_false(span_overlaps(window->range.base.v, window->range.size,
                                           board.ram[i].base.v, board.ram[i].size));
            }
        }
        static const uint16_t rids[] = { 0x0000, 0x0018, 0x0408 }; /* of pci.dts */
        for (size_t i = 0U; i < sizeof rids / sizeof rids[0]; i++) {
            uint32_t iommu = 0U, id = 0U, source = 1U, flags = 1U;
            (void)board_pci_id(&board, h, rids[i], &iommu, &id);
            assert_true(iommu == 0U || iommu < board.iommu_count);
            (void)board_pci_irq(&board, h, rids[i], 1U, &source, &flags);
            assert_true(source != 0U && (source == 1U || source <= board.aplic.sources));
            assert_true(flags == 1U || flags == 2U || flags == 4U || flags == 8U);
        }
    }
    for (uint32_t i = 0U; i < board.iommu_count; i++) {
        const struct board_iommu *iommu = &board.iommu[i];
        assert_true(iommu->irq_count <= BOARD_IOMMU_MAX_IRQS);
        assert_true(!iommu->is_pci || iommu->pci_host < board.pci_count);
    }
}

/* Everything that callers do with a board that was accepted. */
static void use_board(void)
{
    static const char *const paths[] = {
        "/soc/bus@10000000/rtc@1000", "/soc/bus@10000000/dma@2000", "/soc/pci@30000000", "/soc/x",
        "/soc/dma@11000000",
    };
    struct told told;
    struct board_device device;
    char text[512];

    told_init(&told);
    (void)board_require(&board, &told.diag);
    for (size_t i = 0U; i < sizeof paths / sizeof paths[0]; i++) {
        (void)board_find_device(&board, paths[i], &device);
        assert_true(device.id_count <= BOARD_DEVICE_MAX_IDS);
        assert_true(device.id_count == 0U || device.iommu < board.iommu_count);
    }
    use_pci();
    assert_true(board.hart_count <= BOARD_MAX_HARTS);
    for (uint32_t i = 0U; i < board.hart_count; i++) {
        const struct board_hart *hart = &board.harts[i];
        assert_int_equal(board_find_hart(&board, hart->id), (int)i);
        (void)isa_guest_extensions(board.fdt, hart->cpu_node, text, sizeof text);
        (void)isa_guest_string(board.fdt, hart->cpu_node, text, sizeof text);
        if (!board.imsic.present) {
            continue;
        }
        uint32_t last = (1U << board.imsic.guest_index_bits) - 1U;
        pa_t file = board_imsic_file(&board.imsic, hart->imsic_index, last);
        bool inside = false;
        for (uint32_t r = 0U; r < board.imsic.region_count; r++) {
            inside = inside || pa_range_contains(board.imsic.regions[r], file, PAGE_SIZE);
        }
        assert_true(inside);
        for (uint32_t j = 0U; j < i; j++) {
            assert_int_not_equal(
                board_aplic_hart_index(&board.imsic, board.harts[j].imsic_index),
                board_aplic_hart_index(&board.imsic, hart->imsic_index));
        }
    }
    for (uint32_t i = 1U; i < board.ram_count; i++) {
        assert_true(board.ram[i - 1U].base.v + board.ram[i - 1U].size < board.ram[i].base.v);
    }
}

/* Reads a copy of exactly size bytes; a refusal says why. */
static bool read_copy(const void *bytes, size_t size)
{
    static struct told told;
    void *copy = malloc(size == 0U ? 1U : size);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    told_init(&told);
    bool good = board_from_fdt(copy, size, &board, &told.diag);
    assert_int_equal(good, told.diag.errors == 0U);
    if (good) {
        use_board();
    }
    free(copy);
    return good;
}

/* shows: R-PLAT-25 */
static void test_every_truncation(void **state)
{
    struct tree tree = tree_load("small");

    (void)state;
    for (size_t size = 0U; size < tree.size; size++) {
        assert_false(read_copy(tree.blob, size));
    }
    assert_true(read_copy(tree.blob, tree.size));
    tree_free(&tree);
}

/* The header says how long the tree is, too: each length of both kinds. */
/* shows: R-PLAT-25 */
static void test_every_truncation_with_its_size(void **state)
{
    struct tree tree = tree_load("small");
    uint32_t accepted = 0U;

    (void)state;
    for (size_t size = sizeof(struct fdt_header); size < tree.size; size++) {
        fdt_set_totalsize(tree.blob, (uint32_t)size);
        accepted += read_copy(tree.blob, size) ? 1U : 0U;
    }
    /* dtc puts the strings last: without their end a property name is missing. */
    assert_int_equal(accepted, 0);
    tree_free(&tree);
}

static void flip_every_byte(const char *name)
{
    static const uint8_t masks[] = { 0x01, 0x10, 0x80, 0xff };
    struct tree tree = tree_load(name);
    uint8_t *bytes = tree.blob;
    uint32_t accepted = 0U;
    uint32_t refused = 0U;

    for (size_t i = 0U; i < tree.size; i++) {
        for (size_t m = 0U; m < sizeof masks; m++) {
            bytes[i] ^= masks[m];
            if (read_copy(bytes, tree.size)) {
                accepted++;
            } else {
                refused++;
            }
            bytes[i] ^= masks[m];
        }
    }
    assert_true(accepted > 0U && refused > 0U);
    assert_true(read_copy(bytes, tree.size));
    tree_free(&tree);
}

/* shows: R-PLAT-25 */
static void test_every_byte_flipped(void **state)
{
    (void)state;
    flip_every_byte("small");
    flip_every_byte("pci");
}

/* Every aligned word that means something when it is 0, huge, or negative. */
static void exaggerate_every_word(const char *name)
{
    static const uint32_t values[] = { 0U, 1U, 0x7fffffffU, 0x80000000U, 0xffffffffU };
    struct tree tree = tree_load(name);
    uint8_t *bytes = tree.blob;

    for (size_t i = 0U; i + 4U <= tree.size; i += 4U) {
        uint8_t saved[4];
        memcpy(saved, bytes + i, sizeof saved);
        for (size_t v = 0U; v < sizeof values / sizeof values[0]; v++) {
            fdt32_st(bytes + i, values[v]);
            (void)read_copy(bytes, tree.size);
        }
        memcpy(bytes + i, saved, sizeof saved);
    }
    assert_true(read_copy(bytes, tree.size));
    tree_free(&tree);
}

/* shows: R-PLAT-25 */
static void test_every_word_extreme(void **state)
{
    (void)state;
    exaggerate_every_word("small");
    exaggerate_every_word("pci");
}

/* shows: R-PLAT-25 */
static void test_misaligned(void **state)
{
    struct tree tree = tree_load("small");
    struct told told;
    uint8_t *moved = malloc(tree.size + 4U);

    (void)state;
    assert_non_null(moved);
    memcpy(moved + 4, tree.blob, tree.size);
    told_init(&told);
    assert_false(board_from_fdt(moved + 4, tree.size, &board, &told.diag));
    assert_string_equal(told.text, ":: the board's device tree cannot be read: it does not lie at "
                                   "a multiple of 8 bytes\n");
    free(moved);

    fdt_set_off_dt_struct(tree.blob, fdt_off_dt_struct(tree.blob) + 2U);
    told_init(&told);
    assert_false(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
    assert_string_equal(told.text, ":: the board's device tree cannot be read: its header puts "
                                   "blocks where they are not aligned\n");
    tree_free(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_truncation_with_its_size),
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_every_word_extreme),
        cmocka_unit_test(test_misaligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
