/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/dmahog/dmahog.h"

#include <string.h>

#include "guest/lib/console.h"

#define WORD  4U
#define SLOTS (EDU_BUFFER_SIZE / WORD)
#define NOTES_MAX 8U             /* lines about what was got, of one life */

static uint32_t page[SLOTS] __attribute__((aligned(HOG_PAGE)));
static uint64_t slot_address[EDU_MAX][SLOTS];
static uint32_t slots_used;
static uint32_t notes;

/* The compiler must not see through it. */
uint32_t hog_marker(void)
{
    volatile uint32_t half = 0xd3adU;
    return half << 16 | (half ^ 0x6b1fU);
}

/* What the devices' buffers hold before they read: neither what is written, nor what absent memory
 * reads as. */
static uint32_t canary(uint32_t slot)
{
    return UINT32_C(0xca4a0000) | slot;
}

/* Every edu's buffer is full of canaries. */
static bool load_canaries(void)
{
    bool good = true;

    for (uint32_t i = 0; i < SLOTS; i++) {
        page[i] = canary(i);
    }
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        edu_start(&hog_edus[e], EDU_FROM_MEMORY, (uint64_t)page, 0, EDU_BUFFER_SIZE);
    }
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        good = edu_wait(&hog_edus[e]) && good;
    }
    slots_used = 0;
    return good;
}

static void note(const char *what, uint64_t address, uint32_t word)
{
    if (notes++ < NOTES_MAX) {
        print("dmahog: FAIL %s 0x%llx: 0x%x\n", what, (unsigned long long)address, word);
    }
}

static void judge(uint64_t address, uint32_t slot, uint32_t got)
{
    if (hog_owns_memory(address)) {
        if (got != *(volatile uint32_t *)address) {
            hog_ledger->foreign++;
            note("a read of own memory brought something else, at", address, got);
        }
    } else if (got != canary(slot) && got != 0U && got != UINT32_MAX) {
        hog_ledger->foreign++;
        note("a read brought foreign data, from", address, got);
    }
}

/* Fetch the buffers and look at what the reads brought. */
static void judge_reads(void)
{
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        memset(page, 0, sizeof(page));
        if (!edu_transfer(&hog_edus[e], EDU_TO_MEMORY, (uint64_t)page, 0, EDU_BUFFER_SIZE)) {
            hog_verdict("fetch-of-what-was-read", false);
        }
        for (uint32_t slot = 0; slot < slots_used; slot++) {
            judge(slot_address[e][slot], slot, page[slot]);
        }
    }
}

void attempts_read(const uint64_t *addresses, uint32_t count)
{
    (void)load_canaries();
    for (uint32_t i = 0; i < count; i++) {
        if (slots_used == SLOTS) {
            judge_reads();
            (void)load_canaries();
        }
        /* Every device reads every address: each has its own context in the IOMMU. */
        for (uint32_t e = 0; e < hog_edu_count; e++) {
            slot_address[e][slots_used] = addresses[i];
            /* Interrupt files cannot be read, not even one's own. */
            hog_ledger->edu_attempts += !hog_owns_memory(addresses[i]);
            edu_start(&hog_edus[e], EDU_FROM_MEMORY, addresses[i], slots_used * WORD, WORD);
        }
        for (uint32_t e = 0; e < hog_edu_count; e++) {
            (void)edu_wait(&hog_edus[e]);
        }
        slots_used++;
    }
    judge_reads();
}

/* Every edu's buffer is full of the marker. */
static void load_marker(void)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        page[i] = hog_marker();
    }
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        (void)edu_transfer(&hog_edus[e], EDU_FROM_MEMORY, (uint64_t)page, 0, EDU_BUFFER_SIZE);
    }
}

/* Where something can be seen to arrive, each device after the other. */
static void write_own(uint64_t address)
{
    volatile uint32_t *word = (volatile uint32_t *)address;

    for (uint32_t e = 0; e < hog_edu_count; e++) {
        *word = 0;
        (void)edu_transfer(&hog_edus[e], EDU_TO_MEMORY, address, 0, WORD);
        if (*word != hog_marker()) {
            hog_ledger->arrived++;
            note("a write to own memory went elsewhere, not to", address, *word);
        }
    }
}

void attempts_write(const uint64_t *addresses, uint32_t count)
{
    load_marker();
    for (uint32_t i = 0; i < count; i++) {
        if (hog_may_write(addresses[i])) {
            write_own(addresses[i]);
            continue;
        }
        if (hog_owns(addresses[i])) {
            continue;
        }
        for (uint32_t e = 0; e < hog_edu_count; e++) {
            hog_ledger->edu_attempts++;
            edu_start(&hog_edus[e], EDU_TO_MEMORY, addresses[i], 0, WORD);
        }
        for (uint32_t e = 0; e < hog_edu_count; e++) {
            (void)edu_wait(&hog_edus[e]);
        }
    }
}

bool attempts_control(void)
{
    bool good = load_canaries();

    for (uint32_t e = 0; e < hog_edu_count; e++) {
        memset(page, 0, sizeof(page));
        good = edu_transfer(&hog_edus[e], EDU_TO_MEMORY, (uint64_t)page, 0, EDU_BUFFER_SIZE)
               && good;
        for (uint32_t i = 0; i < SLOTS; i++) {
            good = good && page[i] == canary(i);
        }
    }
    return good;
}

void attempts_leave(uint64_t address)
{
    load_marker();
    for (uint32_t e = 0; e < hog_edu_count; e++) {
        hog_ledger->late++;
        edu_start(&hog_edus[e], EDU_TO_MEMORY, address + e * WORD, 0, WORD);
    }
}
