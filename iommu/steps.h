/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the context of a device changes while the device goes on doing DMA. Pure.
 *
 * A context has eight words, and the IOMMU reads them in any order and at any time (RISC-V IOMMU
 * 1.0.1, 2.1.2, "Updating in-memory data structure entries"): until a change has been committed
 * (invalidated, and a fence after it) it may use any mixture of old and new words. V = 0 in between
 * would be one way; but then a device that does not stop would fill the fault queue with "not
 * valid" (258), which DTF does not silence. Therefore V stays 1, and a change goes in steps, each
 * committed before the next, such that whatever mixture is read in a step
 *
 *   - an MSI table goes with the G-stage of its own guest: what is looked up there is remembered
 *     under the GSCID in the same context;
 *   - a first stage goes with the G-stage for which it was given, or with the empty one, under
 *     which it leads nowhere; in no moment does a device reach what neither the old nor the new
 *     context lets it reach, and no translation is remembered under a PSCID that it is not of;
 *   - the context is no misconfigured one: a cause that DTF does not silence either (259).
 *
 * and DTF is 1 until the last step, for faults on the way are none of the device's. So the steps
 * are, and those that change nothing are left out:
 *
 *   at once  one word that counts is another, or nothing but DTF: a single store has no mixture.
 *   hush     msiptp Off. It only takes away. From now on the mask and the pattern mean nothing.
 *   shut     the empty G-stage: from now on the first stage means nothing.
 *   clear    fsc Bare, before it counts as the root of something else;
 *   turn     tc: PDTV and DPE;
 *   fill     ta and fsc. These three under the empty G-stage.
 *   move     iohgatp, in one store its root and its GSCID.
 *   speak    msiptp in one store, while iohgatp is the new one for certain.
 */
#ifndef IOMMU_STEPS_H
#define IOMMU_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/dc.h"

#define IOMMU_STEPS_MAX 7U

/* *dc becomes what it is after the next step on its way to *to; false: it is there. deny is the
 * iohgatp of the empty G-stage. After IOMMU_STEPS_MAX steps at most it is there. */
bool iommu_step(struct iommu_dc *dc, const struct iommu_dc *to, uint64_t deny);

#endif
