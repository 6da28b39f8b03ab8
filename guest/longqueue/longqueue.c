/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose only hart has nothing to do but to wait for its IOMMU: the largest queue, full of
 * invalidations of all contexts, each of which is a piece of work by itself. Again and again, with a
 * line in between: "longqueue: N commands, N ms in all". Wants an IOMMU.
 */
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/tree.h"

#define LOG2    15U
#define ENTRIES (1U << LOG2)
#define WORDS   2U                /* of a command */
#define MS      1000U             /* in a second */

static struct iommu iommu;
static uint64_t entries[ENTRIES * WORDS] __attribute__((aligned(ENTRIES * WORDS * 8U)));

static bool set_up(void)
{
    const struct iommu_command command = iommu_forget_contexts();

    if (!iommu_open(&iommu)) {
        return false;
    }
    for (uint32_t i = 0; i < ENTRIES; i++) {
        entries[i * WORDS] = command.words[0];
        entries[i * WORDS + 1U] = command.words[1];
    }
    iommu_set64(&iommu, IOMMU_CQB, (uint64_t)entries >> PAGE_SHIFT << PPN_SHIFT | (LOG2 - 1U));
    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    return iommu_await(&iommu, IOMMU_CQCSR, QUEUE_ON, QUEUE_ON);
}

/* One doorbell for all that fits. False: the queue has stopped. */
static bool fill(void)
{
    const uint32_t tail = (iommu_get32(&iommu, IOMMU_CQH) - 1U) & (ENTRIES - 1U);

    iommu_set32(&iommu, IOMMU_CQT, tail);
    while (iommu_get32(&iommu, IOMMU_CQH) != tail) {
        if ((iommu_get32(&iommu, IOMMU_CQCSR) & CQCSR_ERRORS) != 0U) {
            return false;
        }
    }
    return true;
}

void guest_main(void)
{
    uint64_t commands = 0, ticks = 0;
    bool good = set_up();

    while (good) {
        const uint64_t start = rdtime();

        good = fill();
        ticks += rdtime() - start;
        commands += ENTRIES - 1U;
        print("longqueue: %llu commands, %llu ms in all\n", (unsigned long long)commands,
              (unsigned long long)(ticks * MS / tree_timebase()));
    }
    print("longqueue: FAIL\n");
}
