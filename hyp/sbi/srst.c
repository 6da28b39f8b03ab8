/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "System Reset Extension". The system is the guest, and nothing else. */
#include "hyp/guest.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/sbi/sbi.h"

#define SRST_SYSTEM_RESET 0U

enum srst_type { SRST_SHUTDOWN, SRST_COLD_REBOOT, SRST_WARM_REBOOT };

#define SRST_LAST_REASON          UINT32_C(1)          /* no reason, system failure */
#define SRST_FIRST_VENDOR_REASON  UINT32_C(0xe0000000) /* implementation or vendor specific */

struct sbi_result sbi_srst(SBI_REGISTERS)
{
    struct vcpu *self = this_hart()->vcpu;

    if (function != SRST_SYSTEM_RESET) {
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
    /* Both are 32 bits wide, and the calling convention extends their sign. */
    uint32_t type = (uint32_t)a0;
    uint32_t reason = (uint32_t)a1;
    if (type > SRST_WARM_REBOOT ||
        (reason > SRST_LAST_REASON && reason < SRST_FIRST_VENDOR_REASON)) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    lifecycle_request(self->guest, type == SRST_SHUTDOWN ? GUEST_STOPPING : GUEST_REBOOTING);
    /* HART_PARK is on its way to every vCPU of the guest, this one too; hart_loop takes it. */
    hart_idle(self->hart->frame);
}
