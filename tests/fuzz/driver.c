/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A harness as a unit test, without libFuzzer: the seeds of the folder build/fuzz/seeds/NAME, each
 * as it is and then with seeded mutations, the same in every run. What fails is left in
 * build/fuzz/crashes/NAME-test, for `build/fuzz/NAME FILE` and to become a seed
 * (tests/fuzz/corpus).
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#define MAX_SEEDS  1024U
#define MAX_INPUT  65536U
#define INPUTS     12000U              /* about, of all seeds together */
#define COPIED     16U                 /* bytes from elsewhere at most */
#define COPIED_AT  256U                /* from the first bytes of a seed */

/* Of libasan (sanitizer/common_interface_defs.h). */
void __sanitizer_set_death_callback(void (*callback)(void));

static struct { uint8_t *bytes; size_t size; } seeds[MAX_SEEDS]; /* and zeros */
static struct { uint8_t bytes[MAX_INPUT]; size_t size; } input;
static uint32_t seed_count;
static char name[64];
static bool running;
static uint64_t dice = UINT64_C(0xb01d4ead);

static size_t below(size_t limit)
{
    dice ^= dice >> 12;
    dice ^= dice << 25;
    dice ^= dice >> 27;
    return (size_t)((dice * UINT64_C(2685821657736338717) >> 16) % limit);
}

static void keep_input(void)
{
    char path[128];

    if (!running) {
        return;
    }
    (void)mkdir("build/fuzz/crashes", 0777);
    (void)snprintf(path, sizeof(path), "build/fuzz/crashes/%s-test", name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(input.bytes, 1U, input.size, file) != input.size ||
        fclose(file) != 0) {
        (void)fprintf(stderr, "%s: cannot be written\n", path);
        return;
    }
    (void)fprintf(stderr, "the input that failed is in %s\n", path);
}

/* ---- mutations ------------------------------------------------------------------------------- */

/* What a mutation works on: bytes, how many, and for how many there is room. */
struct text { uint8_t *bytes; size_t size, room; };

static void replace(struct text *t, size_t at, size_t count, const uint8_t *bytes)
{
    for (size_t i = 0U; i < count && at + i < t->size; i++) {
        t->bytes[at + i] = bytes[i];
    }
}

static void insert(struct text *t, size_t at, size_t count)
{
    if (t->size + count <= t->room) {
        memmove(t->bytes + at + count, t->bytes + at, t->size - at);
        t->size += count;
    }
}

static void mutate(struct text *t)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '0', '/', 'f' };
    const size_t at = below(t->size), count = 1U + below(COPIED);
    uint8_t filled[COPIED];

    switch (below(8U)) {
    case 0U:
    case 1U: t->bytes[at] ^= (uint8_t)(1U << below(8U)); break;
    case 2U: t->bytes[at] = (uint8_t)below(256U); break;
    case 3U:
    case 4U: /* an extreme word: all of it, or of its last byte */
        memset(filled, values[below(sizeof(values))], sizeof(filled));
        replace(t, at & ~(size_t)3U, (size_t)1U << below(4U), filled);
        break;
    case 5U: /* something from elsewhere */
        insert(t, at, count);
        replace(t, at, count, seeds[below(seed_count)].bytes + below(COPIED_AT));
        break;
    case 6U: /* something less */
        if (count < t->size - at) {
            memmove(t->bytes + at, t->bytes + at + count, t->size - at - count);
            t->size -= count;
        }
        break;
    default:
        if (below(8U) == 0U) {
            t->size = at + 1U; /* cut off */
        } else {
            memcpy(filled, t->bytes + below(t->size), 1U);
            replace(t, at, 1U, filled);
        }
        break;
    }
}

/* libFuzzer's, for mutators of harnesses. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    struct text t = { data, size, max_size };

    if (size == 0U) {
        if (max_size == 0U) {
            return 0U;
        }
        data[0] = (uint8_t)below(256U);
        t.size = 1U;
    }
    mutate(&t);
    return t.size;
}

static void mutate_input(void)
{
    if (LLVMFuzzerCustomMutator != NULL) {
        input.size = LLVMFuzzerCustomMutator(input.bytes, input.size, MAX_INPUT,
                                             (unsigned int)below(UINT32_MAX));
    } else {
        input.size = LLVMFuzzerMutate(input.bytes, input.size, MAX_INPUT);
    }
}

/* ---- the test -------------------------------------------------------------------------------- */

static void take_seed(uint32_t s)
{
    input.size = seeds[s].size;
    memcpy(input.bytes, seeds[s].bytes, input.size);
}

static void run(void)
{
    running = true;
    (void)LLVMFuzzerTestOneInput(input.bytes, input.size);
    running = false;
}

/* shows: R-ISO-30, R-BLD-36 */
static void test_fuzz_seeds_and_mutations(void **state)
{
    (void)state;
    const uint32_t inputs = &fuzz_inputs != NULL ? fuzz_inputs : INPUTS;

    assert_true(seed_count != 0U);
    for (uint32_t s = 0U; s < seed_count; s++) {
        take_seed(s);
        run();
        for (uint32_t i = 0U; i < inputs / seed_count; i++) {
            take_seed(s);
            for (size_t n = 1U + below(1U + i % 8U); n != 0U; n--) {
                mutate_input();
            }
            run();
        }
    }
}

static int end(void **state)
{
    (void)state;
    keep_input();
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* In the order of their names, so that the run is the same everywhere. */
static void read_seeds(void)
{
    char folder[128], path[512];
    struct dirent **entries = NULL;

    (void)snprintf(folder, sizeof(folder), "build/fuzz/seeds/%s", name);
    const int count = scandir(folder, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        FILE *file = entries[i]->d_name[0] == '.' ? NULL : fopen(path, "rb");
        free(entries[i]);
        if (file == NULL || seed_count == MAX_SEEDS) {
            continue;
        }
        const size_t size = fread(input.bytes, 1U, MAX_INPUT, file);
        (void)fclose(file);
        if (size != 0U) {
            seeds[seed_count].bytes = calloc(1U, size + COPIED_AT + COPIED);
            assert_non_null(seeds[seed_count].bytes);
            memcpy(seeds[seed_count].bytes, input.bytes, size);
            seeds[seed_count].size = size;
            seed_count++;
        }
    }
    free(entries);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_fuzz_seeds_and_mutations, end),
    };
    const char *slash = argc != 0 ? strrchr(argv[0], '/') : NULL;

    (void)snprintf(name, sizeof(name), "%s", slash != NULL ? slash + 1 : "");
    __sanitizer_set_death_callback(keep_input);
    read_seeds();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
