/* SPDX-License-Identifier: Apache-2.0 */
/* IOFENCE.C: what it stores, and what is done when it is. 3.1.2. */
#include "guest/iommutest/iommutest.h"

#include "guest/lib/csr.h"

#define STORED    UINT32_C(0xcafe0001)
#define UNTOUCHED UINT32_C(0x5a5a5a5a)
#define MANY      200U              /* more than the queue holds */

static volatile uint32_t words[IOMMU_PAGE / sizeof(uint32_t)] __attribute__((aligned(IOMMU_PAGE)));
#define LAST (IOMMU_PAGE / sizeof(uint32_t) - 1U)

static void fill(void)
{
    for (uint32_t i = 0; i <= LAST; i++) {
        words[i] = UNTOUCHED;
    }
}

static bool stores(uint32_t at)
{
    bool good = true;

    fill();
    good = iommu_do(&iommu, iommu_fence_store(&words[at], STORED + at));
    for (uint32_t i = 0; i <= LAST; i++) {
        good = good && words[i] == (i == at ? STORED + at : UNTOUCHED);
    }
    return good;
}

static bool in_order(void)
{
    struct iommu_command commands[8];

    fill();
    for (uint32_t i = 0; i < 8U; i++) {
        commands[i] = iommu_fence_store(&words[i < 4U ? 0U : i], i);
    }
    return iommu_submit(&iommu, commands, 8) && iommu_sync(&iommu) && words[0] == 3U
           && words[4] == 4U && words[7] == 7U && words[1] == UNTOUCHED;
}

static bool many(void)
{
    bool good = true;

    fill();
    for (uint32_t i = 0; i < MANY && good; i++) {
        struct iommu_command commands[3] = { iommu_forget_address(BASE + i * IOMMU_4K),
                                             iommu_forget_context(device_id(0)),
                                             iommu_fence_store(&words[i], i) };
        good = iommu_submit(&iommu, commands, 3);
    }
    good = good && iommu_sync(&iommu);
    for (uint32_t i = 0; i < MANY; i++) {
        good = good && words[i] == i;
    }
    return good;
}

static bool without_store(void)
{
    struct iommu_command command = iommu_fence_store(&words[3], STORED);

    fill();
    command.words[0] &= ~CMD_AV;
    return iommu_do(&iommu, command) && words[3] == UNTOUCHED;
}

static bool orders_all(uint64_t flags)
{
    struct iommu_command command = iommu_fence_store(&words[9], STORED);

    fill();
    command.words[0] |= flags;
    return iommu_do(&iommu, command) && words[9] == STORED;
}

void test_fences(void)
{
    topic("fences");
    check(world_reset() && world_translate(1, FSC_SV39), "translation is on");
    check(stores(0), "the first word of a page, and nothing beside it");
    check(stores(1), "a word that is not aligned to 8");
    check(stores(LAST), "the last word of a page");
    check(in_order(), "several in one go, in order");
    check(many(), "among more commands than the queue holds");
    check(without_store(), "AV=0 stores nothing");
    check(orders_all(FENCE_PR), "with PR");
    check(orders_all(FENCE_PW), "with PW");
    check(orders_all(FENCE_PR | FENCE_PW), "with both");
    check(world_map(0, BASE, 2) && device_writes(0, BASE, LENGTH) == 2, "devices work on");
    check(no_fault(), "no fault");
}
