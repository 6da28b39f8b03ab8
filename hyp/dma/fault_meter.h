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
/* in one window all devices together may fill one part in so many of the queue */
#define FAULT_METER_QUEUE_SHARE 4U

struct fault_meter {
    uint64_t total;              /* only grows; a reader on another hart sees some true value */
    uint64_t window_end;         /* ticks */
    uint32_t in_window, said;    /* faults, and lines of them */
    uint32_t unsaid;             /* since the last line */
};

struct fault_verdict {
    bool say;                    /* a line in the log; */
    uint32_t unsaid;             /* it also tells of so many before it */
    bool flood;                  /* there are too many in this window */
};

/* How many records of one device in one window are a flood, at an IOMMU with so many devices and a
 * fault queue of so many entries: all devices below it leave room for one another. At least 1. */
uint32_t fault_meter_flood(uint32_t entries, uint32_t devices);

/* One more fault at time now; window is its length in ticks, flood the number of faults in it that
 * begins a flood. One that is a matter of its guest alone is counted, and takes no line from
 * others. */
struct fault_verdict fault_meter_count(struct fault_meter *meter, uint64_t now, uint64_t window,
                                       uint32_t flood, bool guests_own);

#endif
