/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from the tables themselves, because the host tool makes plans and has no memory to map. */
#include "hyp/mem/gstage.h"
#include "hyp/mem/pte.h"

uint64_t gstage_pages_bound(enum gstage_mode mode, const uint64_t *sizes, uint32_t count)
{
    const uint32_t levels = gstage_levels(mode);
    uint64_t total = PTE_ROOT_PAGES + (PTE_ROOT_PAGES - 1U);

    for (uint32_t i = 0U; i < count; i++) {
        for (uint32_t level = 1U; level < levels; level++) {
            /* One table below each entry of this level that the range touches: it may begin and
             * end in the middle of one. */
            total += sizes[i] / pte_span(level) + 2U;
        }
    }
    return total;
}
