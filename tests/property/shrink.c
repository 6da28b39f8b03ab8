/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/property/shrink.h"

#include <string.h>

enum { SMALL_SEEDS = 16 };

struct attempt {
    const struct shrink *how;
    struct property_case *best;
    struct property_case next;     /* the best, with a change that is tried */
    unsigned asked;
};

static bool takes(struct attempt *a)
{
    if (a->asked == a->how->budget) {
        return false;
    }
    a->asked++;
    if (!a->how->fails(a->how->ctx, &a->next)) {
        return false;
    }
    *a->best = a->next;
    return true;
}

/* Without the operations from first on. */
static bool without(struct attempt *a, size_t first, size_t count)
{
    a->next = *a->best;
    a->next.count -= count;
    memmove(&a->next.ops[first], &a->next.ops[first + count],
            (a->next.count - first) * sizeof(a->next.ops[0]));
    return takes(a);
}

static bool fewer(struct attempt *a)
{
    bool any = false;

    for (size_t piece = a->best->count / 2U; piece != 0U; piece /= 2U) {
        /* From the end: what fails is the last one, what led there is before. */
        for (size_t end = a->best->count; end >= piece;) {
            if (without(a, end - piece, piece)) {
                any = true;
                end = end - piece < a->best->count ? end - piece : a->best->count;
            } else {
                end -= piece;
            }
        }
    }
    return any;
}

/* A number of so many bytes at this place in a case, as plain as possible: 0, else fewer bits. */
static bool plainer(struct attempt *a, size_t at, size_t size)
{
    uint64_t was = 0U;

    memcpy(&was, (uint8_t *)a->best + at, size);
    for (unsigned keep = 0; keep < 8U * size; keep = keep == 0U ? 4U : keep * 2U) {
        const uint64_t less = was & ((UINT64_C(1) << keep) - 1U);

        if (less == was) {
            break;
        }
        a->next = *a->best;
        memcpy((uint8_t *)&a->next + at, &less, size);
        if (takes(a)) {
            return true;
        }
    }
    return false;
}

static bool plainer_ops(struct attempt *a)
{
    bool any = false;

    for (size_t i = 0; i < a->best->count; i++) {
        const size_t op = offsetof(struct property_case, ops) + i * sizeof(struct world_op);

        any = plainer(a, op + offsetof(struct world_op, value), sizeof(uint64_t)) || any;
        any = plainer(a, op + offsetof(struct world_op, where), sizeof(uint32_t)) || any;
        any = plainer(a, op + offsetof(struct world_op, which), sizeof(uint16_t)) || any;
        any = plainer(a, op + offsetof(struct world_op, who), sizeof(uint8_t)) || any;
    }
    return any;
}

static bool smaller_seed(struct attempt *a)
{
    for (uint64_t seed = 0; seed < SMALL_SEEDS && seed < a->best->seed; seed++) {
        a->next = *a->best;
        a->next.seed = seed;
        if (takes(a)) {
            return true;
        }
    }
    return false;
}

unsigned shrink_case(const struct shrink *how, struct property_case *c)
{
    static struct attempt a;
    bool any = true;

    a = (struct attempt){ .how = how, .best = c };
    while (any && a.asked < how->budget) {
        any = fewer(&a);
        any = plainer_ops(&a) || any;
        any = smaller_seed(&a) || any;
    }
    return a.asked;
}
