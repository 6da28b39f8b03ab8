/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSR access by number. Each macro is one instruction; the memory clobber keeps the compiler from
 * moving memory accesses over it, since many CSRs change what memory means.
 */
#ifndef PLATFORM_HW_CSR_H
#define PLATFORM_HW_CSR_H

#include <stdint.h>

#include "platform/hw/csr_numbers.h"

#define csr_read(csr) __extension__({ \
    uint64_t value_; \
    __asm__ volatile("csrr %0, %1" : "=r"(value_) : "i"(csr) : "memory"); \
    value_; })

#define csr_write(csr, value) \
    __asm__ volatile("csrw %0, %1" : : "i"(csr), "rK"((uint64_t)(value)) : "memory")

#define csr_set(csr, bits) \
    __asm__ volatile("csrs %0, %1" : : "i"(csr), "rK"((uint64_t)(bits)) : "memory")

#define csr_clear(csr, bits) \
    __asm__ volatile("csrc %0, %1" : : "i"(csr), "rK"((uint64_t)(bits)) : "memory")

/* Reads and writes in one instruction: nothing that hardware sets in between is lost. */
#define csr_swap(csr, value) __extension__({ \
    uint64_t value_; \
    __asm__ volatile("csrrw %0, %1, %2" : "=r"(value_) : "i"(csr), "rK"((uint64_t)(value)) \
                     : "memory"); \
    value_; })

static inline uint64_t time_now(void)
{
    return csr_read(CSR_TIME);
}

#endif
