/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/iommu_queue.h"

#include <string.h>

#include "guest/lib/csr.h"
#include "guest/lib/sleep.h"

#define COMMAND_WORDS (COMMAND_SIZE / sizeof(uint64_t))
#define FAULT_WORDS   (FAULT_SIZE / sizeof(uint64_t))

/* ---- both ------------------------------------------------------------------------------------ */

static bool stop(const struct iommu *iommu, uint32_t csr)
{
    if (!iommu_await(iommu, csr, QUEUE_BUSY, 0)) {
        return false;
    }
    iommu_set32(iommu, csr, 0);
    return iommu_await(iommu, csr, QUEUE_BUSY | QUEUE_ON, 0);
}

/* index: the register that software writes, the tail of commands or the head of faults. */
static bool start(const struct iommu *iommu, struct iommu_queue *queue, uint64_t *entries,
                  uint32_t log2, uint32_t base, uint32_t index, uint32_t csr, bool interrupt)
{
    if (!stop(iommu, csr)) {
        return false;
    }
    *queue = (struct iommu_queue){ .entries = entries, .mask = (1U << log2) - 1U };
    memset(entries, 0, IOMMU_PAGE);
    iommu_set64(iommu, base, (uint64_t)entries >> PAGE_SHIFT << PPN_SHIFT | (log2 - 1U));
    iommu_set32(iommu, index, 0);
    iommu_set32(iommu, csr, QUEUE_ENABLE | (interrupt ? QUEUE_INTERRUPT : 0U));
    return iommu_await(iommu, csr, QUEUE_BUSY | QUEUE_ON, QUEUE_ON);
}

/* ---- commands -------------------------------------------------------------------------------- */

bool iommu_commands_start(struct iommu *iommu, uint64_t *entries, uint32_t log2, bool interrupt)
{
    return start(iommu, &iommu->commands, entries, log2, IOMMU_CQB, IOMMU_CQT, IOMMU_CQCSR,
                 interrupt);
}

bool iommu_commands_stop(struct iommu *iommu)
{
    return stop(iommu, IOMMU_CQCSR);
}

static bool stalled(const struct iommu *iommu)
{
    return (iommu_get32(iommu, IOMMU_CQCSR) & CQCSR_ERRORS) != 0U;
}

static bool room(const struct iommu *iommu)
{
    const struct iommu_queue *queue = &iommu->commands;
    uint64_t end = ms_from_now(IOMMU_PATIENCE_MS);

    while (((queue->next + 1U) & queue->mask) == iommu_get32(iommu, IOMMU_CQH)) {
        if (stalled(iommu) || rdtime() >= end) {
            return false;
        }
    }
    return true;
}

bool iommu_submit(struct iommu *iommu, const struct iommu_command *commands, uint32_t count)
{
    struct iommu_queue *queue = &iommu->commands;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t *entry = &queue->entries[queue->next * COMMAND_WORDS];

        if (((queue->next + 1U) & queue->mask) == iommu_get32(iommu, IOMMU_CQH)) {
            iommu_set32(iommu, IOMMU_CQT, queue->next); /* full: it is told of what there is */
            if (!room(iommu)) {
                return false;
            }
        }
        entry[0] = commands[i].words[0];
        entry[1] = commands[i].words[1];
        queue->next = (queue->next + 1U) & queue->mask;
    }
    iommu_set32(iommu, IOMMU_CQT, queue->next);
    return true;
}

bool iommu_commands_idle(const struct iommu *iommu)
{
    uint64_t end = ms_from_now(IOMMU_PATIENCE_MS);

    while (iommu_get32(iommu, IOMMU_CQH) != iommu->commands.next) {
        if (stalled(iommu) || rdtime() >= end) {
            return false;
        }
    }
    return true;
}

bool iommu_sync(struct iommu *iommu)
{
    struct iommu_command last = iommu_fence();

    return iommu_submit(iommu, &last, 1) && iommu_commands_idle(iommu);
}

bool iommu_do(struct iommu *iommu, struct iommu_command command)
{
    return iommu_submit(iommu, &command, 1) && iommu_sync(iommu);
}

static struct iommu_command make(uint64_t opcode, uint64_t function, uint64_t operands,
                                 uint64_t second)
{
    return (struct iommu_command){ { opcode | function << CMD_FUNC_SHIFT | operands, second } };
}

struct iommu_command iommu_forget_all(void)
{
    return make(CMD_IOTINVAL, IOTINVAL_VMA, 0, 0);
}

struct iommu_command iommu_forget_process(uint32_t pscid)
{
    return make(CMD_IOTINVAL, IOTINVAL_VMA, CMD_PSCV | (uint64_t)pscid << CMD_PSCID_SHIFT, 0);
}

