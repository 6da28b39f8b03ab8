/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/directory.h"

#include <stddef.h>

#include "iommu/flush.h"
#include "iommu/memory.h"
#include "iommu/regs.h"

/* The first bit of the id that chooses at this level; the leaf is level 0. */
static uint32_t level_shift(uint32_t dc_words, uint32_t level)
{
    const uint32_t leaf_bits =
        dc_words == IOMMU_DC_WORDS_EXTENDED ? IOMMU_DDI0_BITS_EXTENDED : IOMMU_DDI0_BITS_BASE;

    return level == 0U ? 0U : leaf_bits + (level - 1U) * IOMMU_DDI_BITS;
}

/* Where the bits end that the levels up to this one look at. */
static uint32_t id_bits(uint32_t dc_words, uint32_t levels)
{
    const uint32_t bits = level_shift(dc_words, levels);

    return bits < IOMMU_DEVICE_ID_BITS ? bits : IOMMU_DEVICE_ID_BITS;
}

uint32_t iommu_directory_levels(uint32_t dc_words, uint32_t device_id)
{
    for (uint32_t levels = 1U; levels <= IOMMU_MAX_LEVELS; levels++) {
        if (device_id >> id_bits(dc_words, levels) == 0U) {
            return levels;
        }
    }
    return 0U;
}

uint64_t iommu_directory_offset(uint32_t dc_words, uint32_t level, uint32_t device_id)
{
    const uint32_t first = level_shift(dc_words, level);
    const uint32_t last = id_bits(dc_words, level + 1U);
    const uint32_t index = (device_id >> first) & ((1U << (last - first)) - 1U);
    const uint64_t words = level == 0U ? dc_words : 1U;

    return index * words * sizeof(uint64_t);
}

static pa_t entry_at(const struct iommu_directory *directory, pa_t table, uint32_t level,
                     uint32_t device_id)
{
    return pa_add(table, iommu_directory_offset(directory->dc_words, level, device_id));
}

/* A page for the next level. The IOMMU sees it zeroed before it sees the entry. */
static bool link_table(pa_t entry, uint32_t cache_block, struct pages *pages)
{
    pa_t table;

    if (!pages_take(pages, 1U, PAGE_SIZE, &table)) {
        return false;
    }
    iommu_flush(table, PAGE_SIZE, cache_block);
    iommu_store64(entry, IOMMU_PPN_53_10(table.v) | IOMMU_DDTE_V);
    iommu_flush(entry, sizeof(uint64_t), cache_block);
    return true;
}

static bool reaches(const struct iommu_directory *directory, uint32_t device_id)
{
    const uint32_t needed = iommu_directory_levels(directory->dc_words, device_id);

    return needed != 0U && needed <= directory->levels;
}

/* Down to the context; pages may be NULL: then only what is there already is found. */
static bool walk(const struct iommu_directory *directory, uint32_t device_id, struct pages *pages,
                 pa_t *out)
{
    pa_t table = directory->root;

    if (!reaches(directory, device_id)) {
        return false;
    }
    for (uint32_t level = directory->levels - 1U; level > 0U; level--) {
        const pa_t entry = entry_at(directory, table, level, device_id);
        if ((iommu_load64(entry) & IOMMU_DDTE_V) == 0U &&
            (pages == NULL || !link_table(entry, directory->cache_block, pages))) {
            return false;
        }
        table = pa((iommu_load64(entry) & IOMMU_PPN_53_10_MASK) << 2);
    }
    *out = entry_at(directory, table, 0U, device_id);
    return true;
}

bool iommu_directory_make(const struct iommu_directory *directory, uint32_t device_id,
                          struct pages *pages)
{
    pa_t unused;

    return walk(directory, device_id, pages, &unused);
}

pa_t iommu_directory_find(const struct iommu_directory *directory, uint32_t device_id)
{
    pa_t dc = pa(0U);

    (void)walk(directory, device_id, NULL, &dc);
    return dc;
}
