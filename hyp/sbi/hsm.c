/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "Hart State Management Extension". */
#include "hyp/guest.h"
#include "hyp/sbi/sbi.h"
#include "hyp/vcpu/csrs.h"

enum hsm_function { HSM_HART_START, HSM_HART_STOP, HSM_HART_GET_STATUS, HSM_HART_SUSPEND };

#define SUSPEND_DEFAULT_RETENTIVE     UINT32_C(0)
#define SUSPEND_DEFAULT_NON_RETENTIVE UINT32_C(0x80000000)

static struct sbi_result hart_start(struct guest *guest, uint64_t hart_id, uint64_t address,
                                    uint64_t opaque)
{
    uint32_t stopped = HSM_STOPPED;

    if (hart_id >= guest->vcpu_count) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    if (guest_ram(guest, gpa(address), 2U) == NULL || (address & 1U) != 0U) {
        return sbi_error(SBI_ERR_INVALID_ADDRESS);
    }
    struct vcpu *target = guest->vcpus[hart_id];
    if (!atomic_compare_exchange_strong(&target->hsm, &stopped, HSM_CLAIMED)) {
        return sbi_error(SBI_ERR_ALREADY_AVAILABLE);
    }
    target->start_address = address;
    target->start_opaque = opaque;
    /* Not a store: the target parks if the guest is being stopped meanwhile, and stays parked. */
    uint32_t claimed = HSM_CLAIMED;
    (void)atomic_compare_exchange_strong(&target->hsm, &claimed, HSM_START_PENDING);
    hart_notify(target->hart, HART_WAKE);
    return sbi_success(0);
}

/* What a guest may know of the state. */
static uint32_t visible(uint32_t state)
{
    switch (state) {
    case HSM_CLAIMED:
    case HSM_BOOT_PENDING:
        return HSM_START_PENDING;
    case HSM_PARKED:
        return HSM_STOPPED;
    default:
        return state;
    }
}

static struct sbi_result hart_get_status(const struct guest *guest, uint64_t hart_id)
{
    if (hart_id >= guest->vcpu_count) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    return sbi_success(visible(atomic_load(&guest->vcpus[hart_id]->hsm)));
}

/* Only the default retentive suspend exists: a WFI. Guests can do that without a call as well. */
static struct sbi_result hart_suspend(struct vcpu *self, uint32_t type)
{
    if (type != SUSPEND_DEFAULT_RETENTIVE) {
        return sbi_error(type == SUSPEND_DEFAULT_NON_RETENTIVE ? SBI_ERR_NOT_SUPPORTED
                                                               : SBI_ERR_INVALID_PARAM);
    }
    atomic_store(&self->hsm, HSM_SUSPENDED);
    vcpu_wait();
    atomic_store(&self->hsm, HSM_STARTED);
    return sbi_success(0);
}

struct sbi_result sbi_hsm(SBI_REGISTERS)
{
    struct vcpu *self = this_hart()->vcpu;

    switch (function) {
    case HSM_HART_START:
        return hart_start(self->guest, a0, a1, a2);
    case HSM_HART_STOP:
        atomic_store(&self->hsm, HSM_STOPPED);
        hart_idle(self->hart->frame);
    case HSM_HART_GET_STATUS:
        return hart_get_status(self->guest, a0);
    case HSM_HART_SUSPEND:
        return hart_suspend(self, (uint32_t)a0);
    default:
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
}
