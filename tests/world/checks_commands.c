/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that go into the physical queues (I5), and how many in one step of a vIOMMU (I9).
 *
 * A command is looked at twice: when the tail register says that it is there, with the guest that
 * the hypervisor serves then; and when the hardware fetches it, whether it is what was looked at.
 * Of another guest's devices a hart may say only what the records of faults ask for, which any hart
 * may go through: that the context of a device has changed, with all of its GSCID; and after the
 * queue was turned off and on, what was in it before.
 */
#include "tests/world/checks_inside.h"

#include <string.h>

#include "hyp/dma/state.h"
#include "iommu/viommu/viommu.h"

/* docs/viommu.md: an exit does 16 commands or 16 contexts; a context changes in at most seven
 * steps, each with at most five commands and a fence; 64 records of faults come with the change of
 * a context, and one device is made quiet or blocked once in them. */
enum {
    PER_STEP = 6U, STEPS = 8U, CONTEXT = PER_STEP * STEPS,
    PIECE = VIOMMU_PIECE * CONTEXT + VIOMMU_PIECE + 1U,
    KEPT = 64U
};

struct command {
    uint64_t word[2];
};

static struct {
    uint32_t tail;
    bool drained;              /* records of faults were taken since the operation began */
    bool restarted;            /* so was the queue turned off: what was in it comes again, */
    bool begins;               /* from its first entry on */
    struct command kept[KEPT]; /* the last ones that were looked at, and of whose exit */
    unsigned kept_count;
    struct command looked[1U << 13];
} queues[BOARD_MAX_IOMMUS];

static struct {
    uint64_t commands, fences;
    bool counting;
} step;

static uint32_t entries(uint32_t iommu)
{
    return dma_iommus[iommu].iommu.command_entries;
}

static struct command *command_at(uint32_t iommu, uint32_t index)
{
    const uint64_t at = dma_iommus[iommu].iommu.commands.v + UINT64_C(16) * index;

    must("I5", index < sizeof(queues[0].looked) / sizeof(queues[0].looked[0]),
         "IOMMU %u: more commands than the test can keep", iommu);
    return world_memory(at, sizeof(struct command));
}

static bool was_before(uint32_t iommu, const struct command *command)
{
    for (unsigned i = 0; i < KEPT && i < queues[iommu].kept_count; i++) {
        if (memcmp(&queues[iommu].kept[i], command, sizeof(*command)) == 0) {
            return true;
        }
    }
    return false;
}

/* How far what it names is the business of whoever is served: not at all, as a whole (a context has
 * changed), or in every detail. */
enum reach { REACH_NONE, REACH_WHOLE, REACH_ALL };

static enum reach reach_of(uint32_t iommu, uint32_t guest)
{
    if (is_served(guest)) {
        return REACH_ALL;
    }
    return world_served() == WORLD_NOBODY || queues[iommu].drained ? REACH_WHOLE : REACH_NONE;
}

static enum reach reach_of_gscid(uint32_t iommu, uint32_t gscid)
{
    const uint32_t guest = owner_of_gscid(gscid);

    if (gscid == DMA_GSCID_DENY) {
        return REACH_WHOLE;
    }
    return guest == WORLD_NOBODY ? REACH_NONE : reach_of(iommu, guest);
}

static enum reach reach_of_device(uint32_t iommu, uint32_t id)
{
    const uint32_t guest = owner_of_id(iommu, id);

    return guest == WORLD_NOBODY ? REACH_NONE : reach_of(iommu, guest);
}

/* "May all devices be meant": only when a life ends. */
static bool ends(void)
{
    const uint32_t served = world_served();

    return served == WORLD_NOBODY || atomic_load(&guests[served].state) != (uint32_t)GUEST_RUNNING;
}

static bool good_iotinval(uint32_t iommu, const struct command *c)
{
    const uint64_t w = c->word[0];
    const bool whole = (w & (CMD_AV | CMD_PSCV)) == 0U;
    const enum reach reach = reach_of_gscid(iommu, CMD_GSCID(w));

    return (w & CMD_GV) != 0U && (w & IOTINVAL_RESERVED) == 0U &&
           (c->word[1] & IOTINVAL_RESERVED1) == 0U &&
           (reach == REACH_ALL || (reach == REACH_WHOLE && whole)) &&
           (CMD_FUNC3(w) == IOTINVAL_VMA || (CMD_FUNC3(w) == IOTINVAL_GVMA && whole));
}

