/* SPDX-License-Identifier: Apache-2.0 */
/* Device directories: modes, levels, contexts that are invalid, wrong, or change. 2.1, 2.3.1. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"

#define RESERVED_MODE (UINT64_C(5) << FSC_MODE_SHIFT)
#define RESERVED_TC   IOMMU_BIT(40)
#define RESERVED_ENTRY IOMMU_BIT(5)

static void modes(void)
{
    topic("modes");
    check(world_reset(), "a new IOMMU");
    check(device_refused(0, page_address(1)), "Off refuses");
    check(faulted(0, CAUSE_ALL_DISALLOWED), "Off says so");
    check(iommu_mode(&iommu, DDTP_BARE, NULL) && world_forget()
          && device_writes(0, page_address(1), LENGTH) == 1
          && device_writes(1, page_address(2), LENGTH) == 2, "Bare passes");
    check(no_fault(), "Bare has no faults");
    check(iommu_mode(&iommu, DDTP_OFF, NULL) && world_forget()
          && device_refused(1, page_address(1)) && faulted(1, CAUSE_ALL_DISALLOWED),
          "Off refuses again");
}

static void levels(void)
{
    static const char *const names[] = { "one level", "two levels", "three levels" };

    topic("levels");
    for (uint32_t i = 0; i < 3U; i++) {
        check(world_reset() && world_translate(i + 1U, FSC_SV39) && world_map(0, BASE, 1)
              && world_map(1, BASE, 2) && device_writes(0, BASE, LENGTH) == 1
              && device_writes(1, BASE, LENGTH) == 2 && no_fault(), names[i]);
    }
}

static void invalid(void)
{
    uint64_t *entry;

    topic("not valid");
    check(world_reset() && world_translate(3, FSC_SV39) && world_map(0, BASE, 1)
          && world_map(1, BASE, 2), "three levels");
    check(world_context(0, 0, world_pscid(0), world_fsc(0)) && device_refused(0, BASE)
          && faulted(0, CAUSE_DDT_INVALID), "a context with V=0");
    check(device_writes(1, BASE, LENGTH) == 2 && no_fault(), "is one device's alone");
    check(world_context(0, TC_V, world_pscid(0), world_fsc(0))
          && device_writes(0, BASE, LENGTH) == 1, "and valid again");
    for (uint32_t level = 1; level <= 2U; level++) {
        uint64_t old;

        entry = iommu_directory_entry(&directory, device_id(0), level);
        old = *entry;
        *(volatile uint64_t *)entry = old & ~ENTRY_V;
        check(world_forget() && device_refused(0, BASE) && faulted(0, CAUSE_DDT_INVALID),
              level == 1U ? "an entry of the second level" : "an entry of the third level");
        *(volatile uint64_t *)entry = old | RESERVED_ENTRY;
        check(world_forget() && device_refused(0, BASE) && faulted(0, CAUSE_DDT_MISCONFIGURED),
              level == 1U ? "a reserved bit in the second level"
                          : "a reserved bit in the third level");
        *(volatile uint64_t *)entry = (old & ~PPN_MASK) | BEYOND >> PAGE_SHIFT << PPN_SHIFT;
        check(world_forget() && device_refused(0, BASE) && faulted(0, CAUSE_DDT_LOAD),
              level == 1U ? "contexts beyond memory" : "a second level beyond memory");
        *(volatile uint64_t *)entry = old;
        check(world_forget() && device_writes(0, BASE, LENGTH) == 1, "as it was");
    }
    check(iommu_mode(&iommu, DDTP_OFF, NULL)
          && iommu_mode(&iommu, DDTP_1LVL, (const uint64_t *)BEYOND) && world_forget()
          && device_refused(0, BASE) && faulted(0, CAUSE_DDT_LOAD), "a directory beyond memory");
    check(no_fault(), "no more faults");
}

static void misconfigured(const char *what, uint64_t tc, uint64_t fsc)
{
    check(world_context(0, tc, world_pscid(0), fsc) && world_forget() && device_refused(0, BASE)
          && faulted(0, CAUSE_DDT_MISCONFIGURED), what);
}

/* Reserved bits of ta and fsc are not tried: QEMU 11.1 takes them. */
static void wrong_contexts(void)
{
    uint64_t fsc;

    topic("misconfigured");
    check(world_reset() && world_translate(1, FSC_SV39) && world_map(0, BASE, 1), "one level");
    fsc = world_fsc(0);
    misconfigured("T2GPA without EN_ATS", TC_V | TC_T2GPA, fsc);
    misconfigured("EN_PRI without EN_ATS", TC_V | TC_EN_PRI, fsc);
    misconfigured("PRPR without EN_PRI", TC_V | TC_PRPR, fsc);
    misconfigured("DPE without PDTV", TC_V | TC_DPE, fsc);
    misconfigured("SBE", TC_V | TC_SBE, fsc);
    misconfigured("a reserved bit of tc", TC_V | RESERVED_TC, fsc);
    misconfigured("a reserved mode of fsc", TC_V, RESERVED_MODE);
    misconfigured("DTF hides none of that", TC_V | TC_DTF | TC_DPE, fsc);
    check(world_context(0, TC_V, world_pscid(0), fsc) && device_writes(0, BASE, LENGTH) == 1
          && no_fault(), "and right again");
}

