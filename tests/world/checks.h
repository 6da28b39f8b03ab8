/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The invariants I1 to I13 of a world (world.h), each a function named after it that looks at what
 * there is now, or is told of what happens as it happens. Written from the design, not from the code
 * that is to keep them: whose an address, a device id or a GSCID is comes from the configuration
 * and the plan's result alone.
 */
#ifndef TESTS_WORLD_CHECKS_H
#define TESTS_WORLD_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/model/model.h"
#include "tests/world/world.h"

/* After world_open: what the plan and boot have to keep (I3, I4, I11, I13). */
void checks_begin(void);

/* First in world_close: once more what is looked at seldom. */
void checks_end(void);

/* Before and after each operation. */
void checks_before(const struct world_op *op);
void checks_after(const struct world_op *op);

/* As it happens: memory touched by an IOMMU (I1, I2, I5, I11); memory reached by the hypervisor, by
 * phys_pointer or guest_ram (I6); a register of an IOMMU read or written by the driver, before the
 * model sees it (I5, I9); a store to a guest's RAM by one of its harts, after it (I8: what is in
 * memory now is not what an earlier invalidation was about); physical addresses. Writes of devices
 * are touches. */
void checks_touch(uint32_t iommu, const struct model_touch *touch);
void checks_hypervisor_reaches(uint64_t address, uint64_t size);
void checks_register(uint32_t iommu, bool write, uint32_t offset, unsigned width, uint64_t value);
void checks_ram_changed(uint64_t address, uint64_t size);

/* All that this vIOMMU can forget is forgotten, a fence is done, and its guest's memory is as it
 * was before the first of the invalidations: WORLD_FLUSH (I8). */
void checks_flushed(uint32_t viommu);

/* The units' guest_stop have returned: nothing of the guest's life is usable any more (I12). And its
 * next life begins: before the units' guest_reset. */
void checks_stopped(uint32_t guest);
void checks_started(uint32_t guest);

/* Checks look into calls between the project's own parts by the linker's --wrap: see WORLD_WRAPS in
 * the Makefile. */

#endif
