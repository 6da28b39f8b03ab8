/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: a blob, then the plan that is made of it, without a board, on a board, and on
 * a board whose PCI functions are known; and of each plan its guests' device trees. What follows the
 * blob in the input are the bytes of every image that it names.
 */
/* covers: hyp/config hyp/plan hyp/guestdt lib/nearest.c lib/format.c */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/plan_use.h"
#include "tests/fuzz/tree_mutator.h"
#include "tests/unit/fake_configs.h"

static struct bundle bundle;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return tree_mutate(data, size, max_size, seed, true);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_size,
                                 unsigned int seed)
{
    return tree_cross(first, first_size, second, second_size, out, max_size, seed);
}

static void put_in_bundle(const char *name, const uint8_t *data, size_t size)
{
    if (name != NULL && bundle.count < BUNDLE_MAX_FILES && bundle_find(&bundle, name) == NULL) {
        bundle.files[bundle.count] = (struct bundle_file){ .name = name, .data = data,
                                                           .size = size };
        bundle.count++;
    }
}

/* Nothing is missing but what has no room. */
static void fill_bundle(const uint8_t *data, size_t size)
{
    bundle.count = 0U;
    for (uint32_t g = 0U; g < config.guest_count; g++) {
        put_in_bundle(config.guests[g].kernel, data, size);
        put_in_bundle(config.guests[g].initrd, data, size);
        put_in_bundle(config.guests[g].device_tree, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pci pci;
    const bool is_tree = size >= sizeof(struct fdt_header) && fdt_magic(data) == FDT_MAGIC;
    const size_t first = is_tree && fdt_totalsize(data) < size ? fdt_totalsize(data) : size;
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *const blob = fuzz_copy(data, first), *const image = fuzz_copy(data + first,
                                                                           size - first);

    if (board.hart_count == 0U) {
        fake_board(&board);
        fake_inventory(&pci);
        used[0] = (struct pa_range){ pa(UINT64_C(0x80200000)), 0x100000U };
    }
    const bool good = config_parse(blob, first, &config, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        fill_bundle(image, size - first);
        (void)build_plan(NULL, NULL, NULL);
        if (build_plan(&board, NULL, NULL)) {
            use_plan();
        }
        if (build_plan(&board, &pci, &bundle)) {
            use_plan();
        }
    }
    free(image);
    free(blob);
    return 0;
}
