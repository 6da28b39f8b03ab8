/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo guest's DMA, if it has an edu device: a number of pages to the device and back, each
 * checked by its sum, while the guest goes on with its other work. Behind an IOMMU of the guest's
 * own (translate.h) each page is the device's for that time only, and in the end the device is told
 * to write once more. First hart.
 */
#ifndef GUEST_DEMO_DMA_H
#define GUEST_DEMO_DMA_H

#include <stdbool.h>
#include <stdint.h>

/* Find the device; *events is counted up at its interrupts. Interrupts are ready (irq_open). */
void dma_open(volatile uint32_t *events);

/* Begin, unless there is no device or it is at it already: says so. The end is told by a line
 * such * as "dma: 64 transfers of 4096 bytes each way, all right", and with an IOMMU one about
 * the late write: * "dma: a late write to 0x1000001000 was refused: cause 15 in this guest's own
 * fault queue". */
void dma_begin(void);

/* Go on with it: called after each event, and at dma_deadline. */
void dma_step(void);

/* When to call dma_step at the latest, in ticks of rdtime; UINT64_MAX: when something happens. */
uint64_t dma_deadline(void);

#endif
