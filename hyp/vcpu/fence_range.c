/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/fence_range.h"

#include "lib/addr.h"

uint64_t fence_range_pages(uint64_t start, uint64_t size)
{
    if (size == 0U || size > FENCE_MAX_BYTES || size - 1U > UINT64_MAX - start) {
        return 0U;
    }
    return (start + (size - 1U)) / PAGE_SIZE - start / PAGE_SIZE + 1U;
}
