/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The invariants I1 to I13 of a world (world.h), each a function named after it that looks at what
 * there is now, or is told of what happens as it happens. Written from the design, not from the code
 * that is to keep them: whose an address, a device id or a GSCID is comes from the configuration
 * and the plan's result alone.
 */
#ifndef TESTS_WORLD_CHECKS_H
#define TESTS_WORLD_CHECKS_H

#include <stdint.h>

#include "tests/model/model.h"
#include "tests/world/world.h"

/* After world_open: what the plan and boot have to keep (I3, I4, I11, I13). */
void checks_begin(void);

/* Before and after each operation. */
void checks_before(const struct world_op *op);
void checks_after(const struct world_op *op);

/* As it happens: memory touched by an IOMMU (I1, I2, I5, I7, I11); memory reached by the hypervisor
 * while it serves a guest (I6); a guest's fence done (I8); work done in one exit (I9). */
void checks_touch(uint32_t iommu, const struct model_touch *touch);
void checks_hypervisor_reaches(uint64_t address, uint64_t size);
void checks_fence_done(uint32_t viommu);

/* A guest has stopped: nothing of its life is usable any more (I12). */
void checks_stopped(uint32_t guest);

#endif
