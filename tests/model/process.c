/* SPDX-License-Identifier: Apache-2.0 */
/* "Process to locate the Process-context". */
#include "tests/model/inside.h"

#include <string.h>

/* Bits of the process_id below the index of a level: 8, 9, 3 from the lowest. */
static unsigned bits_below(unsigned level)
{
    static const unsigned below[] = { 0U, 8U, 17U, 20U };

    return below[level];
}

static uint64_t index_of(uint32_t process_id, unsigned level)
{
    return FIELD(process_id, bits_below(level), bits_below(level + 1U) - bits_below(level));
}

/* Where an address of the directory is in memory. Faults of the second stage's own walk are the
 * directory's: "PDT entry load access fault", "PDT data corruption". */
static bool locate(struct model *model, const struct context *context, uint64_t *address,
                   struct fault *fault)
{
    struct mapped mapped;

    if (!second_stage(model, context, *address, MODEL_R, IOTVAL2_IMPLICIT, &mapped, fault)) {
        if (fault->cause == CAUSE_PT_CORRUPTION) {
            fault->cause = CAUSE_PDT_CORRUPTION;
        } else if (fault->cause < CAUSE_INSTRUCTION_PAGE) {
            fault->cause = CAUSE_PDT_LOAD_ACCESS;
        }
        return false;
    }
    *address = mapped.address;
    return true;
}

/* One entry, of 8 or of 16 bytes, whose V is 1. placed: the address is one of memory already. */
static bool read_entry(struct model *model, const struct context *context, bool placed,
                       uint64_t address, uint64_t *words, size_t count, struct fault *fault)
{
    enum mem_status status;

    if (!placed && !locate(model, context, &address, fault)) {
        return false;
    }
    status = load(model, TOUCH_PDT, address, (context->dc[DC_TC] & TC_SBE) != 0U, 8U, words, count);
    if (status != MEM_OK) {
        fault->cause = status == MEM_ACCESS ? CAUSE_PDT_LOAD_ACCESS : CAUSE_PDT_CORRUPTION;
        return false;
    }
    if ((words[0] & ENTRY_V) == 0U) {
        fault->cause = CAUSE_PDT_INVALID;
        return false;
    }
    return true;
}

static bool accept_nonleaf(uint64_t word, uint64_t *table, struct fault *fault)
{
    *table = ENTRY_PPN(word) << MODEL_PAGE_SHIFT;
    if ((word & NONLEAF_RESERVED) != 0U) {
        fault->cause = CAUSE_PDT_MISCONFIGURED;
        return false;
    }
    return true;
}

static bool walk(struct model *model, const struct context *context, const struct tag *tag,
                 struct entry *leaf, struct fault *fault)
{
    const uint32_t process_id = (uint32_t)tag->address;
    const struct entry *known = cache_find(model, tag, false);
    unsigned level = (unsigned)(ATP_MODE(context->dc[DC_FSC]) - PDTP_PD8);
    bool placed = context->pdt_placed;
    uint64_t table = placed ? context->pdt_place
                            : ATP_PPN(context->dc[DC_FSC]) << MODEL_PAGE_SHIFT;

    if (known != NULL && known->level <= level) {
        level = known->level - 1U;
        placed = false;
        if (!accept_nonleaf(known->words[0], &table, fault)) {
            return false;
        }
    }
    for (; level > 0U; level--) {
        struct entry entry = { .tag = *tag, .level = level, .size_log2 = bits_below(level) };

        if (!read_entry(model, context, placed, table + index_of(process_id, level) * 8U,
                        entry.words, 1U, fault)) {
            return false;
        }
        placed = false;
        cache_keep(model, &entry);
        if (!accept_nonleaf(entry.words[0], &table, fault)) {
            return false;
        }
    }
    *leaf = (struct entry){ .tag = *tag, .leaf = true };
    return read_entry(model, context, placed, table + index_of(process_id, 0U) * 16U, leaf->words,
                      PC_WORDS, fault);
}

bool process_context(struct model *model, struct context *context, uint32_t process_id,
                     uint64_t pc[PC_WORDS], struct fault *fault)
{
    const struct tag tag = { .table = TABLE_PDT, .owner = context->request->device_id,
                             .address = process_id };
    const struct entry *known = cache_find(model, &tag, true);
    struct entry entry;
    bool good;

    if (known != NULL) {
        entry = *known;
    } else if (!walk(model, context, &tag, &entry, fault)) {
        return false;
    }
    good = !pc_misconfigured(model, context->dc, entry.words);
    if (known == NULL) {
        if (good) {
            place_table(model, context, entry.words[PC_FSC], &entry);
        }
        cache_keep(model, &entry);
    }
    if (!good) {
        fault->cause = CAUSE_PDT_MISCONFIGURED;
    }
    context->s_placed = entry.placed;
    context->s_place = entry.place;
    memcpy(pc, entry.words, sizeof(*pc) * PC_WORDS);
    return good;
}
