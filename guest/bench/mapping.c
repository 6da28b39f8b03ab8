/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bench/mapping.h"

#include <stddef.h>

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

/* Where no board has anything, far from what is mapped as it is; where a last-level table begins. */
#define FIRST_IOVA    UINT64_C(0x2000000000)
#define WORD_BITS     64U
#define COMMAND_WORDS (COMMAND_SIZE / sizeof(uint64_t))
#define MS_PER_S      1000U

bool mapping_open(struct mapping *mapping, struct iommu *iommu, struct iommu_pages *pages,
                  uint32_t pscid)
{
    *mapping = (struct mapping){
        .iommu = iommu, .pscid = pscid, .lock = ATOMIC_FLAG_INIT, .queue_lock = ATOMIC_FLAG_INIT,
        .patience = (uint64_t)IOMMU_PATIENCE_MS * tree_timebase() / MS_PER_S };
    return iommu_table_open(FSC_SV39, pages, &mapping->table);
}

/* ---- locks ----------------------------------------------------------------------------------- */

/* Interrupts off, since a handler may map as well. Returns what they were. */
static uint64_t take(atomic_flag *lock)
{
    uint64_t status;

    __asm__ volatile("csrrci %0, sstatus, 2" : "=r"(status) : : "memory");
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire)) {
    }
    return status;
}

static void give(atomic_flag *lock, uint64_t status)
{
    atomic_flag_clear_explicit(lock, memory_order_release);
    csr_set(CSR_SSTATUS, status & SSTATUS_SIE);
}

/* ---- I/O addresses --------------------------------------------------------------------------- */

static uint64_t run_bits(struct mapping_run run)
{
    uint64_t bits = run.count == WORD_BITS ? UINT64_MAX : (UINT64_C(1) << run.count) - 1U;

    return bits << run.first % WORD_BITS;
}

/* Aligned to its size, so that it is in one word; the search goes round once. */
static bool run_take(struct mapping *mapping, uint32_t count, struct mapping_run *out)
{
    struct mapping_run run = { .first = (mapping->next + count - 1U) & ~(count - 1U),
                               .count = count };

    for (uint32_t tried = 0; tried < MAPPING_PAGES; tried += count) {
        run.first %= MAPPING_PAGES;
        uint64_t *word = &mapping->used[run.first / WORD_BITS], bits = run_bits(run);

        if ((*word & bits) == 0U) {
            *word |= bits;
            mapping->next = run.first + count;
            *out = run;
            return true;
        }
        run.first += count;
    }
    return false;
}

static void run_give(struct mapping *mapping, struct mapping_run run)
{
    mapping->used[run.first / WORD_BITS] &= ~run_bits(run);
}

static uint64_t run_iova(struct mapping_run run)
{
    return FIRST_IOVA + (uint64_t)run.first * IOMMU_4K;
}

/* The run that a driver gives back; false if it is none that was given. */
static bool run_of(const struct mapping *mapping, uint64_t iova, uint32_t count,
                   struct mapping_run *out)
{
    uint64_t first = (iova - FIRST_IOVA) / IOMMU_4K;

    if (first >= MAPPING_PAGES || count == 0U || count > MAPPING_RUN_MAX
        || (first & (count - 1U)) != 0U || iova % IOMMU_4K != 0U) {
        return false;
    }
    *out = (struct mapping_run){ .first = (uint32_t)first, .count = count };
    return (~mapping->used[first / WORD_BITS] & run_bits(*out)) == 0U;
}

/* ---- page tables ----------------------------------------------------------------------------- */

/* Set leaves that were not valid, or clear those that were, when flags is 0. All of a run are in one
 * table, since it is aligned to its size. False: one is not as it must be. */
static bool set_leaves(struct mapping *mapping, struct mapping_run run, uint64_t address,
                       uint64_t flags)
{
    volatile uint64_t *entry = iommu_table_entry(&mapping->table, run_iova(run), 0);

    for (uint32_t i = 0; i < run.count; i++) {
        if (entry == NULL || ((entry[i] & PTE_V) == 0U) == (flags == 0U)) {
            return false;
        }
        entry[i] = flags == 0U ? 0U : (address / IOMMU_4K + i) << PPN_SHIFT | flags;
    }
    return true;
}

/* ---- commands -------------------------------------------------------------------------------- */

