/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/random.h"

#define MULTIPLIER UINT64_C(0x2545f4914f6cdd1d)

uint64_t random_word(struct random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * MULTIPLIER;
}

uint32_t random_below(struct random *r, uint32_t limit)
{
    return (uint32_t)((random_word(r) >> 32) * limit >> 32);
}
