/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/steps.h"

static bool same(const struct iommu_dc *a, const struct iommu_dc *b, uint32_t word)
{
    return a->word[word] == b->word[word];
}

/* tc without DTF, which says nothing of what a device may do. */
static bool same_controls(const struct iommu_dc *a, const struct iommu_dc *b)
{
    return ((a->word[IOMMU_DC_TC] ^ b->word[IOMMU_DC_TC]) & ~IOMMU_TC_DTF) == 0U;
}

static bool same_first_stage(const struct iommu_dc *a, const struct iommu_dc *b)
{
    return same_controls(a, b) && same(a, b, IOMMU_DC_TA) && same(a, b, IOMMU_DC_FSC);
}

/* The G-stage, and which pages are interrupt files. */
static bool same_second_stage(const struct iommu_dc *a, const struct iommu_dc *b)
{
    return same(a, b, IOMMU_DC_IOHGATP) && same(a, b, IOMMU_DC_MSI_MASK) &&
           same(a, b, IOMMU_DC_MSI_PATTERN);
}

static bool arrived(const struct iommu_dc *a, const struct iommu_dc *b)
{
    return same(a, b, IOMMU_DC_TC) && same(a, b, IOMMU_DC_TA) && same(a, b, IOMMU_DC_FSC) &&
           same_second_stage(a, b) && same(a, b, IOMMU_DC_MSIPTP);
}

static bool one_store_does(const struct iommu_dc *a, const struct iommu_dc *b)
{
    const uint32_t changes = (same_controls(a, b) ? 0U : 1U) + (same(a, b, IOMMU_DC_TA) ? 0U : 1U) +
                             (same(a, b, IOMMU_DC_FSC) ? 0U : 1U);

    return changes <= 1U && same_second_stage(a, b) && same(a, b, IOMMU_DC_MSIPTP);
}

static void take_second_stage(struct iommu_dc *dc, const struct iommu_dc *from, uint64_t iohgatp)
{
    dc->word[IOMMU_DC_IOHGATP] = iohgatp;
    dc->word[IOMMU_DC_MSI_MASK] = from->word[IOMMU_DC_MSI_MASK];
    dc->word[IOMMU_DC_MSI_PATTERN] = from->word[IOMMU_DC_MSI_PATTERN];
}

/* Quiet while it is on its way. */
static void take_controls(struct iommu_dc *dc, const struct iommu_dc *to)
{
    const bool there = same_second_stage(dc, to) && same(dc, to, IOMMU_DC_TA) &&
                       same(dc, to, IOMMU_DC_FSC) && same(dc, to, IOMMU_DC_MSIPTP);

    dc->word[IOMMU_DC_TC] = to->word[IOMMU_DC_TC] | (there ? 0U : IOMMU_TC_DTF);
}

/* Without an MSI table, under the empty G-stage. */
static void change_first_stage(struct iommu_dc *dc, const struct iommu_dc *to)
{
    if (same_controls(dc, to)) {
        dc->word[IOMMU_DC_TA] = to->word[IOMMU_DC_TA];
        dc->word[IOMMU_DC_FSC] = to->word[IOMMU_DC_FSC];
        take_controls(dc, to);
    } else if (dc->word[IOMMU_DC_FSC] != 0U) {
        dc->word[IOMMU_DC_TC] |= IOMMU_TC_DTF;
        dc->word[IOMMU_DC_FSC] = 0U;
    } else {
        take_controls(dc, to);
    }
}

bool iommu_step(struct iommu_dc *dc, const struct iommu_dc *to, uint64_t deny)
{
    if (arrived(dc, to)) {
        return false;
    }
    if (one_store_does(dc, to)) {
        *dc = *to;
    } else if (dc->word[IOMMU_DC_MSIPTP] != IOMMU_MSIPTP_OFF) {
        dc->word[IOMMU_DC_TC] |= IOMMU_TC_DTF;
        dc->word[IOMMU_DC_MSIPTP] = IOMMU_MSIPTP_OFF;
    } else if (same_first_stage(dc, to)) {
        if (same_second_stage(dc, to)) {
            *dc = *to;
        } else {
            take_second_stage(dc, to, to->word[IOMMU_DC_IOHGATP]);
            take_controls(dc, to);
        }
    } else if (dc->word[IOMMU_DC_IOHGATP] != deny) {
        dc->word[IOMMU_DC_TC] |= IOMMU_TC_DTF;
        take_second_stage(dc, to, deny);
    } else {
        change_first_stage(dc, to);
    }
    return true;
}
