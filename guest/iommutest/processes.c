/* SPDX-License-Identifier: Apache-2.0 */
/* Process contexts, as far as devices without process ids can use them: process 0 by default.
 * 2.2. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define PROCESS_PSCID 77U
#define RESERVED_MODE (UINT64_C(5) << FSC_MODE_SHIFT)
#define PDTV          (TC_V | TC_PDTV | TC_DPE)

static uint64_t *root;

static uint64_t pdtp(void)
{
    return (uint64_t)PDTP_PD8 << FSC_MODE_SHIFT | (uint64_t)root >> PAGE_SHIFT;
}

static bool process(uint64_t ta, uint64_t fsc)
{
    iommu_process_set(root, 0, ta | (uint64_t)PROCESS_PSCID << TA_PSCID_SHIFT, fsc);
    return iommu_do(&iommu, iommu_forget_process_context(device_id(0), 0));
}

void test_processes(void)
{
    topic("processes");
    if ((iommu.capabilities & CAP_PD8) == 0U) {
        skip("default process", "the IOMMU has no process ids");
        return;
    }
    check(world_reset() && world_translate(1, FSC_SV39) && (root = iommu_page(&pages)) != NULL
          && world_map(0, BASE, 1) && world_map(1, BASE, 2), "a process directory");
    check(process(ENTRY_V, world_fsc(0)) && world_context(0, PDTV, 0, pdtp())
          && device_writes(0, BASE, LENGTH) == 1, "process 0 by default");
    check(process(ENTRY_V, world_fsc(1)) && iommu_do(&iommu, iommu_forget_process(PROCESS_PSCID))
          && device_writes(0, BASE, LENGTH) == 2, "its context changes");
    check(process(ENTRY_V, 0) && device_writes(0, page_address(3), LENGTH) == 3, "to Bare");
    check(no_fault(), "no fault");
    check(process(0, world_fsc(0)) && device_refused(0, BASE) && faulted(0, CAUSE_PDT_INVALID),
          "its context is not valid");
    check(process(ENTRY_V, RESERVED_MODE) && device_refused(0, BASE)
          && faulted(0, CAUSE_PDT_MISCONFIGURED), "its context is misconfigured");
    check(world_context(0, TC_V | TC_PDTV, 0, pdtp())
          && device_writes(0, page_address(3), LENGTH) == 3, "no default process: Bare");
    check(world_context(0, PDTV, 0, 0) && device_writes(0, page_address(3), LENGTH) == 3,
          "no process directory: Bare");
    check(no_fault(), "no more faults");
}
