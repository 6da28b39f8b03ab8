/* SPDX-License-Identifier: Apache-2.0 */
/* How much of an address space a fence is about. Pure. */
#ifndef HYP_VCPU_FENCE_RANGE_H
#define HYP_VCPU_FENCE_RANGE_H

#include <stdint.h>

#include "lib/addr.h"

/* More than this is fenced as the whole address space: it bounds the work of one call. */
#define FENCE_MAX_BYTES UINT64_C(0x40000)

/*
 * Pages that [start, start + size) touches, at most FENCE_MAX_BYTES / PAGE_SIZE + 1. 0 stands for the
 * whole address space: a size of 0 or of all ones (SBI 3.0, "RFENCE Extension"), more than
 * FENCE_MAX_BYTES, or a range that wraps.
 */
static inline uint64_t fence_range_pages(uint64_t start, uint64_t size)
{
    /* 0 is the largest of all, seen so. */
    if (size - 1U >= FENCE_MAX_BYTES || size - 1U > UINT64_MAX - start) {
        return 0U;
    }
    return (start % PAGE_SIZE + size + (PAGE_SIZE - 1U)) / PAGE_SIZE;
}

#endif
