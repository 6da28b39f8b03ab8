/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command queue: a batch goes in, with a fence after it, and the call returns when the IOMMU
 * has done all of it. So the queue is empty between calls. RISC-V IOMMU 1.0.1, 3.1 and 5.15.
 *
 * The caller holds iommu.lock, or is the boot hart before guests run.
 */
#ifndef IOMMU_QUEUE_H
#define IOMMU_QUEUE_H

#include <stdint.h>

#include "iommu/command.h"
#include "iommu/iommu.h"

/* Commands of a batch, without its fence, and the smallest queue that has room for them. */
#define IOMMU_BATCH_MAX           3U
#define IOMMU_COMMAND_ENTRIES_MIN 8U

/* One page. */
#define IOMMU_COMMAND_ENTRIES     256U

/* Switched on, empty. The queue's memory is iommu->commands, its base register is set. */
enum iommu_result iommu_commands_start(struct iommu *iommu);

/* count <= IOMMU_BATCH_MAX. IOMMU_OK, or IOMMU_NO_ANSWER or IOMMU_LOST as iommu/iommu.h says. */
enum iommu_result iommu_run(struct iommu *iommu, const struct iommu_command *batch, uint32_t count);

/* IOMMU_OK for an IOMMU that is not dead; else tries again to switch it off. */
enum iommu_result iommu_alive(struct iommu *iommu);

#endif
