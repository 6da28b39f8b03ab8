/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt lines into a guest from inside the hypervisor. Any hart; takes the guest's vAPLIC lock,
 * a leaf lock: callers may hold the console lock.
 */
#ifndef HYP_IRQ_IRQ_H
#define HYP_IRQ_IRQ_H

#include <stdbool.h>
#include <stdint.h>

/* The level of a virtual source (GUEST_SOURCE_...) of guest number guest. */
void irq_set_level(uint32_t guest, uint32_t source, bool level);

/* A rising and a falling edge. */
void irq_pulse(uint32_t guest, uint32_t source);

#endif
