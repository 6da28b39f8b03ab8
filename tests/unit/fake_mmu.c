/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_mmu.h"

#include <stdlib.h>

#include "platform/hw/phys.h"

static const struct mmu_result fault = { false, 0U, 0U };

/* LEVELS for hgatp.MODE: 8 Sv39x4, 9 Sv48x4, 10 Sv57x4. */
static int levels(uint64_t hgatp)
{
    switch (hgatp >> 60) {
    case 8:
        return 3;
    case 9:
        return 4;
    case 10:
        return 5;
    default:
        abort();
    }
}

static uint64_t root(uint64_t hgatp)
{
    const uint64_t ppn = hgatp & ((UINT64_C(1) << 44) - 1U);

    if ((ppn & 3U) != 0U) { /* PPN[1:0] always reads as zero */
        abort();
    }
    return ppn << 12;
}

static uint64_t fetch_entry(uint64_t table, uint64_t index)
{
    return *(const uint64_t *)phys_pointer(pa(table + index * 8U), 8U);
}

struct mmu_result mmu_translate(uint64_t hgatp, uint64_t gpa, enum mmu_access access)
{
    const int count = levels(hgatp);
    const int width = 12 + 9 * count + 2; /* 41, 50 or 59 bits */
    uint64_t a = root(hgatp);

    if (gpa >> width != 0U) {
        return fault;
    }
    for (int i = count - 1; i >= 0; i--) {
        /* The VPN of the root level has 11 bits, the others 9. */
        const uint64_t mask = i == count - 1 ? 0x7ffU : 0x1ffU;
        const uint64_t pte = fetch_entry(a, (gpa >> (12 + 9 * i)) & mask);
        const bool v = (pte & 1U) != 0U, r = (pte & 2U) != 0U, w = (pte & 4U) != 0U;
        const bool x = (pte & 8U) != 0U, u = (pte & 16U) != 0U;
        const bool accessed = (pte & 64U) != 0U, dirty = (pte & 128U) != 0U;
        const uint64_t ppn = (pte >> 10) & ((UINT64_C(1) << 44) - 1U);

        if (!v || (!r && w) || pte >> 54 != 0U) {
            return fault;
        }
        if (!r && !x) {
            if (u || accessed || dirty) { /* reserved in a pointer */
                return fault;
            }
            a = ppn << 12;
            continue;
        }
        if (!u || !accessed || (access == MMU_STORE && !dirty)) {
            return fault;
        }
        if ((access == MMU_LOAD && !r) || (access == MMU_STORE && !w)
            || (access == MMU_FETCH && !x)) {
            return fault;
        }
        const uint64_t size = UINT64_C(4096) << (9 * i);

        if ((ppn << 12) % size != 0U) { /* misaligned superpage */
            return fault;
        }
        return (struct mmu_result){ true, (ppn << 12) + gpa % size, size };
    }
    return fault;
}

struct mmu_leaves mmu_count_leaves(uint64_t hgatp)
{
    struct mmu_leaves leaves = { 0U, 0U, 0U, 0U };
    uint64_t table[5] = { root(hgatp) }, index[5] = { 0U };
    const int count = levels(hgatp);
    int depth = 0; /* in tables below the root */

    while (depth >= 0) {
        if (index[depth] == (depth == 0 ? 2048U : 512U)) {
            depth--;
            continue;
        }
        const uint64_t pte = fetch_entry(table[depth], index[depth]++);
        const int level = count - 1 - depth;

        if ((pte & 1U) == 0U) {
            continue;
        }
        if ((pte & 0xeU) == 0U) {
            depth++;
            if (depth == count) {
                abort();
            }
            table[depth] = ((pte >> 10) & ((UINT64_C(1) << 44) - 1U)) << 12;
            index[depth] = 0U;
            continue;
        }
        leaves.small += level == 0 ? 1U : 0U;
        leaves.mega += level == 1 ? 1U : 0U;
        leaves.giga += level == 2 ? 1U : 0U;
        leaves.larger += level > 2 ? 1U : 0U;
    }
    return leaves;
}
