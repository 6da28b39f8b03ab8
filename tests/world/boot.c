/* SPDX-License-Identifier: Apache-2.0 */
/* A world is opened: a plan is made, and Bulkhead booted, in the order of boot/main.c. */
#include "tests/world/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "hyp/dma/dma.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "lib/format.h"
#include "tests/unit/fake_tree.h"
#include "tests/world/checks.h"
#include "tests/world/units.h"

#define TRIES     32U        /* of configurations: some have no plan */
#define BOOT_ROUNDS 64U      /* of all harts */
#define IMAGE     UINT64_C(0x20000)

struct world world;
uint64_t world_seen[WORLD_SIGHTS];

/* ---- chance ---------------------------------------------------------------------------------- */

/* splitmix64: every seed is good, also 0. */
static uint64_t random64(void)
{
    uint64_t z = (world.random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t world_below(uint64_t limit)
{
    return random64() % limit;
}

/* ---- failing, and the log -------------------------------------------------------------------- */

#define LOG_LINES 12U
static char lines[LOG_LINES][LOG_LINE_MAX];
static uint32_t next_line;

void log_line(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)format_text_v(lines[next_line++ % LOG_LINES], LOG_LINE_MAX, format, args);
    va_end(args);
}

void world_fail(const char *invariant, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "the last lines of the hypervisor's log:\n");
    for (uint32_t i = 0; i < LOG_LINES; i++) {
        const char *line = lines[(next_line + i) % LOG_LINES];
        if (line[0] != '\0') {
            fprintf(stderr, "  %s\n", line);
        }
    }
    fprintf(stderr, "seed 0x%llx: %s: ", (unsigned long long)world.seed, invariant);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    abort();
}

noreturn void boot_stop(void)
{
    world_fail("boot", "a configuration that has a plan does not boot");
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void make_bundle(void)
{
    static const uint8_t kernel[64] = { 0x13 };
    static const uint8_t tree[40] = { 0xd0, 0x0d, 0xfe, 0xed, [7] = 40 };

    world.bundle.count = 2;
    world.bundle.files[0] = (struct bundle_file){ "kernel", kernel, sizeof(kernel) };
    world.bundle.files[1] = (struct bundle_file){ "tree", tree, sizeof(tree) };
}

static bool is_wanted(void)
{
    for (uint32_t i = 0; i < world.config.device_count; i++) {
        if (world.plan.devices[i].dma.id_count != 0U) {
            return true;
        }
    }
    return false;
}

static void make_plan(void)
{
    const struct pa_range used[] = { { pa(RAM_BASE + FIRMWARE_SIZE), IMAGE } };
    static struct told told;

    make_bundle();
    for (uint32_t try = 0; try < TRIES; try++) {
        board_make();
        functions_make(&world.pci);
        config_make();
        told_init(&told);
        if (plan_build(&world.board, &world.pci, &world.config, &world.bundle, used, 1U,
                       &world.plan, &told.diag) && is_wanted()) {
            return;
        }
    }
    world_fail("world", "no configuration has a plan; the last: %s", told.text);
}

static void list_devices(void)
{
    world.device_count = 0U;
    for (uint32_t i = 0; i < world.config.device_count; i++) {
        const struct plan_dma *dma = &world.plan.devices[i].dma;
        for (uint32_t k = 0; k < dma->id_count; k++) {
            struct world_device *device = &world.devices[world.device_count++];
            *device = (struct world_device){ .iommu = dma->iommu, .id = dma->ids[k],
                                             .guest = world.plan.device_guests[i],
                                             .viommu = dma->viommu,
                                             .device = i };
            for (uint32_t n = 0; dma->viommu != PLAN_NO_VIOMMU &&
                                 n < world.plan.viommus[dma->viommu].id_count; n++) {
                if (world.plan.viommus[dma->viommu].ids[n].physical_id == dma->ids[k]) {
                    device->n = n;
                }
            }
        }
    }
}

/* ---- opening and closing --------------------------------------------------------------------- */

void world_open(uint64_t seed)
{
    if (world.open) {
        world_fail("world", "opened twice");
    }
    units_forget();
    world.open = true;
    world.seed = seed;
    world.random = seed;
    for (uint32_t i = 0; i < LOG_LINES; i++) {
        lines[i][0] = '\0';
    }
    memset(world.troubled, 0, sizeof(world.troubled));
    world.last = (struct world_op){ .kind = WORLD_KINDS };
    world.story = 0U;
    make_plan();
    list_devices();
    world.others = roll(3) == 0U ? 0U : roll(12);
    memory_open();
    interrupts_open();
    registers_open();
    firmware_runs();

    pages_open(&world.pages, world.plan.pool);
    harts_open();
    boot_start_units(&world.plan, &world.pages);
    boot_make_guests(&world.plan, &world.pages);
    pages_close(&world.pages);
    dma_start(&world.plan);
    drivers_open();
    world.booted = true;
    checks_begin();
    lifecycle_start_all(guests, world.plan.guest_count);
    harts_settle(BOOT_ROUNDS);
    firmware_is_forgotten();
}

void world_close(void)
{
    checks_end();
    registers_close();
    world.open = world.booted = false;
}

const struct plan *world_plan(void)
{
    return &world.plan;
}

struct model *world_model(uint32_t iommu)
{
    bool used = false;

    for (uint32_t i = 0; i < world.device_count; i++) {
        used |= world.devices[i].iommu == iommu;
    }
    return used ? world.models[iommu] : NULL;
}

const struct model_config *world_model_config(uint32_t iommu)
{
    return &world.model_config[iommu];
}

bool world_in_trouble(uint32_t iommu)
{
    return iommu < MAX_IOMMUS && world.troubled[iommu];
}
