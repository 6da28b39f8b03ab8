/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware may have left behind: an IOMMU in use, with queues on, contexts that let
 * devices reach all memory, under whatever GSCIDs and PSCIDs, and all of it cached. */
#include "tests/world/inside.h"

#include <string.h>

#include "hyp/dma/state.h"

#define PAGES       96U      /* of its own memory, for tables */
#define QUEUES      UINT64_C(0x70000) /* behind them */
#define GIGA_LEAVES 3U       /* identity: all of the board's RAM */
#define STEPS       64U
#define ACCESSES    3U       /* of each device */

static uint32_t used;        /* pages */

/* Zeros, aligned to their size; 0: there are no more. */
static uint64_t zeros(uint32_t pages)
{
    uint64_t at;

    used = (used + pages - 1U) / pages * pages;
    if (used + pages > PAGES) {
        return 0U;
    }
    at = RAM_BASE + used * PAGE_SIZE;
    used += pages;
    memset(world_memory(at, pages * PAGE_SIZE), 0, pages * PAGE_SIZE);
    return at;
}

static void put(uint64_t at, uint64_t value)
{
    memcpy(world_memory(at, sizeof(value)), &value, sizeof(value));
}

static uint64_t get(uint64_t at)
{
    uint64_t value;

    memcpy(&value, world_memory(at, sizeof(value)), sizeof(value));
    return value;
}

/* The first gigabytes to themselves, in a root of three levels. */
static uint64_t identity(uint32_t pages)
{
    const uint64_t root = zeros(pages);

    for (uint64_t g = 0; root != 0U && g < GIGA_LEAVES; g++) {
        put(root + 8U * g, g << 28 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D);
    }
    return root;
}

/* The place of a device's context, in a directory of three levels as far as it has them. */
static uint64_t context_at(uint64_t root, uint32_t levels, unsigned ddi0, uint32_t id)
{
    const uint64_t bytes = ddi0 == 6U ? 64U : 32U;
    uint64_t table = root;

    for (uint32_t level = levels - 1U; level > 0U && table != 0U; level--) {
        const uint64_t entry = table + 8U * (id >> (ddi0 + 9U * (level - 1U)) & 0x1ffU);
        if (get(entry) == 0U) {
            const uint64_t lower = zeros(1U);
            put(entry, lower == 0U ? 0U : lower >> 12 << 10 | ENTRY_V);
        }
        table = ENTRY_PPN(get(entry)) << 12;
    }
    return table == 0U ? 0U : table + bytes * (id & ((1U << ddi0) - 1U));
}

static void settle(uint32_t i)
{
    (void)model_run(world.models[i], STEPS);
}

static void turn_on(uint32_t i, uint64_t root, uint32_t levels)
{
    struct model *model = world.models[i];

    for (unsigned v = 0; v < world.model_config[i].vectors; v++) {
        model_write(model, REG_MSI_VEC_CTL(v), 4U, MSI_VEC_CTL_M);
    }
    if (roll(2) == 0U) {
        model_write(model, REG_CQB, 8U, (RAM_BASE + QUEUES) >> 12 << 10 | 5U);
        model_write(model, REG_CQT, 4U, 0U);
        model_write(model, REG_CQCSR, 4U, CSR_ENABLE);
    }
    if (roll(2) == 0U) {
        model_write(model, REG_FQB, 8U, (RAM_BASE + QUEUES + PAGE_SIZE) >> 12 << 10 | 5U);
        model_write(model, REG_FQH, 4U, 0U);
        model_write(model, REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
    }
    settle(i);
    if (world.model_config[i].bare_after_reset) {
        model_write(model, REG_DDTP, 8U, DDTP_OFF);
        settle(i);
    }
    model_write(model, REG_DDTP, 8U, root >> 12 << 10 | (DDTP_BARE + levels));
    settle(i);
}

/* Addresses of its own, and some that guests will use. */
static uint64_t any_iova(void)
{
    return roll(2) == 0U ? RAM_BASE + world_below(RAM_SIZE / PAGE_SIZE) * PAGE_SIZE
                          : driver_slot(roll(SLOTS));
}

static void use(uint32_t i)
{
    uint64_t word = 0U;

    for (uint32_t k = 0; k < world.device_count; k++) {
        /* Not where that is the end of a guest that has not begun. */
        const struct world_device *device = &world.devices[k];
        const bool may =
            device->iommu == i &&
            (!world.booted ||
             world.config.devices[device->device].dma_fault == CONFIG_DMA_FAULT_LOG);
        for (uint32_t n = 0; may && n < ACCESSES; n++) {
            const struct model_request r = {
                .type = TTYP_UNTRANSLATED_READ, .device_id = device->id,
                .iova = any_iova() };
            (void)model_access(world.models[i], &r, &word, sizeof(word));
        }
    }
}

/* Of those that Bulkhead will give. */
static uint32_t any_gscid(void)
{
    return roll(2) == 0U ? DMA_GSCID_FIRST + roll(world.plan.guest_count)
                          : DMA_GSCID_VIOMMU_FIRST + roll(1U + world.config.viommu_count);
}

static void leave_behind(uint32_t i)
{
    const uint64_t cap = world.model_config[i].capabilities;
    const unsigned ddi0 = (cap & CAP_MSI_FLAT) != 0U ? 6U : 7U;
    const uint64_t root = zeros(1U), second = identity(4U), first = identity(1U);
    const uint32_t levels = 3U;

    for (uint32_t k = 0; k < world.device_count; k++) {
        const uint32_t id = world.devices[k].id;
        const uint64_t at = world.devices[k].iommu == i && first != 0U
                                ? context_at(root, levels, ddi0, id) : 0U;
        if (at == 0U) {
            continue;
        }
        if (roll(4) != 0U) {
            put(at + 8U * DC_IOHGATP, PLACE(ATP_SV39, 60, 4) | PLACE(any_gscid(), 44, 16) |
                                          second >> 12);
        }
        if ((cap & CAP_SV39) != 0U && roll(2) == 0U) {
            put(at + 8U * DC_FSC, PLACE(ATP_SV39, 60, 4) | first >> 12);
            put(at + 8U * DC_TA, PLACE(roll(8), 12, 20));
        }
        put(at, TC_V);
    }
    turn_on(i, root, levels);
    use(i);
}

void firmware_runs(void)
{
    used = 0U;
    for (uint32_t i = 0; i < world.board.iommu_count; i++) {
        const uint32_t fctl = (uint32_t)model_read(world.models[i], REG_FCTL, 4U);
        if (roll(2) == 0U && (fctl & (FCTL_BE | FCTL_GXL)) == 0U) {
            leave_behind(i);
        }
    }
}

void firmware_is_forgotten(void)
{
    for (uint32_t i = 0; roll(4) == 0U && i < world.board.iommu_count; i++) {
        use(i);
    }
}
