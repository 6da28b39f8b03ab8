/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/mem/gstage.h"

#include <stddef.h>

#include "hyp/mem/pte.h"
#include "platform/hw/phys.h"

#define LARGEST_LEAF_LEVEL 2U /* 1 GiB */

/* One past the last guest physical address that the mode translates. */
static uint64_t gpa_limit(enum gstage_mode mode)
{
    return pte_span(gstage_levels(mode)) << PTE_ROOT_EXTRA_BITS;
}

/* The entry for address in the table at this level; root: it is the widened one. */
static uint64_t *entry_at(pa_t table, uint32_t level, gpa_t address, bool root)
{
    const uint64_t entries = root ? PTE_ENTRIES << PTE_ROOT_EXTRA_BITS : PTE_ENTRIES;
    uint64_t *const entry = phys_pointer(table, entries * sizeof(*entry));

    return &entry[(address.v / pte_span(level)) & (entries - 1U)];
}

enum gstage_result gstage_create(struct gstage *table, enum gstage_mode mode, struct pages *pages)
{
    pa_t root;

    if (!pages_take(pages, PTE_ROOT_PAGES, PTE_ROOT_PAGES * PAGE_SIZE, &root)) {
        return GSTAGE_NO_MEMORY;
    }
    *table = (struct gstage){ .mode = mode, .root = root };
    return GSTAGE_OK;
}

/* Put one leaf in place, making the tables on the way. */
static enum gstage_result map_leaf(struct gstage *table, gpa_t from, uint64_t leaf, uint32_t level,
                                   struct pages *pages)
{
    const uint32_t top = gstage_levels(table->mode) - 1U;
    uint64_t *entry = entry_at(table->root, top, from, true);

    for (uint32_t at = top; at > level; at--) {
        if ((*entry & PTE_V) == 0U) {
            pa_t lower;

            if (!pages_take(pages, 1U, PAGE_SIZE, &lower)) {
                return GSTAGE_NO_MEMORY;
            }
            *entry = pte_make(lower, PTE_V);
        } else if (pte_is_leaf(*entry)) {
            return GSTAGE_OVERLAP;
        }
        entry = entry_at(pte_address(*entry), at - 1U, from, false);
    }
    /* A table that stands here has something mapped below it: none is made for nothing. */
    if ((*entry & PTE_V) != 0U) {
        return GSTAGE_OVERLAP;
    }
    *entry = leaf;
    return GSTAGE_OK;
}

static uint32_t largest_leaf(gpa_t from, pa_t to, uint64_t size)
{
    uint32_t level = LARGEST_LEAF_LEVEL;

    while (level > 0U && (!is_aligned(from.v | to.v, pte_span(level)) || size < pte_span(level))) {
        level--;
    }
    return level;
}

static bool rights_are_valid(uint32_t rights)
{
    const uint32_t known = GSTAGE_R | GSTAGE_W | GSTAGE_X | GSTAGE_HS;

    return (rights & ~GSTAGE_HS) != 0U && (rights & ~known) == 0U
        && ((rights & GSTAGE_W) == 0U || (rights & GSTAGE_R) != 0U);
}

enum gstage_result gstage_map(struct gstage *table, gpa_t gpa, pa_t pa, uint64_t size,
                              uint32_t rights, struct pages *pages)
{
    if (size == 0U || !is_aligned(gpa.v | pa.v | size, PAGE_SIZE)) {
        return GSTAGE_MISALIGNED;
    }
    if (!span_contains(0U, gpa_limit(table->mode), gpa.v, size)
        || !span_contains(0U, PTE_PA_LIMIT, pa.v, size)) {
        return GSTAGE_OUT_OF_RANGE;
    }
    if (!rights_are_valid(rights)) {
        return GSTAGE_BAD_RIGHTS;
    }
    const uint64_t bits = PTE_V | PTE_A | PTE_D
                        | ((rights & GSTAGE_HS) != 0U ? 0U : PTE_U)
                        | ((rights & GSTAGE_R) != 0U ? PTE_R : 0U)
                        | ((rights & GSTAGE_W) != 0U ? PTE_W : 0U)
                        | ((rights & GSTAGE_X) != 0U ? PTE_X : 0U);
    uint64_t done = 0U;

    while (done < size) { /* at most size / PAGE_SIZE rounds */
        const gpa_t from = gpa_add(gpa, done);
        const pa_t to = pa_add(pa, done);
        const uint32_t level = largest_leaf(from, to, size - done);
        const enum gstage_result result = map_leaf(table, from, pte_make(to, bits), level, pages);

        if (result != GSTAGE_OK) {
            return result;
        }
        done += pte_span(level);
    }
    return GSTAGE_OK;
}

bool gstage_translate(const struct gstage *table, gpa_t gpa, pa_t *out, uint32_t *rights)
{
    const uint32_t top = gstage_levels(table->mode) - 1U;

    if (gpa.v >= gpa_limit(table->mode)) {
        return false;
    }
    uint32_t level = top;
    uint64_t pte = *entry_at(table->root, top, gpa, true);

    while (level > 0U && (pte & PTE_V) != 0U && !pte_is_leaf(pte)) {
        level--;
        pte = *entry_at(pte_address(pte), level, gpa, false);
    }
    if ((pte & PTE_V) == 0U) {
        return false;
    }
    *out = pa_add(pte_address(pte), gpa.v & (pte_span(level) - 1U));
    *rights = ((pte & PTE_R) != 0U ? GSTAGE_R : 0U) | ((pte & PTE_W) != 0U ? GSTAGE_W : 0U)
            | ((pte & PTE_X) != 0U ? GSTAGE_X : 0U) | ((pte & PTE_U) != 0U ? 0U : GSTAGE_HS);
    return true;
}
