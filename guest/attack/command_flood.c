/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest command queue that there is, always full: of invalidations, of commands that are
 * nearly right, of nonsense; its tail written by two harts at once. The physical queue is everybody's:
 * nothing but what is in order may enter it, and nobody may wait for long.
 */
#include "guest/attack/dma.h"

#include "guest/lib/csr.h"

#define LOG2    15U
#define ENTRIES (1U << LOG2)
#define ERRORS_CLEARED (QUEUE_ENABLE | CQCSR_ERRORS | CQCSR_FENCE_W_IP)

static struct iommu_command queue[ENTRIES] __attribute__((aligned(ENTRIES * COMMAND_SIZE)));

static struct iommu_command some_command(struct random *r)
{
    const struct iommu_command good[] = {
        iommu_forget_all(), iommu_forget_process(random_below(r, 16)), iommu_forget_contexts(),
        iommu_forget_context(dma.nic_id), iommu_forget_address(random_word(r)), iommu_fence(),
        iommu_fence_store(&dma_target[8], 1),
    };
    struct iommu_command command = good[random_below(r, COUNT(good))];

    if (random_below(r, 64) == 0U) {   /* one bit too many: GV, a GSCID, another opcode */
        command.words[0] ^= UINT64_C(1) << random_below(r, 64);
    }
    if (random_below(r, 256) == 0U) {
        command = (struct iommu_command){ { random_word(r), random_word(r) } };
    }
    return command;
}

/* Of the second hart. */
static uint64_t tail(uint64_t unused, uint64_t step)
{
    (void)unused;
    iommu_set32(&dma.iommu, IOMMU_CQT, (uint32_t)(step * 4099U) % ENTRIES);
    iommu_set32(&dma.iommu, IOMMU_CQCSR, ERRORS_CLEARED);
    return 0;
}

void attack_command_flood(struct tally *t)
{
    struct race race = { 0 };

    dma_begin(t);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        queue[i] = some_command(&chance);
    }
    (void)iommu_commands_stop(&dma.iommu);
    iommu_set64(&dma.iommu, IOMMU_CQB,
                (uint64_t)queue >> PAGE_SHIFT << PPN_SHIFT | (LOG2 - 1U));
    iommu_set32(&dma.iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    verdict(t, "the second hart does not start", 0, 0, helper_run(tail, 0));
    while (race_goes_on(&race)) {
        uint32_t head = iommu_get32(&dma.iommu, IOMMU_CQH);

        iommu_set32(&dma.iommu, IOMMU_CQT, (head - 1U) % ENTRIES);
        iommu_set32(&dma.iommu, IOMMU_CQCSR, ERRORS_CLEARED);
        verdict(t, "the head is beyond the queue", head, 0, head < ENTRIES);
    }
    verdict(t, "the second hart does not stop", 0, 0, helper_stop());
    dma_still_works(t, false);
}
