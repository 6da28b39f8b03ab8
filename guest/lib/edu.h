/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's edu device: DMA between memory and a buffer of its own. Each transfer takes 100 ms, and
 * says nothing of success. First hart, interrupts ready (irq_open).
 *
 * QEMU, docs/specs/edu.rst.
 */
#ifndef GUEST_LIB_EDU_H
#define GUEST_LIB_EDU_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/pci.h"

#define EDU_MAX         8U       /* that one guest drives */
#define EDU_BUFFER_SIZE 4096U

enum edu_direction { EDU_FROM_MEMORY, EDU_TO_MEMORY };

struct edu {
    struct pci_function pci;
    uint32_t identity;           /* of its interrupts in the first hart's file; 0: none */
    volatile uint32_t interrupts; /* taken */
    uint32_t expected;           /* value of interrupts before the transfer under way */
};

/* The index-th edu (from 0), its bus mastering off. *edu must stay: handlers write to it. */
bool edu_open(struct edu *edu, uint32_t index);

/* Its interrupts come to the calling hart from now on: by MSI, or by its INTx pin. False: it has
 * none of that kind; edu_wait works all the same, by the timer. */
bool edu_interrupts(struct edu *edu, bool intx);

void edu_master(struct edu *edu, bool on);

/* Begin a transfer between address and offset in its buffer. offset + length <= EDU_BUFFER_SIZE.
 * None is under way. */
void edu_start(struct edu *edu, enum edu_direction direction, uint64_t address, uint32_t offset,
               uint32_t length);
bool edu_is_busy(const struct edu *edu);

/* Sleep until it has ended, by its interrupt, looking now and then whether that is lost. False: it
 * does not end, or without the interrupt that was set up. After edu_raise: until the interrupt. */
bool edu_wait(struct edu *edu);

/* All of it: start and wait. */
bool edu_transfer(struct edu *edu, enum edu_direction direction, uint64_t address, uint32_t offset,
                  uint32_t length);

/* Have it raise its interrupt. */
void edu_raise(struct edu *edu);

/* The register that does so, at once, by any 32-bit store that is not 0. */
uint64_t edu_raise_register(const struct edu *edu);

/* Called at each interrupt of any edu, if not NULL; with interrupts off. */
extern void (*edu_on_interrupt)(void);

#endif
