/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/probe.h"

uint64_t probe_run(uint64_t (*op)(uint64_t, uint64_t), uint64_t a, uint64_t b);

uint64_t probe(uint64_t (*op)(uint64_t, uint64_t), uint64_t a, uint64_t b, struct fault *fault)
{
    struct hart *self = hart_self();
    uint64_t result;

    self->fault.taken = false;
    result = probe_run(op, a, b);
    *fault = self->fault;
    return result;
}

uint64_t probe_load(uint64_t address, uint64_t width)
{
    switch (width) {
    case 1: return *(const volatile uint8_t *)address;
    case 2: return *(const volatile uint16_t *)address;
    case 4: return *(const volatile uint32_t *)address;
    default: return *(const volatile uint64_t *)address;
    }
}

uint64_t probe_store1(uint64_t address, uint64_t value)
{
    *(volatile uint8_t *)address = (uint8_t)value;
    return 0;
}

uint64_t probe_store2(uint64_t address, uint64_t value)
{
    *(volatile uint16_t *)address = (uint16_t)value;
    return 0;
}

uint64_t probe_store4(uint64_t address, uint64_t value)
{
    *(volatile uint32_t *)address = (uint32_t)value;
    return 0;
}

uint64_t probe_store8(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
    return 0;
}

uint64_t probe_amo4(uint64_t address, uint64_t value)
{
    uint64_t old;
    __asm__ volatile("amoadd.w %0, %1, (%2)" : "=r"(old) : "r"(value), "r"(address) : "memory");
    return old;
}

uint64_t probe_lr4(uint64_t address, uint64_t unused)
{
    uint64_t value;
    (void)unused;
    __asm__ volatile("lr.w %0, (%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}

uint64_t probe_fetch(uint64_t address, uint64_t unused)
{
    (void)unused;
    __asm__ volatile("jalr %0" :: "r"(address) : "ra", "t0", "t1", "t2", "memory");
    return 0;
}
