/* SPDX-License-Identifier: Apache-2.0 */
/* What devices do: accesses anywhere, where their guest's tables lead, to interrupt files; and
 * those of devices that nobody has. */
#include "tests/world/inside.h"

#include <string.h>

#include "hyp/dma/state.h"

#define FLOOD 400U           /* accesses of a device in one operation, at most */

const uint64_t *device_context(const struct world_device *device)
{
    const struct iommu *iommu = &dma_iommus[device->iommu].iommu;
    const uint32_t words = iommu->directory.dc_words;
    const unsigned ddi0 = words == DC_WORDS ? 6U : 7U;
    uint64_t table = iommu->directory.root.v;

    if (device->id >> (ddi0 + 9U * (iommu->directory.levels - 1U)) != 0U) {
        return NULL;
    }
    for (unsigned level = iommu->directory.levels - 1U; level > 0U; level--) {
        const uint64_t *entry = world_memory(
            table + 8U * (device->id >> (ddi0 + 9U * (level - 1U)) & 0x1ffU), 8U);
        if (entry == NULL || (*entry & ENTRY_V) == 0U) {
            return NULL;
        }
        table = ENTRY_PPN(*entry) << 12;
    }
    return world_memory(table + 8U * words * (device->id & ((1U << ddi0) - 1U)), 8U * words);
}

static void note(const struct world_device *device, const struct model_outcome *outcome)
{
    const uint64_t *dc = device_context(device);

    if (dc == NULL) {
        return;
    }
    const bool denied = dc[DC_IOHGATP] == dma_iommus[device->iommu].iommu.setup.deny;
    if (outcome->end == MODEL_FAULT) {
        world_seen[(dc[DC_TC] & TC_DTF) != 0U ? SEEN_BLOCKED : SEEN_REFUSED] += denied;
    } else if ((dc[DC_TC] & TC_PDTV) != 0U && ATP_MODE(dc[DC_FSC]) != PDTP_BARE) {
        world_seen[SEEN_PROCESS]++;
    } else {
        world_seen[ATP_MODE(dc[DC_FSC]) == ATP_BARE ? SEEN_PASSED : SEEN_NESTED]++;
    }
}

/* A request of a device; of those that translate only, nothing follows. */
static struct model_outcome request(const struct world_device *device, struct model_request *r,
                                    size_t size)
{
    uint64_t data[32];
    struct model_outcome outcome;

    for (uint32_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        data[i] = r->iova ^ (uint64_t)i << 32;
    }
    r->device_id = device->id;
    outcome = r->type == TTYP_ATS_REQUEST
                  ? model_translate(world.models[device->iommu], r)
                  : model_access(world.models[device->iommu], r, data, size);
    interrupts_wires();
    if (outcome.end != MODEL_ABORTED) {
        note(device, &outcome);
    }
    return outcome;
}

const struct world_device *device_of(uint32_t who)
{
    return &world.devices[who % world.device_count];
}

static enum ttyp type_of(uint32_t bits)
{
    static const enum ttyp types[] = {
        TTYP_UNTRANSLATED_WRITE, TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
        TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE, TTYP_UNTRANSLATED_READ,
        TTYP_UNTRANSLATED_EXEC, TTYP_UNTRANSLATED_WRITE,
    };
    static const enum ttyp rare[] = { TTYP_TRANSLATED_EXEC, TTYP_TRANSLATED_READ,
                                      TTYP_TRANSLATED_WRITE, TTYP_ATS_REQUEST };

    return (bits & 0x38U) == 0x38U ? rare[bits % 4U] : types[bits % 8U];
}

/* One access, or a flood of them. Any address; some of the guest's own that mean something, and
 * what is around them. */
void op_dma(const struct world_op *op)
{
    const struct world_device *device = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = type_of(take(&bits, 6U)), .iova = op->value };
    const uint32_t size = 1U + take(&bits, 6U);

    r.pv = take(&bits, 2U) == 0U;
    r.priv = take(&bits, 2U) == 0U;
    r.process_id = driver_pid(take(&bits, 3U));
    const uint32_t count = op->which % 64U == 0U ? 1U + (op->which >> 6) % FLOOD : 1U;
    for (uint32_t i = 0; i < count; i++) {
        (void)request(device, &r, size);
        r.iova += i % 2U == 0U ? PAGE_SIZE : 0U;
    }
}

/* The next one that its driver has mapped, or had once; slot itself if there is none. */
uint32_t driver_mapped_slot(const struct driver *d, uint32_t space, uint32_t slot)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (d->ever[space][(slot + i) % SLOTS]) {
            return (slot + i) % SLOTS;
        }
    }
    return slot;
}

/* A driver of the device in this life of its guest; NULL: the device is behind no vIOMMU that has
 * one. */
static const struct driver *known_driver(const struct world_device *device)
{
    const struct driver *d =
        device->viommu == PLAN_NO_VIOMMU ? NULL : &drivers[device->viommu];

    return d != NULL && d->life == harts_lives(device->guest) && d->life != 0U ? d : NULL;
}

