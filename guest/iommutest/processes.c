/* SPDX-License-Identifier: Apache-2.0 */
/* Process contexts, as far as devices without process ids can use them: process 0 by default.
 * 2.2, 3.1.3. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define PROCESS_PSCID 77U
#define OTHER_PSCID   78U
#define RESERVED_MODE (UINT64_C(5) << FSC_MODE_SHIFT)
#define PDTV          (TC_V | TC_PDTV | TC_DPE)
#define NO_USER       BASE                      /* pages for permissions */
#define READ_ONLY     (BASE + IOMMU_4K)

static uint64_t *root;

static uint64_t pdtp(void)
{
    return (uint64_t)PDTP_PD8 << FSC_MODE_SHIFT | (uint64_t)root >> PAGE_SHIFT;
}

static void put(uint64_t ta, uint32_t pscid, uint64_t fsc)
{
    iommu_process_set(root, 0, ta | (uint64_t)pscid << TA_PSCID_SHIFT, fsc);
}

static bool process(uint64_t ta, uint64_t fsc)
{
    put(ta, PROCESS_PSCID, fsc);
    return iommu_do(&iommu, iommu_forget_process_context(device_id(0), 0));
}

/* The record of a directory that is not there: 265, or, where it is a second stage that has no such
 * page, an access fault of what the device did (2.3.2). */
static bool cannot_be_read(void)
{
    struct iommu_fault fault;

    return iommu_fault_wait(&iommu, &fault, IOMMU_PATIENCE_MS)
           && fault.device_id == device_id(0)
           && (fault.cause == CAUSE_PDT_LOAD || fault.cause == CAUSE_WRITE_ACCESS);
}

static bool begin(void)
{
    return world_reset() && world_translate(1, FSC_SV39) && (root = iommu_page(&pages)) != NULL
           && world_map(0, BASE, 1) && world_map(1, BASE, 2);
}

static void contexts(void)
{
    topic("processes");
    check(begin(), "a process directory");
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
    check(process(ENTRY_V | PC_RESERVED, world_fsc(0)) && device_refused(0, BASE)
          && faulted(0, CAUSE_PDT_MISCONFIGURED), "a reserved bit of its attributes");
    check(process(ENTRY_V, world_fsc(0) | FSC_RESERVED) && device_refused(0, BASE)
          && faulted(0, CAUSE_PDT_MISCONFIGURED), "a reserved bit of its first stage");
    check(world_context(0, PDTV, 0, (uint64_t)PDTP_PD8 << FSC_MODE_SHIFT | BEYOND >> PAGE_SHIFT)
          && device_refused(0, BASE) && cannot_be_read(), "a process directory beyond memory");
    check(world_context(0, TC_V | TC_PDTV, 0, pdtp())
          && device_writes(0, page_address(3), LENGTH) == 3, "no default process: Bare");
    check(world_context(0, PDTV, 0, 0) && device_writes(0, page_address(3), LENGTH) == 3,
          "no process directory: Bare");
    check(no_fault(), "no more faults");
}

static void permissions(void)
{
    topic("permissions of processes");
    check(begin() && process(ENTRY_V, world_fsc(0)) && world_context(0, PDTV, 0, pdtp())
          && iommu_map(&tables[0], NO_USER, page_address(1), IOMMU_4K, IOMMU_READ_WRITE & ~PTE_U)
          && iommu_map(&tables[0], READ_ONLY, page_address(2), IOMMU_4K, IOMMU_READ_ONLY)
          && world_forget(), "pages of all kinds");
    check(device_refused(0, NO_USER) && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, NO_USER),
          "not the user's");
    check(device_refused(0, READ_ONLY) && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, READ_ONLY),
          "to read only");
    check(process(ENTRY_V | PC_ENS | PC_SUM, world_fsc(0)) && device_refused(0, NO_USER)
          && faulted_at(0, CAUSE_WRITE_PAGE, TTYP_WRITE, NO_USER),
          "a device is a user where supervisors are allowed too");
    check(world_map(0, NO_USER, 1) && world_forget() && device_writes(0, NO_USER, LENGTH) == 1,
          "and reaches what is the user's");
    check(no_fault(), "no more faults");
}

/* Old or new. */
static bool either(int where) { return where == 1 || where == 2; }

/* Two devices with one process directory. The new context has a PSCID of its own, so that only the
 * context can be stale. */
static void invalidation(void)
{
    topic("invalidation of processes");
    check(begin() && process(ENTRY_V, world_fsc(0)) && world_context(0, PDTV, 0, pdtp())
          && world_context(1, PDTV, 0, pdtp()) && device_writes(0, BASE, LENGTH) == 1
          && device_writes(1, BASE, LENGTH) == 1, "two devices of one process");
    put(ENTRY_V, OTHER_PSCID, world_fsc(1));
    check(either(device_writes(0, BASE, LENGTH)) && either(device_writes(1, BASE, LENGTH)),
          "not invalidated: the old one or the new one");
    check(iommu_do(&iommu, iommu_forget_process_context(device_id(0), 0))
          && device_writes(0, BASE, LENGTH) == 2, "of one device");
    check(either(device_writes(1, BASE, LENGTH)), "the other's: the old one or the new one");
    check(iommu_do(&iommu, iommu_forget_process_context(device_id(1), 0))
          && device_writes(1, BASE, LENGTH) == 2, "of the other");
    put(ENTRY_V, PROCESS_PSCID, world_fsc(0));
    check(iommu_do(&iommu, iommu_forget_context(device_id(0)))
          && device_writes(0, BASE, LENGTH) == 1, "with the context of the device");
    check(iommu_do(&iommu, iommu_forget_contexts()) && device_writes(1, BASE, LENGTH) == 1,
          "with all contexts");
    check(world_map(0, BASE, 3) && iommu_do(&iommu, iommu_forget_process(PROCESS_PSCID))
          && device_writes(0, BASE, LENGTH) == 3 && device_writes(1, BASE, LENGTH) == 3,
          "of a mapping, by the PSCID of the process");
    check(world_map(0, BASE, 1)
          && iommu_do(&iommu, iommu_forget_address_of(BASE, PROCESS_PSCID))
          && device_writes(0, BASE, LENGTH) == 1, "by address as well");
    check(no_fault(), "no fault");
}

void test_processes(void)
{
    if ((iommu.capabilities & CAP_PD8) == 0U) {
        topic("processes");
        skip("default process", "the IOMMU has no process ids");
        return;
    }
    contexts();
    permissions();
    invalidation();
}
