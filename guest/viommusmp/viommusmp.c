/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All harts of a guest at the registers of one IOMMU at once: appending to its command queue by
 * turns, as a driver does, and each as it likes, as no driver should. Runs unchanged on plain
 * OpenSBI. Prints "viommusmp: PASS NAME" or "viommusmp: FAIL NAME" for each, then
 * "viommusmp: done", and shuts down.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/guest.h"
#include "guest/lib/iommu.h"
#include "guest/lib/iommu_queue.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/sleep.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define ROUNDS        200U
#define SMALL_LOG2    2U        /* a queue that is full and goes round all the time */
#define LARGE_LOG2    6U        /* one that is not done at once */
#define LARGE         (1U << LARGE_LOG2)
#define VECTORS       2U        /* that there are for certain */
#define PATIENCE_MS   20000U
#define LENGTH        64U

static struct iommu iommu;
static struct edu edu;
static uint64_t entries[IOMMU_PAGE / sizeof(uint64_t)] __attribute__((aligned(IOMMU_PAGE)));
static uint8_t source[LENGTH], target[LENGTH];

static uint64_t ids[HART_MAX];
static uint32_t count;
static atomic_flag turn = ATOMIC_FLAG_INIT;
static volatile uint32_t words[HART_MAX];  /* that IOFENCE.C stores, by slot */
static volatile bool wrong[HART_MAX];
static atomic_uint appending;              /* harts that do */

static void verdict(const char *name, bool good)
{
    print("viommusmp: %s %s\n", good ? "PASS" : "FAIL", name);
}

static bool wait_stopped(uint64_t id)
{
    uint64_t end = ms_from_now(PATIENCE_MS);

    while (sbi_call(SBI_EXT_HSM, HSM_STATUS, id, 0, 0, 0, 0).value != HSM_STOPPED) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return true;
}

/* Run it on all harts at once, each with its slot. False: one has found something wrong. */
static bool everywhere(void (*work)(uint64_t slot))
{
    bool good = true;

    memset((void *)(uintptr_t)wrong, 0, sizeof(wrong));
    for (uint32_t i = 1; i < count; i++) {
        good = wait_stopped(ids[i]) && hart_start(i, ids[i], work, i) == SBI_SUCCESS && good;
    }
    work(0);
    for (uint32_t i = 0; i < count; i++) {
        good = (i == 0U || wait_stopped(ids[i])) && !wrong[i] && good;
    }
    return good;
}

static bool wait_for_word(uint64_t slot, uint32_t value)
{
    uint64_t end = ms_from_now(PATIENCE_MS);

    while (words[slot] != value) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return true;
}

/* As a driver: the queue is one hart's while it appends, not while it waits. */
static void append(uint64_t slot)
{
    for (uint32_t round = 1; round <= ROUNDS && !wrong[slot]; round++) {
        const struct iommu_command commands[] = {
            iommu_forget_address((uint64_t)round << PAGE_SHIFT),
            iommu_fence_store(&words[slot], round),
        };
        bool good;

        while (atomic_flag_test_and_set_explicit(&turn, memory_order_acquire)) {
        }
        good = iommu_submit(&iommu, commands, 2);
        atomic_flag_clear_explicit(&turn, memory_order_release);
        wrong[slot] = !good || !wait_for_word(slot, round);
    }
}

/* The data of the slot's own vector: what a hart writes, it finds there. */
static bool keeps(uint64_t slot, uint32_t value)
{
    const uint32_t data = (uint32_t)IOMMU_MSI_CFG_TBL + (uint32_t)slot * (uint32_t)MSI_ENTRY
                          + (uint32_t)MSI_DATA;

    iommu_set32(&iommu, data, value);
    return iommu_get32(&iommu, data) == value;
}

/* The first hart writes a register of its own meanwhile. */
static void append_and_set(uint64_t slot)
{
    if (slot != 0U) {
        append(slot);
        appending--;
        return;
    }
    for (uint32_t value = 0; appending != 0U && !wrong[slot]; value++) {
        wrong[slot] = !keeps(slot, value);
    }
    words[slot] = ROUNDS;
}

