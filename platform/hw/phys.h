/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where a physical address becomes a pointer. The hypervisor's own address space is
 * the identity (hyp/mem/own_space.h), so on the target this is too; host tests link an arena instead.
 *
 * Precondition: [address, address + size) is memory that the caller owns or was given by the plan.
 */
#ifndef PLATFORM_HW_PHYS_H
#define PLATFORM_HW_PHYS_H

#include <stdint.h>

#include "lib/addr.h"

#ifdef __riscv
static inline void *phys_pointer(pa_t address, uint64_t size)
{
    (void)size;
    return (void *)(uintptr_t)address.v;
}
#else
void *phys_pointer(pa_t address, uint64_t size);
#endif

#endif
