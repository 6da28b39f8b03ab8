/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_guest_memory.h"

#include <stdlib.h>
#include <string.h>

struct fake_guest_memory fake_guest_memory;

static bool holds(void *ctx, gpa_t at, uint64_t size)
{
    const struct fake_guest_memory *m = ctx;

    return span_contains(FAKE_RAM_BASE, FAKE_RAM_SIZE, at.v, size) &&
           (m->hole == 0U || !span_overlaps(m->hole, PAGE_SIZE, at.v, size));
}

static uint64_t *word_of(struct fake_guest_memory *m, uint64_t at)
{
    if (!is_aligned(at, sizeof(uint64_t))) {
        abort(); /* the contract of viommu_memory */
    }
    return &m->words[(at - FAKE_RAM_BASE) / sizeof(uint64_t)];
}

static bool load(void *ctx, gpa_t at, uint64_t *words, uint32_t count)
{
    struct fake_guest_memory *m = ctx;
    const uint64_t size = (uint64_t)count * sizeof(uint64_t);

    m->loads++;
    if (!holds(ctx, at, size)) {
        return false;
    }
    memcpy(words, word_of(m, at.v), size);
    return true;
}

static bool store(void *ctx, gpa_t at, const uint64_t *words, uint32_t count)
{
    struct fake_guest_memory *m = ctx;
    const uint64_t size = (uint64_t)count * sizeof(uint64_t);

    m->stores++;
    if (!holds(ctx, at, size)) {
        return false;
    }
    memcpy(word_of(m, at.v), words, size);
    return true;
}

struct viommu_memory fake_guest_memory_new(void)
{
    memset(&fake_guest_memory, 0, sizeof(fake_guest_memory));
    return (struct viommu_memory){ load, store, holds, &fake_guest_memory };
}

static uint64_t *exists(uint64_t at)
{
    if (!span_contains(FAKE_RAM_BASE, FAKE_RAM_SIZE, at, sizeof(uint64_t))) {
        abort();
    }
    return word_of(&fake_guest_memory, at);
}

uint64_t fake_guest_get(uint64_t at)
{
    return *exists(at);
}

void fake_guest_put(uint64_t at, uint64_t value)
{
    *exists(at) = value;
}
