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

void hart_handle(struct hart *hart, uint64_t identities)
{
    for (uint32_t id = 0; identities != 0U; id++, identities >>= 1) {
        if ((identities & 1U) == 0U) {
            continue;
        }
        if (id != HYP_IPI_ID) {
            device_interrupt(hart, id);
        }
        if (hart->vcpu != NULL) {
            hart->vcpu->exits[id == HYP_IPI_ID ? EXIT_HYP_IPI : EXIT_EXTERNAL]++;
        }
    }
}
