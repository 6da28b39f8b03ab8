/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/csrs.h"

#include "platform/hw/csr.h"

/* How the guest's stopi reports it (AIA 6.3.3): with the lowest priority number there is. Without
 * one hardware takes the number to be 256; QEMU (11.1 at least) has stopi read 0 then, and with
 * one it asks for no VSEIP. So hvictl says so while VSEIP is set, and no longer. */
#define HVICTL_EXTERNAL ((uint64_t)IRQ_S_EXT << HVICTL_IID_SHIFT | HVICTL_IPRIO_LOWEST)

void vcpu_set_external_interrupt(bool pending)
{
    if (pending) {
        csr_write(CSR_HVICTL, HVICTL_EXTERNAL);
        csr_set(CSR_HVIP, 1U << IRQ_VS_EXT);
    } else {
        csr_clear(CSR_HVIP, 1U << IRQ_VS_EXT);
        csr_write(CSR_HVICTL, 0);
    }
}

void vcpu_repeat_ecall(void)
{
    csr_write(CSR_SEPC, csr_read(CSR_SEPC) - 4U); /* ECALL has no compressed form */
}

void vcpu_wait(void)
{
    /* The guest's vsie is visible in hie for the delegated interrupts, and WFI wakes for whatever
     * is pending and enabled in sie or hie, whether or not it would trap. */
    __asm__ volatile("wfi" : : : "memory");
}
