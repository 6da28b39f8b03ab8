/* SPDX-License-Identifier: Apache-2.0 */
/* The second hart: what the IOMMU is reading changes all the time, and registers are written from
 * two sides. */
#include "guest/lib/csr.h"
#include "guest/viommuhog/viommuhog.h"

#define WORDS_IN_PAGE (IOMMU_PAGE / (uint32_t)sizeof(uint64_t))

static struct random chance;
static volatile uint32_t wanted, running;

static volatile uint64_t *word_of(uint64_t first)
{
    uint32_t word = random_below(&chance, PLAY_PAGES * WORDS_IN_PAGE);

    return (volatile uint64_t *)(uintptr_t)(first + word * sizeof(uint64_t));
}

static void meddle_in_memory(void)
{
    struct iommu_command command;

    switch (random_below(&chance, 4)) {
    case 0:
        *word_of(play.directories) = wild_entry(&chance);
        break;
    case 1:
        *word_of(play.directories) = wild_fsc(&chance);
        break;
    case 2:
        *word_of(play.tables) = wild_pte(&chance);
        break;
    default:
        command = wild_command(&chance);
        *word_of(play.commands) = command.words[random_below(&chance, 2)];
        break;
    }
}

static void meddle_once(void)
{
    switch (random_below(&chance, 64)) {
    case 0:
        iommu_set32(&hog_iommu, IOMMU_CQT, random_below(&chance, 1U << PLAY_QUEUE_LOG2));
        break;
    case 1:
    case 2:
        iommu_set64(&hog_iommu, IOMMU_DDTP, (play.directories >> PAGE_SHIFT << PPN_SHIFT)
                                                | random_below(&chance, 6));
        break;
    default:
        meddle_in_memory();
        break;
    }
    hog.meddled++;
}

static void meddle(uint64_t seed)
{
    chance.state = seed;
    for (;;) {
        running = wanted;
        fence();
        if (running != 0U) {
            meddle_once();
        }
    }
}

bool meddler_start(uint32_t seed)
{
    uint64_t ids[2];

    return tree_harts(ids, 2) == 2U
           && hart_start(1, ids[0] == hart_self()->id ? ids[1] : ids[0], meddle,
                         UINT64_C(0x100000000) | seed) == 0;
}

void meddler_run(bool on)
{
    wanted = on;
    fence();
    while (running != wanted) {
    }
    fence();
}
