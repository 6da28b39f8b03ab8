/* SPDX-License-Identifier: Apache-2.0 */
/* The first stage: an IOVA becomes a guest physical address, or a physical one where the second
 * stage is Bare. Its tables are at addresses that go through the second stage. */
#include "tests/model/inside.h"

/* Where a table entry is in memory, for a read, or for a read and a write of A and D. */
static bool locate(struct model *model, const struct context *context, uint64_t gpa, bool update,
                   uint64_t *address, struct fault *fault)
{
    struct mapped mapped;

    if (!second_stage(model, context, gpa, update ? MODEL_R | MODEL_W : MODEL_R,
                      IOTVAL2_IMPLICIT | (update ? IOTVAL2_WRITE : 0U), &mapped, fault)) {
        return false;
    }
    *address = mapped.address;
    return true;
}

static bool canonical(const struct scheme *scheme, uint64_t iova)
{
    const unsigned sign = scheme->va_bits - 1U;
    const uint64_t upper = FIELD(iova, sign, 64U);

    return scheme->pte_bytes == 4U ? FIELD(iova, scheme->va_bits, 64U) == 0U
                                   : upper == 0U || upper == ONES(64U - sign);
}

/* Reads of the tables down to a leaf, and where that is (an address of the guest's). */
static bool walk(struct model *model, const struct context *context, const struct scheme *scheme,
                 const struct tag *tag, bool cached, struct entry *leaf, uint64_t *where,
                 struct fault *fault)
{
    const struct entry *known = cached ? cache_find(model, tag, false) : NULL;
    const bool sbe = (context->dc[DC_TC] & TC_SBE) != 0U;
    unsigned level = scheme->levels - 1U;
    uint64_t table = context->s_ppn << MODEL_PAGE_SHIFT;
    bool global = false, placed = context->s_placed;

    if (known != NULL && known->level < scheme->levels && known->level > 0U
        && pte_decode(model, scheme, known->level, known->words[0]) == PTE_POINTER) {
        level = known->level - 1U;
        table = pte_next(scheme, known->words[0]);
        global = known->global;
        placed = false;
    }
    for (;; level--) {
        struct entry entry = { .tag = *tag, .level = level,
                               .size_log2 = level_log2(scheme, level) };
        uint64_t address;
        enum mem_status status;
        enum pte_kind kind;

        model->met_global = model->met_global || global;
        *where = pte_address(scheme, table, level, tag->address);
        if (placed) {
            address = pte_address(scheme, context->s_place, level, tag->address);
        } else if (!locate(model, context, *where, false, &address, fault)) {
            return false;
        }
        placed = false;
        status = load(model, TOUCH_FIRST_STAGE, address, sbe, scheme->pte_bytes, entry.words, 1U);
        if (status != MEM_OK) {
            *fault = memory_fault(context, status);
            return false;
        }
        /* "For non-leaf PTEs, the global setting implies that all mappings below are global." */
        global = global || (entry.words[0] & PTE_G) != 0U;
        entry.global = global;
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

/* The U bit against the privilege: PC.ta.SUM lets a supervisor reach a user's page, never to
 * execute. */
static unsigned by_privilege(const struct context *context, uint64_t pte, unsigned granted)
{
    const bool user = (pte & PTE_U) != 0U;

    if (!context->priv) {
        granted = user ? granted : 0U;
    } else if (user) {
        granted = context->sum ? granted & ~(unsigned)MODEL_X : 0U;
    }
    return granted;
}

static bool suffices(const struct context *context, unsigned granted)
{
    return context->partial ? (context->want & granted) != 0U : (context->want & ~granted) == 0U;
}

/* where is NULL for a leaf from the cache: then an update of A or D asks for a walk. */
static bool use_leaf(struct model *model, const struct context *context,
                     const struct scheme *scheme, const struct entry *leaf,
                     const uint64_t *where, uint64_t iova, struct mapped *mapped, bool *again,
                     struct fault *fault)
{
    const bool update = (context->dc[DC_TC] & TC_SADE) != 0U;
    const bool sbe = (context->dc[DC_TC] & TC_SBE) != 0U;
    const uint64_t pte = leaf->words[0];
    uint64_t lacks, address, updated;
    enum mem_status status;

    *again = false;
    model->met_global = model->met_global || leaf->global;
    *fault = stage_fault(context, FAULT_PAGE, 0U);
    if (pte_decode(model, scheme, leaf->level, pte) != PTE_LEAF) {
        return false;
    }
    *mapped = pte_map(scheme, leaf->level, pte, iova);
    mapped->global = leaf->global;
    mapped->granted = by_privilege(context, pte, mapped->granted);
    lacks = (PTE_A | ((context->want & mapped->granted & MODEL_W) != 0U ? PTE_D : 0U)) & ~pte;
    if (!update) {
        mapped->granted = (pte & PTE_A) == 0U ? 0U
            : (pte & PTE_D) == 0U ? mapped->granted & ~(unsigned)MODEL_W : mapped->granted;
    }
    if (!suffices(context, mapped->granted)) {
        return false;
    }
    if (!update || lacks == 0U) {
        return true;
    }
    if (where == NULL) {
        *again = true;
        return true;
    }
    if (!locate(model, context, *where, true, &address, fault)) {
        return false;
    }
    updated = pte | lacks;
    status = store(model, TOUCH_FIRST_STAGE, address, sbe, scheme->pte_bytes, &updated, 1U);
    if (status != MEM_OK) {
        *fault = memory_fault(context, status);
        return false;
    }
    return true;
}

bool first_stage(struct model *model, const struct context *context, uint64_t iova,
                 struct mapped *mapped, struct fault *fault)
{
    const struct tag tag = {
        .table = TABLE_FIRST, .gv = context->gv, .space = context->pscid, .address = iova,
        .owner = context->gv ? IOHGATP_GSCID(context->dc[DC_IOHGATP]) : 0U
    };
    struct scheme scheme;
    struct entry leaf;
    const struct entry *known;
    uint64_t where;
    bool again = true;

    *mapped = (struct mapped){ .address = iova, .granted = MODEL_R | MODEL_W | MODEL_X,
                               .size_log2 = BARE_LOG2 };
    if (context->s_mode == ATP_BARE) {
        return true;
    }
    scheme = scheme_of(context->s_mode, (context->dc[DC_TC] & TC_SXL) != 0U, false);
    if (!canonical(&scheme, iova)) {
        *fault = stage_fault(context, FAULT_PAGE, 0U);
        return false;
    }
    known = cache_find(model, &tag, true);
    if (known != NULL && known->level < scheme.levels) {
        leaf = *known;
        if (!use_leaf(model, context, &scheme, &leaf, NULL, iova, mapped, &again, fault)) {
            return false;
        }
    }
    if (again && (!walk(model, context, &scheme, &tag, known == NULL, &leaf, &where, fault)
                  || !use_leaf(model, context, &scheme, &leaf, &where, iova, mapped, &again,
                               fault))) {
        return false;
    }
    return true;
}
