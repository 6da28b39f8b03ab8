/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/demo/dma.h"

#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/edu.h"
#include "guest/lib/sleep.h"

#define TRANSFERS   64U
#define PATIENCE_MS 3000U    /* for one; 100 are right */

static struct edu edu;
static bool present;
static volatile uint32_t *wake;
static uint64_t deadline = UINT64_MAX;   /* of the transfer under way, if any */
static uint32_t done;                    /* pages that have gone there and back */
static bool returning;                   /* the page is on its way back */
static uint8_t sent[EDU_BUFFER_SIZE] __attribute__((aligned(EDU_BUFFER_SIZE)));
static uint8_t received[EDU_BUFFER_SIZE] __attribute__((aligned(EDU_BUFFER_SIZE)));

static void on_interrupt(void)
{
    (*wake)++;
}

void dma_open(volatile uint32_t *events)
{
    present = pci_open() && edu_open(&edu, 0);
    if (!present) {
        return;
    }
    wake = events;
    edu_on_interrupt = on_interrupt;
    edu_master(&edu, true);
    print("dma: a device is here%s; type \"dma\" to use it\n",
          edu_interrupts(&edu, false) ? "" : ", without interrupts");
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
    if (!returning) {
        for (uint32_t i = 0; i < EDU_BUFFER_SIZE; i++) {
            sent[i] = (uint8_t)(i * 7U + (i >> 8) + done * 31U + 1U);
            received[i] = 0;
        }
    }
    deadline = ms_from_now(PATIENCE_MS);
    edu_start(&edu, returning ? EDU_TO_MEMORY : EDU_FROM_MEMORY,
              (uint64_t)(returning ? received : sent), 0, EDU_BUFFER_SIZE);
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
        returning = false;
        start();
    }
}

void dma_step(void)
{
    if (deadline == UINT64_MAX) {
        return;
    }
    if (edu_is_busy(&edu)) {
        if (rdtime() >= deadline) {
            print("dma: FAIL transfer %u has not ended\n", done);
            deadline = UINT64_MAX;
        }
        return;
    }
    if (returning) {
        if (checksum(received) != checksum(sent)) {
            print("dma: FAIL transfer %u came back with checksum 0x%x instead of 0x%x\n", done,
                  checksum(received), checksum(sent));
            deadline = UINT64_MAX;
            return;
        }
        done++;
    }
    returning = !returning;
    if (done == TRANSFERS) {
        print("dma: %u transfers of %u bytes each way, all right\n", TRANSFERS, EDU_BUFFER_SIZE);
        deadline = UINT64_MAX;
    } else {
        start();
    }
}

uint64_t dma_deadline(void) { return deadline; }
