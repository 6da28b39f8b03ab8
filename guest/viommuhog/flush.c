/* SPDX-License-Identifier: Apache-2.0 */
/* The most work that a guest can make for an IOMMU that others use too, with nothing wrong about it:
 * a queue that is always full of invalidations, and contexts that are different each time they are
 * looked at. The queue is so short that they can be. In between it only computes. */
#include "guest/viommuhog/viommuhog.h"

#include <string.h>

#include "guest/lib/iommu_directory.h"
#include "guest/lib/phase.h"

#define LOG2    5U
#define SIZE    (1U << LOG2)       /* two of the hypervisor's pieces */
#define KINDS   8U
#define DEVICES 2U

static uint64_t *contexts[DEVICES];

/* A directory of one level, and a table that maps nothing. */
static void make_contexts(void)
{
    const uint32_t ids[DEVICES] = { hog_testdev_id, hog_edu_id };
    uint64_t *root = (uint64_t *)(uintptr_t)play.directories;

    memset(root, 0, IOMMU_PAGE);
    memset((void *)(uintptr_t)play.tables, 0, IOMMU_PAGE);
    for (uint32_t i = 0; i < DEVICES; i++) {
        contexts[i] = &root[ids[i] * (uint32_t)DC_BASE_WORDS];
        iommu_context_set(contexts[i], TC_V, 1,
                          (uint64_t)FSC_SV39 << FSC_MODE_SHIFT | play.tables >> PAGE_SHIFT);
    }
    (void)iommu_mode(&hog_iommu, DDTP_1LVL, root);
}

/* Each by itself, so that none stands for its neighbours, and a fence in each piece. */
static void fill_queue(void)
{
    const struct iommu_command kinds[KINDS] = {
        iommu_forget_context(hog_testdev_id), iommu_forget_context(hog_edu_id),
        iommu_forget_process(1), iommu_forget_process(2), iommu_forget_process(3),
        iommu_forget_process(4), iommu_forget_process(5), iommu_fence()
    };
    uint64_t *entries = (uint64_t *)(uintptr_t)play.commands;

    for (uint32_t i = 0; i < SIZE; i++) {
        entries[2U * i] = kinds[i % KINDS].words[0];
        entries[2U * i + 1U] = kinds[i % KINDS].words[1];
    }
}

static void begin_anew(void)
{
    iommu_set32(&hog_iommu, IOMMU_CQCSR, 0);
    iommu_set64(&hog_iommu, IOMMU_CQB, play.commands >> PAGE_SHIFT << PPN_SHIFT
                                           | (LOG2 - 1U));
    iommu_set32(&hog_iommu, IOMMU_CQT, 0);
    iommu_set32(&hog_iommu, IOMMU_CQCSR, QUEUE_ENABLE);
}

void flush_in_odd_phases(void)
{
    make_contexts();
    fill_queue();
    for (;;) {
        begin_anew();                /* what is left of the last odd phase is dropped */
        while (phase_now() % 2U == 0U) {
        }
        while (phase_now() % 2U != 0U) {
            for (uint32_t i = 0; i < DEVICES; i++) {
                ((volatile uint64_t *)contexts[i])[DC_TA] ^= UINT64_C(1) << TA_PSCID_SHIFT;
            }
            /* Full again, as soon as it is not. */
            iommu_set32(&hog_iommu, IOMMU_CQT,
                        (iommu_get32(&hog_iommu, IOMMU_CQH) - 1U) & (SIZE - 1U));
        }
    }
}
