/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: what the 16 bytes of each mean in this world. Whatever stands in them, something is
 * done that a guest, a device or the board could do. */
#include "tests/world/inside.h"

#include <stdatomic.h>
#include <string.h>

#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"
#include "tests/world/checks.h"

/* ---- harts and the board --------------------------------------------------------------------- */

static void events(const struct world_op *op)
{
    if (op->where % 2U == 0U) {
        harts_settle(1U + op->which % 32U);
    } else {
        (void)harts_serve(op->who % world.board.hart_count);
    }
}

static void pass_time(const struct world_op *op)
{
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        (void)model_run(world.models[i], op->which % 64U);
        interrupts_wires();
    }
    clock_pass(op->value % (2U * TIMEBASE_HZ));
    if (op->who % 16U == 0U) {
        dma_say_faults();        /* somebody asks at the console */
    }
}

static void end_life(const struct world_op *op, enum guest_state how)
{
    struct guest *guest = &guests[op->who % world.plan.guest_count];
    const uint32_t v = op->which % guest->vcpu_count;

    harts_request(guest, v, how);
    if (op->where % 4U == 0U) {
        harts_settle(64U);
    }
}

static void trouble(const struct world_op *op)
{
    const uint32_t i = device_of(op->who)->iommu;
    const struct iommu *iommu = &dma_iommus[i].iommu;
    /* Once is got over, twice in a row is not. */
    const unsigned count = op->value % 4U == 0U ? 1000U : 1U;
    const enum mem_status status = (op->value >> 8) % 4U == 0U ? MEM_CORRUPT : MEM_ACCESS;

    world.troubled[i] = true;
    if (op->where % 6U == 3U || op->where % 6U == 4U) {
        memset(world.troubled, true, sizeof(world.troubled)); /* every IOMMU may read there */
    }
    switch (op->where % 6U) {
    case 0: memory_trouble(iommu->commands.v, status, count); break;
    case 1: memory_trouble(iommu->faults.v, status, count); break;
    case 2: memory_trouble(iommu->directory.root.v, status, count); break;
    case 3:
        memory_trouble(dma_guests[op->which % world.plan.guest_count].gstage.root.v, status, count);
        break;
    case 4: memory_trouble(RAM_BASE + (op->value >> 16) % RAM_SIZE, status, count); break;
    default: registers_stall(i, op->which % 4U == 0U ? 400U : 1U + op->which % 18U); break;
    }
}

/* ---- one operation --------------------------------------------------------------------------- */

static uint64_t seed_of(const struct world_op *op)
{
    uint64_t h = world.seed ^ op->value;

    h = (h ^ (h >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
    h ^= (uint64_t)op->where << 32 | (uint64_t)op->which << 16 | (uint64_t)op->who << 8 | op->kind;
    return h * UINT64_C(0x94d049bb133111eb);
}

static void do_it(const struct world_op *op)
{
    switch ((enum world_kind)(op->kind % WORLD_KINDS)) {
    case WORLD_STORE: op_store(op); break;
    case WORLD_REGISTER: op_reg(op); break;
    case WORLD_RAM: op_ram(op); break;
    case WORLD_CONTEXT: op_context(op); break;
    case WORLD_TABLE: op_table(op); break;
    case WORLD_COMMAND: op_command(op); break;
    case WORLD_FLUSH: op_flush(op); break;
    case WORLD_DMA: op_dma(op); break;
    case WORLD_DMA_KNOWN: device_acts(device_of(op->who), op->value, op->where); break;
    case WORLD_MSI: op_msi(op); break;
    case WORLD_STRANGER: op_stranger(op); break;
    case WORLD_EVENTS: events(op); break;
    case WORLD_TIME: pass_time(op); break;
    case WORLD_RESTART: end_life(op, GUEST_REBOOTING); break;
    case WORLD_STOP: end_life(op, GUEST_STOPPING); break;
    case WORLD_TROUBLE: trouble(op); break;
    case WORLD_KINDS:
    default: break;
    }
}

/* What moved while it was done. */
struct marks { uint32_t cqh[CONFIG_MAX_VIOMMUS], fqt[CONFIG_MAX_VIOMMUS]; bool dead[MAX_IOMMUS]; };

static void mark(struct marks *marks)
{
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        marks->cqh[v] = (uint32_t)driver_read(&drivers[v], REG_CQH, 4U);
        marks->fqt[v] = (uint32_t)driver_read(&drivers[v], REG_FQT, 4U);
    }
    for (uint32_t i = 0; i < MAX_IOMMUS; i++) {
        marks->dead[i] = atomic_load(&dma_iommus[i].iommu.dead);
    }
}

void world_do(const struct world_op *op)
{
    struct marks before, after;

    world.random = seed_of(op);
    others_begin();
    mark(&before);
    checks_before(op);
    do_it(op);
    checks_after(op);
    mark(&after);
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        world_seen[SEEN_COMMAND] += before.cqh[v] != after.cqh[v];
        world_seen[SEEN_FAULT] += before.fqt[v] != after.fqt[v];
    }
    for (uint32_t i = 0; i < MAX_IOMMUS; i++) {
        world_seen[SEEN_DEAD] += !before.dead[i] && after.dead[i];
    }
    others_end();
}
