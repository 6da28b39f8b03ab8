/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/plan/space.h"

static uint64_t end_of(struct pa_range r) { return r.base.v + r.size; }

static struct pa_range between(uint64_t base, uint64_t end)
{
    return (struct pa_range){ pa(base), end > base ? end - base : 0U };
}

void space_open(struct space *space, const struct pa_range *ranges, uint32_t count)
{
    space->count = 0;
    for (uint32_t i = 0; i < count && i < SPACE_MAX_RANGES; i++) {
        const uint64_t base = align_up(ranges[i].base.v, PAGE_SIZE);
        const struct pa_range whole = between(base, align_down(end_of(ranges[i]), PAGE_SIZE));
        if (whole.size != 0U) {
            space->ranges[space->count] = whole;
            space->count++;
        }
    }
}

/* Make range i hold `low` and, when it is not empty, the range behind it `high`. */
static void split(struct space *space, uint32_t i, struct pa_range low, struct pa_range high)
{
    space->ranges[i] = low;
    if (high.size == 0U) {
        return;
    }
    if (space->count == SPACE_MAX_RANGES) {
        /* No room to remember both: the smaller is forgotten, never given out twice. */
        space->ranges[i] = high.size > low.size ? high : low;
        return;
    }
    for (uint32_t k = space->count; k > i + 1U; k--) {
        space->ranges[k] = space->ranges[k - 1U];
    }
    space->ranges[i + 1U] = high;
    space->count++;
}

static void drop_empty(struct space *space)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < space->count; i++) {
        if (space->ranges[i].size != 0U) {
            space->ranges[kept] = space->ranges[i];
            kept++;
        }
    }
    space->count = kept;
}

void space_remove(struct space *space, struct pa_range range)
{
    if (range.size == 0U) {
        return;
    }
    const struct pa_range pages = pa_range_pages(range);
    const uint64_t base = pages.base.v, end = end_of(pages);

    for (uint32_t i = space->count; i > 0U; i--) {
        const struct pa_range free = space->ranges[i - 1U];
        if (span_overlaps(free.base.v, free.size, base, pages.size)) {
            /* end is 0 for a range up to 2^64: nothing is behind it. */
            split(space, i - 1U, between(free.base.v, base),
                  end == 0U ? between(0, 0) : between(end, end_of(free)));
        }
    }
    drop_empty(space);
}

bool space_take(struct space *space, uint64_t size, uint64_t like, uint64_t align, pa_t *out)
{
    for (uint32_t i = 0; i < space->count; i++) {
        const struct pa_range free = space->ranges[i];
        /* The distance to the next address that is congruent: unsigned, so it wraps as it must. */
        const uint64_t skip = (like - free.base.v) & (align - 1U);
        if (skip <= free.size && size <= free.size - skip) {
            *out = pa_add(free.base, skip);
            space_remove(space, (struct pa_range){ *out, size });
            return true;
        }
    }
    return false;
}

struct pa_range space_largest(const struct space *space)
{
    struct pa_range largest = { pa(0), 0 };

    for (uint32_t i = 0; i < space->count; i++) {
        if (space->ranges[i].size > largest.size) {
            largest = space->ranges[i];
        }
    }
    return largest;
}

uint64_t space_total(const struct space *space)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < space->count; i++) {
        total += space->ranges[i].size;
    }
    return total;
}
