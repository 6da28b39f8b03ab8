/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest may know of a hart's ISA (platform/isa.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "platform/isa.h"
#include "tests/unit/fake_tree.h"

#define CPU "/cpus/cpu@4" /* of small.dts: riscv,isa alone */
#define CPU_WITH_LIST "/cpus/cpu@5"

static struct tree tree;

static int open_tree(void **state)
{
    (void)state;
    tree = tree_load("small");
    tree_open(&tree);
    return 0;
}

static int drop_tree(void **state)
{
    (void)state;
    tree_free(&tree);
    return 0;
}

/* The list with commas, so that it can be compared as text. */
static const char *guest_list(const char *path)
{
    static char list[1024];
    size_t length = isa_guest_extensions(tree.blob, tree_node(&tree, path), list, sizeof list);

    if (length == 0U) {
        return "";
    }
    assert_int_equal(list[length - 1U], 0);
    for (size_t i = 0U; i + 1U < length; i++) {
        list[i] = list[i] == '\0' ? ',' : list[i];
    }
    return list;
}

static const char *guest_string(const char *path)
{
    static char list[1024], text[1024];
    size_t size = isa_guest_extensions(tree.blob, tree_node(&tree, path), list, sizeof list);
    size_t length = isa_guest_string(list, size, text, sizeof text);

    assert_int_equal(length, length == 0U ? 0U : strlen(text));
    return length == 0U ? "" : text;
}

static void set_list(const char *bytes, size_t size)
{
    assert_int_equal(fdt_setprop(tree.blob, tree_node(&tree, CPU_WITH_LIST),
                                 "riscv,isa-extensions", bytes, (int)size), 0);
}

/* shows: R-PLAT-13 */
static void test_flags(void **state)
{
    static const struct {
        const char *isa;
        uint32_t flags;
    } cases[] = {
        { "rv64imafdch_sstc", BOARD_ISA_H | BOARD_ISA_SSTC },
        { "rv64imac_h_smaia", BOARD_ISA_H | BOARD_ISA_SSAIA },
        { "rv64i2p1m2p0a2p1h1p0_sstc1p0", BOARD_ISA_H | BOARD_ISA_SSTC },
        { "rv64imacvh_zicbom_zicboz", BOARD_ISA_H | BOARD_ISA_V | BOARD_ISA_ZICBOM |
                                          BOARD_ISA_ZICBOZ },
        { "rv64imac_svade_svadu_svinval_svpbmt_smstateen",
          BOARD_ISA_SVADE | BOARD_ISA_SVADU | BOARD_ISA_SVINVAL | BOARD_ISA_SVPBMT |
              BOARD_ISA_SSSTATEEN },
        { "rv64imac_zhx_xh_sh", 0U }, /* no h of its own */
        { "rv64imac_sstcx_ssst", 0U },
        { "rv32imach_sstc", 0U },     /* not ours */
        { "", 0U },
        { "rv64", 0U },
    };

    (void)state;
    for (size_t i = 0U; i < sizeof cases / sizeof cases[0]; i++) {
        tree_set_text(&tree, CPU, "riscv,isa", cases[i].isa);
        assert_int_equal(isa_flags(tree.blob, tree_node(&tree, CPU)), cases[i].flags);
    }
    tree_delete(&tree, CPU, "riscv,isa");
    assert_int_equal(isa_flags(tree.blob, tree_node(&tree, CPU)), 0);
    assert_string_equal(guest_list(CPU), "");
    assert_string_equal(guest_string(CPU), "");
}

/* shows: R-PLAT-20 */
static void test_guest_list_from_list(void **state)
{
    (void)state;
    assert_string_equal(guest_list(CPU_WITH_LIST), "i,m,a,c,ssaia,sstc");
    assert_string_equal(guest_string(CPU_WITH_LIST), "rv64imac_ssaia_sstc");
}

