/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device registers. Every access is one load or store of that width.
 *
 * Ordering: device memory is I/O with strong ordering on one channel, so accesses to one device stay
 * in program order by themselves (RVWMO, "Memory Access Ordering PMA"). What crosses from main memory
 * to a device, or back, needs the fence of the caller, who knows which write it is about:
 * mmio_after_memory before a store that tells a device of memory, mmio_before_memory after a load
 * that tells of memory.
 */
#ifndef PLATFORM_HW_MMIO_H
#define PLATFORM_HW_MMIO_H

#include <stdint.h>

static inline uint8_t mmio_read8(uintptr_t address)
{
    return *(const volatile uint8_t *)address;
}

static inline uint16_t mmio_read16(uintptr_t address)
{
    return *(const volatile uint16_t *)address;
}

static inline uint32_t mmio_read32(uintptr_t address)
{
    return *(const volatile uint32_t *)address;
}

static inline uint64_t mmio_read64(uintptr_t address)
{
    return *(const volatile uint64_t *)address;
}

static inline void mmio_write8(uintptr_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

static inline void mmio_write16(uintptr_t address, uint16_t value)
{
    *(volatile uint16_t *)address = value;
}

static inline void mmio_write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline void mmio_write64(uintptr_t address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}

/* Earlier writes to memory are seen before later writes to devices. */
static inline void mmio_after_memory(void)
{
    __asm__ volatile("fence w, o" : : : "memory");
}

/* Earlier reads of devices happen before later accesses to memory. */
static inline void mmio_before_memory(void)
{
    __asm__ volatile("fence i, rw" : : : "memory");
}

#endif
