/* SPDX-License-Identifier: Apache-2.0 */
/* "Fault/Event-Queue": the record, and which causes DTF keeps back. */
#include "tests/model/inside.h"

static bool kept_back_by_dtf(enum cause cause)
{
    switch (cause) {
    case CAUSE_ALL_DISALLOWED: case CAUSE_DDT_LOAD_ACCESS: case CAUSE_DDT_INVALID:
    case CAUSE_DDT_MISCONFIGURED: case CAUSE_DDT_CORRUPTION: case CAUSE_INTERNAL:
    case CAUSE_MSI_WRITE_ACCESS:
        return false;
    default:
        return true;
    }
}

void fault_queue_put(struct model *model, const struct context *context, struct fault fault)
{
    const struct model_request *r = context->request;
    const bool dtf = context->dc_found && (context->dc[DC_TC] & TC_DTF) != 0U;
    const uint64_t record[] = {
        PLACE(fault.cause, 0, 12) | PLACE(r->pv ? r->process_id : 0U, 12, 20) | PLACE(r->pv, 32, 1)
            | PLACE(r->pv && r->priv, 33, 1) | PLACE(r->type, 34, 6) | PLACE(r->device_id, 40, 24),
        0U, r->iova, fault.iotval2
    };

    if (!dtf || !kept_back_by_dtf(fault.cause)) {
        (void)queue_put(model, &fault_queue, record, 4U);
    }
}

void fault_report(struct model *model, const struct context *context, struct fault fault)
{
    if (context->region != NULL) {
        region_report(context, &fault);
    } else {
        fault_queue_put(model, context, fault);
    }
}

void fault_report_msi(struct model *model, uint64_t msi_addr)
{
    const uint64_t record[] = { CAUSE_MSI_WRITE_ACCESS, 0U, msi_addr, 0U };

    (void)queue_put(model, &fault_queue, record, 4U);
}
