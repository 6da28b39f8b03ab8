/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own failure: say what, where and in which build, stop every hart (one that waits for
 * another's answer or lock waits on), and stay so for the debugger. Works from the first instruction on,
 * through the firmware's console until the UART is known. No guest can cause it: a panic is always a
 * defect of Bulkhead or of the hardware.
 *
 * tools/backtrace.py turns the report into source lines.
 */
#ifndef HYP_PANIC_PANIC_H
#define HYP_PANIC_PANIC_H

#include <stdnoreturn.h>

#include "platform/board.h"

noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on reports go to this UART, and every other hart is stopped first. Boot hart, once. */
void panic_use_board(const struct board *board);

#endif
