/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The known name nearest to a misspelt one, for "did you mean" in findings.
 *
 * Distance: optimal string alignment (an insertion, a deletion, a substitution or an exchange of
 * two neighbours counts 1). Case is ignored. Pure; any hart, any time; needs less than 1 KiB of
 * stack.
 */
#ifndef LIB_NEAREST_H
#define LIB_NEAREST_H

#include <stdint.h>

/* Words and names longer than this are never near anything: the work of a comparison is bounded. */
#define NEAREST_LENGTH_MAX 48U

/*
 * The entry of names[0..count) nearest to word, the first of equals, or NULL when none is near
 * enough: the distance must be at most a third of the longer length, and at least 1 edit is always
 * forgiven for words of two letters or more. An exact match is returned as such.
 */
const char *nearest_name(const char *word, const char *const *names, uint32_t count);

#endif
