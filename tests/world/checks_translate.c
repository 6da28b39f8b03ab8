/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I8: when the hypervisor says that an invalidation is done, the IOMMU with its caches translates as
 * one without any does, on the same memory (checks_plain.c). What each invalidation covers is
 * compared for all that the devices were seen to ask for. That holds only if no table on the way has
 * changed since the invalidation began: else what is cached may be older than what is in memory.
 *
 * After WORLD_FLUSH also what the guest's own directory and tables say is compared, as a model reads
 * them that sees the guest's memory and nothing else (checks_view.c).
 */
#include "tests/world/checks_plain.h"

#include <string.h>

#include "hyp/dma/dma.h"
#include "hyp/dma/state.h"

enum { ITEMS = 64, CHANGES = 256 };

/* An invalidation that is under way. */
struct item {
    bool change;                   /* of the context of device n, else addresses */
    uint32_t n;
    struct iommu_addresses addresses;
    uint64_t since;                /* of the changes of RAM: translate_changes */
};

static struct {
    uint64_t changes;              /* of RAM, and the last of them */
    struct { uint64_t address, size; } changed[CHANGES];
    struct item items[CONFIG_MAX_VIOMMUS][ITEMS];
    unsigned item_count[CONFIG_MAX_VIOMMUS];
    struct viommu_context contexts[PLAN_MAX_VIOMMU_IDS];
    bool comparing;
} state;

static const struct plan_viommu *viommu_at(uint32_t viommu)
{
    return &world_plan()->viommus[viommu];
}

void checks_ram_changed(uint64_t address, uint64_t size)
{
    state.changed[state.changes % CHANGES].address = address;
    state.changed[state.changes++ % CHANGES].size = size;
}

uint64_t translate_changes(void)
{
    return state.changes;
}

bool translate_changed_since(uint64_t since, uint64_t address, uint64_t size)
{
    bool changed = state.changes - since > CHANGES;

    for (uint64_t n = since; !changed && n < state.changes; n++) {
        const uint64_t at = state.changed[n % CHANGES].address;
        changed = at < address + size && address < at + state.changed[n % CHANGES].size;
    }
    return changed;
}

static struct viommu_context *context_of(uint32_t viommu, uint32_t n)
{
    return &state.contexts[&viommu_at(viommu)->ids[n] - world_plan()->viommu_ids];
}

/* ---- what is covered ------------------------------------------------------------------------ */

/* "Address Range Invalidation": the lowest bit that is 0 ends the size. */
static bool is_named(const struct iommu_addresses *what, uint64_t iova)
{
    uint64_t size = CHECKS_PAGE;

    if (!what->by_address) {
        return true;
    }
    while (what->range && (what->address & size) != 0U) {
        size <<= 1;
    }
    if (what->range) {
        size <<= 1;
    }
    return size == 0U || ((iova ^ what->address) & ~(size - 1U)) == 0U;
}

/* Whether no entry can be left that the request might meet: of a process only its context's change
 * says so; entries that lead to tables stay without NL. */
static bool is_covered(const struct item *item, const struct viommu_context *context,
                       const struct model_request *request)
{
    if (item->change) {
        return true;
    }
    return !context->first_stage.process_directory &&
           (!item->addresses.by_pscid || item->addresses.pscid == context->first_stage.pscid) &&
           (!item->addresses.by_address || item->addresses.non_leaf) &&
           is_named(&item->addresses, request->iova);
}

static void compare_device(uint32_t viommu, uint32_t n, const struct item *item)
{
    const struct plan_viommu *v = viommu_at(viommu);
    struct model_request requests[KNOWN_REQUESTS];
    const unsigned count = plain_known(v->iommu, v->ids[n].physical_id, requests);

    for (unsigned i = 0; i < count; i++) {
        if (is_covered(item, context_of(viommu, n), &requests[i])) {
            plain_compare(viommu, &requests[i], item->since);
        }
    }
}

static void compare(uint32_t viommu, const struct item *item)
{
    if (state.comparing || world_in_trouble(viommu_at(viommu)->iommu)) {
        return;
    }
    state.comparing = true;
    plain_learn(viommu);
    for (uint32_t n = 0; n < viommu_at(viommu)->id_count; n++) {
        if (!item->change || item->n == n) {
            compare_device(viommu, n, item);
        }
    }
    state.comparing = false;
}

/* ---- the hypervisor's calls ------------------------------------------------------------------ */

bool __real_dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context);
bool __wrap_dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context);
bool __wrap_dma_viommu_change(uint32_t viommu, uint32_t n, const struct viommu_context *context)
{
    const struct item item = { .change = true, .n = n, .since = translate_changes() };
    const bool done = __real_dma_viommu_change(viommu, n, context);

    *context_of(viommu, n) = *context;
    if (done && checks_running()) {
        compare(viommu, &item);
    }
    return done;
}

bool __real_dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                              bool finish);
bool __wrap_dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                              bool finish);
bool __wrap_dma_viommu_forget(uint32_t viommu, const struct viommu_forget *forgets, uint32_t count,
                              bool finish)
{
    const uint64_t since = translate_changes();

    must("I9", count <= VIOMMU_PIECE, "vIOMMU %u: %u invalidations at once", viommu, count);
    const bool done = __real_dma_viommu_forget(viommu, forgets, count, finish);
    for (uint32_t i = 0; done && i < count; i++) {
        if (forgets[i].kind == VIOMMU_FORGET_ADDRESSES && state.item_count[viommu] < ITEMS) {
            state.items[viommu][state.item_count[viommu]++] =
                (struct item){ .addresses = forgets[i].addresses, .since = since };
        }
    }
    if (finish) {
        for (unsigned i = 0; done && i < state.item_count[viommu]; i++) {
            compare(viommu, &state.items[viommu][i]);
        }
        state.item_count[viommu] = 0U;
    }
    return done;
}

/* ---- events --------------------------------------------------------------------------------- */

void checks_flushed(uint32_t viommu)
{
    const struct plan_viommu *v = viommu_at(viommu);

    if (guest_is_dead(v->guest)) {
        return;                        /* it was stopped meanwhile */
    }
    for (uint32_t n = 0; n < v->id_count; n++) {
        compare(viommu, &(const struct item){ .change = true, .n = n,
                                              .since = translate_changes() });
    }
    if (!world_in_trouble(v->iommu)) {
        view_compare(viommu);
    }
}

void translate_nothing(uint32_t guest)
{
    const struct plan *plan = world_plan();

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;

        for (uint32_t k = 0; plan->device_guests[i] == guest && k < dma->id_count; k++) {
            if (dma->iommu != PLAN_NO_IOMMU && !world_in_trouble(dma->iommu)) {
                plain_nothing(dma->iommu, dma->ids[k]);
            }
        }
    }
}

void translate_begin(void)
{
    memset(&state, 0, sizeof(state));
    plain_begin();
}

void translate_end(void)
{
    plain_end();
}
