/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervisor CSRs and the instructions around them. Numbers instead of names where the assembler
 * of Debian 12 does not know the extension yet.
 *
 * Privileged architecture, "Supervisor-Level ISA" and "Sstc"; AIA specification, chapter 2.
 */
#ifndef GUEST_LIB_CSR_H
#define GUEST_LIB_CSR_H

#include <stdint.h>

#define CSR_SSTATUS  0x100
#define CSR_SIE      0x104
#define CSR_STVEC    0x105
#define CSR_SEPC     0x141
#define CSR_SCAUSE   0x142
#define CSR_STVAL    0x143
#define CSR_SIP      0x144
#define CSR_STIMECMP 0x14d
#define CSR_SISELECT 0x150
#define CSR_SIREG    0x151
#define CSR_STOPEI   0x15c
#define CSR_SATP     0x180

#define SSTATUS_SIE (UINT64_C(1) << 1)

/* Interrupt numbers in scause, sie and sip. */
#define IRQ_SOFTWARE 1U
#define IRQ_TIMER    5U
#define IRQ_EXTERNAL 9U

#define SCAUSE_INTERRUPT (UINT64_C(1) << 63)

#define csr_read(csr) __extension__ ({ uint64_t v_; \
    __asm__ volatile("csrr %0, %1" : "=r"(v_) : "i"(csr) : "memory"); v_; })
#define csr_write(csr, value) \
    __asm__ volatile("csrw %0, %1" :: "i"(csr), "r"((uint64_t)(value)) : "memory")
#define csr_set(csr, bits) \
    __asm__ volatile("csrs %0, %1" :: "i"(csr), "r"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits) \
    __asm__ volatile("csrc %0, %1" :: "i"(csr), "r"((uint64_t)(bits)) : "memory")
#define csr_swap(csr, value) __extension__ ({ uint64_t v_; \
    __asm__ volatile("csrrw %0, %1, %2" : "=r"(v_) : "i"(csr), "r"((uint64_t)(value)) : "memory"); \
    v_; })

static inline uint64_t rdtime(void)
{
    uint64_t v;
    __asm__ volatile("rdtime %0" : "=r"(v));
    return v;
}

static inline void wfi(void) { __asm__ volatile("wfi" ::: "memory"); }
static inline void fence(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }

#endif
