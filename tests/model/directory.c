/* SPDX-License-Identifier: Apache-2.0 */
/* "Process to locate the Device-context". */
#include "tests/model/inside.h"

#include <string.h>

/* Bits of the device_id below the index of a level: where an entry of that level begins to
 * count. */
static unsigned bits_below(const struct model *model, unsigned level)
{
    const unsigned first = has(model, CAP_MSI_FLAT) ? 6U : 7U;

    return level == 0U ? 0U : first + 9U * (level - 1U);
}

static uint64_t index_of(const struct model *model, uint32_t device_id, unsigned level)
{
    const unsigned low = bits_below(model, level), high = bits_below(model, level + 1U);

    return FIELD(device_id, low, high - low);
}

static struct tag tag_of(uint32_t device_id)
{
    return (struct tag){ .table = TABLE_DDT, .address = device_id };
}

/* One non-leaf entry; true with the address of the table that it points to. */
static bool nonleaf(struct model *model, uint32_t device_id, unsigned level, uint64_t *table,
                    struct fault *fault)
{
    struct entry entry = { .tag = tag_of(device_id), .level = level,
                           .size_log2 = bits_below(model, level) };
    const enum mem_status status =
        load(model, TOUCH_DDT, *table + index_of(model, device_id, level) * 8U, big_endian(model),
             8U, entry.words, 1U);

    if (status != MEM_OK) {
        fault->cause = status == MEM_ACCESS ? CAUSE_DDT_LOAD_ACCESS : CAUSE_DDT_CORRUPTION;
        return false;
    }
    if ((entry.words[0] & ENTRY_V) == 0U) {
        fault->cause = CAUSE_DDT_INVALID;
        return false;
    }
    cache_keep(model, &entry);
    *table = ENTRY_PPN(entry.words[0]) << MODEL_PAGE_SHIFT;
    if ((entry.words[0] & NONLEAF_RESERVED) != 0U) {
        fault->cause = CAUSE_DDT_MISCONFIGURED;
        return false;
    }
    return true;
}

static bool walk(struct model *model, uint32_t device_id, uint64_t *table, struct fault *fault)
{
    const struct tag tag = tag_of(device_id);
    const struct entry *known = cache_find(model, &tag, false);
    unsigned level = (unsigned)(DDTP_MODE(model->ddtp) - DDTP_1LVL);

    *table = DDTP_PPN(model->ddtp) << MODEL_PAGE_SHIFT;
    if (known != NULL && known->level <= level) {
        level = known->level - 1U;
        *table = ENTRY_PPN(known->words[0]) << MODEL_PAGE_SHIFT;
        if ((known->words[0] & NONLEAF_RESERVED) != 0U) {
            fault->cause = CAUSE_DDT_MISCONFIGURED;
            return false;
        }
    }
    for (; level > 0U; level--) {
        if (!nonleaf(model, device_id, level, table, fault)) {
            return false;
        }
    }
    return true;
}

static bool fetch(struct model *model, uint32_t device_id, struct entry *entry, struct fault *fault)
{
    const size_t words = has(model, CAP_MSI_FLAT) ? DC_WORDS : DC_WORDS / 2;
    uint64_t table;
    enum mem_status status;

    *entry = (struct entry){ .tag = tag_of(device_id), .leaf = true };
    if (!walk(model, device_id, &table, fault)) {
        return false;
    }
    status = load(model, TOUCH_DDT, table + index_of(model, device_id, 0U) * words * 8U,
                  big_endian(model), 8U, entry->words, words);
    if (status != MEM_OK) {
        fault->cause = status == MEM_ACCESS ? CAUSE_DDT_LOAD_ACCESS : CAUSE_DDT_CORRUPTION;
        return false;
    }
    if ((entry->words[DC_TC] & TC_V) == 0U) {
        fault->cause = CAUSE_DDT_INVALID;
        return false;
    }
    return true;
}

/* "An implementation when caching the device-context or process-context may cache these fields
 * after translating them to a supervisor physical address." */
void place_table(struct model *model, const struct context *context, uint64_t fsc,
                 struct entry *entry)
{
    struct mapped mapped;
    struct fault ignored;

    if (context->gv && ATP_MODE(fsc) != ATP_BARE && !region_of_context(model, context->dc)
        && chance(model, model->config.whims.pointers)
        && second_stage(model, context, ATP_PPN(fsc) << MODEL_PAGE_SHIFT, MODEL_R, IOTVAL2_IMPLICIT,
                        &mapped, &ignored)) {
        entry->placed = true;
        entry->place = mapped.address;
    }
}

static void adopt(struct context *context, const struct entry *entry)
{
    memcpy(context->dc, entry->words, sizeof(context->dc));
    context->dc_found = true;
    context->gv = ATP_MODE(context->dc[DC_IOHGATP]) != ATP_BARE;
    if ((context->dc[DC_TC] & TC_PDTV) != 0U) {
        context->pdt_placed = entry->placed;
        context->pdt_place = entry->place;
    } else {
        context->s_placed = entry->placed;
        context->s_place = entry->place;
    }
}

bool device_context(struct model *model, struct context *context, struct fault *fault)
{
    const uint32_t device_id = context->request->device_id;
    const struct tag tag = tag_of(device_id);
    const struct entry *known = cache_find(model, &tag, true);
    struct entry entry;
    bool good;

    if (known != NULL) {
        entry = *known;
    } else if (!fetch(model, device_id, &entry, fault)) {
        return false;
    }
    good = !dc_misconfigured(model, entry.words);
    if (good) {
        adopt(context, &entry);
    } else {
        fault->cause = CAUSE_DDT_MISCONFIGURED;
    }
    if (known == NULL) {
        if (good) {
            place_table(model, context, entry.words[DC_FSC], &entry);
        }
        cache_keep(model, &entry);
    }
    return good && (!region_of_context(model, context->dc) || region_find(model, context, fault));
}
