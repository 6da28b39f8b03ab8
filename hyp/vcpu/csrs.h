/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few CSR effects that pure code asks for, on the hart of the calling vCPU during an exit.
 * hyp/vcpu/hw/csrs.c, and here those that are one instruction of a call's way; host tests link fakes.
 */
#ifndef HYP_VCPU_CSRS_H
#define HYP_VCPU_CSRS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __riscv
#include "platform/hw/csr.h"
#define CSRS_INLINE static inline
#else
#define CSRS_INLINE
#endif

/* vstimecmp (Sstc): the guest's next timer interrupt, in guest time, which is board time. */
CSRS_INLINE void vcpu_set_timer(uint64_t deadline);

/* Make VSSIP pending for the vCPU of this hart. */
CSRS_INLINE void vcpu_raise_soft_interrupt(void);

/* hvip.VSEIP, for a vCPU without a guest interrupt file. */
void vcpu_set_external_interrupt(bool pending);

/* Repeat the trapped ECALL: sepc back to it. */
void vcpu_repeat_ecall(void);

/* WFI in the guest's stead: until one of its enabled interrupts, or the hypervisor's, is pending. */
void vcpu_wait(void);

#ifdef __riscv
static inline void vcpu_set_timer(uint64_t deadline)
{
    csr_write(CSR_VSTIMECMP, deadline);
}

static inline void vcpu_raise_soft_interrupt(void)
{
    csr_set(CSR_HVIP, 1U << IRQ_VS_SOFT);
}
#endif

#endif
