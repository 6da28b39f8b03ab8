/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/queue.h"

#include "iommu/control.h"
#include "iommu/hw/regs.h"
#include "iommu/regs.h"
#include "platform/hw/clock.h"

#define ERRORS (IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_CMD_ILL)
#define TRIES  2U

enum iommu_result iommu_commands_start(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint64_t patience = iommu->setup.patience;

    /* Off and on sets cqh and the error bits to 0; cqt is ours to set. */
    if (!iommu_queue_off(regs, IOMMU_CQCSR, patience)) {
        return IOMMU_QUEUE_STUCK;
    }
    iommu->command_tail = 0U;
    iommu_write32(regs, IOMMU_CQT, 0U);
    /* No interrupt is asked for: whoever gives commands waits for them. */
    return iommu_queue_on(regs, IOMMU_CQCSR, 0U, patience) ? IOMMU_OK : IOMMU_QUEUE_STUCK;
}

static void tell(const struct iommu *iommu)
{
    iommu_write32(iommu->setup.regs, IOMMU_CQT, iommu->command_tail);
}

/* Which of the errors stopped the queue, if any. */
static void count_errors(struct iommu_stats *stats, uint32_t cqcsr)
{
    stats->command_memory += (cqcsr & IOMMU_CQCSR_CQMF) != 0U;
    stats->command_illegal += (cqcsr & IOMMU_CQCSR_CMD_ILL) != 0U;
    /* A queue that does not move at all counts with those that say why. */
    stats->command_timeouts += (cqcsr & IOMMU_CQCSR_CMD_TO) != 0U || (cqcsr & ERRORS) == 0U;
}

/* The last command, a fence: all before it is done (3.1.2). */
static bool has_passed(const struct iommu *iommu)
{
    return iommu_read32(iommu->setup.regs, IOMMU_CQH) == iommu->command_tail;
}

/* Until cqh has passed the last command. */
static __attribute__((noinline)) bool wait_done(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint64_t start = clock_now();
    uint32_t cqcsr;
    bool late;

    do {
        late = clock_now() - start > iommu->setup.patience;
        if (has_passed(iommu)) {
            return true;
        }
        cqcsr = iommu_read32(regs, IOMMU_CQCSR);
    } while (!late && (cqcsr & ERRORS) == 0U);
    count_errors(&iommu->stats, cqcsr);
    return false;
}

/* A write to cqt and at least one read of cqh are the accesses to the IOMMU that a fence costs, and all
 * that a guest's fence costs: its errors are looked at, and the clock, only when cqh has not passed.
 * That the IOMMU stores to memory instead (AV) would spare the hart the read, but no fence of
 * Bulkhead's has an address (iommu/command.h). */
static inline bool fence_done(struct iommu *iommu)
{
    iommu_put(iommu, iommu_fence());
    tell(iommu);
    return has_passed(iommu) || wait_done(iommu);
}

/* What was done of the commands since the last fence is not known for certain (5.15): all of them
 * are given again, to a queue that starts anew. Clearing the error bits alone would go on at the
 * command that failed. */
static bool restart(struct iommu *iommu)
{
    iommu->stats.queue_restarts++;
    if (iommu_commands_start(iommu) != IOMMU_OK) {
        return false;
    }
    for (uint32_t i = 0; i < iommu->given_count; i++) {
        iommu_put(iommu, iommu->given[i]);
    }
    return true;
}

/* One that is dead. */
static __attribute__((noinline)) enum iommu_result switch_off(struct iommu *iommu)
{
    if (!iommu->off) {
        /* The next time it is only asked whether it has, and told so once more. */
        const uint64_t patience = iommu->lost ? 0U : iommu->setup.patience;

        /* The fault queue belongs to whoever takes the faults. */
        iommu->off = iommu_is_off(iommu->setup.regs) || iommu_mode_off(iommu->setup.regs, patience);
        (void)iommu_queue_off(iommu->setup.regs, IOMMU_CQCSR, patience);
        iommu->lost = !iommu->off;
    }
    return iommu->off ? IOMMU_NO_ANSWER : IOMMU_LOST;
}

enum iommu_result iommu_alive(struct iommu *iommu)
{
    return iommu_is_dead(iommu) ? switch_off(iommu) : IOMMU_OK;
}

static bool is_base(pa_t regs, uint32_t base_register, pa_t base)
{
    return (iommu_read64(regs, base_register) & IOMMU_PPN_53_10_MASK) == IOMMU_PPN_53_10(base.v);
}

enum iommu_result iommu_intact(struct iommu *iommu)
{
    const pa_t regs = iommu->setup.regs;
    const uint64_t mask = IOMMU_PPN_53_10_MASK | IOMMU_DDTP_BUSY | IOMMU_DDTP_MODE_MASK;
    const uint64_t ddtp = IOMMU_PPN_53_10(iommu->directory.root.v) |
                          IOMMU_DDTP_LEVELS(iommu->directory.levels);

    if (!atomic_load_explicit(&iommu->dead, memory_order_relaxed) &&
        ((iommu_read64(regs, IOMMU_DDTP) & mask) != ddtp ||
         !is_base(regs, IOMMU_CQB, iommu->commands) || !is_base(regs, IOMMU_FQB, iommu->faults))) {
        iommu->stats.changed_registers++;
        atomic_store_explicit(&iommu->dead, true, memory_order_relaxed);
    }
    return iommu_alive(iommu);
}

/* The fence was not done: the queue is started anew, and all of it given once more. */
static __attribute__((noinline)) enum iommu_result try_again(struct iommu *iommu)
{
    /* One that was reset has its queue at address 0: it would take for commands what is there. */
    for (uint32_t tries = 1;
         iommu_intact(iommu) == IOMMU_OK && restart(iommu) && tries < TRIES; tries++) {
        if (fence_done(iommu)) {
            iommu->given_count = 0U;
            return IOMMU_OK;
        }
    }
    atomic_store_explicit(&iommu->dead, true, memory_order_relaxed);
    return iommu_alive(iommu);
}

enum iommu_result iommu_finish(struct iommu *iommu)
{
    if (iommu_is_dead(iommu)) {
        return switch_off(iommu);
    }
    if (!fence_done(iommu)) {
        return try_again(iommu);
    }
    iommu->given_count = 0U;
    return IOMMU_OK;
}

enum iommu_result iommu_make_room(struct iommu *iommu, uint32_t count)
{
    const enum iommu_result result = iommu_alive(iommu);

    return result == IOMMU_OK && iommu_room(iommu) < count ? iommu_finish(iommu) : result;
}

enum iommu_result iommu_begin(struct iommu *iommu)
{
    if (iommu_is_dead(iommu)) {
        return switch_off(iommu);
    }
    tell(iommu);
    return IOMMU_OK;
}

enum iommu_result iommu_run(struct iommu *iommu, const struct iommu_command *batch, uint32_t count)
{
    const enum iommu_result result = iommu_make_room(iommu, count);

    for (uint32_t i = 0; result == IOMMU_OK && i < count; i++) {
        iommu_add(iommu, batch[i]);
    }
    return result == IOMMU_OK ? iommu_finish(iommu) : result;
}
