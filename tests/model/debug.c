/* SPDX-License-Identifier: Apache-2.0 */
/* "Debug support": a translation that software asks for by tr_req_iova and tr_req_ctl. */
#include "tests/model/inside.h"

/* A superpage is said in the PPN: ones below the bit that is its size. */
static uint64_t response(struct model_outcome outcome)
{
    const uint64_t ppn = outcome.address >> MODEL_PAGE_SHIFT;
    const unsigned pages = outcome.size_log2 - MODEL_PAGE_SHIFT;
    const uint64_t napot = pages == 0U ? ppn : (ppn & ~ONES(pages)) | ONES(pages - 1U);

    return TR_PBMT(outcome.pbmt) | (pages > 0U ? TR_S : 0U) | TR_PPN(napot);
}

bool debug_step(struct model *model)
{
    const uint64_t ctl = reg64(model, REG_TR_REQ_CTL);
    const bool read_only = (ctl & TR_NW) != 0U, execute = (ctl & TR_EXE) != 0U;
    const struct model_request request = {
        .type = execute ? TTYP_UNTRANSLATED_EXEC
            : read_only ? TTYP_UNTRANSLATED_READ : TTYP_UNTRANSLATED_WRITE,
        .device_id = TR_DID(ctl), .pv = (ctl & TR_PV) != 0U, .process_id = TR_PID(ctl),
        .priv = (ctl & TR_PRIV) != 0U, .iova = reg64(model, REG_TR_REQ_IOVA)
    };
    struct context context = { .request = &request, .want = MODEL_R };
    struct model_outcome outcome;

    if ((ctl & TR_GO) == 0U || model->stalled) {
        return false;
    }
    if (execute && !read_only) {
        unspecified(model, "tr_req_ctl with Exe and without NW");
    }
    context.want |= (read_only ? 0U : (unsigned)MODEL_W) | (execute ? (unsigned)MODEL_X : 0U);
    outcome = translate(model, &context);
    model->for_device = false;
    if (outcome.end == MODEL_MRIF) {
        fault_report(model, &context, (struct fault){ CAUSE_TYPE_DISALLOWED, 0U });
    }
    set_reg64(model, REG_TR_RESPONSE,
              outcome.end == MODEL_TRANSLATED ? response(outcome) : TR_FAULT);
    set_reg(model, REG_TR_REQ_CTL, (uint32_t)(ctl & ~TR_GO));
    return true;
}
