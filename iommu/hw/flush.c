/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/flush.h"

/* CMO extensions 1.0, cbo.flush: MISC-MEM, funct3 2, operation 2. GCC 12 does not know its name. */
static inline void cbo_flush(uint64_t address)
{
    __asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" : : "r"(address) : "memory");
}

void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    if (cache_block == 0U || size == 0U) {
        return;
    }
    const uint64_t first = align_down(base.v, cache_block);
    const uint64_t blocks = (base.v + (size - 1U) - first) / cache_block + 1U;

    /* Stores of other harts that this one has seen are before the flush; the flush is done
     * before any later access, to memory or to a register. */
    __asm__ volatile("fence rw, rw" : : : "memory");
    for (uint64_t i = 0; i < blocks; i++) {
        cbo_flush(first + i * cache_block);
    }
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}
