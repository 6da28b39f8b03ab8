/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/off.h"

#include "platform/hw/clock.h"
#include "platform/hw/mmio.h"

/* 5.5: ddtp, at offset 16: iommu_mode 3:0, busy 4 */
#define DDTP          16U
#define DDTP_MODE     UINT64_C(0xf)
#define DDTP_MODE_OFF UINT64_C(0)
#define DDTP_BUSY     (UINT64_C(1) << 4)

static bool wait_idle(uintptr_t ddtp, uint64_t patience)
{
    uint64_t start = clock_now();

    while ((mmio_read64(ddtp) & DDTP_BUSY) != 0U) {
        if (clock_now() - start > patience) {
            return false;
        }
    }
    return true;
}

bool iommu_switch_off(pa_t base, uint64_t patience)
{
    uintptr_t ddtp = (uintptr_t)base.v + DDTP;

    if (!wait_idle(ddtp, patience)) {
        return false;
    }
    mmio_write64(ddtp, DDTP_MODE_OFF);
    return wait_idle(ddtp, patience) && (mmio_read64(ddtp) & DDTP_MODE) == DDTP_MODE_OFF;
}
