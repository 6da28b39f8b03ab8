/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own lines: "[bulkhead] text" on the console, through the multiplexer like any
 * guest's, so that harts never mix. Before the console is up they go out through the firmware.
 * Any hart; takes the console lock. A log never waits: a line that finds the ring full is dropped, and
 * the console tells how many were.
 */
#ifndef HYP_LOG_H
#define HYP_LOG_H

#define LOG_LINE_MAX 640U

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on through the console. Boot hart, once. */
void log_use_console(void);

#endif
