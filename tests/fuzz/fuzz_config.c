/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: a blob, then the plan that is made of it, without a board, on a board, and on
 * a board whose PCI functions are known; and of each plan its guests' device trees. What follows the
 * blob in the input are the bytes of every image that it names, and a last byte that chooses the
 * board: those of the golden tests, of which seeds.py makes build/fuzz/seeds/boards.
 */
/* covers: hyp/config hyp/plan hyp/guestdt lib/nearest.c lib/format.c */
#include "tests/fuzz/fuzz.h"

#include "platform/hw/clock.h"
#include "tests/fuzz/plan_use.h"
#include "tests/fuzz/tree_mutator.h"
#include "tests/unit/fake_configs.h"
#include "tools/file.h"
#include "tools/pci_dump.h"

static const struct { const char *tree, *functions; } places[] = {
    { "build/fuzz/seeds/boards/virt.dtb", NULL }, /* whose functions are those of fake_configs.h */
    { "build/fuzz/seeds/boards/board.dtb", NULL },
    { "build/fuzz/seeds/boards/pci.dtb", "build/fuzz/seeds/boards/pci.txt" },
    { "build/fuzz/seeds/boards/viommu.dtb", NULL },
    { "build/fuzz/seeds/boards/both-deliveries.dtb", NULL },
    { "build/fuzz/seeds/boards/many.dtb", NULL },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static struct { struct board board; struct pci pci; bool has_pci; } on[PLACES];
static struct bundle bundle;

const uint32_t fuzz_inputs = 6000U;     /* each is much work */

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

static void read_place(uint32_t which)
{
    size_t length, size;
    struct diag d = fuzz_diag(&length);
    void *const blob = file_read(places[which].tree, &size);

    assert_non_null(blob);
    assert_true(board_from_fdt(blob, size, &on[which].board, &d));
    if (places[which].functions != NULL) {
        assert_true(pci_dump_load(places[which].functions, &on[which].board));
        assert_true(pci_enumerate(&on[which].board, &on[which].pci, &d));
    } else if (which == 0U) {
        fake_inventory(&on[which].pci);
    }
    on[which].has_pci = on[which].pci.count != 0U;
}

/* Enumeration waits for nobody here. */
uint64_t clock_now(void)
{
    static uint64_t now;

    now += UINT64_C(1) << 32;
    return now;
}

static void plan_on(uint32_t which)
{
    board = on[which].board;
    if (build_plan(&board, NULL, NULL)) {
        use_plan();
    }
    if (on[which].has_pci && build_plan(&board, &on[which].pci, NULL)) {
        use_plan();
    }
    if (build_plan(&board, on[which].has_pci ? &on[which].pci : NULL, &bundle)) {
        use_plan();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bool is_tree = size >= sizeof(struct fdt_header) && fdt_magic(data) == FDT_MAGIC;
    const size_t first = is_tree && fdt_totalsize(data) < size ? fdt_totalsize(data) : size;
    const size_t tail = size - first, image = tail != 0U ? tail - 1U : 0U;
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *const blob = fuzz_copy(data, first), *const bytes = fuzz_copy(data + first, image);

    for (uint32_t i = 0U; i < PLACES && on[PLACES - 1U].board.hart_count == 0U; i++) {
        read_place(i);
    }
    used[0] = (struct pa_range){ pa(UINT64_C(0x80200000)), 0x100000U };
    const bool good = config_parse(blob, first, &config, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        fill_bundle(bytes, image);
        (void)build_plan(NULL, NULL, NULL);
        plan_on(tail != 0U ? data[size - 1U] % PLACES : 0U);
    }
    free(bytes);
    free(blob);
    return 0;
}
