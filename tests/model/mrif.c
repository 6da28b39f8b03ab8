/* SPDX-License-Identifier: Apache-2.0 */
/* Memory-resident interrupt files: AIA, "MSI PTE, MRIF mode", "Format of a memory-resident
 * interrupt file". The IOMMU does here itself what the text leaves to it or the bridge. */
#include "tests/model/inside.h"

#include <string.h>

static uint32_t identity(const uint8_t bytes[4], bool big)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4U; i++) {
        value |= (uint32_t)bytes[big ? 3U - i : i] << (8U * i);
    }
    return value;
}

static struct model_outcome failed(struct model *model, const struct context *context,
                                   struct model_outcome outcome, enum mem_status status)
{
    outcome.end = MODEL_FAULT;
    outcome.cause = status == MEM_ACCESS ? CAUSE_MRIF_ACCESS : CAUSE_MRIF_CORRUPTION;
    fault_report(model, context, (struct fault){ outcome.cause, 0U });
    return outcome;
}

/* Sets the pending bit, then sends the notice. */
static struct model_outcome record(struct model *model, const struct context *context,
                                   struct model_outcome outcome, uint32_t number)
{
    const uint64_t where = outcome.address + number / 64U * 16U, nid = outcome.nid;
    uint64_t pending;
    enum mem_status status = load(model, TOUCH_MRIF, where, false, 8U, &pending, 1U);

    if (status == MEM_OK) {
        pending |= BIT(number % 64U);
        status = store(model, TOUCH_MRIF, where, false, 8U, &pending, 1U);
    }
    if (status != MEM_OK) {
        return failed(model, context, outcome, status);
    }
    if (store(model, TOUCH_NOTICE, outcome.notice, false, 4U, &nid, 1U) != MEM_OK) {
        outcome.end = MODEL_ABORTED;
    }
    return outcome;
}

struct model_outcome mrif_access(struct model *model, const struct context *context,
                                 struct model_outcome outcome, void *data, size_t size)
{
    const uint64_t offset = context->request->iova & ONES(MODEL_PAGE_SHIFT);
    const bool big = (offset & 4U) != 0U;

    if (size != 4U || offset % 4U != 0U) {
        outcome.end = MODEL_ABORTED;
    } else if ((context->want & MODEL_W) == 0U) {
        memset(data, 0, size);
    } else {
        const uint32_t number = identity(data, big);

        /* Accepted but discarded, unless it is an MSI. */
        if (offset < 8U && number < MRIF_IDENTITIES && (!big || has(model, CAP_END))) {
            outcome = record(model, context, outcome, number);
        }
    }
    return outcome;
}
