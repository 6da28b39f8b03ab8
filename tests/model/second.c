/* SPDX-License-Identifier: Apache-2.0 */
/* The second stage: a guest physical address becomes a physical one, as iohgatp says. */
#include "tests/model/inside.h"

static bool narrow(const struct model *model)
{
    return (reg(model, REG_FCTL) & FCTL_GXL) != 0U;
}

static uint64_t iotval2_of(uint64_t gpa, uint64_t implicit)
{
    return (gpa & ~UINT64_C(3)) | implicit;
}

/* Reads of the tables down to a leaf. Where it was is told too; for one from the cache it is not
 * known. */
static bool walk(struct model *model, const struct context *context, const struct scheme *scheme,
                 const struct tag *tag, bool cached, struct entry *leaf, uint64_t *where,
                 struct fault *fault)
{
    const struct entry *known = cached ? cache_find(model, tag, false) : NULL;
    unsigned level = scheme->levels - 1U;
    uint64_t table = ATP_PPN(context->dc[DC_IOHGATP]) << MODEL_PAGE_SHIFT;

    if (known != NULL && known->level < scheme->levels && known->level > 0U
        && pte_decode(model, scheme, known->level, known->words[0]) == PTE_POINTER) {
        level = known->level - 1U;
        table = pte_next(scheme, known->words[0]);
    }
    for (;; level--) {
        struct entry entry = { .tag = *tag, .level = level,
                               .size_log2 = level_log2(scheme, level) };
        enum mem_status status;
        enum pte_kind kind;

        *where = pte_address(scheme, table, level, tag->address);
        status = load(model, TOUCH_SECOND_STAGE, *where, big_endian(model), scheme->pte_bytes,
                      entry.words, 1U);
        if (status != MEM_OK) {
            *fault = memory_fault(context, status);
            return false;
        }
        entry.leaf = pte_looks_like_leaf(entry.words[0]);
        kind = pte_decode(model, scheme, level, entry.words[0]);
        if (kind == PTE_LEAF) {
            entry.size_log2 = pte_map(scheme, level, entry.words[0], 0U).size_log2;
        }
        if ((entry.words[0] & PTE_V) != 0U) {
            cache_keep(model, &entry);
        }
        if (kind != PTE_POINTER) {
            *leaf = entry;
            return true;
        }
        table = pte_next(scheme, entry.words[0]);
    }
}

/* Permissions of a leaf for an access without supervisor privilege, and what A and D still lack. */
static unsigned rights(uint64_t pte, unsigned granted, bool update, unsigned want, uint64_t *lacks)
{
    const bool writes = (want & granted & MODEL_W) != 0U;

    *lacks = (PTE_A | (writes ? PTE_D : 0U)) & ~pte;
    if ((pte & PTE_U) == 0U) {
        granted = 0;
    } else if (!update) {
        granted = (pte & PTE_A) == 0U ? 0U
            : (pte & PTE_D) == 0U ? granted & ~(unsigned)MODEL_W : granted;
    }
    return granted;
}

static bool suffices(const struct context *context, unsigned want, unsigned granted,
                     uint64_t implicit)
{
    return context->partial && implicit == 0U ? (want & granted) != 0U : (want & ~granted) == 0U;
}

/* A leaf from the cache or the tables, checked; A and D are updated in memory, so only by a
 * walk. */
static bool use_leaf(struct model *model, const struct context *context,
                     const struct scheme *scheme, const struct entry *leaf,
                     const uint64_t *where, unsigned want, uint64_t implicit, struct mapped *mapped,
                     bool *again, struct fault *fault)
{
    const bool update = (context->dc[DC_TC] & TC_GADE) != 0U;
    const uint64_t gpa = mapped->address;
    uint64_t lacks;

    *again = false;
    if (pte_decode(model, scheme, leaf->level, leaf->words[0]) != PTE_LEAF) {
        *fault = stage_fault(context, FAULT_GUEST_PAGE, iotval2_of(gpa, implicit));
        return false;
    }
    *mapped = pte_map(scheme, leaf->level, leaf->words[0], gpa);
    mapped->granted = rights(leaf->words[0], mapped->granted, update, want, &lacks);
    if (!suffices(context, want, mapped->granted, implicit)) {
        *fault = stage_fault(context, FAULT_GUEST_PAGE, iotval2_of(gpa, implicit));
        return false;
    }
    if (update && lacks != 0U) {
        const uint64_t pte = leaf->words[0] | lacks;
        enum mem_status status;

        if (where == NULL) {
            *again = true;
            mapped->address = gpa;
            return true;
        }
        status = store(model, TOUCH_SECOND_STAGE, *where, big_endian(model), scheme->pte_bytes,
                       &pte, 1U);
        if (status != MEM_OK) {
            *fault = memory_fault(context, status);
            return false;
        }
    }
    return true;
}

bool second_stage(struct model *model, const struct context *context, uint64_t gpa, unsigned want,
                  uint64_t implicit, struct mapped *mapped, struct fault *fault)
{
    const uint64_t iohgatp = context->dc[DC_IOHGATP];
    const struct tag tag = { .table = TABLE_SECOND, .gv = true, .owner = IOHGATP_GSCID(iohgatp),
                             .address = gpa };
    struct scheme scheme;
    struct entry leaf;
    const struct entry *known;
    uint64_t where;
    bool again = true;

    *mapped = (struct mapped){ .address = gpa, .granted = MODEL_R | MODEL_W | MODEL_X,
                               .size_log2 = BARE_LOG2 };
    if (!context->gv) {
        return true;
    }
    scheme = scheme_of((unsigned)ATP_MODE(iohgatp), narrow(model), true);
    if (FIELD(gpa, scheme.va_bits, 64U) != 0U
        || ((context->dc[DC_TC] & TC_SXL) != 0U && FIELD(gpa, 34U, 64U) != 0U)) {
        *fault = stage_fault(context, FAULT_GUEST_PAGE, iotval2_of(gpa, implicit));
        return false;
    }
    known = cache_find(model, &tag, true);
    if (known != NULL && known->level < scheme.levels) {
        leaf = *known;
        if (!use_leaf(model, context, &scheme, &leaf, NULL, want, implicit, mapped, &again,
                      fault)) {
            return false;
        }
    }
    if (again && (!walk(model, context, &scheme, &tag, known == NULL, &leaf, &where, fault)
                  || !use_leaf(model, context, &scheme, &leaf, &where, want, implicit, mapped,
                               &again, fault))) {
        return false;
    }
    return true;
}
