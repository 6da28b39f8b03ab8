/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queues of an IOMMU: commands to it, fault records from it. One hart at a time.
 *
 * RISC-V IOMMU 1.0.1, chapter 3.
 */
#ifndef GUEST_LIB_IOMMU_QUEUE_H
#define GUEST_LIB_IOMMU_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/iommu.h"

/* ---- commands -------------------------------------------------------------------------------- */

struct iommu_command { uint64_t words[2]; };

/* A queue that is on, new and empty, whatever it was before. entries: 1 << log2 (1..8) commands
 * on a page of their own. interrupt: cie. False: it does not turn on. */
bool iommu_commands_start(struct iommu *iommu, uint64_t *entries, uint32_t log2, bool interrupt);
bool iommu_commands_stop(struct iommu *iommu);

/* Put commands into the queue, and tell the IOMMU of all of them at once. False: there was no
 * room in time, or the queue has stopped with an error: some may be in it. */
bool iommu_submit(struct iommu *iommu, const struct iommu_command *commands, uint32_t count);

/* A fence behind what was submitted, waited for: all of it is done. False: an error, or not in
 * time. */
bool iommu_sync(struct iommu *iommu);

/* One command, done when it returns. */
bool iommu_do(struct iommu *iommu, struct iommu_command command);

/* What was asked for is done: error bits, if any, are set. */
bool iommu_commands_idle(const struct iommu *iommu);

/* Commands to be. Invalidations are of the caller's own first stages (GV=0). */
struct iommu_command iommu_forget_all(void);
struct iommu_command iommu_forget_process(uint32_t pscid);
struct iommu_command iommu_forget_address(uint64_t iova);
struct iommu_command iommu_forget_address_of(uint64_t iova, uint32_t pscid);
struct iommu_command iommu_forget_contexts(void);
struct iommu_command iommu_forget_context(uint32_t device_id);
struct iommu_command iommu_forget_process_context(uint32_t device_id, uint32_t process_id);
struct iommu_command iommu_fence(void);
struct iommu_command iommu_fence_store(const volatile uint32_t *at, uint32_t data);

/* Forget [iova, iova + size), done when it returns: a power of two of pages, aligned to its
 * size. By one command where the IOMMU takes ranges, else by one for each page. tables:
 * entries that are no leaves too (a table was taken out). */
bool iommu_forget_range(struct iommu *iommu, uint64_t iova, uint64_t size, bool tables);

/* ---- faults ---------------------------------------------------------------------------------- */

struct iommu_fault {
    uint32_t cause, ttyp, device_id;
    uint64_t iotval, iotval2;
};

/* As for commands; entries: 1 << log2 (1..7) records on a page of their own. interrupt: fie. */
bool iommu_faults_start(struct iommu *iommu, uint64_t *entries, uint32_t log2, bool interrupt);
bool iommu_faults_stop(struct iommu *iommu);

bool iommu_fault_take(struct iommu *iommu, struct iommu_fault *out); /* false: there is none now */
bool iommu_fault_wait(struct iommu *iommu, struct iommu_fault *out, uint32_t milliseconds);

#endif
