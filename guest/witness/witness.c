/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that watches its own integrity while others misbehave: a pattern over its free memory
 * that nobody may touch, timer interrupts that must come, and no interrupt that it did not ask for.
 * Prints "witness: round N, well" about once a second, and "witness: FAIL ..." at the first thing
 * wrong.
 *
 * If it has an edu device, that moves a page of the pattern and back in each round. With "stray" in
 * its bootargs the device also reads a word outside its memory, in every third round from the first
 * on: so many faults are its own. The line then goes on: ", N pages by DMA, N stray reads".
 */
#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/guest.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define TICKS_IN_ROUND 20U
#define IDENTITIES     63U
#define STRAY_ROUNDS   3U
#define STRAY_LENGTH   4U        /* one fault record */

extern char image_end[];

static struct edu edu;
static bool has_edu;
static uint32_t pages_moved, strays;
static uint64_t bounce[EDU_BUFFER_SIZE / 8U] __attribute__((aligned(EDU_BUFFER_SIZE)));

static uint64_t pattern(uint64_t address)
{
    return address * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0x5bd1e995);
}

static void fill(uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += 8U) {
        *(volatile uint64_t *)at = pattern(at);
    }
}

static bool check(uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += 8U) {
        uint64_t found = *(volatile uint64_t *)at;
        if (found != pattern(at)) {
            print("witness: FAIL memory at 0x%llx changed to 0x%llx\n", (unsigned long long)at,
                  (unsigned long long)found);
            return false;
        }
    }
    return true;
}

/* What is none of the guest's may end a WFI too. */
static void sleep_one_tick(void)
{
    const uint64_t end = rdtime() + tree_timebase() / TICKS_IN_ROUND;

    timer_set(end);
    while (rdtime() < end) {
        wfi();
    }
    irq_on();
    irq_off();
}

/* Page number round of the pattern goes to the device and comes back to another place. */
static bool dma_round(uint64_t from, uint64_t to, uint32_t round)
{
    uint64_t first = (from + EDU_BUFFER_SIZE - 1U) / EDU_BUFFER_SIZE;
    uint64_t page = (first + round % (to / EDU_BUFFER_SIZE - first)) * EDU_BUFFER_SIZE;
    bool good;

    good = edu_transfer(&edu, EDU_FROM_MEMORY, page, 0, EDU_BUFFER_SIZE)
           && edu_transfer(&edu, EDU_TO_MEMORY, (uint64_t)bounce, 0, EDU_BUFFER_SIZE);
    for (uint32_t i = 0; i < EDU_BUFFER_SIZE / 8U; i++) {
        good = good && bounce[i] == pattern(page + i * 8U);
        bounce[i] = 0;
    }
    if (!good) {
        print("witness: FAIL DMA in round %u\n", round);
    }
    pages_moved++;
    return good;
}

static void stray(void)
{
    struct tree_range memory = { 0 };

    tree_memory(&memory);
    (void)edu_transfer(&edu, EDU_FROM_MEMORY, memory.base - STRAY_LENGTH, 0, STRAY_LENGTH);
    strays++;
}

static bool dma(uint64_t from, uint64_t to, uint32_t round)
{
    bool good;

    if (!has_edu) {
        return true;
    }
    if (tree_bootarg("stray") && round % STRAY_ROUNDS == 1U) {
        stray();
    }
    good = dma_round(from, to, round);
    irq_off();                   /* as the rounds are made; waiting for the device turned them on */
    return good;
}

static void say(uint32_t round)
{
    if (has_edu) {
        print("witness: round %u, well, %u pages by DMA, %u stray reads\n", round, pages_moved,
              strays);
    } else {
        print("witness: round %u, well\n", round);
    }
}

void guest_main(void)
{
    struct hart *self = hart_self();
    struct tree_range memory = { 0 };
    uint64_t from = (uint64_t)image_end, to;

    tree_memory(&memory);
    to = memory.base + memory.size / 2U; /* the device tree is in the upper half */
    fill(from, to);
    irq_open();
    for (uint32_t identity = 1; identity <= IDENTITIES; identity++) {
        imsic_enable(identity); /* all of them, to notice any */
    }
    has_edu = pci_open() && edu_open(&edu, 0) && edu_interrupts(&edu, false);
    if (has_edu) {
        edu_master(&edu, true);
    }
    csr_set(CSR_SIE, UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_TIMER);
    irq_off();
    for (uint32_t round = 1;; round++) {
        uint32_t ticks = self->timer;

        for (uint32_t i = 0; i < TICKS_IN_ROUND; i++) {
            sleep_one_tick();
        }
        if (self->timer == ticks) {
            print("witness: FAIL no timer interrupts in round %u\n", round);
            break;
        }
        if (!dma(from, to, round)) {
            break;
        }
        if (self->external != edu.interrupts || self->software != 0U) {
            print("witness: FAIL interrupts from outside: %u external, %u software\n",
                  self->external - edu.interrupts, self->software);
            break;
        }
        if (!check(from, to)) {
            break;
        }
        say(round);
    }
}
