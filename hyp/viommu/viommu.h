/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guests' virtual IOMMUs at run time, in trap mode: the state region is a page that the guest
 * may only read, so reads of registers cost a load; a store exits, and is given to iommu/viommu/,
 * whose effects are carried out here before the page shows what has changed (invariants I8, I11).
 *
 * The work of one exit is one piece (VIOMMU_PIECE commands or contexts). What is left is done piece
 * by piece by the same hart, which asks itself (HART_VIOMMU), so that whatever else is due on that
 * hart comes in between: a long queue costs the guest's own hart alone (invariant I9). The physical
 * IOMMU's lock is held for a piece at most.
 *
 * Each vIOMMU has a lock, which only harts of its guest take. Inside it: the locks of hyp/dma, the
 * guest's vAPLIC.
 */
#ifndef HYP_VIOMMU_VIOMMU_H
#define HYP_VIOMMU_VIOMMU_H

#include "hyp/guest.h"

/* HART_VIOMMU, on a hart of the guest: deliver faults of its devices, go on with its queues.
 * Nothing while the guest's life is over. */
void viommu_go_on(struct guest *guest);

#endif
