/* SPDX-License-Identifier: Apache-2.0 */
/* "Process to translate addresses of MSIs": which pages are interrupt files, and their flat
 * table. */
#include "tests/model/inside.h"

bool msi_recognized(const struct context *context, uint64_t gpa)
{
    const uint64_t care = ~context->dc[DC_MSI_ADDR_MASK] & ONES(52);

    return context->gv && ATP_MODE(context->dc[DC_MSIPTP]) != MSIPTP_OFF
        && ((gpa >> MODEL_PAGE_SHIFT) & care) == (context->dc[DC_MSI_ADDR_PATTERN] & care);
}

/* Whether a page of an interrupt file lies in the 2^log2 aligned bytes around an address: then no
 * translation holds for all of them. */
bool msi_recognized_within(const struct context *context, uint64_t gpa, unsigned log2)
{
    const uint64_t care = (~context->dc[DC_MSI_ADDR_MASK] & ONES(52)) << MODEL_PAGE_SHIFT;
    const uint64_t pattern = context->dc[DC_MSI_ADDR_PATTERN] << MODEL_PAGE_SHIFT;

    return context->gv && ATP_MODE(context->dc[DC_MSIPTP]) != MSIPTP_OFF
        && ((gpa ^ pattern) & care & ~ONES(log2)) == 0U;
}

/* extract(x, y): the bits of x where y has ones, packed. */
static uint64_t extract(uint64_t x, uint64_t y)
{
    uint64_t packed = 0;
    unsigned at = 0;

    for (unsigned i = 0; i < 64U; i++) {
        if (FIELD(y, i, 1) != 0U) {
            packed |= PLACE(FIELD(x, i, 1), at, 1);
            at++;
        }
    }
    return packed;
}

/* The PTE, valid; from the cache or from memory. */
static bool fetch(struct model *model, const struct context *context, uint64_t gpa,
                  struct entry *entry, struct fault *fault)
{
    const struct tag tag = { .table = TABLE_MSI, .gv = true, .address = gpa,
                             .owner = IOHGATP_GSCID(context->dc[DC_IOHGATP]) };
    const struct entry *known = cache_find(model, &tag, true);
    const uint64_t table = ATP_PPN(context->dc[DC_MSIPTP]) << MODEL_PAGE_SHIFT;
    const uint64_t file = extract(gpa >> MODEL_PAGE_SHIFT, context->dc[DC_MSI_ADDR_MASK]);
    enum mem_status status;

    if (known != NULL) {
        *entry = *known;
        return true;
    }
    *entry = (struct entry){ .tag = tag, .leaf = true, .size_log2 = MODEL_PAGE_SHIFT };
    status = load(model, TOUCH_MSI_TABLE, table | (file * 16U), big_endian(model), 8U, entry->words,
                  2U);
    if (status != MEM_OK) {
        fault->cause = status == MEM_ACCESS ? CAUSE_MSI_LOAD_ACCESS : CAUSE_MSI_PT_CORRUPTION;
        return false;
    }
    if ((entry->words[0] & ENTRY_V) == 0U) {
        fault->cause = CAUSE_MSI_INVALID;
        return false;
    }
    cache_keep(model, entry);
    return true;
}

bool msi_translate(struct model *model, const struct context *context, uint64_t gpa,
                   struct model_outcome *outcome, struct fault *fault)
{
    struct entry pte;
    uint64_t w0, w1;

    *fault = (struct fault){ CAUSE_MSI_MISCONFIGURED, 0U };
    if (!fetch(model, context, gpa, &pte, fault)) {
        return false;
    }
    w0 = pte.words[0];
    w1 = pte.words[1];
    if ((w0 & MSIPTE_C) == 0U && MSIPTE_M(w0) == MSIPTE_M_BASIC
        && (w0 & MSIPTE_BASIC_RESERVED) == 0U) {
        outcome->address = (ENTRY_PPN(w0) << MODEL_PAGE_SHIFT) | (gpa & ONES(MODEL_PAGE_SHIFT));
    } else if ((w0 & MSIPTE_C) == 0U && MSIPTE_M(w0) == MSIPTE_M_MRIF && has(model, CAP_MSI_MRIF)
               && (w0 & MSIPTE_MRIF_RESERVED) == 0U && (w1 & NOTICE_RESERVED) == 0U) {
        outcome->end = MODEL_MRIF;
        outcome->address = MSIPTE_MRIF_ADDRESS(w0);
        outcome->notice = NOTICE_NPPN(w1) << MODEL_PAGE_SHIFT;
        outcome->nid = NOTICE_NID(w1);
    } else {
        return false;
    }
    if ((context->want & MODEL_X) != 0U && !context->partial) {
        fault->cause = CAUSE_INSTRUCTION_ACCESS;
        return false;
    }
    outcome->msi = true;
    outcome->granted = MODEL_R | MODEL_W;
    outcome->size_log2 = MODEL_PAGE_SHIFT;
    return true;
}
