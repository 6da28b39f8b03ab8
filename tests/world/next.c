/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that are worth doing: what a driver lacks comes first, mostly; then all of it. */
#include "tests/world/inside.h"

static const struct { enum world_kind kind; unsigned weight; } usual[] = {
    { WORLD_DMA_KNOWN, 260 }, { WORLD_TABLE, 150 }, { WORLD_COMMAND, 110 }, { WORLD_EVENTS, 110 },
    { WORLD_CONTEXT, 100 }, { WORLD_FLUSH, 45 }, { WORLD_DMA, 50 }, { WORLD_MSI, 35 },
    { WORLD_REGISTER, 35 }, { WORLD_RAM, 25 }, { WORLD_TIME, 25 }, { WORLD_STORE, 15 },
    { WORLD_STRANGER, 15 }, { WORLD_RESTART, 2 }, { WORLD_STOP, 1 }, { WORLD_TROUBLE, 3 },
};

/* A register of the vIOMMU that its driver has not set up, as an operation's where; 16: none. */
static uint32_t lacks(uint32_t viommu)
{
    const struct driver *d = &drivers[viommu];
    const uint32_t cqcsr = (uint32_t)driver_read(d, REG_CQCSR, 4U);
    const uint32_t fqcsr = (uint32_t)driver_read(d, REG_FQCSR, 4U);

    const bool levels = DDTP_MODE(driver_read(d, REG_DDTP, 8U)) >= DDTP_1LVL;

    if ((cqcsr & CSR_ON) == 0U) {
        return levels ? 1U : 0U;
    }
    if ((cqcsr & (CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL)) != 0U) {
        return 8U;
    }
    if ((fqcsr & CSR_ON) == 0U) {
        return 2U;
    }
    if (!levels) {
        return 4U;
    }
    if ((fqcsr & (CSR_MF | CSR_OF)) != 0U) {
        return 9U;
    }
    return driver_read(d, REG_FQH, 4U) != driver_read(d, REG_FQT, 4U) ? 10U : 16U;
}

/* A guest that has stopped is started anew, mostly. */
static bool begin_anew(uint64_t (*below)(uint64_t limit), struct world_op *op)
{
    for (uint32_t g = 0; g < world.plan.guest_count; g++) {
        if (atomic_load(&guests[g].state) == GUEST_STOPPED && below(20U) == 0U) {
            op->kind = WORLD_RESTART;
            op->who = (uint8_t)g;
            return true;
        }
    }
    return false;
}

static enum world_kind any_kind(uint64_t (*below)(uint64_t limit))
{
    unsigned all = 0U, n = 0U;

    for (uint32_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        all += usual[i].weight;
    }
    uint64_t at = below(all);
    while (at >= usual[n].weight) {
        at -= usual[n].weight;
        n++;
    }
    return usual[n].kind;
}

/* Addresses that something begins or ends at, or is just beyond. */
static uint64_t any_address(uint64_t (*below)(uint64_t limit))
{
    const struct plan_guest *part = &world.plan.guests[below(world.plan.guest_count)];

    switch (below(7U)) {
    case 0: return part->ram_base.v + below(part->ram.size);
    case 1: return part->ram_base.v + part->ram.size - below(128U);
    case 2: return part->ram.base.v + below(part->ram.size);
    case 3: return world.plan.pool.base.v + below(world.plan.pool.size);
    case 4: return GUEST_VIOMMU_BASE + below(4U * PAGE_SIZE);
    case 5: return GUEST_SHARED_BASE + below(MEGA_PAGE_SIZE);
    default: return below(UINT64_MAX) >> below(64U);
    }
}

/* Mostly one whose guest translates, if there is one. */
static uint32_t any_device(uint64_t (*below)(uint64_t limit))
{
    const uint32_t first = (uint32_t)below(world.device_count);
    const uint32_t most = below(8U) != 0U ? world.device_count : 0U;

    for (uint32_t i = 0; i < most; i++) {
        const uint32_t n = (first + i) % world.device_count;
        const uint64_t *dc = device_context(&world.devices[n]);
        if (dc != NULL && dc[DC_FSC] != 0U) {
            return n;
        }
    }
    return first;
}

/* A device works; its guest changes that page, tells its vIOMMU, and the device goes on. False:
 * there is none to be told now. */
static bool tell_story(uint64_t (*below)(uint64_t limit), struct world_op *op)
{
    const unsigned chapter = world.story;

    world.story = chapter == 0U || world.aimed.viommu == PLAN_NO_VIOMMU ? 0U : chapter - 1U;
    if (chapter == 0U || world.aimed.viommu == PLAN_NO_VIOMMU) {
        return false;
    }
    if (chapter == 1U) {
        *op = world.last;
        return true;
    }
    op->who = (uint8_t)world.aimed.viommu;
    if (chapter == 2U) {                     /* by address, or all */
        op->kind = (uint8_t)(below(3U) == 0U ? WORLD_COMMAND : WORLD_FLUSH);
        op->where = 0x11U << 4 | 1U;
        op->value = (op->value & ~UINT64_C(0xff)) | world.aimed.slot << 4 | 3U;
    } else {                                 /* unmap it, or map it anew */
        op->kind = (uint8_t)WORLD_TABLE;
        op->where = (op->where & ~UINT32_C(0xfff)) | (below(2U) == 0U ? 36U : 0U) |
                    world.aimed.space << 6 | world.aimed.slot << 8;
    }
    return true;
}

struct world_op world_next(uint64_t (*below)(uint64_t limit))
{
    struct world_op op = { .who = (uint8_t)below(256U), .which = (uint16_t)below(65536U),
                           .where = (uint32_t)below(UINT64_C(1) << 32),
                           .value = below(UINT64_MAX) };
    const uint32_t viommus = world.config.viommu_count;

    if (tell_story(below, &op) || begin_anew(below, &op)) {
        return op;
    }
    if (viommus != 0U && below(4U) == 0U) {
        const uint32_t v = (uint32_t)below(viommus), where = lacks(v);
        if (where != 16U && below(4U) != 0U) {
            op.kind = WORLD_REGISTER;
            op.who = (uint8_t)v;
            op.where = where;
            return op;
        }
    }
    do {
        op.kind = (uint8_t)any_kind(below);
    } while (op.kind == WORLD_TROUBLE && world.seed % 4U != 0U);
    if (op.kind == WORLD_DMA || op.kind == WORLD_STRANGER) {
        op.value = any_address(below);
    } else if (op.kind == WORLD_DMA_KNOWN && world.last.kind == WORLD_DMA_KNOWN &&
               below(3U) == 0U) {
        op = world.last;     /* by what may be cached now, and may have changed in memory */
        world.story = below(3U) == 0U ? 3U : 0U;
    } else if (op.kind == WORLD_DMA_KNOWN || op.kind == WORLD_MSI) {
        op.who = (uint8_t)any_device(below);
        world.last = op;
    } else {
        /* whatever it says */
    }
    return op;
}
