/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's RAM, as its vIOMMUs see it. The guest's harts and devices write to it at any time, so
 * each doubleword is one access. */
#include "hyp/viommu/run.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t *words_at(const void *ctx, gpa_t at, uint32_t count)
{
    const struct guest *guest = ctx;

    return guest_ram(guest, at, count * sizeof(uint64_t));
}

static bool viommu_memory_load(void *ctx, gpa_t at, uint64_t *words, uint32_t count)
{
    const _Atomic uint64_t *from = words_at(ctx, at, count);

    for (uint32_t i = 0; from != NULL && i < count; i++) {
        words[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
    }
    return from != NULL;
}

static bool viommu_memory_store(void *ctx, gpa_t at, const uint64_t *words, uint32_t count)
{
    _Atomic uint64_t *to = words_at(ctx, at, count);

    for (uint32_t i = 0; to != NULL && i < count; i++) {
        atomic_store_explicit(&to[i], words[i], memory_order_relaxed);
    }
    return to != NULL;
}

static bool viommu_memory_holds(void *ctx, gpa_t at, uint64_t size)
{
    const struct guest *guest = ctx;

    return guest_ram(guest, at, size) != NULL;
}

struct viommu_memory viommu_memory_of(struct guest *guest)
{
    return (struct viommu_memory){ viommu_memory_load, viommu_memory_store, viommu_memory_holds,
                                   guest };
}
