/* SPDX-License-Identifier: Apache-2.0 */
/* What records say, and when there are none. 3.2. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define SCRATCH (BASE + UINT64_C(0x100000000))

static bool mixed(void)
{
    bool good = device_refused(0, BASE) && device_refused(1, BASE + IOMMU_4K)
                && device_refused(0, BASE + 2U * IOMMU_4K);

    return good && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE)
           && faulted_at(1, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + IOMMU_4K)
           && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + 2U * IOMMU_4K);
}

/* Half of it arrives: the page that is there. */
static bool half(void)
{
    bool good = world_map(0, BASE, 1) && iommu_unmap(&tables[0], BASE + IOMMU_4K, IOMMU_4K)
                && world_forget();

    (void)device_writes(0, BASE + IOMMU_4K - 4U, 8);
    return good && page_words(1)[IOMMU_4K / 4U - 1U] != 0U
           && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + IOMMU_4K);
}

void test_faults(void)
{
    topic("faults");
    check(world_reset() && world_translate(1, FSC_SV39)
          && world_map(reader(), SCRATCH, PAGES - 1U), "a table for each device");
    check(mixed() && no_fault(), "two devices, in order");
    device_peeks(BASE);
    check(faulted_at(reader(), CAUSE_READ_PAGE, TTYP_READ, BASE), "a read is told from a write");
    check(half() && no_fault(), "a transfer that is right in part");
    check(world_context(0, TC_V | TC_DTF, world_pscid(0), world_fsc(0))
          && device_refused(0, BASE + IOMMU_4K) && no_fault(), "DTF: refused without a record");
    check(device_refused(1, BASE) && faulted_at(1, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE),
          "DTF of one device is not the other's");
    check(device_writes(0, BASE, LENGTH) == 1, "DTF: what is mapped is mapped");
    check(world_context(0, TC_V, world_pscid(0), world_fsc(0)) && device_refused(0, BASE + IOMMU_4K)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, BASE + IOMMU_4K) && no_fault(),
          "without DTF again there is a record");
}
