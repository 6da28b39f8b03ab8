/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that watches its own integrity while others misbehave: a pattern over all of its memory
 * that is free, and in its registers, that nobody may touch; timer interrupts that must come, and no
 * interrupt that it did not ask for.
 * Prints "witness: round N, well" about once a second, and "witness: FAIL ..." at the first thing
 * wrong.
 *
 * With "report" in its bootargs each round has another line, of what it did so far: rounds, ticks of
 * the timer, and how late the worst of them was, in microseconds; KiB of memory and
 * times of all registers that were as they should be; pages by DMA, and interrupts:
 *   witness: so far rounds=N ticks=N late_us=N kib=N registers=N pages=N interrupts=N
 *
 * If it has an edu device, that moves a page of the pattern and back in each round. With "stray" in
 * its bootargs the device also reads a word outside its memory, in every third round from the first
 * on: so many faults are its own. The line then goes on: ", N pages by DMA, N stray reads".
 */
#include <libfdt.h>
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
#define EXITS          500U      /* with all registers watched */
#define UART_LSR       5U        /* a register whose reading does nothing here */
#define PAGE           4096U
#define IMAGE          UINT64_C(0x80200000) /* where it begins: guest/lib/link.ld */
#define FREE           3U        /* ranges of memory */
#define SSTATUS_FS_INITIAL (UINT64_C(1) << 13)
#define SSTATUS_VS_INITIAL (UINT64_C(1) << 9)

extern char image_end[];
uint64_t registers_hold(uint64_t pattern, uint64_t times, uint64_t port);

static struct edu edu;
static bool has_edu;
static uint32_t pages_moved, strays, ticks, registers;
static uint64_t worst, bytes_checked; /* worst: ticks of rdtime */
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
    bytes_checked += to - from;
    return true;
}

/* What is none of the guest's may end a WFI too. False: there is no timer interrupt, for a second
 * more. */
static bool sleep_one_tick(void)
{
    uint64_t when = rdtime() + tree_timebase() / TICKS_IN_ROUND, late;
    uint32_t before = hart_self()->timer;

    timer_set(when);
    while (hart_self()->timer == before && rdtime() < when + tree_timebase()) {
        wfi();
        irq_on();
        irq_off();
    }
    late = rdtime() - when;
    worst = late > worst ? late : worst;
    ticks++;
    return hart_self()->timer != before;
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
    if (tree_bootarg("report")) {
        print("witness: so far rounds=%u ticks=%u late_us=%llu kib=%llu registers=%u "
              "pages=%u interrupts=%u\n", round, ticks,
              (unsigned long long)(worst / (tree_timebase() / 1000000U)),
              (unsigned long long)(bytes_checked / 1024U), registers, pages_moved,
              hart_self()->external);
    }
}

/* Memory before the image, behind it, and behind the device tree: all there is. */
static void find_free(struct tree_range free[FREE])
{
    uint64_t tree = (uint64_t)tree_blob(), end = tree + fdt_totalsize(tree_blob());
    struct tree_range memory = { 0 };

    tree_memory(&memory);
    free[0] = (struct tree_range){ memory.base, IMAGE - memory.base };
    free[1] = (struct tree_range){ (uint64_t)image_end, tree / PAGE * PAGE - (uint64_t)image_end };
    free[2].base = (end + PAGE - 1U) / PAGE * PAGE;
    free[2].size = memory.base + memory.size - free[2].base;
}

static bool round_is_well(const struct tree_range free[FREE], uint32_t round)
{
    struct hart *self = hart_self();
    struct tree_uart uart;

    for (uint32_t i = 0; i < TICKS_IN_ROUND; i++) {
        if (!sleep_one_tick()) {
            print("witness: FAIL no timer interrupt in round %u\n", round);
            return false;
        }
    }
    if (!dma(free[1].base, free[1].base + free[1].size, round)) {
        return false;
    }
    if (tree_hart_has("v") && tree_uart(&uart)) {
        uint64_t port = uart.base + ((uint64_t)UART_LSR << uart.shift);

        if (registers_hold(pattern(round), EXITS, port) != 0U) {
            print("witness: FAIL a register changed in round %u\n", round);
            return false;
        }
        registers++;
    }
    if (self->external != edu.interrupts || self->software != 0U) {
        print("witness: FAIL interrupts from outside: %u external, %u software\n",
              self->external - edu.interrupts, self->software);
        return false;
    }
    for (uint32_t i = 0; i < FREE; i++) {
        if (!check(free[i].base, free[i].base + free[i].size)) {
            return false;
        }
    }
    return true;
}

void guest_main(void)
{
    struct tree_range free[FREE];

    find_free(free);
    for (uint32_t i = 0; i < FREE; i++) {
        fill(free[i].base, free[i].base + free[i].size);
    }
    irq_open();
    for (uint32_t identity = 1; identity <= IDENTITIES; identity++) {
        imsic_enable(identity); /* all of them, to notice any */
    }
    has_edu = pci_open() && edu_open(&edu, 0) && edu_interrupts(&edu, false);
    if (has_edu) {
        edu_master(&edu, true);
    }
    csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL | SSTATUS_VS_INITIAL);
    csr_set(CSR_SIE, UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_TIMER);
    irq_off();
    for (uint32_t round = 1; round_is_well(free, round); round++) {
        say(round);
    }
}
