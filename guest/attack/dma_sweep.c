/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DMA to every place: through leaves of the guest's own first stage that say so, gigabyte by
 * gigabyte, and with no first stage at all. What the second stage lets through by mistake is
 * written, and found there from outside.
 */
#include "guest/attack/dma.h"

#define STEP      UINT64_C(0x40000)
#define GIGABYTES 4U

static void leaf(struct tally *t, uint64_t address)
{
    uint64_t giga = address / IOMMU_1G * IOMMU_1G, iova = DMA_IOVA + IOMMU_1G;

    verdict(t, "a leaf", giga, 0,
            iommu_map(&dma.table, iova, giga, IOMMU_1G, IOMMU_READ_WRITE)
                && iommu_do(&dma.iommu, iommu_forget_all()));
    dma_refused(t, "a leaf", iova + (address - giga), DMA_ACCESS);
}

/* By the device that says how it ended, so that there can be many. */
static void sweep(struct tally *t, uint64_t from, uint64_t base)
{
    for (uint64_t offset = 0; offset < IOMMU_1G; offset += STEP) {
        if (!is_mine(base + offset, 4)) {
            refusal(t, "a write", base + offset, 0,
                    !testdev_write(&dma.testdev, from + offset, 4));
        }
    }
}

static void sweep_all(struct tally *t)
{
    uint64_t iova = DMA_IOVA + IOMMU_1G;

    for (uint64_t giga = 0; giga < GIGABYTES; giga++) {
        (void)iommu_map(&dma.table, iova, giga * IOMMU_1G, IOMMU_1G, IOMMU_READ_WRITE);
        (void)iommu_do(&dma.iommu, iommu_forget_all());
        sweep(t, iova, giga * IOMMU_1G);
    }
    dma_contexts(t, 0);
    for (uint64_t giga = 0; giga < GIGABYTES; giga++) {
        sweep(t, giga * IOMMU_1G, giga * IOMMU_1G);
    }
}

void attack_dma_sweep(struct tally *t)
{
    uint64_t address;

    dma_begin(t);
    for (uint32_t n = 0; dma_foreign(n, &address); n++) {
        leaf(t, address);
    }
    if (dma.has_testdev) {
        sweep_all(t);
    }
    dma_still_works(t, true);
}
