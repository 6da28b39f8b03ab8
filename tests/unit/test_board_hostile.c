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

#include "tests/unit/board_use.h"

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

/* Lengths that lead back: to the property itself, before it, and just so far that it seems empty. */
/* shows: R-PLAT-25 */
static void test_properties_of_negative_length(void **state)
{
    struct tree tree = tree_load("small");

    (void)state;
    for (uint32_t back = 1U; back < 64U; back++) {
        const int first = fdt_first_property_offset(tree.blob, tree_node(&tree, "/chosen"));
        uint8_t *const length =
            (uint8_t *)tree.blob + fdt_off_dt_struct(tree.blob) + first + sizeof(uint32_t);
        fdt32_t kept;

        memcpy(&kept, length, sizeof(kept));
        memcpy(length, &(fdt32_t){ cpu_to_fdt32(UINT32_MAX - back + 1U) }, sizeof(kept));
        assert_false(read_copy(tree.blob, tree.size));
        memcpy(length, &kept, sizeof(kept));
    }
    assert_true(read_copy(tree.blob, tree.size));
    tree_free(&tree);
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
        cmocka_unit_test(test_properties_of_negative_length),
        cmocka_unit_test(test_misaligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
