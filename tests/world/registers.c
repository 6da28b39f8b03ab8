/* SPDX-License-Identifier: Apache-2.0 */
/* The IOMMUs: their registers as the driver reaches them, and what is seen of what they do. And the
 * clock, which goes on by being read. */
#include "tests/world/inside.h"

#include <stddef.h>

#include "iommu/flush.h"
#include "iommu/hw/regs.h"
#include "platform/hw/clock.h"
#include "tests/world/checks.h"

#define STALL_TICKS 500U     /* of the clock in one reading, while an IOMMU does nothing */

static uint64_t now;
static unsigned stalled[MAX_IOMMUS];
static uint32_t numbers[MAX_IOMMUS] = { 0, 1 };

/* ---- what is seen ---------------------------------------------------------------------------- */

static void touched(void *ctx, const struct model_touch *touch)
{
    const uint32_t iommu = *(const uint32_t *)ctx;

    if (!world.booted) {
        return;
    }
    for (uint32_t g = 0; touch->write && g < world.plan.guest_count; g++) {
        if (pa_range_contains(world.plan.guests[g].ram, pa(touch->address), touch->size)) {
            memory_stores[g]++;
        }
    }
    if (touch->purpose == TOUCH_DATA) {
        world_seen[SEEN_DATA]++;
    } else if (touch->purpose == TOUCH_MSI || touch->purpose == TOUCH_MRIF) {
        world_seen[SEEN_MSI]++;
    }
    checks_touch(iommu, touch);
}

static void unspecified(void *ctx, const char *what)
{
    world_fail("unspecified", "the driver has IOMMU %u do what is UNSPECIFIED: %s",
               *(const uint32_t *)ctx, what);
}

/* ---- making them ----------------------------------------------------------------------------- */

void registers_open(void)
{
    const struct model_memory memory = memory_of_iommus();

    now = 0U;
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        const struct model_hooks hooks = { &numbers[i], touched, NULL, unspecified };
        world.models[i] = model_new(&world.model_config[i], &memory, &hooks);
        stalled[i] = 0U;
        if (world.models[i] == NULL) {
            world_fail("world", "no IOMMU has capabilities 0x%llx",
                       (unsigned long long)world.model_config[i].capabilities);
        }
    }
}

void registers_close(void)
{
    for (uint32_t i = 0; i < MAX_IOMMUS; i++) {
        model_free(world.models[i]);
        world.models[i] = NULL;
    }
}

void registers_stall(uint32_t iommu, unsigned readings)
{
    stalled[iommu] = readings;
    model_stall(world.models[iommu], readings != 0U);
}

/* ---- the driver's view ----------------------------------------------------------------------- */

static uint32_t number_of(pa_t regs, uint32_t offset)
{
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        if (world.plan.iommu_regs[i].base.v == regs.v && offset < PAGE_SIZE) {
            return i;
        }
    }
    world_fail("I6", "0x%llx + 0x%x is no register of an IOMMU", (unsigned long long)regs.v,
               offset);
}

static uint64_t reg_read(pa_t regs, uint32_t offset, unsigned width)
{
    const uint32_t i = number_of(regs, offset);

    others_act(NULL, 0U);
    if (world.booted) {
        checks_register(i, false, offset, width, 0U);
    }
    if (stalled[i] != 0U && --stalled[i] == 0U) {
        model_stall(world.models[i], false);
    }
    const uint64_t value = model_read(world.models[i], offset, width);
    interrupts_wires();
    return value;
}

static void reg_write(pa_t regs, uint32_t offset, unsigned width, uint64_t value)
{
    const uint32_t i = number_of(regs, offset);

    if (world.booted) {
        checks_register(i, true, offset, width, value);
    }
    model_write(world.models[i], offset, width, value);
    interrupts_wires();
}

uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    return (uint32_t)reg_read(regs, offset, 4U);
}

uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    return reg_read(regs, offset, 8U);
}

void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    reg_write(regs, offset, 4U, value);
}

void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    reg_write(regs, offset, 8U, value);
}

/* There are no caches here. */
void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block)
{
    (void)base;
    (void)size;
    (void)cache_block;
}

/* ---- the clock ------------------------------------------------------------------------------- */

uint64_t clock_now(void)
{
    now += stalled[0] != 0U || stalled[1] != 0U ? STALL_TICKS : 1U;
    return now;
}

void clock_pass(uint64_t ticks)
{
    now += ticks;
}
