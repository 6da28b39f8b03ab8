/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/mem/own_space.h"

/* An identity needs addresses in the lower, positive half (privileged architecture, "Sv39": bits 63
 * to 39 equal bit 38; Sv48, Sv57 alike). satp and hgatp number the modes alike. */
static bool choose_mode(uint64_t last, enum gstage_mode *mode)
{
    static const struct { enum gstage_mode mode; uint32_t bits; } modes[] = {
        { GSTAGE_SV39X4, 38U }, { GSTAGE_SV48X4, 47U }, { GSTAGE_SV57X4, 56U },
    };

    for (uint32_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
        if (last >> modes[m].bits == 0U) {
            *mode = modes[m].mode;
            return true;
        }
    }
    return false;
}

bool own_space_build(const struct own_piece *pieces, uint32_t count, struct pages *pages,
                     uint64_t *satp, uint32_t *failed)
{
    struct gstage space;
    enum gstage_mode mode = GSTAGE_SV39X4;
    uint64_t last = 0;

    *failed = count;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t end = pieces[i].range.base.v + (pieces[i].range.size - 1U);
        last = end > last ? end : last;
    }
    if (!choose_mode(last, &mode) || gstage_create(&space, mode, pages) != GSTAGE_OK) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t base = align_down(pieces[i].range.base.v, PAGE_SIZE);
        uint64_t end = align_up(pieces[i].range.base.v + pieces[i].range.size, PAGE_SIZE);
        if (gstage_map(&space, gpa(base), pa(base), end - base, pieces[i].rights | GSTAGE_HS,
                       pages) != GSTAGE_OK) {
            *failed = i;
            return false;
        }
    }
    *satp = gstage_hgatp(&space, 0U);
    return true;
}
