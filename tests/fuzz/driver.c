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

#define MAX_SEEDS  128U
#define MAX_INPUT  65536U
#define INPUTS     12000U              /* about, of all seeds together */

/* Of libasan (sanitizer/common_interface_defs.h). */
void __sanitizer_set_death_callback(void (*callback)(void));

static struct { uint8_t bytes[MAX_INPUT]; size_t size; } seeds[MAX_SEEDS], input;
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

static void replace(size_t at, size_t count, const uint8_t *bytes)
{
    for (size_t i = 0U; i < count && at + i < input.size; i++) {
        input.bytes[at + i] = bytes[i];
    }
}

static void insert(size_t at, size_t count)
{
    if (input.size + count <= MAX_INPUT) {
        memmove(input.bytes + at + count, input.bytes + at, input.size - at);
        input.size += count;
    }
}

static void mutate(void)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '0', '/', 'f' };
    const size_t at = below(input.size), count = 1U + below(16U);
    uint8_t filled[16];

    switch (below(8U)) {
    case 0U:
    case 1U: input.bytes[at] ^= (uint8_t)(1U << below(8U)); break;
    case 2U: input.bytes[at] = (uint8_t)below(256U); break;
    case 3U:
    case 4U: /* an extreme word: all of it, or of its last byte */
        memset(filled, values[below(sizeof(values))], sizeof(filled));
        replace(at & ~(size_t)3U, (size_t)1U << below(4U), filled);
        break;
    case 5U: /* something from elsewhere */
        insert(at, count);
        replace(at, count, seeds[below(seed_count)].bytes + below(256U));
        break;
    case 6U: /* something less */
        if (count < input.size - at) {
            memmove(input.bytes + at, input.bytes + at + count, input.size - at - count);
            input.size -= count;
        }
        break;
    default:
        if (below(8U) == 0U) {
            input.size = at + 1U; /* cut off */
        } else {
            memcpy(filled, input.bytes + below(input.size), 1U);
            replace(at, 1U, filled);
        }
        break;
    }
}

static void run(void)
{
    running = true;
    (void)LLVMFuzzerTestOneInput(input.bytes, input.size);
    running = false;
}

/* shows: R-ISO-30 */
static void test_fuzz_seeds_and_mutations(void **state)
{
    (void)state;
    assert_true(seed_count != 0U);
    for (uint32_t s = 0U; s < seed_count; s++) {
        input = seeds[s];
        run();
        for (uint32_t i = 0U; i < INPUTS / seed_count; i++) {
            input.size = seeds[s].size;
            memcpy(input.bytes, seeds[s].bytes, input.size);
            for (size_t n = 1U + below(1U + i % 8U); n != 0U; n--) {
                mutate();
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
        seeds[seed_count].size = fread(seeds[seed_count].bytes, 1U, MAX_INPUT, file);
        seed_count += seeds[seed_count].size != 0U ? 1U : 0U;
        (void)fclose(file);
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
