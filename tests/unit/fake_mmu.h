/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hart's MMU does with an hgatp, for tests: a G-stage walker written from the privileged
 * architecture ("Guest Physical Address Translation" and steps 1 to 8 of "Virtual Address
 * Translation Process"). It shares no declaration with hyp/mem.
 */
#ifndef TESTS_UNIT_FAKE_MMU_H
#define TESTS_UNIT_FAKE_MMU_H

#include <stdbool.h>
#include <stdint.h>

enum mmu_access { MMU_LOAD, MMU_STORE, MMU_FETCH };

struct mmu_result {
    bool ok;            /* false: guest-page fault */
    uint64_t address;   /* supervisor physical */
    uint64_t leaf_size; /* bytes */
};

struct mmu_result mmu_translate(uint64_t hgatp, uint64_t gpa, enum mmu_access access);

/* Every leaf below hgatp's root, by size. */
struct mmu_leaves {
    uint64_t small, mega, giga, larger;
};
struct mmu_leaves mmu_count_leaves(uint64_t hgatp);

#endif
