/* SPDX-License-Identifier: Apache-2.0 */
/* What a first stage forbids, and tables that are wrong. Each leaf is tried with nothing cached. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define SCRATCH (BASE + UINT64_C(0x100000000))

static bool put(uint32_t device, uint64_t size, uint64_t flags)
{
    uint64_t address = page_address(1);

    return iommu_map(&tables[device], BASE, address - address % size, size, flags)
           && world_forget();
}

static bool write_refused(uint64_t flags)
{
    return put(0, IOMMU_4K, flags) && device_refused(0, BASE)
           && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE);
}

static bool read_refused(uint64_t flags)
{
    if (!put(reader(), IOMMU_4K, flags)) {
        return false;
    }
    device_peeks(BASE);
    return faulted_at(reader(), CAUSE_READ_PAGE, TTYP_READ, BASE);
}

static bool read_done(uint64_t flags)
{
    return put(reader(), IOMMU_4K, flags) && device_reads(BASE, 1, SCRATCH);
}

static void leaves(void)
{
    const uint64_t user = PTE_V | PTE_U | PTE_A | PTE_D;

    topic("permissions");
    check(world_reset() && world_translate(1, FSC_SV39)
          && world_map(reader(), SCRATCH, PAGES - 1U), "a table for each device");
    check(put(0, IOMMU_4K, IOMMU_READ_WRITE) && device_writes(0, BASE, LENGTH) == 1,
          "read and write: write");
    check(read_done(IOMMU_READ_WRITE), "read and write: read");
    check(put(0, IOMMU_4K, IOMMU_READ_WRITE | PTE_X) && device_writes(0, BASE, LENGTH) == 1,
          "all three: write");
    check(put(0, IOMMU_4K, IOMMU_READ_WRITE | PTE_G) && device_writes(0, BASE, LENGTH) == 1,
          "global: write");
    check(no_fault(), "no fault so far");
    check(write_refused(IOMMU_READ_ONLY), "read only: write is refused");
    check(read_done(IOMMU_READ_ONLY), "read only: read");
    check(no_fault(), "read only: reads do not fault");
    check(write_refused(user | PTE_X), "execute only: write is refused");
    check(read_refused(user | PTE_X), "execute only: read is refused");
    check(write_refused(user | PTE_W), "write without read is reserved: write");
    check(read_refused(user | PTE_W), "write without read is reserved: read");
    check(write_refused(0), "not valid: write is refused");
    check(read_refused(0), "not valid: read is refused");
    check(write_refused(IOMMU_READ_WRITE & ~PTE_V), "V=0 with all else: write is refused");
    check(write_refused(IOMMU_READ_WRITE & ~PTE_D), "D=0: write is refused");
    check(read_done(IOMMU_READ_WRITE & ~PTE_D), "D=0: read");
    check(write_refused(IOMMU_READ_WRITE & ~(PTE_A | PTE_D)), "A=0: write is refused");
    check(read_refused(IOMMU_READ_WRITE & ~(PTE_A | PTE_D)), "A=0: read is refused");
    check(write_refused(IOMMU_READ_WRITE & ~PTE_U), "U=0: write is refused");
    check(read_refused(IOMMU_READ_WRITE & ~PTE_U), "U=0: read is refused");
    check(write_refused(user & ~(PTE_A | PTE_D | PTE_U)), "a pointer where a leaf must be");
    check(put(0, IOMMU_4K, IOMMU_READ_WRITE) && device_writes(0, BASE, LENGTH) == 1
          && no_fault(), "and all is well again");
}

static void tables_that_are_wrong(void)
{
    const uint64_t beyond = BEYOND >> PAGE_SHIFT << PPN_SHIFT;
    uint64_t *entry;

    topic("wrong tables");
    check(world_reset() && world_translate(1, FSC_SV39)
          && world_map(reader(), SCRATCH, PAGES - 1U), "a table for each device");
    entry = iommu_table_entry(&tables[0], BASE, 1);
    *(volatile uint64_t *)entry = ((page_address(1) >> PAGE_SHIFT | 1U) << PPN_SHIFT)
                                  | IOMMU_READ_WRITE;
    check(world_forget() && device_refused(0, BASE)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE), "2 MiB, not aligned");
    *(volatile uint64_t *)entry = beyond | PTE_V;
    check(world_forget() && device_refused(0, BASE)
          && faulted_at(0, CAUSE_WRITE_ACCESS, TTYP_WRITE, BASE), "a table beyond memory: write");
    entry = iommu_table_entry(&tables[reader()], BASE, 1);
    *(volatile uint64_t *)entry = beyond | PTE_V;
    if (world_forget()) {
        device_peeks(BASE);
    }
    check(faulted_at(reader(), CAUSE_READ_ACCESS, TTYP_READ, BASE), "a table beyond memory: read");
    entry = iommu_table_entry(&tables[0], BASE, 2);
    *(volatile uint64_t *)entry = 0;
    check(world_forget() && device_refused(0, BASE)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE), "no second level");
    check(world_context(0, TC_V, world_pscid(0),
                        (uint64_t)FSC_SV39 << FSC_MODE_SHIFT | BEYOND >> PAGE_SHIFT)
          && device_refused(0, BASE) && faulted_at(0, CAUSE_WRITE_ACCESS, TTYP_WRITE, BASE),
          "a root beyond memory");
    check(world_context(0, TC_V, world_pscid(0), world_fsc(0)) && world_map(0, BASE, 1)
          && device_writes(0, BASE, LENGTH) == 1 && no_fault(), "and all is well again");
}

void test_permissions(void)
{
    leaves();
    tables_that_are_wrong();
}
