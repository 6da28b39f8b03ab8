/* SPDX-License-Identifier: Apache-2.0 */
/* "Process to translate an IOVA"; the numbers are those of its steps. */
#include "tests/model/inside.h"

/* "It is recommended that the translation range size be large, such as 2 MiB or 1 GiB." */
enum { BOTH_BARE_LOG2 = 30 };

static bool is_translated(const struct model_request *r)
{
    return r->type >= TTYP_TRANSLATED_EXEC && r->type <= TTYP_TRANSLATED_WRITE;
}

static bool is_ats(const struct model_request *r)
{
    return r->type == TTYP_ATS_REQUEST;
}

unsigned request_want(const struct model_request *request)
{
    unsigned want = MODEL_R;

    switch (request->type) {
    case TTYP_UNTRANSLATED_EXEC: case TTYP_TRANSLATED_EXEC: want = MODEL_X; break;
    case TTYP_UNTRANSLATED_WRITE: case TTYP_TRANSLATED_WRITE: want = MODEL_W; break;
    case TTYP_ATS_REQUEST:
        want |= (request->no_write ? 0U : (unsigned)MODEL_W)
            | (request->execute ? (unsigned)MODEL_X : 0U);
        break;
    default: break;
    }
    return want;
}

/* An IOMMU or a context that is Bare lets process ids through; a vIOMMU that shows none does
 * not. */
static bool lacks_process_ids(const struct model *model, const struct model_request *r)
{
    return model->region != NULL && r->pv && !has(model, CAP_PD8 | CAP_PD17 | CAP_PD20);
}

/* Step 7. */
static bool type_allowed(const struct model *model, const struct context *context)
{
    static const unsigned widths[] = { 20U, 8U, 17U, 20U };
    const struct model_request *r = context->request;
    const uint64_t tc = context->dc[DC_TC];

    return ((tc & TC_EN_ATS) != 0U || (!is_translated(r) && !is_ats(r)))
        && (!r->pv || ((tc & TC_PDTV) != 0U
                       && !lacks_process_ids(model, r)
                       && r->process_id >> widths[ATP_MODE(context->dc[DC_FSC])] == 0U));
}

/* Steps 10 to 16: whose first stage it is. */
static bool first_stage_of(struct model *model, struct context *context, struct fault *fault)
{
    const struct model_request *r = context->request;
    const uint64_t *dc = context->dc;
    uint64_t pc[PC_WORDS];

    context->s_mode = ATP_BARE;
    if ((dc[DC_TC] & TC_PDTV) == 0U) {
        context->s_mode = (unsigned)ATP_MODE(dc[DC_FSC]);
        context->s_ppn = ATP_PPN(dc[DC_FSC]);
        context->pscid = TA_PSCID(dc[DC_TA]);
    } else if ((r->pv || (dc[DC_TC] & TC_DPE) != 0U) && ATP_MODE(dc[DC_FSC]) != PDTP_BARE) {
        if (!process_context(model, context, r->pv ? r->process_id : 0U, pc, fault)) {
            return false;
        }
        context->priv = r->pv && r->priv;
        if (context->priv && (pc[PC_TA] & PC_TA_ENS) == 0U) {
            fault->cause = CAUSE_TYPE_DISALLOWED;
            return false;
        }
        context->sum = (pc[PC_TA] & PC_TA_SUM) != 0U;
        context->s_mode = (unsigned)ATP_MODE(pc[PC_FSC]);
        context->s_ppn = ATP_PPN(pc[PC_FSC]);
        context->pscid = TA_PSCID(pc[PC_TA]);
    }
    return true;
}

/* "If the second-stage is not Bare, a guest page fault occurs if the incoming GPA has bits beyond
 * bit 33 set", before the MSI table is asked. */
static bool too_wide_for_sxl(const struct context *context, uint64_t gpa)
{
    return context->gv && (context->dc[DC_TC] & TC_SXL) != 0U && FIELD(gpa, 34U, 64U) != 0U;
}

/* Steps 17 to 19. */
bool both_stages(struct model *model, struct context *context, uint64_t iova,
                 struct model_outcome *outcome, struct fault *fault)
{
    const struct model_request *r = context->request;
    struct mapped first, second;

