/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console in its place: the UART's line at the APLIC, the service hart's timer, and each guest's
 * virtual UART as an emulated region.
 */
#ifndef HYP_CONSOLE_CONSOLE_UNIT_H
#define HYP_CONSOLE_CONSOLE_UNIT_H

#include "hyp/plan/plan.h"

/* Boot hart, with the APLIC initialised and the service hart online: take the UART's interrupts, or begin
 * to poll it. */
void console_unit_start(const struct plan *plan);

/* Service hart: HYP_UART_ID was taken. Service hart: the timer has fired. */
void console_unit_interrupt(void);
void console_unit_tick(void);

#endif
