/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G-stage page tables: what guest physical addresses a guest reaches, and with which rights.
 * Built during boot by the boot hart, constant afterwards: then any hart may translate. Pure over
 * platform/hw/phys.h.
 *
 * Privileged architecture, "Two-Stage Address Translation" and "Guest Physical Address
 * Translation": Sv39x4, Sv48x4, Sv57x4; a 16 KiB root; leaves of 4 KiB, 2 MiB and 1 GiB; U=1 in
 * every leaf; A and D preset, since nothing here ever asks for them.
 */
#ifndef HYP_MEM_GSTAGE_H
#define HYP_MEM_GSTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/pages.h"

/* hgatp.MODE */
enum gstage_mode { GSTAGE_SV39X4 = 8, GSTAGE_SV48X4 = 9, GSTAGE_SV57X4 = 10 };

#define GSTAGE_R (1U << 0)
#define GSTAGE_W (1U << 1)
#define GSTAGE_X (1U << 2)
/* Not for a guest: a leaf that HS-mode itself goes through (U = 0), see hyp/mem/own_space.h. */
#define GSTAGE_HS (1U << 3)

/* Levels of tables below hgatp. */
static inline uint32_t gstage_levels(enum gstage_mode mode)
{
    switch (mode) {
    case GSTAGE_SV57X4:
        return 5U;
    case GSTAGE_SV48X4:
        return 4U;
    case GSTAGE_SV39X4:
    default:
        return 3U;
    }
}

struct gstage {
    enum gstage_mode mode;
    pa_t root;               /* 16 KiB aligned */
};

enum gstage_result {
    GSTAGE_OK,
    GSTAGE_MISALIGNED,       /* gpa, pa or size not whole pages, or size 0 */
    GSTAGE_OUT_OF_RANGE,     /* gpa past what the mode translates, pa past 56 bits, or a wrap */
    GSTAGE_BAD_RIGHTS,       /* none, unknown bits, or W without R (reserved in an entry) */
    GSTAGE_OVERLAP,          /* some page of the range is mapped already */
    GSTAGE_NO_MEMORY
};

/* An empty table: every access faults. */
enum gstage_result gstage_create(struct gstage *table, enum gstage_mode mode, struct pages *pages);

/* Map [gpa, gpa+size) to [pa, ..) with rights (GSTAGE_*) in the largest leaves that both addresses'
 * alignment and the rest of the size allow. Nothing is mapped twice. On a result other than OK the
 * table may hold part of the range: boot stops then. */
enum gstage_result gstage_map(struct gstage *table, gpa_t gpa, pa_t pa, uint64_t size,
                              uint32_t rights, struct pages *pages);

/* What a hart would do with an access to gpa: true, the physical address and rights; or false. */
bool gstage_translate(const struct gstage *table, gpa_t gpa, pa_t *out, uint32_t *rights);

/* An upper bound on the pool pages that a table takes when ranges of these sizes (bytes) are
 * mapped, wherever they lie: the root, the gap before it for its alignment, and every lower table.
 * For the plan's pool. Precondition: each size is below 2^56, count below 2^16 (no overflow). */
uint64_t gstage_pages_bound(enum gstage_mode mode, const uint64_t *sizes, uint32_t count);

/* hgatp for this table (layout: hyp/mem/pte.h). vmid must fit in the bits the hart has. */
uint64_t gstage_hgatp(const struct gstage *table, uint32_t vmid);

#endif
