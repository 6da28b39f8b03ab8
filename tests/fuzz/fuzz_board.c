/* SPDX-License-Identifier: Apache-2.0 */
/* The board: any bytes as its device tree, and all that is done with one that is accepted, up to a
 * plan of two guests on it and their device trees. */
/* covers: platform/board.c platform/board_aia.c platform/board_find.c platform/board_harts.c
 * platform/board_iommus.c platform/board_memory.c platform/board_overlaps.c platform/board_pci.c
 * platform/board_uart.c platform/interrupt_files.c platform/fdt_address.c platform/fdt_interrupt.c platform/fdt_read.c
 * platform/isa.c hyp/guestdt */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/plan_use.h"
#include "tests/fuzz/tree_mutator.h"
#include "tests/unit/board_use.h"
#include "tests/unit/fake_configs.h"

#define GIVEN 3U                        /* nodes that the guests are given at most, */
#define TRIED 6U                        /* of so many, after as many as */
#define SKIPPED 8U                      /* the size of the input says: less than that */

const uint32_t fuzz_inputs = 3000U;     /* each is much work */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return tree_mutate(data, size, max_size, seed, false);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_size,
                                 unsigned int seed)
{
    return tree_cross(first, first_size, second, second_size, out, max_size, seed);
}

/* Up to three devices of the board that can be given away, alone: the first is behind a vIOMMU if
 * there is an IOMMU before it. */
static void give_devices(uint32_t skipped)
{
    static char paths[GIVEN][CONFIG_PATH_MAX];
    uint32_t given = 0U, seen = 0U;

    for (int node = 0; node >= 0 && given < GIVEN && seen < skipped + TRIED;
         node = fdt_next_node(board.fdt, node, NULL)) {
        if (fdt_getprop(board.fdt, node, "interrupts", NULL) == NULL ||
            fdt_get_path(board.fdt, node, paths[given], CONFIG_PATH_MAX) != 0) {
            continue;
        }
        seen++;
        if (seen <= skipped) {
            continue;
        }
        const struct config before = config;
        struct config_device *const device =
            fake_give_node(&config, given % config.guest_count, paths[given]);

        device->unprotected_dma = true;
        if (!build_plan(&board, NULL, NULL)) {
            config = before;
            continue;
        }
        const uint32_t iommu = plan.guests[given % config.guest_count].devices[0].dma.iommu;

        if (given == 0U && iommu != PLAN_NO_IOMMU) {
            device->viommu = fake_give_viommu(&config, 0U);
            device->unprotected_dma = false;
        }
        given++;
    }
}

static void plan_on_board(size_t size)
{
    const uint32_t guests = board.hart_count < 2U ? board.hart_count : 2U;
    size_t length;
    struct diag d = fuzz_diag(&length);

    if (guests == 0U || !board_require(&board, &d)) {
        return;
    }
    fake_config(&config, &board, guests);
    if (!build_plan(&board, NULL, NULL)) {
        return;
    }
    give_devices((uint32_t)(size / sizeof(uint32_t) % SKIPPED));
    if (build_plan(&board, NULL, NULL)) {
        use_plan();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *blob = fuzz_copy(data, size);

    const bool good = board_from_fdt(blob, size, &board, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        use_board();
        plan_on_board(size);
    }
    free(blob);
    return 0;
}
