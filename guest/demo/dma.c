/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/demo/dma.h"

#include <stddef.h>

#include "guest/demo/translate.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/sleep.h"

#define TRANSFERS   64U
#define PATIENCE_MS 3000U    /* for one; 100 are right */
#define LATE_LENGTH 4U       /* bytes; more might be refused word by word, with a record for each */

enum slot { SLOT_SENT, SLOT_RECEIVED };
/* What the device is at: a page goes there, comes back; and one more after it was told to stop. */
enum stage { GOING, RETURNING, LATE };

static struct edu edu;
static bool present, translated;
static volatile uint32_t *wake;
static uint64_t deadline = UINT64_MAX;   /* of the transfer under way, if any */
static uint32_t done;                    /* pages that have gone there and back */
static enum stage stage;
static uint64_t there, back;             /* where the device finds the two pages */
static uint8_t sent[EDU_BUFFER_SIZE] __attribute__((aligned(EDU_BUFFER_SIZE)));
static uint8_t received[EDU_BUFFER_SIZE] __attribute__((aligned(EDU_BUFFER_SIZE)));

static void on_interrupt(void)
{
    (*wake)++;
}

void dma_open(volatile uint32_t *events)
{
    bool interrupts;

    present = pci_open() && edu_open(&edu, 0);
    if (!present) {
        return;
    }
    wake = events;
    edu_on_interrupt = on_interrupt;
    translated = translate_open(&edu.pci, events);
    edu_master(&edu, true);
    interrupts = edu_interrupts(&edu, false);
    print("dma: a device is here%s%s; type \"dma\" to use it\n",
          translated ? ", behind an IOMMU of this guest's own" : "",
          interrupts ? "" : ", without interrupts");
}

/* Fletcher's sum: a byte at the wrong place changes it too. */
static uint32_t checksum(const uint8_t *page)
{
    uint32_t sum = 0, sums = 0;

    for (uint32_t i = 0; i < EDU_BUFFER_SIZE; i++) {
        sum = (sum + page[i]) % 65535U;
        sums = (sums + sum) % 65535U;
    }
    return sums << 16 | sum;
}

static void start(void)
{
    if (stage == GOING) {
        for (uint32_t i = 0; i < EDU_BUFFER_SIZE; i++) {
            sent[i] = (uint8_t)(i * 7U + (i >> 8) + done * 31U + 1U);
            received[i] = 0;
        }
        there = translate_map(SLOT_SENT, sent, false);
        back = translate_map(SLOT_RECEIVED, received, true);
    }
    deadline = ms_from_now(PATIENCE_MS);
    edu_start(&edu, stage == GOING ? EDU_FROM_MEMORY : EDU_TO_MEMORY, stage == GOING ? there : back,
              0, stage == LATE ? LATE_LENGTH : EDU_BUFFER_SIZE);
}

void dma_begin(void)
{
    if (!present) {
        print("dma: this guest has no device\n");
    } else if (deadline != UINT64_MAX) {
        print("dma: at it, %u of %u\n", done, TRANSFERS);
    } else {
        print("dma: begins\n");
        done = 0;
        stage = GOING;
        start();
    }
}

/* A page is back: it is what was sent, and is the device's no more. */
static bool complete(void)
{
    if (!translate_unmap(SLOT_SENT) || !translate_unmap(SLOT_RECEIVED)) {
        print("dma: FAIL transfer %u: the IOMMU does not answer\n", done);
        return false;
    }
    if (checksum(received) != checksum(sent)) {
        print("dma: FAIL transfer %u came back with checksum 0x%x instead of 0x%x\n", done,
              checksum(received), checksum(sent));
        return false;
    }
    done++;
    return true;
}

/* The device wrote where it may not any more. Its interrupt tells nothing of that; the IOMMU
 * does. */
static void late(void)
{
    struct iommu_fault fault;

    if (translate_refused(&fault)) {
        bool right = fault.cause == CAUSE_WRITE_PAGE && fault.ttyp == TTYP_WRITE
                     && fault.iotval - back < IOMMU_PAGE;
        print("dma: %s late write to 0x%llx was refused: cause %u in this guest's own fault queue"
              "\n", right ? "a" : "FAIL a", (unsigned long long)fault.iotval, fault.cause);
        deadline = UINT64_MAX;
    } else if (rdtime() >= deadline) {
        print("dma: FAIL a late write made no fault\n");
        deadline = UINT64_MAX;
    }
}

void dma_step(void)
{
    if (deadline == UINT64_MAX) {
        return;
    }
    if (stage == LATE) {
        late();
        return;
    }
    if (edu_is_busy(&edu)) {
        if (rdtime() >= deadline) {
            print("dma: FAIL transfer %u has not ended\n", done);
            deadline = UINT64_MAX;
        }
        return;
    }
    if (stage == RETURNING && !complete()) {
        deadline = UINT64_MAX;
        return;
    }
    stage = stage == GOING ? RETURNING : GOING;
    if (done == TRANSFERS) {
        print("dma: %u transfers of %u bytes each way, all right\n", TRANSFERS, EDU_BUFFER_SIZE);
        deadline = UINT64_MAX;
        if (!translated) {
            return;
        }
        stage = LATE;
    }
    start();
}

uint64_t dma_deadline(void) { return deadline; }
