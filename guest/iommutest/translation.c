/* SPDX-License-Identifier: Apache-2.0 */
/* First stages: modes, leaf sizes, addresses at the edges. Privileged architecture, "Sv39" ff. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define SCRATCH (BASE + UINT64_C(0x100000000))

struct mode { const char *name; uint32_t fsc, bits; uint64_t capability; };
static const struct mode modes[] = {
    { "Sv39", FSC_SV39, 39, CAP_SV39 },
    { "Sv48", FSC_SV48, 48, CAP_SV48 },
    { "Sv57", FSC_SV57, 57, CAP_SV57 }
};

/* A leaf that has the page in it; in what of it that page is. */
static bool map_around(uint64_t iova, uint32_t page, uint64_t size, uint64_t *at)
{
    uint64_t address = page_address(page);

    *at = iova + address % size;
    return iommu_map(&tables[0], iova, address - address % size, size, IOMMU_READ_WRITE);
}

static bool leaf(uint64_t size)
{
    uint64_t first = 0, second = 0;
    bool good = map_around(BASE, 1, size, &first);

    /* Two pages of one leaf, if it has more than one. */
    good = good && (size <= IOMMU_64K || map_around(BASE, 3, size, &second));
    return good && world_forget() && device_writes(0, first, LENGTH) == 1
           && (size <= IOMMU_64K || device_writes(0, second, LENGTH) == 3)
           && iommu_unmap(&tables[0], BASE, size) && world_forget();
}

static bool last_word_of_page(void)
{
    return world_map(0, BASE, 1) && device_writes(0, BASE + IOMMU_4K - 4U, 4) == 1;
}

/* 64 bytes over the border of two pages that are not neighbours in memory. */
static bool across(void)
{
    bool good = world_map(0, BASE, 1) && world_map(0, BASE + IOMMU_4K, 3) && world_forget();

    (void)device_writes(0, BASE + IOMMU_4K - 32U, LENGTH);
    for (uint32_t i = 0; i < 8U; i++) {
        good = good && page_words(1)[IOMMU_4K / 4U - 8U + i] == page_words(3)[i]
               && page_words(3)[i] != 0U;
    }
    return good && page_words(2)[0] == 0U;
}

static bool reads(void)
{
    return world_map(reader(), BASE, 2) && world_map(reader(), SCRATCH, PAGES - 1U)
           && world_forget() && device_reads(BASE + 256U, 2, SCRATCH);
}

/*
 * Addresses whose upper bits are not all alike are not in the address space. Nothing is cached when
 * they are tried: QEMU's cache keeps 56 bits of an address, in which the edges of Sv57 look the
 * same.
 */
static bool outside(uint64_t iova)
{
    return world_forget() && device_refused(0, iova)
           && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, iova);
}

static void edges(const struct mode *mode)
{
    uint64_t half = UINT64_C(1) << (mode->bits - 1U);

    check(world_map(0, half - IOMMU_4K, 1) && device_writes(0, half - IOMMU_4K, LENGTH) == 1,
          "the last page of the lower half");
    check(world_map(0, -half, 2) && device_writes(0, -half, LENGTH) == 2,
          "the first page of the upper half");
    check(no_fault(), "both without a fault");
    check(outside(half), "beyond the lower half");
    check(outside(-half - IOMMU_4K), "below the upper half");
}

static void with(const struct mode *mode)
{
    topic(mode->name);
    if ((iommu.capabilities & mode->capability) == 0U) {
        skip("leaves", "the IOMMU does not have it");
        return;
    }
    check(world_reset() && world_translate(1, mode->fsc), "a table for each device");
    check(leaf(IOMMU_4K), "4 KiB");
    check(leaf(IOMMU_64K), "64 KiB");
    check(leaf(IOMMU_2M), "2 MiB");
    check(leaf(IOMMU_1G), "1 GiB");
    check(no_fault(), "no fault");
    check(last_word_of_page(), "the last word of a page");
    check(across(), "across pages");
    check(reads(), "reads");
    check(no_fault(), "no fault there");
    edges(mode);
}

/* Equal addresses, different tables. */
static void apart(void)
{
    topic("two devices");
    check(world_reset() && world_translate(1, FSC_SV39) && world_map(0, BASE, 1)
          && world_map(1, BASE, 2), "one address in two tables");
    check(device_writes(0, BASE, LENGTH) == 1 && device_writes(1, BASE, LENGTH) == 2
          && device_writes(0, BASE, LENGTH) == 1, "leads each to its own page");
    check(world_map(0, BASE + IOMMU_4K, 3) && device_writes(0, BASE + IOMMU_4K, LENGTH) == 3
          && device_refused(1, BASE + IOMMU_4K)
          && faulted_at(1, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + IOMMU_4K),
          "what one has mapped the other has not");
    check(world_context(1, TC_V, world_pscid(0), world_fsc(0))
          && device_writes(1, BASE, LENGTH) == 1
          && device_writes(1, BASE + IOMMU_4K, LENGTH) == 3, "one table for both");
    check(no_fault(), "no more faults");
}

void test_translation(void)
{
    for (uint32_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        with(&modes[i]);
    }
    apart();
}
