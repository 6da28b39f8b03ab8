/* SPDX-License-Identifier: Apache-2.0 */
/* The suggestion of a name for a misspelt one (lib/nearest.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nearest.h"

static const char *const names[] = { "harts", "memory", "memory-base", "kernel", "initrd",
                                     "bootargs", "device-tree", "id" };
#define COUNT ((uint32_t)(sizeof names / sizeof names[0]))

/* shows: R-PLAT-03 */
static void test_near_words(void **state)
{
    static const char *const cases[][2] = {
        { "hart", "harts" },       { "Harts", "harts" },         { "haarts", "harts" },
        { "hatrs", "harts" },      { "memroy", "memory" },       { "memory_base", "memory-base" },
        { "kernal", "kernel" },    { "initramfs", NULL },        { "bootarg", "bootargs" },
        { "devicetree", "device-tree" }, { "dI", "id" },         { "memory", "memory" },
    };

    (void)state;
    for (size_t i = 0U; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = nearest_name(cases[i][0], names, COUNT);
        if (cases[i][1] == NULL) {
            assert_null(found);
        } else {
            assert_non_null(found);
            assert_string_equal(found, cases[i][1]);
        }
    }
}

/* shows: R-PLAT-03 */
static void test_nearest_wins_and_first_of_equals(void **state)
{
    static const char *const list[] = { "memory-b", "memory-bas", "memory-base", "memory-case" };

    (void)state;
    assert_ptr_equal(nearest_name("memory-base", list, 4U), list[2]);
    assert_ptr_equal(nearest_name("memory-bas", list, 4U), list[1]);
    assert_ptr_equal(nearest_name("memory-ba", list, 4U), list[0]);
    assert_ptr_equal(nearest_name("memory-vase", list, 4U), list[2]);
}

/* shows: R-PLAT-03 */
static void test_far_words(void **state)
{
    (void)state;
    assert_null(nearest_name("", names, COUNT));
    assert_null(nearest_name("x", names, COUNT));
    assert_null(nearest_name("colour", names, COUNT));
    assert_null(nearest_name("harts", names, 0U));
}

/* shows: R-PLAT-03 */
static void test_long_words_are_bounded(void **state)
{
    char word[NEAREST_LENGTH_MAX + 2U];
    char name[NEAREST_LENGTH_MAX + 2U];
    const char *const list[] = { name };

    (void)state;
    memset(word, 'a', sizeof word);
    memset(name, 'a', sizeof name);
    word[NEAREST_LENGTH_MAX] = '\0';
    name[NEAREST_LENGTH_MAX] = '\0';
    assert_ptr_equal(nearest_name(word, list, 1U), name);

    word[NEAREST_LENGTH_MAX] = 'a';
    word[NEAREST_LENGTH_MAX + 1U] = '\0';
    assert_null(nearest_name(word, list, 1U));
    word[NEAREST_LENGTH_MAX] = '\0';
    name[NEAREST_LENGTH_MAX] = 'a';
    name[NEAREST_LENGTH_MAX + 1U] = '\0';
    assert_null(nearest_name(word, list, 1U));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_words),
        cmocka_unit_test(test_nearest_wins_and_first_of_equals),
        cmocka_unit_test(test_far_words),
        cmocka_unit_test(test_long_words_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
