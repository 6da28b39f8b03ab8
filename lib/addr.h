/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses as distinct types, so that a guest's address can never be used where a physical one is
 * meant: the compiler refuses it. All values are in bytes.
 *
 *   pa_t   supervisor physical address of the board
 *   gpa_t  guest physical address (input of the G-stage, privileged architecture, H extension)
 *
 * Callable from any hart, at any time; nothing here has state.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct { uint64_t v; } pa_t;
typedef struct { uint64_t v; } gpa_t;

#define PAGE_SHIFT 12U
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define MEGA_PAGE_SIZE (UINT64_C(1) << 21)
#define GIGA_PAGE_SIZE (UINT64_C(1) << 30)

/* [base, base + size). size 0 is the empty range. A valid range does not pass 2^64. */
struct pa_range { pa_t base; uint64_t size; };
struct gpa_range { gpa_t base; uint64_t size; };

static inline pa_t pa(uint64_t v) { return (pa_t){ v }; }
static inline gpa_t gpa(uint64_t v) { return (gpa_t){ v }; }
static inline pa_t pa_add(pa_t a, uint64_t n) { return (pa_t){ a.v + n }; }
static inline gpa_t gpa_add(gpa_t a, uint64_t n) { return (gpa_t){ a.v + n }; }

/* align is a power of two. align_up of a value within align of 2^64 wraps to 0: callers bound it. */
static inline uint64_t align_down(uint64_t v, uint64_t align) { return v & ~(align - 1U); }
static inline uint64_t align_up(uint64_t v, uint64_t align) { return (v + align - 1U) & ~(align - 1U); }
static inline bool is_aligned(uint64_t v, uint64_t align) { return (v & (align - 1U)) == 0U; }

/* Whether [start, start+size) lies whole inside [base, base+len). Never overflows; an empty inner
 * range is inside when its start is at most the end. */
static inline bool span_contains(uint64_t base, uint64_t len, uint64_t start, uint64_t size)
{
    return start >= base && size <= len && start - base <= len - size;
}

/* Whether the two spans share a byte. Never overflows for spans that do not pass 2^64. */
static inline bool span_overlaps(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
    return alen != 0U && blen != 0U && (a <= b ? b - a < alen : a - b < blen);
}

static inline bool pa_range_contains(struct pa_range r, pa_t a, uint64_t size)
{
    return span_contains(r.base.v, r.size, a.v, size);
}

/* The pages that a range touches; none for an empty one. 2^64 bytes cannot be said: all of the
 * address space is cut to what 64 bits hold, every byte but the last. */
static inline struct pa_range pa_range_pages(struct pa_range r)
{
    const uint64_t first = align_down(r.base.v, PAGE_SIZE);
    const uint64_t last = (r.base.v + (r.size - 1U)) | (PAGE_SIZE - 1U);
    const uint64_t size = last - first;

    return r.size == 0U ? r
                        : (struct pa_range){ pa(first), size == UINT64_MAX ? size : size + 1U };
}

static inline bool gpa_range_contains(struct gpa_range r, gpa_t a, uint64_t size)
{
    return span_contains(r.base.v, r.size, a.v, size);
}

#endif
