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
#include "iommu/iommu.h"

/* Commands of a batch, without its fence, and the smallest queue that has room for them. */
#define IOMMU_BATCH_MAX           5U
#define IOMMU_COMMAND_ENTRIES_MIN 8U

/* One page. */
#define IOMMU_COMMAND_ENTRIES     256U

/* Switched on, empty. The queue's memory is iommu->commands, its base register is set. */
enum iommu_result iommu_commands_start(struct iommu *iommu);

/* Put a command into the queue, where the IOMMU finds it at iommu_begin, iommu_run or iommu_finish. It
 * waits for those before only when there are too many of them. IOMMU_OK, or IOMMU_NO_ANSWER or IOMMU_LOST as iommu/iommu.h says. */
enum iommu_result iommu_give(struct iommu *iommu, struct iommu_command command);

/* Give a batch, and wait until it and all that was given before is done. count <= IOMMU_BATCH_MAX;
 * results as above. */
enum iommu_result iommu_run(struct iommu *iommu, const struct iommu_command *batch, uint32_t count);

/* IOMMU_OK for an IOMMU that is not dead; else tries again to switch it off. */
enum iommu_result iommu_alive(struct iommu *iommu);

/* The same; and one whose registers do not hold what they were set to is dead from now on. */
enum iommu_result iommu_intact(struct iommu *iommu);

#endif
