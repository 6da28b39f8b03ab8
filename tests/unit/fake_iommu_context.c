/* SPDX-License-Identifier: Apache-2.0 */
/* What a context may be, and what it may become between two fences. */
#include "tests/unit/fake_iommu_inside.h"

#include <stddef.h>
#include <string.h>

#define WORDS      8U
#define MODE(word) ((uint32_t)((word) >> 60))

static bool can(uint32_t bit) { return (fake_iommu.capabilities >> bit & 1U) != 0U; }

static bool bad_fsc(uint64_t tc, uint64_t fsc)
{
    const uint32_t mode = MODE(fsc);
    const bool directory = (tc >> 5 & 1U) != 0U;

    if ((fsc >> 44 & 0xffffU) != 0U) {
        return true;
    }
    if (directory) {
        return mode > 3U || (mode != 0U && !can(37U + mode));
    }
    return mode != 0U && (mode < 8U || mode > 10U || !can(mode + 1U));
}

/* 2.1.4, for an IOMMU with fctl.BE and fctl.GXL 0 and neither of them writable. Bare is no G-stage
 * for a guest, so it counts as well. */
bool fake_iommu_misconfigured(const uint64_t dc[WORDS])
{
    const uint32_t gstage = MODE(dc[1]), msi = MODE(dc[4]);
    const uint64_t tc = dc[0];
    const bool directory = (tc >> 5 & 1U) != 0U, by_default = (tc >> 9 & 1U) != 0U;

    return (tc & ~UINT64_C(0x231)) != 0U ||         /* V, DTF, PDTV, DPE */
           (by_default && !directory) || bad_fsc(tc, dc[3]) ||
           (dc[2] & ~(UINT64_C(0xfffff) << 12)) != 0U ||
           gstage < 8U || gstage > 10U || !can(gstage + 9U) || (dc[1] & 3U) != 0U ||
           msi > 1U || (dc[4] >> 44 & 0xffffU) != 0U || ((dc[5] | dc[6]) >> 47) != 0U ||
           dc[7] != 0U;
}

/* What the device reaches: all but DTF, and without what means nothing. */
static bool same_first_stage(const uint64_t a[WORDS], const uint64_t b[WORDS])
{
    return ((a[0] ^ b[0]) & ~UINT64_C(0x10)) == 0U && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static bool same_msis(const uint64_t a[WORDS], const uint64_t b[WORDS])
{
    return a[1] == b[1] && a[4] == b[4] && a[5] == b[5] && a[6] == b[6];
}

static void check_mixture(const uint64_t old[WORDS], const uint64_t now[WORDS],
                          const uint64_t mixed[WORDS])
{
    const bool empty = (mixed[1] >> 44 & 0xffffU) == FAKE_IOMMU_DENY_GSCID;

    if (fake_iommu_misconfigured(mixed)) {
        fake_iommu_wrong("a mixture of old and new words is misconfigured", mixed[3]);
    }
    if (!empty && !same_first_stage(mixed, old) && !same_first_stage(mixed, now)) {
        fake_iommu_wrong("a mixture reaches what neither of both does", mixed[3]);
    }
    if (MODE(mixed[4]) != 0U && !same_msis(mixed, old) && !same_msis(mixed, now)) {
        fake_iommu_wrong("a mixture has an MSI table that is not of its G-stage", mixed[4]);
    }
}

void fake_iommu_check_mixtures(const uint64_t old[WORDS], const uint64_t now[WORDS])
{
    for (uint32_t from_now = 0U; from_now < 1U << WORDS; from_now++) {
        uint64_t mixed[WORDS];

        for (uint32_t i = 0U; i < WORDS; i++) {
            mixed[i] = (from_now >> i & 1U) != 0U ? now[i] : old[i];
        }
        check_mixture(old, now, mixed);
    }
}
