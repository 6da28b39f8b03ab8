/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting instructions: under QEMU's -icount shift=0 the cycle counter counts them, those of all
 * harts, and the same in every run. bench/counting.py reads what is printed.
 *
 * First hart, outside of its interrupt handlers.
 */
#ifndef GUEST_BENCH_MEASURE_H
#define GUEST_BENCH_MEASURE_H

#include <stdint.h>

/* How often a figure does what it is about. */
#define MEASURE_REPEAT 1000U

static inline uint64_t cycles(void)
{
    uint64_t value;
    __asm__ volatile("rdcycle %0" : "=r"(value) : : "memory");
    return value;
}

/* Of some number of times the same: how often, instructions of all of them and of the worst one. */
struct figure {
    uint64_t count, total, worst;
};

/*
 * A figure is what is added between these two; figures do not nest. Both leave a mark in QEMU's log of
 * traps, if there is one: a breakpoint that only the guest sees. So bench/exits.py counts what else
 * trapped meanwhile.
 */
struct figure figure_begin(void);
void figure_add(struct figure *figure, uint64_t instructions);

/* Prints "bench: NAME COUNT MEAN WORST", the mean in hundredths. */
void figure_end(const struct figure *figure, const char *name);

/* The whole of it for an operation, done MEASURE_REPEAT times, each less what it costs to count nothing.
 * Once before, not counted, for what only happens the first time. */
void measure(const char *name, void (*operation)(void));
void measure_times(const char *name, void (*operation)(void), uint32_t times); /* so often instead */

#endif