/* shows: R-PLAT-20 */
static void test_guest_list_from_string(void **state)
{
    (void)state;
    assert_string_equal(guest_list(CPU), "i,m,a,f,d,c,sstc,ssaia,zicbom,zicsr,zifencei,zicntr");
    tree_set_text(&tree, CPU, "riscv,isa", "rv64gch_zba1p0_zve32x_zicsr_sstc_xvendor");
    assert_string_equal(guest_list(CPU),
                        "i,m,a,f,d,zicsr,zifencei,c,zba,zve32x,sstc,zicntr");
    assert_string_equal(guest_string(CPU), "rv64imafdc_zicsr_zifencei_zba_zve32x_sstc_zicntr");
}

/* shows: R-PLAT-20, R-PLAT-21 */
static void test_who_may_pass(void **state)
{
    static const char *const yes[] = { "i", "m", "a", "f", "d", "c", "v", "b", "zba", "zicbom",
                                       "zicntr", "zfh", "zvkng", "zve64d", "znew", "ssaia", "sstc",
                                       "svinval", "svnapot", "svadu", "svade", "sstvala" };
    static const char *const no[] = { "h", "sha", "shgatpa", "smaia", "smstateen", "ssstateen",
                                      "sscofpmf", "sdtrig", "svpbmt", "zihpm", "zicfiss", "zicfilp",
                                      "zkr", "zk", "xtheadba", "ssnew", "svnew", "", "I", "zb a",
                                      "z_", "g", "s", "u",
                                      "zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

    (void)state;
    for (size_t i = 0U; i < sizeof yes / sizeof yes[0]; i++) {
        assert_true(isa_guest_may_have(yes[i], strlen(yes[i])));
    }
    for (size_t i = 0U; i < sizeof no / sizeof no[0]; i++) {
        assert_false(isa_guest_may_have(no[i], strlen(no[i])));
    }
}

/* shows: R-PLAT-22 */
static void test_malformed_lists(void **state)
{
    char names[1024];

    (void)state;
    set_list("i\0m\0sstc", 8U); /* the last is not terminated */
    assert_string_equal(guest_list(CPU_WITH_LIST), "i,m");
    assert_int_equal(isa_flags(tree.blob, tree_node(&tree, CPU_WITH_LIST)), 0);
    set_list("i\0\0\0\0a\0i\0", 9U); /* empty names, a double */
    assert_string_equal(guest_list(CPU_WITH_LIST), "i,a");
    set_list("i\0z\x1b[2J\0a", 10U); /* nothing for a terminal */
    assert_string_equal(guest_list(CPU_WITH_LIST), "i,a");
    memset(names, 'z', sizeof names);
    set_list(names, 900U);
    assert_string_equal(guest_list(CPU_WITH_LIST), "");

    assert_int_equal(fdt_setprop(tree.blob, tree_node(&tree, CPU), "riscv,isa", "rv64imac", 8), 0);
    assert_string_equal(guest_list(CPU), "");
}

/* shows: R-PLAT-22 */
static void test_small_buffers(void **state)
{
    static const char expected[] = "rv64imac_ssaia_sstc";
    int cpu = tree_node(&tree, CPU_WITH_LIST);
    char buffer[64], list[64];
    const size_t list_size = isa_guest_extensions(tree.blob, cpu, list, sizeof list);

    (void)state;
    for (size_t size = 0U; size < sizeof buffer; size++) {
        memset(buffer, '#', sizeof buffer);
        size_t length = isa_guest_string(list, list_size, buffer, size);
        assert_int_equal(length, size < sizeof expected ? 0U : sizeof expected - 1U);
        assert_int_equal(buffer[size], '#');
        memset(buffer, '#', sizeof buffer);
        length = isa_guest_extensions(tree.blob, cpu, buffer, size);
        assert_int_equal(length, size < sizeof "i,m,a,c,ssaia,sstc" ? 0U
                                                                   : sizeof "i,m,a,c,ssaia,sstc");
        assert_int_equal(buffer[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_flags, open_tree, drop_tree),
        cmocka_unit_test_setup_teardown(test_guest_list_from_list, open_tree, drop_tree),
        cmocka_unit_test_setup_teardown(test_guest_list_from_string, open_tree, drop_tree),
        cmocka_unit_test_setup_teardown(test_who_may_pass, open_tree, drop_tree),
        cmocka_unit_test_setup_teardown(test_malformed_lists, open_tree, drop_tree),
        cmocka_unit_test_setup_teardown(test_small_buffers, open_tree, drop_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
