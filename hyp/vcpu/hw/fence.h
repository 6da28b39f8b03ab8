/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's fences on this hart. Vcpus are pinned, so the current hgatp.VMID is always that of the
 * vCPU of this hart, which is what HFENCE.VVMA acts on (privileged architecture, "Hypervisor
 * Memory-Management Fence Instructions").
 */
#ifndef HYP_VCPU_HW_FENCE_H
#define HYP_VCPU_HW_FENCE_H

#include "hyp/vcpu/vcpu.h"

/* Do the fence here; start and size as in SBI RFENCE (hyp/vcpu/fence_range.h). On the hart of a vCPU,
 * during an exit. */
void fence_local(enum fence_kind kind, uint64_t start, uint64_t size, uint64_t asid);

/* All of VS-stage translation of this hart's guest, and its instruction fetches. */
void fence_local_all(void);

/* All of G-stage translation of this hart. */
void fence_gstage(void);

#endif
