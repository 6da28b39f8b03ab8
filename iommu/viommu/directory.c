/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's device directory, of contexts of base format. The guest may change it while it is read:
 * each entry is loaded once, and what is decided is decided on the copy, so that the context is one
 * that stood there, or would have been refused.
 */
#include "iommu/directory.h"
#include "iommu/viommu/parts.h"

static gpa_t entry_at(gpa_t table, uint32_t level, uint32_t id)
{
    return gpa_add(table, iommu_directory_offset(IOMMU_DC_WORDS_BASE, level, id));
}

/* 2.3 steps 1 to 6, 2.3.1. */
struct viommu_context viommu_look_up(const struct viommu *v, uint32_t id)
{
    const struct viommu_memory *memory = &v->setup.memory;
    const uint64_t ddtp = viommu_get64(v, IOMMU_DDTP);
    const uint32_t mode = (uint32_t)ddtp & IOMMU_DDTP_MODE_MASK;
    gpa_t table = gpa(IOMMU_ADDRESS_53_10(ddtp));
    uint64_t words[IOMMU_DC_WORDS_BASE];

    if (mode == IOMMU_DDTP_BARE) {
        return viommu_passed(v->setup.capabilities);
    }
    if (mode == IOMMU_DDTP_OFF || mode > IOMMU_DDTP_LEVELS(IOMMU_MAX_LEVELS)) {
        return viommu_refused(IOMMU_CAUSE_ALL_DISALLOWED);
    }

    const uint32_t levels = mode - IOMMU_DDTP_LEVELS(0U);
    const uint32_t levels_needed = iommu_directory_levels(IOMMU_DC_WORDS_BASE, id);

    if (levels_needed == 0U || levels_needed > levels) {
        return viommu_refused(IOMMU_CAUSE_TYPE_DISALLOWED);
    }
    for (uint32_t level = levels - 1U; level > 0U; level--) {
        uint64_t entry = 0U;

        if (!memory->load(memory->ctx, entry_at(table, level, id), &entry, 1U)) {
            return viommu_refused(IOMMU_CAUSE_DDT_ACCESS);
        }
        if ((entry & IOMMU_DDTE_V) == 0U) {
            return viommu_refused(IOMMU_CAUSE_DDT_INVALID);
        }
        if ((entry & IOMMU_DDTE_RESERVED) != 0U) {
            return viommu_refused(IOMMU_CAUSE_DDT_MISCONFIGURED);
        }
        table = gpa(IOMMU_ADDRESS_53_10(entry));
    }
    if (!memory->load(memory->ctx, entry_at(table, 0U, id), words, IOMMU_DC_WORDS_BASE)) {
        return viommu_refused(IOMMU_CAUSE_DDT_ACCESS);
    }
    if ((words[IOMMU_DC_TC] & IOMMU_TC_V) == 0U) {
        return viommu_refused(IOMMU_CAUSE_DDT_INVALID);
    }
    return viommu_compose(v->setup.capabilities, words);
}
