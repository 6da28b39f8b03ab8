/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's invalidations. What it names is bounded here: translations by a GSCID that was claimed,
 * processes by a device id that was claimed (invariant I5). No command leaves here that the IOMMU
 * does not know: one illegal command would stop the queue of all its guests.
 */
#include "iommu/iommu.h"

#include <stddef.h>

#include "iommu/claims.h"
#include "iommu/queue.h"
#include "iommu/regs.h"

static bool is_whole(uint64_t address)
{
    return IOMMU_IOTINVAL_ADDR(address) == IOMMU_IOTINVAL_ADDR_MASK;
}

/* Whether the IOMMU can be told of the address: else of all addresses, with all levels of their
 * tables (3.1.1: AV = 0 takes every entry, leaf or not). With all bits of ADDR set a range is
 * unspecified ("Address Range Invalidation Extension"). */
static bool can_name(const struct iommu_caps *caps, const struct iommu_addresses *what)
{
    return (!what->non_leaf || caps->non_leaf) &&
           (!what->range || (caps->range && !is_whole(what->address)));
}

static __attribute__((noinline)) enum iommu_result
forget_more(struct iommu *iommu, uint16_t gscid, const struct iommu_addresses *what)
{
    const struct iommu_addresses wider = { .by_pscid = what->by_pscid, .pscid = what->pscid };

    return iommu_give(iommu, iommu_inval_vma_of(gscid, &wider));
}

enum iommu_result iommu_forget_addresses(struct iommu *iommu, uint16_t gscid,
                                         const struct iommu_addresses *what)
{
    if (!iommu_claimed_for(iommu, gscid)) {
        return IOMMU_NOT_OWNER;
    }
    if (what->by_address && !can_name(&iommu->caps, what)) {
        return forget_more(iommu, gscid, what);
    }
    return iommu_give(iommu, iommu_inval_vma_of(gscid, what));
}

enum iommu_result iommu_forget_process(struct iommu *iommu, uint32_t device_id,
                                       uint32_t process_id)
{
    const struct iommu_command command = iommu_inval_pdt(device_id, process_id);
    const uint32_t bits = iommu_caps_process_bits(&iommu->caps);

    if (iommu_claim_of(iommu, device_id) == NULL) {
        return IOMMU_NOT_OWNER;
    }
    /* Of an id that it does not know it remembers nothing, and the command would be illegal
     * (3.1.3). */
    return bits == 0U || process_id >> bits != 0U ? iommu_alive(iommu)
                                                  : iommu_give(iommu, command);
}
