/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many faults a device has had, which of them are worth a line in the log, and when there are
 * so many that its records endanger those of others. Pure: times are given. The caller serialises.
 */
#ifndef HYP_DMA_FAULT_METER_H
#define HYP_DMA_FAULT_METER_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_METER_LINES 4U     /* in the log, in each window */
/* records in one window: a quarter of the queue (PLAN_FAULT_ENTRIES) */
#define FAULT_METER_FLOOD 1024U

struct fault_meter {
    uint64_t total;              /* only grows; a reader on another hart sees some true value */
    uint64_t window_end;         /* ticks */
    uint32_t in_window;
    uint32_t unsaid;             /* since the last line */
};

struct fault_verdict {
    bool say;                    /* a line in the log; */
    uint32_t unsaid;             /* it also tells of so many before it */
    bool flood;                  /* this one begins a flood */
};

/* One more fault at time now; window is its length in ticks. */
struct fault_verdict fault_meter_count(struct fault_meter *meter, uint64_t now, uint64_t window);

#endif
