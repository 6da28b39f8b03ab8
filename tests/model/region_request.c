/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of devices behind a state region: the guest's rules first, by the id that the guest
 * knows; then the second stage, for what they made of the address. */
#include "tests/model/inside.h"

enum { REGION_SHIFT = MODEL_PAGE_SHIFT + 1 };

static uint64_t page_of(const uint64_t dc[DC_WORDS])
{
    return ATP_PPN(dc[DC_FSC]) << MODEL_PAGE_SHIFT;
}

/* What of the context is the guest's to say is 0; the page is in the window. */
bool region_context_misconfigured(const struct model *model, const uint64_t dc[DC_WORDS])
{
    const uint64_t never = TC_EN_ATS | TC_EN_PRI | TC_T2GPA | TC_PRPR | TC_GADE | TC_SADE
        | TC_DPE | TC_SBE | TC_SXL;
    const uint64_t page = page_of(dc);

    return (dc[DC_TC] & never) != 0U || (dc[DC_TA] & TA_STATE_RESERVED) != 0U
        || ATP_MODE(dc[DC_IOHGATP]) == ATP_BARE || (page & ONES(REGION_SHIFT)) != 0U
        || page - model->config.state_base >= model->config.state_size;
}

bool region_find(struct model *model, struct context *context, struct fault *fault)
{
    const uint64_t page = page_of(context->dc);
    struct region *region = NULL;
    enum mem_status status;

    for (size_t i = 0; i < REGIONS; i++) {
        if (model->regions[i] != NULL && model->regions[i]->page == page) {
            region = model->regions[i];
        }
    }
    if (region == NULL) {
        fault->cause = CAUSE_DDT_INVALID;
        return false;
    }
    /* One region, one second stage. */
    if (region->host.dc[DC_IOHGATP] != context->dc[DC_IOHGATP]) {
        fault->cause = CAUSE_DDT_MISCONFIGURED;
        return false;
    }
    status = region_enter(region);
    if (status != MEM_OK) {
        fault->cause = status == MEM_ACCESS ? CAUSE_DDT_LOAD_ACCESS : CAUSE_DDT_CORRUPTION;
        return false;
    }
    context->region = region;
    return true;
}

struct context *region_begin(const struct context *context)
{
    struct region *region = context->region;

    region->request = *context->request;
    region->request.device_id = TA_VDID(context->dc[DC_TA]);
    region->guest = (struct context){ .request = &region->request, .want = context->want,
                                      .partial = context->partial };
    region->host.want = context->want;
    region->told = false;
    region->refused = (struct fault){ CAUSE_NONE, 0U };
    return &region->guest;
}

/* The host's DTF is about what the host is told. */
static void tell_host(const struct context *context, struct fault fault)
{
    struct context host = *context;

    host.region = NULL;
    fault_queue_put(context->region->outer, &host, fault);
}

void region_report(const struct context *context, struct fault *fault)
{
    struct region *region = context->region;

    if (!region->told) {
        tell_host(context, *fault);
        *fault = stage_fault(&region->guest, FAULT_ACCESS, 0U);
        fault_queue_put(region->inside, &region->guest, *fault);
        region->told = true;
        region_leave(region);
    }
}

/* The outcome by the guest's rules is an address of the guest's. */
static bool host_stage(struct model *model, struct context *context,
                       const struct model_outcome *guest, struct model_outcome *outcome,
                       struct fault *fault)
{
    context->s_mode = ATP_BARE;
    if (!both_stages(model, context, guest->address, outcome, fault)) {
        region_report(context, fault);
        return false;
    }
    outcome->granted &= guest->granted;
    outcome->size_log2 = guest->size_log2 < outcome->size_log2 ? guest->size_log2
                                                              : outcome->size_log2;
    if (!outcome->msi) {
        outcome->pbmt = guest->pbmt != 0U ? guest->pbmt : outcome->pbmt;
        outcome->global = guest->global;
    }
    return true;
}

bool region_translate(struct model *model, struct context *context, struct model_outcome *outcome,
                      struct fault *fault)
{
    struct region *region = context->region;
    struct context *own = region_begin(context);
    const struct model_outcome guest = translate(region->inside, own);
    bool good = guest.end == MODEL_TRANSLATED;

    if (good) {
        good = host_stage(model, context, &guest, outcome, fault);
    } else {
        *fault = (struct fault){ guest.cause, 0U };
        region->told = true;
        if (region->refused.cause != CAUSE_NONE) {
            tell_host(context, region->refused);
        }
    }
    region_leave(region);
    return good;
}
