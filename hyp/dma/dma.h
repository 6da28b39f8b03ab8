/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DMA of the guests: which memory their devices reach, and what becomes of what they may not. The
 * IOMMUs (iommu/iommu.h) know device ids and tables; this folder knows whose they are.
 *
 * A device that a guest has may reach its RAM, its shared memories, the registers that peer-dma
 * opens, and its interrupt files; nothing else, whatever the guest makes it do. Each guest has one
 * GSCID and, for its devices, a G-stage of its own, which is not the one of its harts: no virtual
 * device and no register window is in it.
 *
 * Locks, in this order: the fault lock of an IOMMU (here), the lock of that IOMMU (iommu.lock). The
 * console's is taken inside the first, never inside the second.
 */
#ifndef HYP_DMA_DMA_H
#define HYP_DMA_DMA_H

#include <stdint.h>

#include "hyp/plan/plan.h"
#include "iommu/iommu.h"

struct vcpu;

/* Boot hart, with the APLIC initialised and all harts online: faults are reported from now on. */
void dma_start(const struct plan *plan);

/* Service hart: identity HYP_IOMMU_ID + iommu was claimed, or HART_DMA asks to go on. Bounded: a
 * long queue is gone through in pieces, with the interrupts of this hart served in between. */
void dma_interrupt(uint32_t iommu);
void dma_go_on(void);

/* The hart of a vCPU whose interrupt file is in memory: HYP_NOTICE_ID was claimed. Bounded by the
 * patience with an IOMMU. */
void dma_notice(const struct vcpu *vcpu);

/* The faults of every device that had any, and the trouble of every IOMMU, to the log. Any hart. */
void dma_say_faults(void);

#endif
