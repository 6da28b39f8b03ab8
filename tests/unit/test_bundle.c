/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle, a newc cpio archive (platform/bundle.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/bundle.h"
#include "tests/unit/fake_tree.h"

#define REGULAR   0100644U
#define DIRECTORY 0040755U
#define SYMLINK   0120777U
#define HEADER    110U

/* An archive under construction. */
struct archive {
    uint8_t bytes[16384];
    size_t size;
};

struct entry {
    const char *name;
    const char *data;
    size_t size;
    uint32_t mode, links;
};

static void put(struct archive *a, const void *bytes, size_t size)
{
    assert_true(size <= sizeof a->bytes - a->size);
    if (size != 0U) {
        memcpy(a->bytes + a->size, bytes, size);
    }
    a->size += size;
}

static void align(struct archive *a)
{
    put(a, "\0\0\0", (4U - a->size % 4U) % 4U);
}

static void add(struct archive *a, struct entry e)
{
    char header[HEADER + 1U];
    size_t name_size = strlen(e.name) + 1U;

    (void)snprintf(header, sizeof header,
                   "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1U, e.mode, 0U, 0U,
                   e.links, 0U, (unsigned)e.size, 0U, 0U, 0U, 0U, (unsigned)name_size, 0U);
    put(a, header, HEADER);
    put(a, e.name, name_size);
    align(a);
    put(a, e.data, e.size);
    align(a);
}

static void add_file(struct archive *a, const char *name, const char *text)
{
    add(a, (struct entry){ name, text, strlen(text), REGULAR, 1U });
}

static void add_trailer(struct archive *a)
{
    add(a, (struct entry){ "TRAILER!!!", "", 0U, 0U, 1U });
}

static struct archive sample(void)
{
    struct archive a = { .size = 0U };

    add(&a, (struct entry){ ".", "", 0U, DIRECTORY, 2U });
    add_file(&a, "config.dtb", "tree");
    add_file(&a, "./linux.Image", "kernel");
    add_file(&a, "empty", "");
    add_file(&a, "images/rtos.bin", "seven b");
    add_trailer(&a);
    return a;
}

/* Opens a copy of exactly size bytes, so that the sanitizer sees a read past the end; looks at
 * every byte of every file that was found. */
static bool open_copy(const uint8_t *bytes, size_t size, struct told *told)
{
    static struct bundle bundle;
    uint8_t *copy = malloc(size == 0U ? 1U : size);
    uint32_t sum = 0U;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    told_init(told);
    bool good = bundle_open(copy, size, &bundle, &told->diag);
    assert_int_equal(good, told->diag.errors == 0U);
    for (uint32_t i = 0U; good && i < bundle.count; i++) {
        sum += (uint32_t)strlen(bundle.files[i].name);
        for (uint64_t b = 0U; b < bundle.files[i].size; b++) {
            sum += bundle.files[i].data[b];
        }
        assert_ptr_equal(bundle_find(&bundle, bundle.files[i].name), &bundle.files[i]);
    }
    assert_true(!good || sum != 0U || bundle.count == 0U);
    free(copy);
    return good;
}

/* shows: R-BOOT-01, R-BOOT-02 */
static void test_files_are_found(void **state)
{
    struct archive a = sample();
    struct bundle bundle;
    struct told told;

    (void)state;
    put(&a, "padding of the archive to a block", 33U);
    told_init(&told);
    assert_true(bundle_open(a.bytes, a.size, &bundle, &told.diag));
    assert_string_equal(told.text, "");
    assert_int_equal(bundle.count, 4);
    const struct bundle_file *file = bundle_find(&bundle, "config.dtb");
    assert_non_null(file);
    assert_int_equal(file->size, 4);
    assert_memory_equal(file->data, "tree", 4);
    file = bundle_find(&bundle, "linux.Image");
    assert_non_null(file);
    assert_memory_equal(file->data, "kernel", 6);
    file = bundle_find(&bundle, "images/rtos.bin");
    assert_non_null(file);
    assert_memory_equal(file->data, "seven b", 7);
    file = bundle_find(&bundle, "empty");
    assert_non_null(file);
    assert_int_equal(file->size, 0);
    assert_null(bundle_find(&bundle, "config"));
    assert_null(bundle_find(&bundle, "TRAILER!!!"));
}

static void assert_refused(const struct archive *a, const char *finding)
{
    struct told told;

    assert_false(open_copy(a->bytes, a->size, &told));
    if (strstr(told.text, finding) == NULL) {
        fail_msg("expected: %s\nsaid: %s", finding, told.text);
    }
}

/* shows: R-BOOT-03 */
static void test_refused_entries(void **state)
{
    struct archive a = { .size = 0U };
    char name[300];

    (void)state;
    assert_refused(&a, ":: the bundle is cut off: no whole cpio header at 0x0 of 0x0 bytes, and no "
                       "TRAILER!!! before it\n");
    add_file(&a, "a", "a");
    assert_refused(&a, ":: the bundle is cut off: no whole cpio header at 0x74 of 0x74 bytes");

    a.size = 0U;
    add(&a, (struct entry){ "link", "target", 6U, SYMLINK, 1U });
    add_trailer(&a);
    assert_refused(&a, "link:: the bundle may hold regular files only, no links or devices (mode "
                       "0xa1ff, 1 links)\n");
    a.size = 0U;
    add(&a, (struct entry){ "hard", "", 0U, REGULAR, 2U });
    add_trailer(&a);
    assert_refused(&a, "hard:: the bundle may hold regular files only");
    a.size = 0U;
    add_file(&a, "twice", "1");
    add_file(&a, "./twice", "2");
    add_trailer(&a);
    assert_refused(&a, "twice:: the bundle has two files with this name\n");
    a.size = 0U;
    add_file(&a, "bad\nname", "1");
    add_trailer(&a);
    assert_refused(&a, ":: the bundle's cpio entry at 0x0 has a name of 9 bytes that is cut off, "
                       "not terminated, not printable, or longer than 256\n");
    a.size = 0U;
    add_file(&a, "", "1");
    assert_refused(&a, "has a name of 1 bytes");
    a.size = 0U;
    add_file(&a, "./", "1");
    assert_refused(&a, "./:: no file of the bundle can have this name\n");
    a.size = 0U;
    add_file(&a, "./TRAILER!!!", "1");
    assert_refused(&a, "./TRAILER!!!:: no file of the bundle can have this name\n");
    a.size = 0U;
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    add_file(&a, name, "1");
    assert_refused(&a, "has a name of 257 bytes");
    a = sample();
    memcpy(a.bytes, "070702", 6U);
    assert_refused(&a, ":: the bundle has no cpio header of the newc format (070701) at 0x0: make "
                       "it with `bulkhead pack` or `cpio -o -H newc`\n");
    a = sample();
    a.bytes[6U + 6U * 8U] = 'g';
    assert_refused(&a, ":: the bundle's cpio header at 0x0 has a field that is not hexadecimal\n");
    a = sample();
    a.bytes[HEADER + 1U] = 'x';
    assert_refused(&a, "not terminated");
}

/* shows: R-BOOT-03 */
static void test_sizes_past_the_end(void **state)
{
    struct archive a = { .size = 0U };

    (void)state;
    add_file(&a, "big", "data");
    memcpy(a.bytes + 6U + 6U * 8U, "FFFFFFFF", 8U);
    assert_refused(&a, "big:: the bundle is cut off: this file's 0xffffffff bytes begin at 0x74, "
                       "but the bundle has 0x78 bytes\n");
    memcpy(a.bytes + 6U + 6U * 8U, "00000005", 8U);
    assert_refused(&a, "big:: the bundle is cut off: this file's 0x5 bytes");
    memcpy(a.bytes + 6U + 11U * 8U, "FFFFFFFF", 8U);
    assert_refused(&a, "has a name of 4294967295 bytes");
}

/* shows: R-BOOT-03 */
static void test_number_of_files(void **state)
{
    struct archive a = { .size = 0U };
    struct told told;

    (void)state;
    for (uint32_t i = 0U; i < BUNDLE_MAX_FILES; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "f%u", i);
        add_file(&a, name, "x");
    }
    size_t full = a.size;
    add_trailer(&a);
    assert_true(open_copy(a.bytes, a.size, &told));
    a.size = full;
    add_file(&a, "more", "x");
    add_trailer(&a);
    assert_refused(&a, "more:: the bundle has more than 64 files\n");
}