/* A context that changes while it is valid: what was before may stay until it is invalidated. */
static void changes(void)
{
    int where;

    topic("changes");
    check(world_reset() && world_translate(2, FSC_SV39) && world_map(0, BASE, 1)
          && world_map(1, BASE, 2) && device_writes(0, BASE, LENGTH) == 1
          && device_writes(1, BASE, LENGTH) == 2, "two devices");
    check(world_context(0, TC_V, 9, 0) && device_writes(0, page_address(3), LENGTH) == 3,
          "to Bare, by device");
    check(device_writes(1, BASE, LENGTH) == 2, "the other device as before");
    check(world_context(0, TC_V, 9, world_fsc(1)) && device_writes(0, BASE, LENGTH) == 2,
          "to the other's table, by device");
    iommu_context_set(iommu_context(&directory, device_id(0)), TC_V, world_pscid(0), world_fsc(0));
    check(iommu_do(&iommu, iommu_forget_contexts()) && device_writes(0, BASE, LENGTH) == 1,
          "back, by all devices");
    iommu_context_set(iommu_context(&directory, device_id(0)), TC_V, 9, world_fsc(1));
    where = device_writes(0, BASE, LENGTH);
    check(where == 1 || where == 2, "not invalidated: the old one or the new one");
    check(iommu_do(&iommu, iommu_forget_context(device_id(1))), "invalidating another's");
    where = device_writes(0, BASE, LENGTH);
    check(where == 1 || where == 2, "still the old one or the new one");
    check(iommu_do(&iommu, iommu_forget_context(device_id(0)))
          && device_writes(0, BASE, LENGTH) == 2, "invalidated: the new one");
    iommu_context_set(iommu_context(&directory, device_id(0)), 0, 0, 0);
    check(iommu_do(&iommu, iommu_forget_context(device_id(0))) && device_refused(0, BASE)
          && faulted(0, CAUSE_DDT_INVALID), "taken away");
    iommu_context_set(iommu_context(&directory, device_id(0)), TC_V, world_pscid(0), world_fsc(0));
    check(iommu_do(&iommu, iommu_forget_context(device_id(0)))
          && device_writes(0, BASE, LENGTH) == 1, "and given back");
    check(no_fault(), "no more faults");
}

/* The same devices go from one directory to another, by way of Off and by way of Bare. */
static void another(void)
{
    struct iommu_directory other;
    bool good;

    topic("another directory");
    check(world_reset() && world_translate(1, FSC_SV39) && world_map(0, BASE, 1)
          && world_map(1, BASE, 2) && device_writes(0, BASE, LENGTH) == 1, "the first one");
    good = iommu_directory_open(&iommu, 3, &pages, &other);
    iommu_context_set(iommu_context(&other, device_id(0)), TC_V, world_pscid(1), world_fsc(1));
    check(good && iommu_mode(&iommu, DDTP_OFF, NULL)
          && iommu_mode(&iommu, iommu_directory_mode(&other), other.root) && world_forget()
          && device_writes(0, BASE, LENGTH) == 2, "by way of Off");
    check(device_refused(1, BASE) && faulted(1, CAUSE_DDT_INVALID), "who is not in it is refused");
    check(iommu_mode(&iommu, DDTP_OFF, NULL) && iommu_mode(&iommu, DDTP_BARE, NULL)
          && iommu_mode(&iommu, DDTP_1LVL, directory.root) && world_forget()
          && device_writes(0, BASE, LENGTH) == 1, "back by way of Bare");
    check(no_fault(), "no more faults");
}

void test_directories(void)
{
    modes();
    levels();
    invalid();
    wrong_contexts();
    changes();
    another();
}
