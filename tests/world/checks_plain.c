/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/world/checks_plain.h"

#include <string.h>

#include "hyp/dma/state.h"

enum { DEVICES = 256, USED = 1 << 14, SPACES = 64, TRIES = 3, WAY = 16 };

struct known {
    uint32_t iommu, device_id;
    struct model_request requests[KNOWN_REQUESTS];
    unsigned next, count;
};

/* An address space that a request was translated in. */
struct space {
    uint32_t pscid;
    uint64_t fsc;
};

static struct {
    struct model *models[BOARD_MAX_IOMMUS];
    struct known known[DEVICES];
    unsigned known_count;
    uint64_t used[USED];           /* a hash of device and page; 0: free */
    unsigned used_count;
    struct space spaces[SPACES];
    unsigned space_count;
    struct space seen;             /* by the last translation of a plain model, */
    struct { uint64_t address, size; } way[WAY]; /* on its way through tables in RAM */
    unsigned way_length;
} plain;

struct model_outcome __wrap_model_translate(struct model *model,
                                            const struct model_request *request);
struct model_outcome __real_model_access(struct model *model, const struct model_request *request,
                                         void *data, size_t size);
struct model_outcome __wrap_model_access(struct model *model, const struct model_request *request,
                                         void *data, size_t size);

/* ---- what devices ask for ------------------------------------------------------------------- */

static struct known *known_of(uint32_t iommu, uint32_t device_id, bool make)
{
    unsigned i = 0;

    while (i < plain.known_count && (plain.known[i].iommu != iommu ||
                                     plain.known[i].device_id != device_id)) {
        i++;
    }
    if (i == plain.known_count && make && i < DEVICES) {
        plain.known[plain.known_count++] = (struct known){ .iommu = iommu,
                                                           .device_id = device_id };
    }
    return i < plain.known_count ? &plain.known[i] : NULL;
}

static uint64_t key_of(uint32_t iommu, uint32_t device_id, uint64_t iova)
{
    return ((iova >> 12) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(device_id + 1U) << 40 ^
            (uint64_t)iommu << 32) | 1U;
}

/* The place of this page of this device in `used`, or a free one. */
static uint64_t *used_at(uint32_t iommu, uint32_t device_id, uint64_t iova)
{
    const uint64_t key = key_of(iommu, device_id, iova);
    size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % USED;

    while (plain.used[i] != 0U && plain.used[i] != key) {
        i = (i + 1U) % USED;
    }
    return &plain.used[i];
}

static void use(uint32_t iommu, uint32_t device_id, uint64_t iova)
{
    uint64_t *at = used_at(iommu, device_id, iova);

    if (*at == 0U && plain.used_count < USED / 2) {
        *at = key_of(iommu, device_id, iova);
        plain.used_count++;
    }
}

bool used_iova(uint32_t viommu, uint32_t virtual_id, uint64_t iova)
{
    const struct plan_viommu *v = &world_plan()->viommus[viommu];

    for (uint32_t n = 0; n < v->id_count; n++) {
        if (v->ids[n].virtual_id == virtual_id) {
            return plain.used_count >= USED / 2 ||
                   *used_at(v->iommu, v->ids[n].physical_id, iova) != 0U;
        }
    }
    return false;
}

static void note(const struct model *model, const struct model_request *request, size_t size)
{
    uint32_t iommu = 0;

    while (iommu < BOARD_MAX_IOMMUS && world_model(iommu) != model) {
        iommu++;
    }
    struct known *known = iommu == BOARD_MAX_IOMMUS ? NULL
                                                    : known_of(iommu, request->device_id, true);

    if (known != NULL) {
        known->requests[known->next] = *request;
        known->requests[known->next].iova &= ~(CHECKS_PAGE - 1U);
        known->next = (known->next + 1U) % KNOWN_REQUESTS;
        known->count += known->count < KNOWN_REQUESTS;
        for (uint64_t done = 0; done < size + CHECKS_PAGE; done += CHECKS_PAGE) {
            use(iommu, request->device_id, request->iova + done);
        }
    }
}

unsigned plain_known(uint32_t iommu, uint32_t device_id,
                     struct model_request requests[KNOWN_REQUESTS])
{
    const struct known *known = known_of(iommu, device_id, false);

    if (known == NULL) {
        return 0U;
    }
    memcpy(requests, known->requests, sizeof(known->requests));
    return known->count;
}

/* ---- models without caches ------------------------------------------------------------------ */

static enum mem_status read_memory(void *ctx, uint64_t address, void *data, size_t size)
{
    const void *at = world_memory(address, size);

    (void)ctx;
    if (at == NULL) {
        return MEM_ACCESS;
    }
    memcpy(data, at, size);
    return MEM_OK;
}

static enum mem_status write_memory(void *ctx, uint64_t address, const void *data, size_t size)
{
    (void)ctx;
    (void)address;
    (void)data;
    (void)size;
    return MEM_ACCESS;             /* it only translates */
}

/* The contexts and tables that it read. */
static void note_touch(void *ctx, const struct model_touch *touch)
{
    const uint64_t *words = world_memory(touch->address, touch->size);

    (void)ctx;
    if ((touch->purpose == TOUCH_PDT || touch->purpose == TOUCH_FIRST_STAGE) &&
        plain.way_length < WAY) {
        plain.way[plain.way_length].address = touch->address;
        plain.way[plain.way_length++].size = touch->size;
    }
    if (touch->purpose == TOUCH_DDT && touch->size > 8U) {
        plain.seen = (struct space){ TA_PSCID(words[DC_TA]), words[DC_FSC] };
    } else if (touch->purpose == TOUCH_PDT && touch->size > 8U) {
        plain.seen = (struct space){ TA_PSCID(words[PC_TA]), words[PC_FSC] };
    } else {
        /* no context */
    }
}

