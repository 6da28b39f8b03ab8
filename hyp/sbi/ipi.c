/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "IPI Extension". A guest that uses its interrupt files never calls it. */
#include "hyp/guest.h"
#include "hyp/sbi/sbi.h"
#include "hyp/vcpu/csrs.h"

#define IPI_SEND_IPI 0U

struct sbi_result sbi_ipi(SBI_REGISTERS)
{
    struct vcpu *self = this_hart()->vcpu;
    struct guest *guest = self->guest;
    uint64_t targets;

    if (function != IPI_SEND_IPI) {
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
    if (!sbi_hart_mask(a0, a1, guest->vcpu_count, &targets)) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    for (uint32_t v = 0; targets != 0U; v++, targets >>= 1) {
        if ((targets & 1U) == 0U) {
            continue;
        }
        if (v == self->index) {
            vcpu_raise_soft_interrupt();
        } else {
            hart_notify(guest->vcpus[v]->hart, HART_SOFT_INTERRUPT);
        }
    }
    return sbi_success(0);
}
