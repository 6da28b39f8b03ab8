/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own lines: "[bulkhead] text" on the console, through the multiplexer like any
 * guest's, so that harts never mix. Before the console is up they go out through the firmware.
 * Any hart; takes the console lock. A line that finds the log's ring full is dropped and counted, and
 * the count is told with the next one that fits: a log never waits.
 */
#ifndef HYP_LOG_H
#define HYP_LOG_H

#define LOG_LINE_MAX 400U

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on through the console. Boot hart, once. */
void log_use_console(void);

#endif
