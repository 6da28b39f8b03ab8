/* SPDX-License-Identifier: Apache-2.0 */
/* Invalidations: what they name is forgotten for certain. What they do not name may be forgotten
 * too, but is never mixed up. 3.1.1. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define RANGE_PAGES 16U

/* Page 1 is cached, and the table says page 2: what is used now is one of both. */
static bool made_stale(uint32_t device, uint64_t iova)
{
    int where;

    if (!world_map(device, iova, 1) || !world_forget()
        || device_writes(device, iova, LENGTH) != 1 || !world_map(device, iova, 2)) {
        return false;
    }
    where = device_writes(device, iova, LENGTH);
    return where == 1 || where == 2;
}

static bool is_new(uint32_t device, uint64_t iova)
{
    return device_writes(device, iova, LENGTH) == 2;
}

static void one_address(void)
{
    int where;

    topic("invalidation");
    check(world_reset() && world_translate(1, FSC_SV39), "a table for each device");
    check(made_stale(0, BASE) && iommu_do(&iommu, iommu_forget_address(BASE)) && is_new(0, BASE),
          "by address");
    check(made_stale(0, BASE)
          && iommu_do(&iommu, iommu_forget_address_of(BASE, world_pscid(0))) && is_new(0, BASE),
          "by address and PSCID");
    check(made_stale(0, BASE) && iommu_do(&iommu, iommu_forget_process(world_pscid(0)))
          && is_new(0, BASE), "by PSCID");
    check(made_stale(0, BASE) && iommu_do(&iommu, iommu_forget_all()) && is_new(0, BASE), "all");
    check(made_stale(0, BASE) && iommu_do(&iommu, iommu_forget_address(BASE + IOMMU_4K)),
          "of another address");
    where = device_writes(0, BASE, LENGTH);
    check(where == 1 || where == 2, "leaves the old one or the new one");
    check(made_stale(0, BASE) && iommu_do(&iommu, iommu_forget_process(world_pscid(1))),
          "of another PSCID");
    where = device_writes(0, BASE, LENGTH);
    check(where == 1 || where == 2, "leaves the old one or the new one as well");
    check(iommu_do(&iommu, iommu_forget_all()) && is_new(0, BASE) && no_fault(), "no fault");
}

static void two_devices(void)
{
    topic("invalidation of two");
    check(made_stale(0, BASE) && made_stale(1, BASE), "one address of both");
    check(iommu_do(&iommu, iommu_forget_process(world_pscid(0))) && is_new(0, BASE),
          "the first by PSCID");
    check(iommu_do(&iommu, iommu_forget_address_of(BASE, world_pscid(1))) && is_new(1, BASE),
          "the second by address and PSCID");
    check(made_stale(0, BASE) && made_stale(1, BASE)
          && iommu_do(&iommu, iommu_forget_address(BASE)) && is_new(0, BASE) && is_new(1, BASE),
          "both by address");
    check(made_stale(0, BASE) && made_stale(1, BASE) && iommu_do(&iommu, iommu_forget_all())
          && is_new(0, BASE) && is_new(1, BASE), "both by all");
    check(no_fault(), "no fault");
}

static void less(void)
{
    struct iommu_command commands[2] = { iommu_forget_address(BASE), iommu_fence() };

    topic("taking away");
    check(world_map(0, BASE, 1) && world_forget() && device_writes(0, BASE, LENGTH) == 1
          && iommu_unmap(&tables[0], BASE, IOMMU_4K)
          && iommu_do(&iommu, iommu_forget_address(BASE)) && device_refused(0, BASE)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE), "a page");
    check(world_map(0, BASE, 1) && device_writes(0, BASE, LENGTH) == 1,
          "what was not valid needs no invalidation");
    check(iommu_map(&tables[0], BASE, page_address(1), IOMMU_4K, IOMMU_READ_ONLY)
          && iommu_submit(&iommu, commands, 2) && iommu_commands_idle(&iommu)
          && device_refused(0, BASE) && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE),
          "the right to write");
    check(world_map(0, BASE, 3) && iommu_do(&iommu, iommu_forget_address(BASE))
          && device_writes(0, BASE, LENGTH) == 3 && no_fault(), "and giving back");
}

static void great_leaves(void)
{
    uint64_t first = page_address(1), leaf = first - first % IOMMU_2M, at = BASE + first % IOMMU_2M;
    uint64_t *entry;

    topic("great leaves");
    check(world_reset() && world_translate(1, FSC_SV39)
          && iommu_map(&tables[0], BASE, leaf, IOMMU_2M, IOMMU_READ_WRITE)
          && device_writes(0, at, LENGTH) == 1, "a leaf of 2 MiB");
    check(iommu_unmap(&tables[0], BASE, IOMMU_2M) && iommu_do(&iommu, iommu_forget_address(at))
          && device_refused(0, at) && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, at),
          "by an address in it");
    check(iommu_map(&tables[0], BASE, leaf, IOMMU_2M, IOMMU_READ_WRITE)
          && device_writes(0, at, LENGTH) == 1 && iommu_unmap(&tables[0], BASE, IOMMU_2M)
          && world_map(0, at, 3) && iommu_do(&iommu, iommu_forget_all())
          && device_writes(0, at, LENGTH) == 3, "a table in its place");
    entry = iommu_table_entry(&tables[0], BASE, 1);
    *(volatile uint64_t *)entry = 0;
    check(iommu_forget_range(&iommu, BASE, IOMMU_2M, true) && device_refused(0, at)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, at), "a table taken out");
    check(no_fault(), "no more faults");
}

/* By one command for all of them where the IOMMU takes ranges. */
static void ranges(void)
{
    bool good = true;

    topic("ranges");
    check(world_reset() && world_translate(1, FSC_SV39), "a table for each device");
    for (uint32_t i = 0; i < RANGE_PAGES; i++) {
        good = good && world_map(0, BASE + i * IOMMU_4K, i % 2U)
               && device_writes(0, BASE + i * IOMMU_4K, LENGTH) == (int)(i % 2U);
    }
    check(good, "16 pages");
    for (uint32_t i = 0; i < RANGE_PAGES; i++) {
        good = good && world_map(0, BASE + i * IOMMU_4K, 2U + i % 2U);
    }
    check(good && iommu_forget_range(&iommu, BASE, RANGE_PAGES * IOMMU_4K, false), "all at once");
    for (uint32_t i = 0; i < RANGE_PAGES; i++) {
        good = good && device_writes(0, BASE + i * IOMMU_4K, LENGTH) == (int)(2U + i % 2U);
    }
    check(good, "all are new");
    for (uint32_t i = 0; i < RANGE_PAGES; i++) {
        good = good && iommu_unmap(&tables[0], BASE + i * IOMMU_4K, IOMMU_4K);
    }
    check(good && iommu_forget_range(&iommu, BASE, 2U * IOMMU_4K, false)
          && device_refused(0, BASE) && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE)
          && device_refused(0, BASE + IOMMU_4K)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + IOMMU_4K), "two of them are gone");
    check(iommu_do(&iommu, iommu_forget_all()) && device_refused(0, BASE + 9U * IOMMU_4K)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + 9U * IOMMU_4K), "then all");
    check(no_fault(), "no more faults");
}

void test_invalidation(void)
{
    one_address();
    two_devices();
    less();
    great_leaves();
    ranges();
}
