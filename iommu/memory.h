/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doublewords of memory that the IOMMU reads and writes by itself: each access is one load or store
 * of 8 bytes (RISC-V IOMMU 1.0.1, 2.9: what is to change at once is one store).
 *
 * A store comes after all earlier ones (release: fence rw, w), so an entry whose V is stored last
 * is never seen valid with fields that are not there yet.
 */
#ifndef IOMMU_MEMORY_H
#define IOMMU_MEMORY_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/addr.h"
#include "platform/hw/phys.h"

static inline uint64_t iommu_load64(pa_t address)
{
    const _Atomic uint64_t *word = phys_pointer(address, sizeof(uint64_t));

    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void iommu_store64(pa_t address, uint64_t value)
{
    _Atomic uint64_t *word = phys_pointer(address, sizeof(uint64_t));

    atomic_store_explicit(word, value, memory_order_release);
}

#endif