static bool good_iodir(uint32_t iommu, const struct command *c)
{
    const uint64_t w = c->word[0];

    if ((w & IODIR_RESERVED) != 0U || c->word[1] != 0U) {
        return false;
    }
    if ((w & CMD_DV) == 0U) {
        return CMD_FUNC3(w) == IODIR_INVAL_DDT && ends();
    }
    return CMD_FUNC3(w) == IODIR_INVAL_DDT
               ? reach_of_device(iommu, CMD_DID(w)) != REACH_NONE && CMD_PID(w) == 0U
               : CMD_FUNC3(w) == IODIR_INVAL_PDT &&
                     reach_of_device(iommu, CMD_DID(w)) == REACH_ALL;
}

static bool good(uint32_t iommu, const struct command *c)
{
    switch (CMD_OPCODE(c->word[0])) {
    case CMD_IOTINVAL: return good_iotinval(iommu, c);
    case CMD_IODIR: return good_iodir(iommu, c);
    case CMD_IOFENCE:
        return CMD_FUNC3(c->word[0]) == 0U &&
               (c->word[0] & (CMD_AV | CMD_WSI | IOFENCE_RESERVED)) == 0U && c->word[1] == 0U;
    default: return false;
    }
}

static void look_at(uint32_t iommu, uint32_t index)
{
    const struct command *command = command_at(iommu, index);

    must("I5", good(iommu, command) ||
         (queues[iommu].restarted && was_before(iommu, command)),
         "IOMMU %u, in an exit of guest %u: command 0x%016llx 0x%016llx", iommu, world_served(),
         (wide)command->word[0], (wide)command->word[1]);
    queues[iommu].kept[queues[iommu].kept_count++ % KEPT] = *command;
    queues[iommu].looked[index] = *command;
    step.commands++;
    step.fences += CMD_OPCODE(command->word[0]) == CMD_IOFENCE;
}

static void rung(uint32_t iommu, uint32_t tail)
{
    must("I5", tail < entries(iommu), "IOMMU %u: cqt is 0x%x", iommu, tail);
    while (queues[iommu].tail != tail) {
        look_at(iommu, queues[iommu].tail);
        queues[iommu].tail = (queues[iommu].tail + 1U) & (entries(iommu) - 1U);
    }
    if (step.counting && !world_in_trouble(iommu)) {
        const uint64_t most = PIECE + (queues[iommu].drained ? world_plan()->config->device_count *
                                       BOARD_DEVICE_MAX_IDS * CONTEXT : 0U);
        must("I9", step.commands <= most,
             "%llu commands in one step of a vIOMMU", (wide)step.commands);
    }
}

void checks_register(uint32_t iommu, bool write, uint32_t offset, unsigned width, uint64_t value)
{
    (void)width;
    if (!write || !checks_running()) {
        return;
    }
    switch (offset) {
    case REG_CQT:
        if (queues[iommu].begins) {
            queues[iommu].tail = (uint32_t)value;
            queues[iommu].begins = false;
        }
        rung(iommu, (uint32_t)value);
        break;
    case REG_CQCSR:
        if ((value & CSR_ENABLE) == 0U) {
            queues[iommu].restarted = queues[iommu].begins = true;
        }
        break;
    case REG_FQH: queues[iommu].drained = true; break;
    default: break;
    }
}

void commands_fetched(uint32_t iommu, const struct model_touch *touch)
{
    const uint64_t at = touch->address - dma_iommus[iommu].iommu.commands.v;

    must("I5", pool_page(touch->address).use == POOL_COMMANDS &&
         pool_page(touch->address).whose == iommu && at % 16U == 0U,
         "IOMMU %u fetches a command at 0x%llx", iommu, (wide)touch->address);
    must("I5", memcmp(command_at(iommu, (uint32_t)(at / 16U)), &queues[iommu].looked[at / 16U],
         sizeof(struct command)) == 0, "IOMMU %u fetches a command that has changed, or that "
         "nobody told it of: number %llu", iommu, (wide)at / 16U);
}

void commands_step(void)
{
    step.commands = step.fences = 0U;
    step.counting = true;
}

void commands_before(void)
{
    step.counting = false;
    for (uint32_t i = 0; i < BOARD_MAX_IOMMUS; i++) {
        queues[i].drained = false;
        queues[i].restarted = false;
    }
}

void commands_begin(void)
{
    memset(queues, 0, sizeof(queues));
    memset(&step, 0, sizeof(step));
    for (uint32_t i = 0; i < world_plan()->board->iommu_count; i++) {
        if (world_model(i) != NULL) {
            queues[i].tail = dma_iommus[i].iommu.command_tail;
        }
    }
}
