/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to hyp/viommu: what its files share. */
#ifndef HYP_VIOMMU_RUN_H
#define HYP_VIOMMU_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/guest.h"
#include "iommu/viommu/viommu.h"
#include "lib/addr.h"
#include "lib/lock.h"

/* A vIOMMU of a guest. lock guards what follows the constants. */
struct viommu_run {
    struct guest *guest;
    const struct plan_viommu *plan;
    uint32_t index;          /* in the plan's viommus */
    pa_t page;               /* its state region: what the guest sees of state.words */
    struct lock lock;
    bool live;               /* between the guest's reset and its stop */
    bool more;               /* state has pieces left */
    uint32_t wires;          /* their levels as the guest's APLIC has them */
    struct viommu state;
    struct viommu_effects effects; /* of its last step; here, for it is large for a stack */
};

/* apply.c. Carry out run->effects, in their order. */
void viommu_apply(struct viommu_run *run);

/* memory.c. The guest's RAM. */
struct viommu_memory viommu_memory_of(struct guest *guest);

#endif
