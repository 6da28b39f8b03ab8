/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting instructions: under QEMU's -icount shift=0 the cycle counter counts them, those of all
 * harts, and the same in every run. bench/counting.py reads what is printed.
 */
#ifndef GUEST_BENCH_MEASURE_H
#define GUEST_BENCH_MEASURE_H

#include <stdint.h>

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

void figure_add(struct figure *figure, uint64_t instructions);

/* "bench: NAME MEAN WORST": the mean in hundredths. */
void figure_print(const char *name, const struct figure *figure);

/* An operation, often, each time less what it costs to count nothing; then printed. Once before, not
 * counted, for what only happens the first time. */
void measure(const char *name, void (*operation)(void));

#endif
