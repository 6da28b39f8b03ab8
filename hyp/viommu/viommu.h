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
 * What a store to cqt costs, in instructions from the guest's store to the one after it (make bench;
 * GCC 12, a guest with one device): 278 with nothing to do, 558 for IOFENCE.C, 657 for an IOTINVAL.VMA,
 * 742 for both. Where they go, for both of them:
 *   the exit itself (trap_entry.S, hw/trap.c)      108
 *   viommu_write, with its lock                     56
 *   viommu_step: register, effects, what is left    86
 *   viommu_commands, and to load the commands      166
 *   execute: IOFENCE.C 27, IOTINVAL.VMA 63          90
 *   viommu_apply: the page                          45
 *   dma_viommu_forget, with the physical lock       66
 *   iommu_forget_addresses: one command             86
 *   iommu_finish: the fence                         39
 * Accesses to the physical IOMMU: one write of cqt; for a fence, one read of cqh if it is done by then.
 * What is seldom (errors, contexts, interrupts, stores of IOFENCE.C, other registers) is in functions
 * of its own, so that the others have few registers to save.
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
