/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that can be repeated: the same from the same seed. xorshift64*, by Marsaglia and Vigna. Any
 * hart, each with a state of its own. */
#ifndef GUEST_LIB_RANDOM_H
#define GUEST_LIB_RANDOM_H

#include <stdint.h>

struct random { uint64_t state; };     /* not 0 */

uint64_t random_word(struct random *r);
uint32_t random_below(struct random *r, uint32_t limit); /* 0 .. limit - 1 */

#endif
