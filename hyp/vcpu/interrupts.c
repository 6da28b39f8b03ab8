/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the interrupts of the hypervisor's own are for. */
#include "hyp/console/console_unit.h"
#include "hyp/dma/dma.h"
#include "hyp/irq/irq.h"
#include "hyp/vcpu/hart.h"
#include "hyp/vcpu/vcpu.h"

_Static_assert(HYP_IOMMU_ID + BOARD_MAX_IOMMUS <= HYP_NOTICE_ID, "an identity for each IOMMU");
_Static_assert(HYP_LINE_ID + PLAN_MAX_LINES <= HYP_IPI_ID, "an identity for each line");

/* Of a device, or of what stands for one; only what this hart serves is enabled. */
static void device_interrupt(const struct hart *hart, uint32_t id)
{
    if (id >= HYP_LINE_ID) {
        irq_line(hart->vcpu->guest, id - HYP_LINE_ID);
    } else if (id == HYP_NOTICE_ID) {
        dma_notice(hart->vcpu);
    } else if (id >= HYP_IOMMU_ID) {
        dma_interrupt(id - HYP_IOMMU_ID);
    } else {
        console_unit_interrupt();
    }
}

static __attribute__((noinline)) void device_interrupts(struct hart *hart, uint64_t identities)
{
    for (uint32_t id = 0; identities != 0U; id++, identities >>= 1) {
        if ((identities & 1U) != 0U) {
            device_interrupt(hart, id);
            if (hart->vcpu != NULL) {
                hart->vcpu->exits[EXIT_EXTERNAL]++;
            }
        }
    }
}

void hart_handle(struct hart *hart, uint64_t identities)
{
    const uint64_t ipi = UINT64_C(1) << HYP_IPI_ID;

    if ((identities & ~ipi) != 0U) {
        device_interrupts(hart, identities & ~ipi);
    }
    if ((identities & ipi) != 0U && hart->vcpu != NULL) {
        hart->vcpu->exits[EXIT_HYP_IPI]++;
    }
}
