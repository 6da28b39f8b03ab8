/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts to the first hart, by wire and by MSI, whatever the machine: the device tree says where
 * IMSIC and APLIC are. First hart only; handlers run with interrupts off.
 */
#ifndef GUEST_LIB_IRQ_H
#define GUEST_LIB_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/lib/tree.h"

/* Make ready the calling hart's interrupt file and the APLIC; false if the tree has none. */
bool irq_open(void);

/* Have source (1..63) of the APLIC call handler, with the source's own number as identity. mode:
 * APLIC_RISING and so on. */
void irq_connect(uint32_t source, uint32_t mode, void (*handler)(uint32_t source));

/* Have identity (1..63) of the calling hart's interrupt file, sent by an MSI, call handler. */
void irq_message(uint32_t identity, void (*handler)(uint32_t identity));

/* Page of the interrupt file of hart id, for MSIs; 0 if it has none. */
uint64_t irq_file(uint64_t hart_id);

#endif
