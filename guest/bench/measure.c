/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bench/measure.h"

#include "guest/lib/console.h"

#define REPEAT 1000U

void figure_add(struct figure *figure, uint64_t instructions)
{
    figure->count++;
    figure->total += instructions;
    if (figure->worst < instructions) {
        figure->worst = instructions;
    }
}

void figure_print(const char *name, const struct figure *figure)
{
    print("bench: %s %llu %llu\n", name,
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

void measure(const char *name, void (*operation)(void))
{
    struct figure figure = { 0, 0, 0 };
    const uint64_t overhead = count(nothing);

    operation();
    for (uint32_t i = 0; i < REPEAT; i++) {
        figure_add(&figure, count(operation) - overhead);
    }
    figure_print(name, &figure);
}
