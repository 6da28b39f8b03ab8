/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/csr.h"

#define TABLE_PAGES   64U
#define PATIENCE_MS   5000U     /* for a record that must come, however busy the machine is */
#define QUIET_MS      20U       /* for one that must not */

struct iommu iommu;
struct iommu_directory directory;
struct iommu_table tables[DEVICES_MAX];
uint64_t command_entries[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
uint64_t fault_entries[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint64_t page_memory[TABLE_PAGES][IOMMU_PAGE / sizeof(uint64_t)]
    __attribute__((aligned(IOMMU_PAGE)));
struct iommu_pages pages = { .pages = page_memory, .count = TABLE_PAGES };

bool world_open(void)
{
    return iommu_open(&iommu);
}

bool world_forget(void)
{
    return iommu_do(&iommu, iommu_forget_contexts()) && iommu_do(&iommu, iommu_forget_all());
}

bool world_reset(void)
{
    bool good = iommu_mode(&iommu, DDTP_OFF, NULL)
                && iommu_commands_start(&iommu, command_entries, COMMANDS_LOG2, false)
                && iommu_faults_start(&iommu, fault_entries, FAULTS_LOG2, false) && world_forget();

    iommu_set32(&iommu, IOMMU_IPSR, UINT32_MAX);
    pages.used = 0;
    return good;
}

uint32_t world_pscid(uint32_t device) { return device + 1U; }
uint64_t world_fsc(uint32_t device) { return iommu_table_fsc(&tables[device]); }

bool world_translate(uint32_t levels, uint32_t mode)
{
    bool good = iommu_directory_open(&iommu, levels, &pages, &directory);

    for (uint32_t i = 0; i < device_count() && good; i++) {
        uint64_t *context;

        if (!iommu_directory_holds(&directory, device_id(i))) {
            continue;
        }
        context = iommu_context(&directory, device_id(i));
        good = context != NULL && iommu_table_open(mode, &pages, &tables[i]);
        if (good) {
            iommu_context_set(context, TC_V, world_pscid(i), world_fsc(i));
        }
    }
    return good && iommu_mode(&iommu, iommu_directory_mode(&directory), directory.root)
           && world_forget();
}

bool world_context(uint32_t device, uint64_t tc, uint32_t pscid, uint64_t fsc)
{
    iommu_context_set(iommu_context(&directory, device_id(device)), tc, pscid, fsc);
    return iommu_do(&iommu, iommu_forget_context(device_id(device)));
}

bool world_map(uint32_t device, uint64_t iova, uint32_t page)
{
    return iommu_map(&tables[device], iova, page_address(page), IOMMU_4K, IOMMU_READ_WRITE);
}

bool faulted(uint32_t device, uint32_t cause)
{
    struct iommu_fault fault;

    return iommu_fault_wait(&iommu, &fault, PATIENCE_MS) && fault.cause == cause
           && fault.device_id == device_id(device);
}

bool faulted_at(uint32_t device, uint32_t cause, uint32_t ttyp, uint64_t iova)
{
    struct iommu_fault fault;

    return iommu_fault_wait(&iommu, &fault, PATIENCE_MS) && fault.cause == cause
           && fault.device_id == device_id(device) && fault.ttyp == ttyp
           && fault.iotval >> PAGE_SHIFT == iova >> PAGE_SHIFT;
}

bool no_fault(void)
{
    struct iommu_fault fault;

    return !iommu_fault_wait(&iommu, &fault, QUIET_MS);
}