struct iommu_command iommu_forget_address(uint64_t iova)
{
    return make(CMD_IOTINVAL, IOTINVAL_VMA, CMD_AV, iova >> PAGE_SHIFT << CMD_ADDR_SHIFT);
}

struct iommu_command iommu_forget_address_of(uint64_t iova, uint32_t pscid)
{
    return make(CMD_IOTINVAL, IOTINVAL_VMA,
                CMD_AV | CMD_PSCV | (uint64_t)pscid << CMD_PSCID_SHIFT,
                iova >> PAGE_SHIFT << CMD_ADDR_SHIFT);
}

struct iommu_command iommu_forget_contexts(void)
{
    return make(CMD_IODIR, IODIR_INVAL_DDT, 0, 0);
}

struct iommu_command iommu_forget_context(uint32_t device_id)
{
    return make(CMD_IODIR, IODIR_INVAL_DDT, DIR_DV | (uint64_t)device_id << DIR_DID_SHIFT, 0);
}

struct iommu_command iommu_forget_process_context(uint32_t device_id, uint32_t process_id)
{
    return make(CMD_IODIR, IODIR_INVAL_PDT, DIR_DV | (uint64_t)device_id << DIR_DID_SHIFT
                                                | (uint64_t)process_id << DIR_PID_SHIFT, 0);
}

struct iommu_command iommu_fence(void)
{
    return make(CMD_IOFENCE, IOFENCE_C, FENCE_PR | FENCE_PW, 0);
}

struct iommu_command iommu_fence_store(const volatile uint32_t *at, uint32_t data)
{
    return make(CMD_IOFENCE, IOFENCE_C, CMD_AV | (uint64_t)data << FENCE_DATA_SHIFT,
                (uint64_t)at >> FENCE_ADDR_SHIFT);
}

bool iommu_forget_range(struct iommu *iommu, uint64_t iova, uint64_t size, bool tables)
{
    uint64_t pages = size >> PAGE_SHIFT;
    struct iommu_command command;

    if (tables && (iommu->capabilities & CAP_NL) == 0U) {
        return iommu_do(iommu, iommu_forget_all());
    }
    if (pages > 1U && (iommu->capabilities & CAP_S) != 0U) {
        /* The size is in the address: ones below the first zero. */
        command = iommu_forget_address(iova | ((pages / 2U - 1U) << PAGE_SHIFT));
        command.words[0] |= tables ? CMD_NL : 0U;
        command.words[1] |= CMD_RANGE;
        return iommu_do(iommu, command);
    }
    for (uint64_t i = 0; i < pages; i++) {
        command = iommu_forget_address(iova + (i << PAGE_SHIFT));
        command.words[0] |= tables ? CMD_NL : 0U;
        if (!iommu_submit(iommu, &command, 1)) {
            return false;
        }
    }
    return iommu_sync(iommu);
}

/* ---- faults ---------------------------------------------------------------------------------- */

bool iommu_faults_start(struct iommu *iommu, uint64_t *entries, uint32_t log2, bool interrupt)
{
    return start(iommu, &iommu->faults, entries, log2, IOMMU_FQB, IOMMU_FQH, IOMMU_FQCSR,
                 interrupt);
}

bool iommu_faults_stop(struct iommu *iommu)
{
    return stop(iommu, IOMMU_FQCSR);
}

bool iommu_fault_take(struct iommu *iommu, struct iommu_fault *out)
{
    struct iommu_queue *queue = &iommu->faults;
    const volatile uint64_t *record = &queue->entries[queue->next * FAULT_WORDS];
    uint64_t first;

    if (iommu_get32(iommu, IOMMU_FQT) == queue->next) {
        return false;
    }
    fence(); /* the tail first, then the record */
    first = record[0];
    *out = (struct iommu_fault){ .cause = (uint32_t)(first & FAULT_CAUSE_MASK),
                                 .ttyp = (uint32_t)(first >> FAULT_TTYP_SHIFT & FAULT_TTYP_MASK),
                                 .device_id = (uint32_t)(first >> FAULT_DID_SHIFT),
                                 .iotval = record[2], .iotval2 = record[3] };
    queue->next = (queue->next + 1U) & queue->mask;
    iommu_set32(iommu, IOMMU_FQH, queue->next);
    return true;
}

bool iommu_fault_wait(struct iommu *iommu, struct iommu_fault *out, uint32_t milliseconds)
{
    uint64_t end = ms_from_now(milliseconds);

    while (!iommu_fault_take(iommu, out)) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return true;
}