/* Wait until the head is so many entries away from `from`, or further. */
static bool head_passes(struct mapping *mapping, uint32_t from, uint32_t entries)
{
    const struct iommu_queue *queue = &mapping->iommu->commands;
    uint64_t end = rdtime() + mapping->patience;

    for (;;) {
        mapping->head = iommu_get32(mapping->iommu, IOMMU_CQH);
        if (((mapping->head - from) & queue->mask) >= entries) {
            fence();          /* what the IOMMU has stored is seen after it said so */
            return true;
        }
        if ((iommu_get32(mapping->iommu, IOMMU_CQCSR) & CQCSR_ERRORS) != 0U || rdtime() >= end) {
            return false;
        }
    }
}

static bool put(struct mapping *mapping, struct iommu_command command)
{
    struct iommu_queue *queue = &mapping->iommu->commands;
    uint32_t after = (queue->next + 1U) & queue->mask;
    uint64_t *entry = &queue->entries[queue->next * COMMAND_WORDS];

    if (after == mapping->head) {
        mapping->head = iommu_get32(mapping->iommu, IOMMU_CQH); /* as known: it may be further */
    }
    if (after == mapping->head) {
        iommu_set32(mapping->iommu, IOMMU_CQT, queue->next);
        if (!head_passes(mapping, after, 1)) {
            return false;
        }
    }
    entry[0] = command.words[0];
    entry[1] = command.words[1];
    queue->next = after;
    return true;
}

/* Forget these pages, or all of the PSCID's with count 0, and wait until that is done. */
static bool forget(struct mapping *mapping, struct mapping_run run)
{
    struct iommu_queue *queue = &mapping->iommu->commands;
    uint64_t status = take(&mapping->queue_lock);
    uint32_t first = queue->next;
    bool good = true;

    for (uint32_t i = 0; i < run.count && good; i++) {
        good = put(mapping, iommu_forget_address_of(run_iova(run) + (uint64_t)i * IOMMU_4K,
                                                    mapping->pscid));
    }
    if (run.count == 0U) {
        good = put(mapping, iommu_forget_process(mapping->pscid));
    }
    good = good && put(mapping, iommu_fence());
    iommu_set32(mapping->iommu, IOMMU_CQT, queue->next);
    good = good && head_passes(mapping, first, (queue->next - first) & queue->mask);
    give(&mapping->queue_lock, status);
    return good;
}

/* ---- what drivers call ----------------------------------------------------------------------- */

bool mapping_map(struct mapping *mapping, uint64_t address, uint32_t count, uint64_t *iova)
{
    struct mapping_run run;
    uint64_t status;
    bool good;

    if (count == 0U || count > MAPPING_RUN_MAX || (count & (count - 1U)) != 0U
        || address % IOMMU_4K != 0U) {
        return false;
    }
    status = take(&mapping->lock);
    good = run_take(mapping, count, &run) && set_leaves(mapping, run, address, IOMMU_READ_WRITE);
    give(&mapping->lock, status);
    /* The leaves before whatever tells the device. An IOMMU does not keep those that were not
     * valid, so there is nothing to forget. */
    fence();
    if (good) {
        *iova = run_iova(run);
    }
    return good;
}

/* Leaves cleared, with the run still taken. */
static bool unmap(struct mapping *mapping, uint64_t iova, uint32_t count, struct mapping_run *run)
{
    return run_of(mapping, iova, count, run) && set_leaves(mapping, *run, 0, 0);
}

bool mapping_unmap(struct mapping *mapping, uint64_t iova, uint32_t count)
{
    struct mapping_run run;
    uint64_t status = take(&mapping->lock);
    bool good = unmap(mapping, iova, count, &run);

    give(&mapping->lock, status);
    if (!good || !forget(mapping, run)) {
        return false;         /* the addresses stay taken: a device may reach what is there */
    }
    status = take(&mapping->lock);
    run_give(mapping, run);
    give(&mapping->lock, status);
    return true;
}

bool mapping_unmap_later(struct mapping *mapping, uint64_t iova, uint32_t count)
{
    uint64_t status = take(&mapping->lock);
    bool good = mapping->later_count < MAPPING_LATER
                && unmap(mapping, iova, count, &mapping->later[mapping->later_count]);

    mapping->later_count += good;
    give(&mapping->lock, status);
    return good;
}

bool mapping_flush(struct mapping *mapping)
{
    uint64_t status = take(&mapping->lock);
    bool good = forget(mapping, (struct mapping_run){ 0, 0 });

    for (uint32_t i = 0; i < mapping->later_count && good; i++) {
        run_give(mapping, mapping->later[i]);
    }
    mapping->later_count = good ? 0U : mapping->later_count;
    give(&mapping->lock, status);
    return good;
}
