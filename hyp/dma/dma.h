/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DMA of the guests: which memory their devices reach, and what becomes of what they may not. The
 * IOMMUs (iommu/iommu.h) know device ids and tables; this folder knows whose they are.
 *
 * A device that a guest has may reach its RAM, its shared memories, the registers that peer-dma
 * opens, and its interrupt files; nothing else, whatever the guest makes it do. Each guest has one
 * GSCID, and each of its vIOMMUs another, and for all its devices one G-stage, which is not the one
 * of its harts: no virtual device, no state region and no register window is in it.
 *
 * Devices behind a vIOMMU are attached and refused by hyp/viommu, from its reset on; all others by
 * this folder, from the start of the guest's life. All are blocked here when it ends.
 *
 * Locks, in this order: that of a vIOMMU (hyp/viommu), the fault lock of an IOMMU (here), the lock
 * of that IOMMU (iommu.lock). The console's is taken inside the second, never inside the third. A
 * box of records (below) has a leaf lock.
 */
#ifndef HYP_DMA_DMA_H
#define HYP_DMA_DMA_H

#include <stdint.h>

#include "hyp/plan/plan.h"
#include "iommu/iommu.h"
#include "iommu/viommu/viommu.h"

struct vcpu;

/* Boot hart, with the APLIC initialised and all harts online: faults are reported from now on. */
void dma_start(const struct plan *plan);

/* Service hart: identity HYP_IOMMU_ID + iommu was taken, or HART_DMA asks to go on. Bounded: a
 * long queue is gone through in pieces, with the interrupts of this hart served in between. */
void dma_interrupt(uint32_t iommu);
void dma_go_on(void);

/* The hart of a vCPU whose interrupt file is in memory: HYP_NOTICE_ID was taken. Bounded by the
 * patience with an IOMMU. */
void dma_notice(const struct vcpu *vcpu);

/*
 * For hyp/viommu; viommu is an index in plan->viommus, n one in its ids.
 */

/* The capabilities of the physical IOMMU that it stands for. */
struct iommu_caps dma_viommu_caps(uint32_t viommu);

/* Let the device with this id do what context says, nested in its owner's G-stage. An id of a
 * device that its dma-fault has blocked stays so; one that was cut off for a flood stays quiet
 * while the flood's window lasts; one whose dma-fault is more than "log" is not quiet at the
 * context's wish. When the device is refused, or not any more, one piece of the records that wait
 * is dealt with here. False: the IOMMU does not answer (told in the log). */
bool dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context);

/* Give invalidations to the physical IOMMU, at most VIOMMU_PIECE, under one hold of its lock; and, if
 * finish is true, wait for these and all that were given before, else not even for these: they are the
 * guest's concern when it fences them. False as above. */
bool dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                       bool finish);

/* Faults of its devices, which the service hart leaves in a box and tells the guest's first hart of
 * (HART_VIOMMU): that hart takes them out, so a guest's faults are the guest's own work. Returns
 * how many; *lost: the box was full in between. */
struct dma_record {
    uint32_t n;
    struct iommu_fault fault;
};
uint32_t dma_viommu_take(uint32_t viommu, struct dma_record *out, uint32_t max, bool *lost);

/* The faults of every device that had any, and the trouble of every IOMMU, to the log. Any hart. */
void dma_say_faults(void);

#endif
