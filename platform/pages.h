/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot-time page allocator: hands out zeroed pages of the plan's pool until it is closed, and
 * takes nothing back. After pages_close there is no allocation (DESIGN, section 5).
 *
 * Boot hart only, before secondary harts run guests. Pure: memory is reached through platform/hw/phys.h.
 */
#ifndef PLATFORM_PAGES_H
#define PLATFORM_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct pages {
    struct pa_range pool;    /* page aligned */
    uint64_t used;           /* bytes from its base */
    bool closed;
};

void pages_open(struct pages *pages, struct pa_range pool);

/* count pages, contiguous, zeroed, aligned to align bytes (a power of two, at least a page).
 * False when the pool is exhausted or closed; then *out is untouched. */
bool pages_take(struct pages *pages, uint64_t count, uint64_t align, pa_t *out);

void pages_close(struct pages *pages);

#endif
