/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/hw/regs.h"

#include "platform/hw/mmio.h"

/* A table or a command was written, or a record read, before the IOMMU is told. */
static inline void after_memory(void)
{
    __asm__ volatile("fence rw, o" : : : "memory");
}

uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    const uint32_t value = mmio_read32((uintptr_t)regs.v + offset);

    mmio_before_memory();
    return value;
}

uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    const uint64_t value = mmio_read64((uintptr_t)regs.v + offset);

    mmio_before_memory();
    return value;
}

void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    after_memory();
    mmio_write32((uintptr_t)regs.v + offset, value);
}

void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    after_memory();
    mmio_write64((uintptr_t)regs.v + offset, value);
}
