/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pages.h"

#include <string.h>

#include "platform/hw/phys.h"

void pages_open(struct pages *pages, struct pa_range pool)
{
    *pages = (struct pages){ .pool = pool, .used = 0U, .closed = false };
}

bool pages_take(struct pages *pages, uint64_t count, uint64_t align, pa_t *out)
{
    if (pages->closed || count == 0U || count > pages->pool.size / PAGE_SIZE) {
        return false;
    }
    const uint64_t size = count * PAGE_SIZE;
    const uint64_t next = pages->pool.base.v + pages->used;
    /* Without align_up, which may wrap near the top of the address space. */
    const uint64_t gap = (align - (next & (align - 1U))) & (align - 1U);
    const uint64_t left = pages->pool.size - pages->used;

    if (gap > left || size > left - gap) {
        return false;
    }
    const pa_t taken = pa(next + gap);

    (void)memset(phys_pointer(taken, size), 0, (size_t)size);
    pages->used += gap + size;
    *out = taken;
    return true;
}

void pages_close(struct pages *pages)
{
    pages->closed = true;
}
