/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a device tree's nodes (platform/fdt_tree.h) says what libfdt does, of odd trees too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/fdt_read.h"
#include "platform/fdt_tree.h"

static _Alignas(8) uint8_t blob[1024];
static struct fdt_tree tree;

static void finish(void)
{
    assert_int_equal(fdt_end_node(blob), 0);
    assert_int_equal(fdt_finish(blob), 0);
    assert_null(fdt_read_check(blob, sizeof(blob)));
    assert_true(fdt_tree_open(blob, &tree));
}

static void begin(void)
{
    assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
    assert_int_equal(fdt_finish_reservemap(blob), 0);
    assert_int_equal(fdt_begin_node(blob, ""), 0);
}

/* All three of the node say the same: the list, libfdt, and what the text has first. */
static void assert_node(const char *path, uint32_t phandle, const char *is, const char *is_not)
{
    const int node = fdt_path_offset(blob, path);

    assert_true(node > 0);
    assert_int_equal(fdt_get_phandle(blob, node), phandle);
    assert_int_equal(fdt_tree_phandle(&tree, node), phandle);
    assert_int_equal(fdt_tree_by_phandle(&tree, phandle), node);
    assert_int_equal(fdt_tree_next_compatible(&tree, -1, is), node);
    assert_int_equal(fdt_node_offset_by_compatible(blob, -1, is), node);
    assert_true(fdt_tree_next_compatible(&tree, -1, is_not) < 0);
    assert_true(fdt_node_offset_by_compatible(blob, -1, is_not) < 0);
}

/* shows: R-PLAT-34 */
static void test_the_first_of_two_counts(void **state)
{
    (void)state;
    begin();
    (void)fdt_begin_node(blob, "a");
    (void)fdt_property_string(blob, "compatible", "first");
    (void)fdt_property_string(blob, "compatible", "second");
    (void)fdt_property_u32(blob, "linux,phandle", 5U);
    (void)fdt_property_u32(blob, "phandle", 7U);
    (void)fdt_property_u32(blob, "phandle", 8U);
    (void)fdt_end_node(blob);
    finish();
    assert_node("/a", 7U, "first", "second");
    assert_true(fdt_tree_by_phandle(&tree, 8U) < 0);
    assert_true(fdt_tree_by_phandle(&tree, 5U) < 0);
}

/* shows: R-PLAT-34 */
static void test_behind_a_child_there_is_no_property(void **state)
{
    (void)state;
    begin();
    (void)fdt_begin_node(blob, "a");
    (void)fdt_property_string(blob, "compatible", "first");
    (void)fdt_property_u32(blob, "linux,phandle", 7U);
    (void)fdt_begin_node(blob, "child");
    (void)fdt_end_node(blob);
    (void)fdt_property_string(blob, "compatible", "second");
    (void)fdt_property_u32(blob, "phandle", 8U);
    (void)fdt_end_node(blob);
    finish();
    assert_node("/a", 7U, "first", "second");
    assert_int_equal(fdt_tree_phandle(&tree, fdt_path_offset(blob, "/a/child")), 0U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_of_two_counts),
        cmocka_unit_test(test_behind_a_child_there_is_no_property),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
