/* SPDX-License-Identifier: Apache-2.0 */
/* The board: any bytes as its device tree, and all that is done with one that is accepted. */
/* covers: platform/board.c platform/board_aia.c platform/board_find.c platform/board_harts.c
 * platform/board_iommus.c platform/board_memory.c platform/board_overlaps.c platform/board_pci.c
 * platform/board_uart.c platform/fdt_address.c platform/fdt_interrupt.c platform/fdt_read.c
 * platform/isa.c */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/board_use.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *blob = fuzz_copy(data, size);

    const bool good = board_from_fdt(blob, size, &board, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        use_board();
    }
    free(blob);
    return 0;
}
