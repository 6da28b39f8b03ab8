/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "guest/lib/csr.h"
#include "guest/lib/sleep.h"
#include "guest/viommumany/viommumany.h"

#define WORD      4U
#define UNTOUCHED UINT32_C(0xffffffff) /* no device holds it */
#define LATE_MS   300U  /* a transfer of the last life has come by then, or never will */

static struct edu edus[DEVICES];        /* by whose they are */
static uint32_t held[DEVICES];
static bool loaded;
static uint32_t memory[PAGES][IOMMU_PAGE / WORD] __attribute__((aligned(IOMMU_PAGE)));

uint64_t page_address(int page) { return (uint64_t)memory[page]; }

static uint32_t owner(const struct edu *edu)
{
    for (uint32_t i = 0; i < SIDES; i++) {
        if (iommu_device_id(&sides[i].iommu, &edu->pci, &sides[i].device_id)) {
            return i;
        }
    }
    return OUTSIDE;
}

bool devices_open(void)
{
    bool found[DEVICES] = { false };
    struct edu edu;

    for (uint32_t i = 0; i < SIDES; i++) {
        if (!iommu_open_nth(&sides[i].iommu, i)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < DEVICES && edu_open(&edu, i); i++) {
        uint32_t whose = owner(&edu);

        found[whose] = edu_open(&edus[whose], i);
    }
    return found[LEFT] && found[RIGHT] && found[OUTSIDE];
}

/* All devices at once, each at a place of its own. */
static void start(enum edu_direction direction, uint64_t iova, uint64_t outside)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        edu_master(&edus[i], true);
        edu_start(&edus[i], direction, (i == OUTSIDE ? outside : iova) + i * WORD, 0, WORD);
    }
}

static bool all_end(void)
{
    bool good = true;

    for (uint32_t i = 0; i < DEVICES; i++) {
        good = edu_wait(&edus[i]) && good;
    }
    return good;
}

bool devices_load(uint32_t guest)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        held[i] = memory[THIS][i] = guest << 16 | (i + 1U);
    }
    start(EDU_FROM_MEMORY, page_address(THIS), page_address(THIS));
    loaded = all_end();
    return loaded;
}

/* The page where what the device wrote is; NOWHERE too if it is in more than one, or another's. */
static int where(uint32_t device)
{
    int page = NOWHERE, count = 0;

    for (int i = 0; i < PAGES; i++) {
        if (memory[i][device] != UNTOUCHED) {
            page = i;
            count++;
        }
    }
    return count == 1 && (!loaded || memory[page][device] == held[device]) ? page : NOWHERE;
}

/* Nothing has changed at this device's place. */
static bool untouched(uint32_t device)
{
    for (int i = 0; i < PAGES; i++) {
        if (memory[i][device] != UNTOUCHED) {
            return false;
        }
    }
    return true;
}

bool arrive(uint64_t iova, int left, int right, int outside)
{
    const int wanted[DEVICES] = { [LEFT] = left, [RIGHT] = right, [OUTSIDE] = outside };
    bool good;

    memset(memory, 0xff, sizeof(memory));
    start(EDU_TO_MEMORY, iova, iova);
    good = all_end();
    fence();
    for (uint32_t i = 0; i < DEVICES; i++) {
        good = good && (wanted[i] == NOWHERE ? untouched(i) : where(i) == wanted[i]);
    }
    return good;
}

void leave_busy(uint64_t iova)
{
    start(EDU_TO_MEMORY, iova, page_address(LATE));
}

bool nothing_late(void)
{
    memset(memory, 0xff, sizeof(memory));
    sleep_ms(LATE_MS);
    fence();
    return untouched(LEFT) && untouched(RIGHT) && untouched(OUTSIDE);
}