    if (!first_stage(model, context, iova, &first, fault)) {
        return false;
    }
    if (too_wide_for_sxl(context, first.address)) {
        *fault = stage_fault(context, FAULT_GUEST_PAGE, first.address & ~UINT64_C(3));
        return false;
    }
    if (msi_recognized(context, first.address)) {
        if (!msi_translate(model, context, first.address, outcome, fault)) {
            return false;
        }
    } else {
        if (!second_stage(model, context, first.address, context->want, 0U, &second, fault)) {
            return false;
        }
        outcome->address = second.address;
        outcome->granted = second.granted;
        outcome->size_log2 = first.size_log2 < second.size_log2 ? first.size_log2
                                                                : second.size_log2;
        if (outcome->size_log2 == BARE_LOG2) {
            outcome->size_log2 = BOTH_BARE_LOG2;
        }
        while (outcome->size_log2 > MODEL_PAGE_SHIFT
               && msi_recognized_within(context, first.address, outcome->size_log2)) {
            outcome->size_log2--;
        }
        outcome->pbmt = first.pbmt != 0U ? first.pbmt : second.pbmt;
        outcome->global = first.global && r->pv;
    }
    outcome->granted &= first.granted;
    if (is_ats(r) && (context->dc[DC_TC] & TC_T2GPA) != 0U) {
        outcome->address = first.address;
    }
    return true;
}

static bool process(struct model *model, struct context *context, struct model_outcome *outcome,
                    struct fault *fault)
{
    const struct model_request *r = context->request;
    const uint64_t mode = DDTP_MODE(model->ddtp);

    outcome->address = r->iova;
    outcome->granted = context->want;
    outcome->size_log2 = MODEL_PAGE_SHIFT;
    if (mode == DDTP_OFF) {                                                       /* 1 */
        fault->cause = CAUSE_ALL_DISALLOWED;
        return false;
    }
    fault->cause = CAUSE_TYPE_DISALLOWED;
    if (mode == DDTP_BARE) {                                                      /* 2 */
        return !is_translated(r) && !is_ats(r) && !lacks_process_ids(model, r);
    }
    if (device_id_too_wide(model, r->device_id)) {                                /* 3, 4, 5 */
        return false;
    }
    if (!device_context(model, context, fault)) {                                 /* 6 */
        return false;
    }
    if (context->region != NULL) {
        return region_translate(model, context, outcome, fault);
    }
    fault->cause = CAUSE_TYPE_DISALLOWED;
    if (!type_allowed(model, context)) {                                                 /* 7 */
        return false;
    }
    if (is_translated(r)) {
        if ((context->dc[DC_TC] & TC_T2GPA) == 0U) {                              /* 8 */
            return true;
        }
        context->s_mode = ATP_BARE;                                               /* 9 */
    } else if (!first_stage_of(model, context, fault)) {
        return false;
    }
    return both_stages(model, context, r->iova, outcome, fault);
}

/* "PCIe ATS translation request handling" */
static enum model_end ats_answer(enum cause cause)
{
    switch (cause) {
    case CAUSE_INSTRUCTION_PAGE: case CAUSE_READ_PAGE: case CAUSE_WRITE_PAGE:
    case CAUSE_INSTRUCTION_GUEST_PAGE: case CAUSE_READ_GUEST_PAGE: case CAUSE_WRITE_GUEST_PAGE:
    case CAUSE_PDT_INVALID: case CAUSE_MSI_INVALID:
        return MODEL_ATS_DENIED;
    case CAUSE_ALL_DISALLOWED: case CAUSE_DDT_LOAD_ACCESS: case CAUSE_DDT_INVALID:
    case CAUSE_DDT_MISCONFIGURED: case CAUSE_TYPE_DISALLOWED:
        return MODEL_ATS_UR;
    default:
        return MODEL_ATS_CA;
    }
}

/* "The X permission is granted only if the R permission is also granted and execute was
 * requested." */
static void limit_ats(const struct context *context, struct model_outcome *outcome)
{
    outcome->granted &= context->want;
    if ((outcome->granted & MODEL_R) == 0U) {
        outcome->granted &= ~(unsigned)MODEL_X;
    }
    if ((outcome->granted & (MODEL_R | MODEL_W)) == 0U) {
        outcome->end = MODEL_ATS_DENIED;
    }
}

struct model_outcome translate(struct model *model, struct context *context)
{
    struct model_outcome outcome = { .end = MODEL_TRANSLATED };
    struct fault fault = { CAUSE_NONE, 0U };
    const bool ats = is_ats(context->request);

    model->for_device = true;
    model->met_global = false;
    model->device_id = context->request->device_id;
    cache_forget_some(model);
    invalidations_take_effect(model, (unsigned)(random64(model) % (model->put_off_count + 1U)));
    if (!process(model, context, &outcome, &fault)) {
        outcome = (struct model_outcome){ .end = ats ? ats_answer(fault.cause) : MODEL_FAULT,
                                          .cause = fault.cause, .iotval2 = fault.iotval2 };
        if (outcome.end != MODEL_ATS_DENIED) {
            fault_report(model, context, fault);
        }
    } else if (ats) {
        limit_ats(context, &outcome);
    }
    outcome.met_global = model->met_global;
    return outcome;
}
