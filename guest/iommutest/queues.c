/* SPDX-License-Identifier: Apache-2.0 */
/* The command queue: its indices, and how it stops and goes on again. 3.1, 5.15. */
#include <stddef.h>

#include "guest/iommutest/iommutest.h"
#include "guest/lib/csr.h"

#define STORED 0x600d0001U

static volatile uint32_t word;

static uint32_t csr(void) { return iommu_get32(&iommu, IOMMU_CQCSR); }
static uint32_t head(void) { return iommu_get32(&iommu, IOMMU_CQH); }

/* The bad command, and one behind it whose effect can be seen; the queue stands at the bad one. */
static bool stops_at(struct iommu_command bad, uint32_t error)
{
    uint32_t at = iommu.commands.next;
    struct iommu_command commands[2] = { bad, iommu_fence_store(&word, STORED) };

    word = 0;
    return iommu_submit(&iommu, commands, 2) && !iommu_commands_idle(&iommu)
           && (csr() & CQCSR_ERRORS) == error && head() == at && word == 0U;
}

/* The bad command is replaced by a good one, the error cleared, and the queue told again: both
 * are done. */
static bool goes_on(void)
{
    uint64_t *entry = &command_entries[2U * head()];
    struct iommu_command good = iommu_forget_all();

    entry[0] = good.words[0];
    entry[1] = good.words[1];
    fence();
    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE | CQCSR_ERRORS);
    if ((csr() & CQCSR_ERRORS) != 0U) {
        return false;
    }
    iommu_set32(&iommu, IOMMU_CQT, iommu.commands.next);
    return iommu_commands_idle(&iommu) && word == STORED && (csr() & CQCSR_ERRORS) == 0U;
}

static void illegal(const char *what, uint64_t first)
{
    struct iommu_command command = { { first, 0 } };

    check(stops_at(command, CQCSR_CMD_ILL) && goes_on(), what);
}

static void illegal_commands(void)
{
    topic("illegal commands");
    check(world_reset(), "a new queue");
    illegal("opcode 0", 0);
    illegal("a reserved opcode", 5);
    illegal("the last reserved opcode", CMD_CUSTOM - 1);
    illegal("a custom opcode", CMD_CUSTOM);
    illegal("a reserved function of IOTINVAL", CMD_IOTINVAL | 2U << CMD_FUNC_SHIFT);
    illegal("a reserved function of IOFENCE", CMD_IOFENCE | 1U << CMD_FUNC_SHIFT);
    illegal("a reserved function of IODIR", CMD_IODIR | 2U << CMD_FUNC_SHIFT);
    illegal("a reserved function of ATS", CMD_ATS | 2U << CMD_FUNC_SHIFT);
    illegal("IOTINVAL.GVMA with PSCV",
            CMD_IOTINVAL | (uint64_t)IOTINVAL_GVMA << CMD_FUNC_SHIFT | CMD_PSCV);
    illegal("IODIR.INVAL_PDT without DV", CMD_IODIR | (uint64_t)IODIR_INVAL_PDT << CMD_FUNC_SHIFT);
}

static void memory_faults(void)
{
    struct iommu_command store = iommu_fence_store((volatile uint32_t *)BEYOND, STORED);

    topic("memory faults of commands");
    check(world_reset(), "a new queue");
    check(stops_at(store, CQCSR_CQMF), "a fence that stores where no memory is");
    check(goes_on(), "the queue goes on when told to");
    check(iommu_commands_start(&iommu, command_entries, COMMANDS_LOG2, false), "a new queue again");
    (void)iommu_commands_stop(&iommu);
    iommu_set64(&iommu, IOMMU_CQB, BEYOND >> PAGE_SHIFT << PPN_SHIFT | (COMMANDS_LOG2 - 1U));
    iommu_set32(&iommu, IOMMU_CQT, 0);
    iommu_set32(&iommu, IOMMU_CQCSR, QUEUE_ENABLE);
    (void)iommu_await(&iommu, IOMMU_CQCSR, QUEUE_ON | QUEUE_BUSY, QUEUE_ON);
    iommu_set32(&iommu, IOMMU_CQT, 1);
    check(iommu_await(&iommu, IOMMU_CQCSR, CQCSR_ERRORS, CQCSR_CQMF) && head() == 0U,
          "a queue where no memory is");
    check(iommu_commands_start(&iommu, command_entries, COMMANDS_LOG2, false)
          && (csr() & CQCSR_ERRORS) == 0U && iommu_sync(&iommu), "a new queue has no errors");
}

static void ring(void)
{
    struct iommu_command store = iommu_fence_store(&word, STORED);
    bool good = true;

    topic("command queue");
    check(world_reset() && iommu_commands_start(&iommu, command_entries, 2, false),
          "a queue of four");
    check(head() == 0U && iommu_get32(&iommu, IOMMU_CQT) == 0U, "both ends are at 0");
    for (uint32_t i = 1; i <= 10U; i++) {
        word = 0;
        good = good && iommu_submit(&iommu, &store, 1) && iommu_commands_idle(&iommu)
               && word == STORED && head() == i % 4U;
    }
    check(good, "it wraps");
    for (uint32_t i = 0; i < 3U; i++) {
        struct iommu_command commands[3] = { iommu_forget_all(), iommu_forget_contexts(), store };

        word = 0;
        good = good && iommu_submit(&iommu, commands, 3) && iommu_commands_idle(&iommu)
               && word == STORED;
    }
    check(good, "three at a time, as many as it holds");
    check(iommu_commands_start(&iommu, command_entries, 1, false) && iommu_sync(&iommu)
          && iommu_sync(&iommu) && iommu_sync(&iommu), "a queue of two");
    check(iommu_commands_start(&iommu, command_entries, 8, false) && iommu_sync(&iommu),
          "a queue of 256");
    (void)iommu_commands_stop(&iommu);
    word = 0;
    command_entries[0] = store.words[0];
    command_entries[1] = store.words[1];
    iommu_set32(&iommu, IOMMU_CQT, 2);
    check(word == 0U, "a queue that is off does nothing");
    check(world_reset() && iommu_sync(&iommu), "and is turned on again");
}

void test_queues(void)
{
    ring();
    illegal_commands();
    memory_faults();
}
