/* SPDX-License-Identifier: Apache-2.0 */
/* "PCIe ATS Page Request handling" and "Page-Request-Queue". */
#include "tests/model/inside.h"

static bool allowed(struct model *model, struct context *context, struct fault *fault,
                    enum prgr *code);

/* No vIOMMU has ATS: its guest is told why, the device always the same. */
static bool allowed_by_region(const struct context *context, struct fault *fault, enum prgr *code)
{
    struct context *guest = region_begin(context);

    (void)allowed(context->region->inside, guest, fault, code);
    fault_queue_put(context->region->inside, guest, *fault);
    context->region->told = true;
    region_leave(context->region);
    *code = PRGR_INVALID;
    return false;
}

/* Whether the device may send page requests; else a fault, with the code that the IOMMU answers. */
static bool allowed(struct model *model, struct context *context, struct fault *fault,
                    enum prgr *code)
{
    const uint64_t mode = DDTP_MODE(model->ddtp);

    *code = PRGR_FAILURE;
    fault->cause = CAUSE_ALL_DISALLOWED;
    if (mode == DDTP_OFF) {
        return false;
    }
    if (mode != DDTP_BARE && !device_id_too_wide(model, context->request->device_id)) {
        if (!device_context(model, context, fault)) {
            return false;
        }
        if (context->region != NULL) {
            return allowed_by_region(context, fault, code);
        }
        if ((context->dc[DC_TC] & TC_EN_PRI) != 0U && (context->dc[DC_TC] & TC_EN_ATS) != 0U) {
            return true;
        }
    }
    *code = PRGR_INVALID;
    fault->cause = CAUSE_TYPE_DISALLOWED;
    return false;
}

static bool queue_message(struct model *model, const struct model_page_request *r, enum prgr *code)
{
    const uint64_t record[] = {
        PLACE(r->pv ? r->process_id : 0U, 12, 20) | PLACE(r->pv, 32, 1)
            | PLACE(r->pv && r->priv, 33, 1) | PLACE(r->pv && r->exec, 34, 1)
            | PLACE(r->device_id, 40, 24),
        r->payload
    };
    const bool queued = queue_put(model, &page_queue, record, 2U);
    const uint32_t csr = reg(model, REG_PQCSR);

    *code = !queue_runs(model, &page_queue) || (csr & CSR_ENABLE) == 0U || (csr & CSR_MF) != 0U
        ? PRGR_FAILURE : PRGR_SUCCESS;
    return queued;
}

struct model_prgr model_page_request(struct model *model, const struct model_page_request *request)
{
    /* The fault record of a message has its PCIe message code in iotval: 4 is "Page Request". */
    const struct model_request message = { .type = TTYP_MESSAGE, .device_id = request->device_id,
                                           .pv = request->pv, .process_id = request->process_id,
                                           .priv = request->priv, .iova = 4U };
    struct context context = { .request = &message, .want = MODEL_R };
    const uint64_t rwl = request->payload & (PAGE_REQUEST_R | PAGE_REQUEST_W | PAGE_REQUEST_L);
    struct fault fault = { CAUSE_NONE, 0U };
    struct model_prgr answer = { PRGR_NONE, false };
    bool queued = false;

    model->for_device = true;
    model->device_id = request->device_id;
    if (allowed(model, &context, &fault, &answer.code)) {
        queued = queue_message(model, request, &answer.code);
    } else {
        fault_report(model, &context, fault);
    }
    model->for_device = false;
    if (queued || (rwl & PAGE_REQUEST_L) == 0U || rwl == PAGE_REQUEST_L) {
        return (struct model_prgr){ PRGR_NONE, false };
    }
    answer.pv = request->pv && (answer.code == PRGR_FAILURE
                                || (context.dc[DC_TC] & TC_PRPR) != 0U);
    return answer;
}
