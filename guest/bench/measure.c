/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bench/measure.h"

#include "guest/lib/console.h"
#include "guest/lib/probe.h"

static uint64_t breakpoint(uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    __asm__ volatile("ebreak");
    return 0;
}

static void mark(void)
{
    struct fault fault;

    (void)probe(breakpoint, 0, 0, &fault);
}

struct figure figure_begin(void)
{
    mark();
    return (struct figure){ 0, 0, 0 };
}

void figure_add(struct figure *figure, uint64_t instructions)
{
    figure->count++;
    figure->total += instructions;
    if (figure->worst < instructions) {
        figure->worst = instructions;
    }
}

void figure_end(const struct figure *figure, const char *name)
{
    mark();
    print("bench: %s %llu %llu %llu\n", name, (unsigned long long)figure->count,
          (unsigned long long)(figure->total * 100U / figure->count),
          (unsigned long long)figure->worst);
}

static void nothing(void)
{
    /* So that it is a call, as the others are. */
    __asm__ volatile("");
}

static uint64_t count(void (*operation)(void))
{
    uint64_t start = cycles();

    operation();
    return cycles() - start;
}

void measure_times(const char *name, void (*operation)(void), uint32_t times)
{
    const uint64_t overhead = count(nothing);

    operation();
    struct figure figure = figure_begin();
    for (uint32_t i = 0; i < times; i++) {
        figure_add(&figure, count(operation) - overhead);
    }
    figure_end(&figure, name);
}

void measure(const char *name, void (*operation)(void))
{
    measure_times(name, operation, MEASURE_REPEAT);
}
