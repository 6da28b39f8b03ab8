/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping until an interrupt handler has counted something. First hart; the timer interrupt and
 * interrupts as a whole are enabled. */
#ifndef GUEST_LIB_SLEEP_H
#define GUEST_LIB_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sleep until *events is no longer seen, or until the time (ticks of rdtime, UINT64_MAX: for ever).
 * Returns whether it changed. None is missed: interrupts are off between the look and the wfi,
 * which ends on a pending interrupt all the same.
 */
bool sleep_for_event(const volatile uint32_t *events, uint32_t seen, uint64_t when);

void sleep_ms(uint32_t milliseconds);

/* So many milliseconds from now, in ticks of rdtime. */
uint64_t ms_from_now(uint32_t milliseconds);

#endif
