/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time of check, time of use of a directory: a second hart changes the words of contexts, and the
 * leaves behind them, from what is the guest's to what is not and back, while the IOMMU is told to
 * look at them and devices do DMA through them. What is read twice is not what was checked.
 */
#include "guest/attack/dma.h"

#include <stddef.h>

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

#define GUARD_WORDS 8192U
#define GUARD       UINT64_C(0x6a09e667f3bcc908)
#define TARGETS     32U
#define BEHIND      256U             /* pages */
#define SHOTS       4U               /* after each look at the directory */

static volatile uint64_t guard[GUARD_WORDS];  /* memory that no table leads to */
static uint64_t *volatile contexts[2];
static uint64_t *volatile leaf;

/* None of the guest's: anywhere, or right behind its RAM, where somebody else's may be. */
static uint64_t somewhere(struct random *r)
{
    struct tree_range memory = { 0 };
    uint64_t address;

    if (random_below(r, 2) == 0U && dma_foreign(random_below(r, TARGETS), &address)) {
        return address;
    }
    (void)tree_memory(&memory);
    return memory.base + memory.size + random_below(r, BEHIND) * (uint64_t)PAGE;
}

/* Of the second hart: one word. */
static uint64_t meddle(uint64_t seed, uint64_t step)
{
    struct random r = { seed + step };
    uint64_t *context, good = iommu_table_fsc(&dma.table);

    (void)random_word(&r);
    context = contexts[random_below(&r, 2)];
    switch (random_below(&r, 16)) {
    case 0:  context[DC_TC] = random_below(&r, 2); break;
    case 1:  context[DC_TC] = random_word(&r); break;
    case 2:  context[DC_IOHGATP] = random_below(&r, 2) * (UINT64_C(8) << 60 | somewhere(&r) >> 12);
             break;
    case 3:  context[DC_TA] = random_word(&r); break;
    case 4:  context[DC_FSC] = UINT64_C(8) << 60 | somewhere(&r) >> 12; break;
    case 5:
    case 6:
    case 7:
    case 8:  *leaf = somewhere(&r) >> PAGE_SHIFT << PPN_SHIFT | IOMMU_READ_WRITE; break;
    case 9:  *leaf = (uint64_t)dma_target >> PAGE_SHIFT << PPN_SHIFT | IOMMU_READ_WRITE; break;
    default: context[DC_TC] = TC_V; context[DC_FSC] = good; context[DC_IOHGATP] = 0;
             context[DC_TA] = 0; break;
    }
    return 0;
}

static void look(void)
{
    const struct iommu_command all[] = {
        iommu_forget_context(dma.nic_id), iommu_forget_context(dma.edu_id), iommu_forget_all(),
        iommu_forget_contexts()
    };

    (void)iommu_submit(&dma.iommu, all, COUNT(all));
    (void)iommu_sync(&dma.iommu);
    if (random_below(&chance, 8) == 0U) {
        (void)iommu_mode(&dma.iommu, DDTP_OFF, NULL);
        (void)iommu_mode(&dma.iommu, iommu_directory_mode(&dma.directory), dma.directory.root);
    }
}

void attack_directory_race(struct tally *t)
{
    struct race race = { 0 };
    uint64_t address;

    dma_begin(t);
    for (uint32_t i = 0; i < GUARD_WORDS; i++) {
        guard[i] = GUARD;
    }
    contexts[0] = iommu_context(&dma.directory, dma.nic_id);
    contexts[1] = iommu_context(&dma.directory, dma.edu_id);
    leaf = iommu_table_entry(&dma.table, DMA_IOVA, 0);
    verdict(t, "the second hart does not start", 0, 0, helper_run(meddle, random_word(&chance)));
    while (race_goes_on(&race)) {
        look();
        address = random_below(&chance, 2) == 0U ? DMA_IOVA : somewhere(&chance);
        for (uint32_t i = 0; i < SHOTS; i++) {
            dma_fire(address);
        }
        verdict(t, "capabilities", address, 0,
                iommu_get64(&dma.iommu, IOMMU_CAPABILITIES) == dma.iommu.capabilities);
        if (!edu_is_busy(&dma.edu)) {
            edu_start(&dma.edu, EDU_TO_MEMORY, address, 0, 64);
        }
    }
    verdict(t, "the second hart does not stop", 0, 0, helper_stop());
    for (uint32_t i = 0; i < GUARD_WORDS; i++) {
        verdict(t, "memory that no table leads to", i, guard[i], guard[i] == GUARD);
    }
    dma_still_works(t, true);
}
