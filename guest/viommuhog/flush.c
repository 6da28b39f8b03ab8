/* SPDX-License-Identifier: Apache-2.0 */
/* The most work that a guest can make for an IOMMU that others use too, with nothing wrong about
 * it: the largest queue, full of invalidations of everything, again and again. In between it only
 * computes. */
#include "guest/lib/phase.h"
#include "guest/viommuhog/viommuhog.h"

#define SIZE  (1U << PLAY_QUEUE_LOG2)
#define KINDS 8U

void flush_in_odd_phases(void)
{
    /* Each kind by itself, so that none stands for its neighbours, and a fence in each piece. */
    const struct iommu_command kinds[] = { iommu_forget_contexts(), iommu_forget_process(1),
                                           iommu_forget_process(2), iommu_forget_process(3),
                                           iommu_forget_process(4), iommu_forget_process(5),
                                           iommu_forget_process(6), iommu_fence() };
    uint64_t *entries = (uint64_t *)(uintptr_t)play.commands;

    for (uint32_t i = 0; i < SIZE; i++) {
        entries[2U * i] = kinds[i % KINDS].words[0];
        entries[2U * i + 1U] = kinds[i % KINDS].words[1];
    }
    for (;;) {
        /* What is left of the last odd phase is dropped. */
        iommu_set32(&hog_iommu, IOMMU_CQCSR, 0);
        iommu_set64(&hog_iommu, IOMMU_CQB, play.commands >> PAGE_SHIFT << PPN_SHIFT
                                               | (PLAY_QUEUE_LOG2 - 1U));
        iommu_set32(&hog_iommu, IOMMU_CQT, 0);
        iommu_set32(&hog_iommu, IOMMU_CQCSR, QUEUE_ENABLE);
        while (phase_now() % 2U == 0U) {
        }
        while (phase_now() % 2U != 0U) {
            /* Full again, as soon as it is not. */
            iommu_set32(&hog_iommu, IOMMU_CQT,
                        (iommu_get32(&hog_iommu, IOMMU_CQH) - 1U) & (SIZE - 1U));
        }
    }
}
