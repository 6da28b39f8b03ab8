/* SPDX-License-Identifier: Apache-2.0 */
/* Where interrupt files are (AIA 3.6), and hart numbers in MSI addresses (AIA 4.9.1). */
#include "platform/board.h"
#include "platform/board_read.h"

/* The regions follow each other in the order of reg; a hart's files never straddle two. */
bool board_find_imsic_file(const struct board_imsic *imsic, uint32_t index, pa_t *out)
{
    uint64_t stride = board_imsic_stride(imsic);
    uint64_t offset = index * stride;

    for (uint32_t i = 0U; i < imsic->region_count; i++) {
        const struct pa_range *region = &imsic->regions[i];
        if (span_contains(0U, region->size, offset, stride)) {
            *out = pa_add(region->base, offset);
            return true;
        }
        uint64_t taken = align_up(region->size, stride);
        if (offset < taken) {
            return false;
        }
        offset -= taken;
    }
    return false;
}

pa_t board_imsic_file(const struct board_imsic *imsic, uint32_t imsic_index, uint32_t guest_file)
{
    pa_t file = pa(0U);

    (void)board_find_imsic_file(imsic, imsic_index, &file);
    return pa_add(file, guest_file * PAGE_SIZE);
}

uint32_t board_aplic_hart_index(const struct board_imsic *imsic, uint32_t imsic_index)
{
    uint64_t file = board_imsic_file(imsic, imsic_index, 0U).v;
    uint64_t hart = file >> (PAGE_SHIFT + imsic->guest_index_bits) &
                    board_bits_mask(imsic->hart_index_bits);
    uint64_t group = imsic->group_index_bits == 0U
                         ? 0U
                         : file >> imsic->group_index_shift &
                               board_bits_mask(imsic->group_index_bits);

    return (uint32_t)(group << imsic->hart_index_bits | hart);
}