/* Of what its context leads to, if that is known, else this one. */
static uint32_t space_of(const struct driver *d, const uint64_t *dc, uint32_t space)
{
    for (uint32_t s = 0; s < SPACES; s++) {
        if (d->space_modes[s] != 0U && driver_fsc(d, s) == dc[DC_FSC]) {
            return s;
        }
    }
    return space;
}

/* The next one that its driver has let in, from this one on. */
static uint32_t known_process(const struct driver *d, uint32_t directory, uint32_t process)
{
    for (uint32_t i = 0; i < PROCESSES; i++) {
        if (d->processes[directory][(process + i) % PROCESSES] != 0U) {
            return (process + i) % PROCESSES;
        }
    }
    return process;
}

/* Where a request of the device leads somewhere: address and process. gone: not any more. */
static void aim(const struct world_device *device, uint64_t bits, struct model_request *r,
                bool *gone)
{
    const struct plan_guest *part = &world.plan.guests[device->guest];
    const struct driver *d = known_driver(device);
    const uint64_t *dc = device_context(device);
    uint32_t space = take(&bits, 2U), slot = take(&bits, 4U);
    const uint32_t offset = take(&bits, 12U), process = take(&bits, 3U);
    const bool exact = take(&bits, 3U) != 0U;

    *gone = false;
    world.aimed.viommu = PLAN_NO_VIOMMU;
    if (d == NULL || dc == NULL || dc[DC_FSC] == 0U) {
        r->iova = part->ram_base.v + (uint64_t)(space * SLOTS + slot) * PAGE_SIZE + offset;
        return;
    }
    if ((dc[DC_TC] & TC_PDTV) != 0U) {
        const uint32_t directory = driver_pdtp(d, 1U) == dc[DC_FSC];
        const uint32_t p = exact ? known_process(d, directory, process) : process;
        r->pv = r->pv || exact;
        r->process_id = driver_pid(p);
        r->priv = r->priv && !exact;
        if (d->processes[directory][p] != 0U) {
            space = d->processes[directory][p] - 1U;
        }
    } else {
        r->pv = r->pv && !exact;
        space = space_of(d, dc, space);
    }
    slot = exact ? driver_mapped_slot(d, space, slot) : slot;
    *gone = d->ever[space][slot] && !d->mapped[space][slot];
    r->iova = driver_slot(slot) + offset;
    world.aimed.viommu = device->viommu;
    world.aimed.space = space;
    world.aimed.slot = slot;
}

void device_acts(const struct world_device *device, uint64_t bits, uint32_t more)
{
    bool gone;
    struct model_request r = { .type = type_of(take(&bits, 3U)) };

    r.pv = more % 2U == 0U;
    r.process_id = driver_pid(more / 2U);
    r.priv = more % 5U == 0U;
    aim(device, bits, &r, &gone);
    const struct model_outcome outcome = request(device, &r, 1U + more % 200U);
    world_seen[SEEN_STALE] += gone && outcome.end == MODEL_TRANSLATED;
}

/* To where its guest's vCPUs, or nobody's, have their files; by a page that leads there, if its
 * guest translates. */
void op_msi(const struct world_op *op)
{
    const struct world_device *device = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = TTYP_UNTRANSLATED_WRITE,
                               .iova = GUEST_IMSIC_BASE + take(&bits, 2U) * PAGE_SIZE };
    const uint64_t *dc = device_context(device);
    uint32_t id = (uint32_t)op->value % 300U;

    r.pv = dc != NULL && (dc[DC_TC] & TC_PDTV) != 0U;
    r.process_id = driver_pid(take(&bits, 3U));
    const struct driver *d = known_driver(device);
    if (d != NULL && dc != NULL && dc[DC_FSC] != 0U) {
        for (uint32_t i = 0; i < SPACES * SLOTS; i++) {
            const uint32_t s = (op->which + i) / SLOTS % SPACES, slot = (op->which + i) % SLOTS;
            if (d->mapped[s][slot] &&
                d->target[s][slot] - GUEST_IMSIC_BASE < CONFIG_MAX_VCPUS * PAGE_SIZE) {
                r.iova = driver_slot(slot);
                break;
            }
        }
    }
    r.device_id = device->id;
    r.iova += take(&bits, 4U) == 0U ? 4U : 0U;
    (void)model_access(world.models[device->iommu], &r, &id, sizeof(id));
    interrupts_wires();
}

void op_stranger(const struct world_op *op)
{
    const struct world_device *like = device_of(op->who);
    uint64_t bits = op->where;
    struct model_request r = { .type = type_of(take(&bits, 6U)), .iova = op->value };
    struct world_device device = *like;

    device.id = take(&bits, 1U) != 0U ? like->id ^ 1U << take(&bits, 4U)
                                      : (uint32_t)(op->value >> 8) & 0xffffffU;
    for (uint32_t i = 0; i < world.device_count; i++) {
        if (world.devices[i].iommu == device.iommu && world.devices[i].id == device.id) {
            return;
        }
    }
    (void)request(&device, &r, 8U);
}
