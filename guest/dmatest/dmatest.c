/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that uses its DMA devices as a driver would: transfers of many lengths and alignments to
 * and from its memory, its first and last page, its shared memory, and an interrupt for each.
 * Prints "dmatest: PASS name" or "dmatest: FAIL name" for each test, then "dmatest: done N of N",
 * and repeats whatever is typed at it by starting all over.
 *
 * Words in bootargs: "intx" wants interrupts by the edu's pin instead of MSIs; "blocked" expects
 * that no DMA arrives.
 */
#include <stddef.h>
#include <string.h>

#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/edu.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/probe.h"
#include "guest/lib/sleep.h"
#include "guest/lib/testdev.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define PAGE     4096U
#define NEVER_MS 250U          /* twice what a transfer takes: it has come by then, or never will */

static struct edu edu;
static struct testdev testdev;
static struct tree_range memory;
static uint8_t source[2U * PAGE] __attribute__((aligned(PAGE)));
static uint8_t target[2U * PAGE] __attribute__((aligned(PAGE)));
static uint32_t transfers, passed, tried;
static volatile uint32_t typed;

static void verdict(const char *name, bool good)
{
    tried++;
    passed += good;
    print("dmatest: %s %s\n", good ? "PASS" : "FAIL", name);
}

static void fill(uint8_t *at, uint32_t length, uint32_t seed)
{
    for (uint32_t i = 0; i < length; i++) {
        seed = seed * 1664525U + 1013904223U; /* Knuth, The Art of Computer Programming, 3.3.4 */
        at[i] = (uint8_t)(seed >> 24);
    }
}

static bool transfer(enum edu_direction direction, uint64_t address, uint32_t length)
{
    transfers++;
    return edu_transfer(&edu, direction, address, 0, length);
}

/* From one place to another by way of the device's buffer. */
static bool copy(uint64_t to, uint64_t from, uint32_t length)
{
    return transfer(EDU_FROM_MEMORY, from, length) && transfer(EDU_TO_MEMORY, to, length);
}

/* length bytes from offset to offset of the two buffers, and nothing before and behind. */
static bool copies(uint32_t to, uint32_t from, uint32_t length)
{
    static uint8_t expected[2U * PAGE];

    fill(source, sizeof(source), from + length);
    fill(target, sizeof(target), to + 1U);
    memcpy(expected, target, sizeof(target));
    memcpy(&expected[to], &source[from], length);
    return copy((uint64_t)&target[to], (uint64_t)&source[from], length)
           && memcmp(target, expected, sizeof(target)) == 0;
}

static bool odd_lengths(void)
{
    static const uint32_t shapes[][3] = { { 0, 0, 1 }, { 1, 3, 7 }, { 5, 0, 256 },
                                          { 64, 128, 999 } };
    bool good = true;

    for (uint32_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        good = copies(shapes[i][0], shapes[i][1], shapes[i][2]) && good;
    }
    return good;
}

static bool ends_of_memory(void)
{
    /* What is there (the device tree, for one) is left alone. On plain OpenSBI the first page may
     * be the firmware's. */
    uint64_t pages[] = { memory.base, memory.base + memory.size - PAGE };
    bool good = true;

    for (uint32_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct fault fault;

        (void)probe(probe_load, pages[i], 1, &fault);
        if (fault.taken) {
            continue;
        }
        memset(target, 0x5a, PAGE);
        good = copy((uint64_t)target, pages[i], PAGE)
               && memcmp(target, (const void *)pages[i], PAGE) == 0 && good;
    }
    return good;
}

static bool shared_memory(const struct tree_share *share)
{
    uint8_t *last = (uint8_t *)(share->memory.base + share->memory.size - PAGE);

    fill(source, PAGE, 77);
    memset(target, 0, PAGE);
    return copy((uint64_t)last, (uint64_t)source, PAGE) && memcmp(last, source, PAGE) == 0
           && copy((uint64_t)target, (uint64_t)last, PAGE) && memcmp(target, source, PAGE) == 0;
}

/* One interrupt for each transfer, and one when it is asked for one. */
static bool interrupts(uint32_t before)
{
    bool raised;

    edu_raise(&edu);
    raised = edu_wait(&edu);
    print("dmatest: %u transfers, %u interrupts\n", transfers, edu.interrupts - before);
    return raised && edu.interrupts - before == transfers + 1U;
}

/* The device is told to write and read, and nothing comes of it. Whether it interrupts is not
 * asked. */
static bool nothing_arrives(void)
{
    static uint8_t before[PAGE];

    fill(source, PAGE, 1);
    fill(target, PAGE, 2);
    memcpy(before, target, PAGE);
    edu_start(&edu, EDU_FROM_MEMORY, (uint64_t)source, 0, PAGE);
    sleep_ms(NEVER_MS);
    edu_start(&edu, EDU_TO_MEMORY, (uint64_t)target, 0, PAGE);
    sleep_ms(NEVER_MS);
    return memcmp(target, before, PAGE) == 0;
}

static void with_edu(void)
{
    struct tree_share share;
    uint32_t before;

    transfers = 0;
    if (!edu_open(&edu, 0)) {
        return;
    }
    verdict("interrupt-set-up", edu_interrupts(&edu, tree_bootarg("intx")));
    verdict("no-bus-master-no-dma", nothing_arrives());
    edu_master(&edu, true);
    if (tree_bootarg("blocked")) {
        verdict("edu-blocked", nothing_arrives());
        return;
    }
    before = edu.interrupts;
    verdict("page", copies(0, 0, PAGE));
    verdict("across-pages", copies(PAGE - 100U, PAGE - 9U, 4000));
    verdict("odd-lengths", odd_lengths());
    verdict("ends-of-memory", ends_of_memory());
    if (tree_share(0, &share)) {
        verdict("shared-memory", shared_memory(&share));
    }
    verdict("interrupts", interrupts(before));
}

static void with_testdev(void)
{
    const uint32_t word = TESTDEV_WORD;
    uint32_t wrong = 0;
    bool taken;

    if (!testdev_open(&testdev, 0)) {
        return;
    }
    fill(target, sizeof(target), 3);
    taken = testdev_write(&testdev, (uint64_t)target, sizeof(target));
    for (uint32_t i = 0; i < sizeof(target); i += sizeof(word)) {
        wrong += memcmp(&target[i], &word, sizeof(word)) != 0;
    }
    if (tree_bootarg("blocked")) {
        verdict("testdev-blocked", !taken && wrong == sizeof(target) / sizeof(word));
    } else {
        verdict("testdev-two-pages", taken && wrong == 0U);
    }
}

static void on_input(uint32_t identity)
{
    (void)identity;
    typed++;
}

void guest_main(void)
{
    tree_memory(&memory);
    if (!irq_open() || !pci_open()) {
        print("dmatest: FAIL no interrupts or no PCI host\n");
        return;
    }
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    irq_connect(console_source(), APLIC_HIGH, on_input);
    console_receive_irq();
    for (;;) {
        uint32_t seen = typed;

        passed = tried = 0;
        with_edu();
        with_testdev();
        print("dmatest: done %u of %u\n", passed, tried);
        sleep_for_event(&typed, seen, UINT64_MAX);
        while (console_take() >= 0) {
        }
    }
}
