/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command queue: commands are given to the IOMMU, which begins with them when it is told (one
 * write to cqt for as many as there are), and a fence after them tells when all of them are done. What was given since the last fence is kept, so that
 * it can be given again to a queue that had to start anew. RISC-V IOMMU 1.0.1, 3.1 and 5.15.
 *
 * The caller holds iommu.lock, or is the boot hart before guests run.
 */
#ifndef IOMMU_QUEUE_H
#define IOMMU_QUEUE_H

#include <stdint.h>

#include "iommu/command.h"
#include "iommu/flush.h"
#include "iommu/iommu.h"
#include "iommu/regs.h"
#include "platform/hw/phys.h"

/* Commands of a batch, without its fence, and the smallest queue that has room for them. */
#define IOMMU_BATCH_MAX           5U
#define IOMMU_COMMAND_ENTRIES_MIN 8U

/* One page. */
#define IOMMU_COMMAND_ENTRIES     256U

/* Switched on, empty. The queue's memory is iommu->commands, its base register is set. */
enum iommu_result iommu_commands_start(struct iommu *iommu);

/* It is switched off, or to be. */
static inline bool iommu_is_dead(const struct iommu *iommu)
{
    return atomic_load_explicit(&iommu->dead, memory_order_relaxed);
}

/* Of those that are under way, the fence, and the entry that stays free (3) the queue is full. */
static inline uint32_t iommu_room(const struct iommu *iommu)
{
    const uint32_t most = iommu->command_entries - 2U;

    return (most < IOMMU_GIVEN_MAX ? most : IOMMU_GIVEN_MAX) - iommu->given_count;
}

/* Room for so many in an IOMMU that lives. */
enum iommu_result iommu_make_room(struct iommu *iommu, uint32_t count);

/* The IOMMU reads no entry behind the tail that it knows (3.1), so the words of one are stored in any
 * order: the write to cqt comes after all of them (tell). */
static inline void iommu_put(struct iommu *iommu, struct iommu_command command)
{
    const pa_t entry =
        pa_add(iommu->commands, (uint64_t)iommu->command_tail * IOMMU_COMMAND_BYTES);
    _Atomic uint64_t *words = phys_pointer(entry, IOMMU_COMMAND_BYTES);

    atomic_store_explicit(&words[0], command.word[0], memory_order_relaxed);
    atomic_store_explicit(&words[1], command.word[1], memory_order_relaxed);
    if (iommu->setup.cache_block != 0U) {
        iommu_flush(entry, IOMMU_COMMAND_BYTES, iommu->setup.cache_block);
    }
    iommu->command_tail = (iommu->command_tail + 1U) & (iommu->command_entries - 1U);
}

/* Into the queue, which has room, and kept; the IOMMU is not told yet. */
static inline void iommu_add(struct iommu *iommu, struct iommu_command command)
{
    iommu->given[iommu->given_count++] = command;
    iommu_put(iommu, command);
}

/* Put a command into the queue, where the IOMMU finds it at iommu_begin, iommu_run or iommu_finish. It
 * waits for those before only when there are too many of them. IOMMU_OK, or IOMMU_NO_ANSWER or IOMMU_LOST as iommu/iommu.h says. */
static inline enum iommu_result iommu_give(struct iommu *iommu, struct iommu_command command)
{
    if (iommu_is_dead(iommu) || iommu_room(iommu) == 0U) {
        const enum iommu_result result = iommu_make_room(iommu, 1U);

        if (result != IOMMU_OK) {
            return result;
        }
    }
    iommu_add(iommu, command);
    return IOMMU_OK;
}

/* Give a batch, and wait until it and all that was given before is done. count <= IOMMU_BATCH_MAX;
 * results as above. */
enum iommu_result iommu_run(struct iommu *iommu, const struct iommu_command *batch, uint32_t count);

/* IOMMU_OK for an IOMMU that is not dead; else tries again to switch it off. */
enum iommu_result iommu_alive(struct iommu *iommu);

/* The same; and one whose registers do not hold what they were set to is dead from now on. */
enum iommu_result iommu_intact(struct iommu *iommu);

#endif
