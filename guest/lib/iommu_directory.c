/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/iommu_directory.h"

#include <stddef.h>

#include "guest/lib/csr.h"

#define PROCESS_WORDS 2U

/* Where the index of a level begins in a device id: 7, 9, 8 bits in base format, 6, 9, 9 in
 * extended. */
static uint32_t split(const struct iommu_directory *directory, uint32_t level)
{
    uint32_t leaf_bits = directory->extended ? 6U : 7U;

    return level == 0U ? 0U : leaf_bits + (level - 1U) * 9U;
}

bool iommu_directory_open(const struct iommu *iommu, uint32_t levels, struct iommu_pages *pages,
                          struct iommu_directory *out)
{
    *out = (struct iommu_directory){ .levels = levels, .pages = pages, .root = iommu_page(pages),
                                     .extended = (iommu->capabilities & CAP_MSI_FLAT) != 0U };
    return out->root != NULL;
}

uint32_t iommu_directory_mode(const struct iommu_directory *directory)
{
    return (uint32_t)DDTP_1LVL + directory->levels - 1U;
}

bool iommu_directory_holds(const struct iommu_directory *directory, uint32_t device_id)
{
    uint32_t bits = split(directory, directory->levels);

    return device_id >> (bits < IOMMU_DEVICE_ID_BITS ? bits : IOMMU_DEVICE_ID_BITS) == 0U;
}

/* The table of a level in which an id's entry is; level 0 holds contexts. */
static uint64_t *table(const struct iommu_directory *directory, uint32_t device_id, uint32_t level)
{
    uint64_t *at = directory->root;

    if (!iommu_directory_holds(directory, device_id) || level >= directory->levels) {
        return NULL;
    }
    for (uint32_t i = directory->levels - 1U; i > level; i--) {
        uint64_t *entry = &at[(device_id >> split(directory, i)) & 0x1ffU];

        if ((*entry & ENTRY_V) == 0U) {
            uint64_t *page = iommu_page(directory->pages);

            if (page == NULL) {
                return NULL;
            }
            fence();
            *(volatile uint64_t *)entry = (uint64_t)page >> PAGE_SHIFT << PPN_SHIFT | ENTRY_V;
        }
        at = (uint64_t *)((*entry & PPN_MASK) >> PPN_SHIFT << PAGE_SHIFT);
    }
    return at;
}

uint64_t *iommu_context(const struct iommu_directory *directory, uint32_t device_id)
{
    uint32_t words = directory->extended ? (uint32_t)DC_EXTENDED_WORDS : (uint32_t)DC_BASE_WORDS;
    uint64_t *at = table(directory, device_id, 0);

    return at == NULL ? NULL : &at[(device_id & ((1U << split(directory, 1)) - 1U)) * words];
}

uint64_t *iommu_directory_entry(const struct iommu_directory *directory, uint32_t device_id,
                                uint32_t level)
{
    uint64_t *at = level == 0U ? NULL : table(directory, device_id, level);

    return at == NULL ? NULL : &at[(device_id >> split(directory, level)) & 0x1ffU];
}

static void set(uint64_t *at, uint64_t value)
{
    *(volatile uint64_t *)at = value;
}

void iommu_context_set(uint64_t *context, uint64_t tc, uint32_t pscid, uint64_t fsc)
{
    set(&context[DC_TC], 0);
    fence();
    set(&context[DC_IOHGATP], 0);
    set(&context[DC_TA], (uint64_t)pscid << TA_PSCID_SHIFT);
    set(&context[DC_FSC], fsc);
    fence();
    set(&context[DC_TC], tc);
    fence();
}

void iommu_process_set(uint64_t *root, uint32_t process_id, uint64_t ta, uint64_t fsc)
{
    uint64_t *context = &root[process_id * PROCESS_WORDS];

    set(&context[0], 0);
    fence();
    set(&context[1], fsc);
    fence();
    set(&context[0], ta);
    fence();
}