static uint32_t next(uint32_t seed)
{
    return seed * 1664525U + 1013904223U; /* Knuth, The Art of Computer Programming, 3.3.4 */
}

/* The tail is what one of them wrote last; each has a register of its own, too. */
static void ring(uint64_t slot)
{
    uint32_t seed = (uint32_t)slot;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        seed = next(seed);
        iommu_set32(&iommu, IOMMU_CQT, seed >> (32U - LARGE_LOG2));
        wrong[slot] = wrong[slot] || (slot < VECTORS && !keeps(slot, seed));
    }
}

/* Modes, and the queue on and off, while others write its tail. */
static void meddle(uint64_t slot)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        if (slot != 0U) {
            iommu_set32(&iommu, IOMMU_CQT, round % LARGE);
        } else if (round % 2U == 0U) {
            iommu_set64(&iommu, IOMMU_DDTP, round % 4U == 0U ? DDTP_BARE : DDTP_OFF);
        } else {
            iommu_set32(&iommu, IOMMU_CQCSR, round % 4U == 1U ? 0U : QUEUE_ENABLE);
        }
    }
}

static bool start(uint32_t log2)
{
    return iommu_commands_start(&iommu, entries, log2, false);
}

/* A queue with commands wherever its tail goes. */
static bool fill(void)
{
    const struct iommu_command commands[] = { iommu_forget_all(), iommu_fence() };
    bool good = start(LARGE_LOG2);

    for (uint32_t i = 0; i < LARGE; i++) {
        entries[2U * i] = commands[i % 2U].words[0];
        entries[2U * i + 1U] = commands[i % 2U].words[1];
    }
    return good;
}

/* It is on, has no error, and has done all that there was to do. */
static bool at_rest(void)
{
    uint64_t end = ms_from_now(PATIENCE_MS);

    while (iommu_get32(&iommu, IOMMU_CQH) != iommu_get32(&iommu, IOMMU_CQT)) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return (iommu_get32(&iommu, IOMMU_CQCSR) & (CQCSR_ERRORS | QUEUE_ON)) == QUEUE_ON;
}

/* Every command is done, none twice out of its place: the last word of each hart stays. */
static bool appends(void (*work)(uint64_t slot))
{
    bool good;

    memset((void *)(uintptr_t)words, 0, sizeof(words));
    appending = count - 1U;
    good = start(SMALL_LOG2) && everywhere(work) && at_rest();
    for (uint32_t i = 0; i < count; i++) {
        good = good && words[i] == ROUNDS;
    }
    return good;
}

static bool device_works(void)
{
    memset(source, 0x5a, sizeof(source));
    memset(target, 0, sizeof(target));
    return iommu_mode(&iommu, DDTP_BARE, NULL) && iommu_do(&iommu, iommu_forget_contexts())
           && edu_transfer(&edu, EDU_FROM_MEMORY, (uint64_t)source, 0, LENGTH)
           && edu_transfer(&edu, EDU_TO_MEMORY, (uint64_t)target, 0, LENGTH)
           && memcmp(source, target, LENGTH) == 0;
}

static bool open(void)
{
    count = tree_harts(ids, HART_MAX);
    /* The tree's order need not begin with the hart that booted. */
    for (uint32_t i = 1; i < count; i++) {
        if (ids[i] == hart_self()->id) {
            ids[i] = ids[0];
            ids[0] = hart_self()->id;
        }
    }
    if (!irq_open() || !pci_open() || !iommu_open(&iommu) || !edu_open(&edu, 0)) {
        return false;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    edu_master(&edu, true);
    return count > 1U;
}

void guest_main(void)
{
    if (!open()) {
        verdict("two harts, an IOMMU and a device behind it", false);
        return;
    }
    verdict("by turns", appends(append));
    verdict("each its own registers", appends(append_and_set));
    verdict("as they like", fill() && everywhere(ring) && at_rest());
    verdict("by turns again", appends(append) && device_works());
    verdict("a mode and a queue for all", fill() && everywhere(meddle));
    verdict("by turns after all", appends(append) && device_works());
    print("viommusmp: done\n");
}
