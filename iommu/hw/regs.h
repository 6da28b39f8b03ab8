/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of one IOMMU (offsets: iommu/regs.h). Each call is one access of that width; 64-bit
 * registers may also be reached by halves (RISC-V IOMMU 1.0.1, 5 and 6.1). Host tests link a model.
 *
 * Order: what the caller did to memory before a write, loads included, is done before the IOMMU
 * sees the write; what the caller does to memory after a read is done after it. On the target each is
 * inline: a fence and the access.
 *
 * Any hart; regs is the register page.
 */
#ifndef IOMMU_HW_REGS_H
#define IOMMU_HW_REGS_H

#include <stdint.h>

#include "lib/addr.h"
#ifdef __riscv
#include "platform/hw/mmio.h"
#endif

#ifdef __riscv
/* A table or a command was written, or a record read, before the IOMMU is told. */
static inline void iommu_after_memory(void)
{
    __asm__ volatile("fence rw, o" : : : "memory");
}

static inline uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    const uint32_t value = mmio_read32((uintptr_t)regs.v + offset);

    mmio_before_memory();
    return value;
}

static inline uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    const uint64_t value = mmio_read64((uintptr_t)regs.v + offset);

    mmio_before_memory();
    return value;
}

static inline void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    iommu_after_memory();
    mmio_write32((uintptr_t)regs.v + offset, value);
}

static inline void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    iommu_after_memory();
    mmio_write64((uintptr_t)regs.v + offset, value);
}
#else
uint32_t iommu_read32(pa_t regs, uint32_t offset);
uint64_t iommu_read64(pa_t regs, uint32_t offset);
void iommu_write32(pa_t regs, uint32_t offset, uint32_t value);
void iommu_write64(pa_t regs, uint32_t offset, uint64_t value);
#endif

#endif
