/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults without end: more than the physical fault queue holds, into a queue of two entries that is
 * full at once, with an interrupt for each. A neighbour's faults are to be reported all the same,
 * and the hart that reads them has other things to do.
 */
#include "guest/attack/dma.h"

#include "guest/lib/csr.h"

#define NOWHERE      (DMA_IOVA + UINT64_C(0x100000))
#define FLOOD_LENGTH UINT32_C(0x1000)  /* by the device that faults for each word: a quarter of the
                                        * physical queue, at once */
#define TWO          2U                /* entries */

static uint64_t small[IOMMU_PAGE / 8U] __attribute__((aligned(IOMMU_PAGE)));

/* Until somebody hears the device no more, it has its context anew now and then. */
static void be_heard(struct tally *t, uint64_t n)
{
    if (n % 256U == 0U) {
        uint64_t *context = iommu_context(&dma.directory, dma.nic_id);

        context[DC_TC] = 0;
        verdict(t, "forgets", n, 0, iommu_do(&dma.iommu, iommu_forget_context(dma.nic_id)));
        context[DC_TC] = TC_V;
        verdict(t, "forgets", n, 0, iommu_do(&dma.iommu, iommu_forget_context(dma.nic_id)));
    }
}

void attack_fault_flood(struct tally *t)
{
    struct iommu_fault fault;
    struct race race = { 0 };

    dma_begin(t);
    verdict(t, "a queue of two", 0, 0, iommu_faults_start(&dma.iommu, small, TWO / 2U, true));
    for (uint64_t n = 0; race_goes_on(&race); n++) {
        be_heard(t, n);
        dma_fire(NOWHERE);
        if (dma.has_testdev && n % 16U == 0U) {
            refusal(t, "a flood", NOWHERE, n, !testdev_write(&dma.testdev, NOWHERE, FLOOD_LENGTH));
        }
        if (iommu_fault_take(&dma.iommu, &fault)) {
            verdict(t, "a record of another's device", fault.device_id, fault.cause,
                    fault.device_id == dma.nic_id || fault.device_id == dma.testdev_id);
        }
        iommu_set32(&dma.iommu, IOMMU_FQCSR, QUEUE_ENABLE | QUEUE_INTERRUPT | FQCSR_FQOF);
    }
    dma_still_works(t, true);
}