/* shows: R-BOOT-04 */
static void test_every_truncation(void **state)
{
    struct archive a = sample();
    struct told told;

    (void)state;
    size_t needed = a.size - 3U; /* the last bytes only pad the trailer */
    for (size_t size = 0U; size < needed; size++) {
        assert_false(open_copy(a.bytes, size, &told));
    }
    assert_true(open_copy(a.bytes, a.size, &told));
}

/* shows: R-BOOT-04 */
static void test_every_byte_set(void **state)
{
    struct archive a = sample();
    struct told told;
    uint32_t accepted = 0U;
    uint32_t refused = 0U;

    (void)state;
    for (size_t i = 0U; i < a.size; i++) {
        uint8_t saved = a.bytes[i];
        for (uint32_t value = 0U; value < 256U; value++) {
            a.bytes[i] = (uint8_t)value;
            if (open_copy(a.bytes, a.size, &told)) {
                accepted++;
            } else {
                refused++;
            }
        }
        a.bytes[i] = saved;
    }
    assert_true(accepted > 0U && refused > 0U);
    assert_true(open_copy(a.bytes, a.size, &told));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_found),
        cmocka_unit_test(test_refused_entries),
        cmocka_unit_test(test_sizes_past_the_end),
        cmocka_unit_test(test_number_of_files),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_byte_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
