/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own address space: the identity, of what it uses and nothing else. Its text cannot
 * be written, its data not executed, the page below each stack is not there, address 0 neither, and
 * firmware, devices of guests and shared memories are out of reach. So a defect of the hypervisor
 * ends in a panic at the place where it happens.
 *
 * The tables have the format of the G-stage's (which widens the root only: its first page is the root
 * of the narrower mode), so hyp/mem/gstage.h builds them, and satp has the layout of hgatp.
 *
 * Built by the boot hart during boot, constant afterwards; every hart switches to it before it runs
 * a guest. Pure.
 */
#ifndef HYP_MEM_OWN_SPACE_H
#define HYP_MEM_OWN_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/mem/gstage.h"
#include "lib/addr.h"

/* One piece, mapped to itself. Rounded outwards to whole pages. */
struct own_piece {
    struct pa_range range;
    uint32_t rights;         /* GSTAGE_R, _W, _X */
};

/* False when pieces share a page, or when there is no memory or no mode for them; then *failed is the
 * piece in question (count: none in particular). Otherwise *satp is what each hart sets. */
bool own_space_build(const struct own_piece *pieces, uint32_t count, struct pages *pages,
                     uint64_t *satp, uint32_t *failed);

#endif
