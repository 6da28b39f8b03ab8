/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own failure, which shows as an exception in the hypervisor: say what, where and in
 * which build, stop every hart (one that waits for another's answer or lock waits on), and stay so for
 * the debugger. Works from the first instruction on, through the firmware's console until the UART is
 * known. No guest can cause it: a panic is always a defect of Bulkhead or of the hardware.
 *
 * tools/backtrace.py turns the report into source lines.
 */
#ifndef HYP_PANIC_PANIC_H
#define HYP_PANIC_PANIC_H

#include "platform/board.h"

/* From now on reports go to this UART, and every other hart is stopped first. Boot hart, once. */
void panic_use_board(const struct board *board);

#endif
