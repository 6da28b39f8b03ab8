/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

static _Atomic uint32_t wanted;  /* bit i: IOMMU i */

void dma_look(uint32_t iommu)
{
    (void)atomic_fetch_or_explicit(&wanted, 1U << iommu, memory_order_relaxed);
    hart_notify(&harts[guests[0].plan->service_hart], HART_DMA);
}

uint32_t dma_take_looks(void)
{
    return atomic_exchange_explicit(&wanted, 0U, memory_order_relaxed);
}
