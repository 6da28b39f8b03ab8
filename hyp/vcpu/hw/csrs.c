/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/csrs.h"

#include "platform/hw/csr.h"

void vcpu_set_timer(uint64_t deadline)
{
    csr_write(CSR_VSTIMECMP, deadline);
}

void vcpu_raise_soft_interrupt(void)
{
    csr_set(CSR_HVIP, 1U << IRQ_VS_SOFT);
}

void vcpu_repeat_ecall(void)
{
    csr_write(CSR_SEPC, csr_read(CSR_SEPC) - 4U); /* ECALL has no compressed form */
}

void vcpu_wait(void)
{
    /* The guest's vsie is visible in hie for the delegated interrupts, and WFI wakes for whatever is
     * pending and enabled in sie or hie, whether or not it would trap. */
    __asm__ volatile("wfi" : : : "memory");
}