void plain_begin(void)
{
    static const struct model_memory memory = { NULL, read_memory, write_memory };
    static const struct model_hooks hooks = { NULL, note_touch, NULL, NULL };

    plain_end();
    memset(&plain, 0, sizeof(plain));
    for (uint32_t i = 0; i < world_plan()->board->iommu_count; i++) {
        if (world_model(i) == NULL) {
            continue;
        }
        struct model_config config = *world_model_config(i);

        config.whims = (struct model_whims){ 0 };
        plain.models[i] = model_new(&config, &memory, &hooks);
        model_write(plain.models[i], REG_FCTL, 4U, model_read(world_model(i), REG_FCTL, 4U));
        model_write(plain.models[i], REG_DDTP, 8U, directory_mode(i));
    }
}

void plain_end(void)
{
    for (uint32_t i = 0; i < BOARD_MAX_IOMMUS; i++) {
        model_free(plain.models[i]);
        plain.models[i] = NULL;
    }
}

static struct model_outcome ask_plain(uint32_t iommu, const struct model_request *request)
{
    plain.seen = (struct space){ 0U, 0U };
    plain.way_length = 0U;
    return __real_model_translate(plain.models[iommu], request);
}

struct model_outcome plain_ask_world(uint32_t iommu, const struct model_request *request)
{
    note(world_model(iommu), request, 1U);
    return __real_model_translate(world_model(iommu), request);
}

void plain_learn(uint32_t viommu)
{
    const struct plan_viommu *v = &world_plan()->viommus[viommu];

    plain.space_count = 0U;
    for (uint32_t n = 0; n < v->id_count; n++) {
        const struct known *known = known_of(v->iommu, v->ids[n].physical_id, false);

        for (unsigned i = 0; known != NULL && i < known->count; i++) {
            (void)ask_plain(v->iommu, &known->requests[i]);
            if (plain.seen.fsc != 0U && plain.space_count < SPACES) {
                plain.spaces[plain.space_count++] = plain.seen;
            }
        }
    }
}

bool plain_ambiguous(uint32_t viommu, const struct model_request *request)
{
    (void)ask_plain(world_plan()->viommus[viommu].iommu, request);
    for (unsigned i = 0; i < plain.space_count; i++) {
        if (plain.spaces[i].pscid == plain.seen.pscid && plain.spaces[i].fsc != plain.seen.fsc) {
            return true;
        }
    }
    return plain.space_count == SPACES;
}

static bool way_is_old(uint64_t since)
{
    for (unsigned i = 0; i < plain.way_length; i++) {
        if (translate_changed_since(since, plain.way[i].address, plain.way[i].size)) {
            return false;
        }
    }
    return plain.way_length < WAY;
}

void plain_compare(uint32_t viommu, const struct model_request *request, uint64_t since)
{
    const uint32_t iommu = world_plan()->viommus[viommu].iommu;

    if (plain_ambiguous(viommu, request)) {
        return;
    }
    const struct model_outcome is = plain_ask_world(iommu, request);
    const struct model_outcome should = ask_plain(iommu, request);

    /* A global mapping of one address space serves in all others. */
    if (is.met_global || should.met_global || !way_is_old(since)) {
        return;
    }
    world_seen[SEEN_COMPARED]++;
    world_seen[SEEN_COMPARED_GOOD] += should.end == MODEL_TRANSLATED;
    must("I8", is.end == should.end && is.address == should.address && is.nid == should.nid &&
         is.notice == should.notice, "IOMMU %u, device 0x%x, iova 0x%llx: the IOMMU says %u, "
         "0x%llx, cause %u; without caches %u, 0x%llx, cause %u", iommu, request->device_id,
         (wide)request->iova, is.end, (wide)is.address, is.cause, should.end,
         (wide)should.address, should.cause);
}

static bool leads_somewhere(enum model_end end)
{
    return end == MODEL_TRANSLATED || end == MODEL_MRIF;
}

void plain_nothing(uint32_t iommu, uint32_t device_id)
{
    const struct known *known = known_of(iommu, device_id, false);

    for (unsigned i = 0; known != NULL && i < known->count; i++) {
        for (unsigned t = 0; t < TRIES; t++) {
            const struct model_outcome outcome =
                __real_model_translate(world_model(iommu), &known->requests[i]);
            must("I12", !leads_somewhere(outcome.end), "IOMMU %u, device 0x%x, whose guest has "
                 "stopped: iova 0x%llx leads to 0x%llx", iommu, device_id,
                 (wide)known->requests[i].iova, (wide)outcome.address);
        }
    }
}

/* ---- the world's devices -------------------------------------------------------------------- */

struct model_outcome __wrap_model_translate(struct model *model,
                                            const struct model_request *request)
{
    note(model, request, 1U);
    return __real_model_translate(model, request);
}

struct model_outcome __wrap_model_access(struct model *model, const struct model_request *request,
                                         void *data, size_t size)
{
    note(model, request, size);
    return __real_model_access(model, request, data, size);
}
