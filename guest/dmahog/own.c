/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/dmahog/dmahog.h"

#include "guest/lib/probe.h"

#define SHARES_MAX 16U
#define WORD       4U

extern char image_end[];

static struct tree_range memory;
static struct tree_range shares[SHARES_MAX];
static uint32_t share_count;
static struct tree_imsic imsic;

void own_open(void)
{
    struct tree_share share;

    tree_memory(&memory);
    tree_imsic(&imsic);
    while (share_count < SHARES_MAX && tree_share(share_count, &share)) {
        shares[share_count++] = share.memory;
    }
}

bool hog_owns_memory(uint64_t address)
{
    if (address - memory.base < memory.size) {
        /* On plain OpenSBI the firmware lies in there and is not ours. */
        struct fault fault;
        (void)probe(probe_load, address & ~(uint64_t)(WORD - 1U), WORD, &fault);
        return !fault.taken;
    }
    for (uint32_t i = 0; i < share_count; i++) {
        if (address - shares[i].base < shares[i].size) {
            return true;
        }
    }
    return false;
}

bool hog_owns(uint64_t address)
{
    for (uint32_t i = 0; i < imsic.hart_count; i++) {
        if (address - (imsic.base + i * imsic.stride) < HOG_PAGE) {
            return true;
        }
    }
    return hog_owns_memory(address);
}

bool hog_may_write(uint64_t address)
{
    /* Behind the image, in the lower half (the device tree is in the upper), or before it. */
    return hog_owns_memory(address) && address - memory.base < memory.size / 2U
           && (address >= (uint64_t)image_end || address < (uint64_t)HOG_IMAGE);
}
