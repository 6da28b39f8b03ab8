/* SPDX-License-Identifier: Apache-2.0 */
/* RAM of a guest, for what reads and writes it by struct viommu_memory: one range of pages, all 0
 * at first, with a page that can be taken out of it. What is not RAM is never touched. */
#ifndef TESTS_UNIT_FAKE_GUEST_MEMORY_H
#define TESTS_UNIT_FAKE_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/viommu/viommu.h"
#include "lib/addr.h"

#define FAKE_RAM_BASE  UINT64_C(0x80000000)
#define FAKE_RAM_PAGES 1024U           /* 4 MiB */
#define FAKE_RAM_SIZE  (FAKE_RAM_PAGES * PAGE_SIZE)

struct fake_guest_memory {
    uint64_t words[FAKE_RAM_SIZE / sizeof(uint64_t)];
    uint64_t hole;           /* a page that is not RAM, 0: none */
    uint32_t loads, stores;  /* calls, whether they succeeded or not */
};
extern struct fake_guest_memory fake_guest_memory;

/* All 0 and no hole; what to put into viommu_setup.memory. */
struct viommu_memory fake_guest_memory_new(void);

/* A doubleword of it, aligned, which exists: what the guest's own harts see and do. */
uint64_t fake_guest_get(uint64_t at);
void fake_guest_put(uint64_t at, uint64_t value);

#endif
