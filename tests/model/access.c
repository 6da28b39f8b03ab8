/* SPDX-License-Identifier: Apache-2.0 */
/* What a device asks for: a translation, or an access done at the address found. */
#include "tests/model/inside.h"

static struct context context_of(const struct model_request *request)
{
    return (struct context){ .request = request, .want = request_want(request),
                             .partial = request->type == TTYP_ATS_REQUEST };
}

struct model_outcome model_translate(struct model *model, const struct model_request *request)
{
    struct context context = context_of(request);
    const struct model_outcome outcome = translate(model, &context);

    model->for_device = false;
    return outcome;
}

/* The part of an access that lies in one page. */
static struct model_outcome part(struct model *model, const struct model_request *request,
                                 uint8_t *data, size_t size)
{
    struct context context = context_of(request);
    struct model_outcome outcome = translate(model, &context);
    const enum model_purpose purpose = outcome.msi ? TOUCH_MSI : TOUCH_DATA;

    if (outcome.end == MODEL_MRIF) {
        outcome = mrif_access(model, &context, outcome, data, size);
    } else if (outcome.end == MODEL_TRANSLATED) {
        const enum mem_status status = (context.want & MODEL_W) != 0U
            ? phys_write(model, purpose, outcome.address, data, size)
            : phys_read(model, purpose, outcome.address, data, size);

        if (status != MEM_OK) {
            outcome.end = MODEL_ABORTED;
        }
    }
    model->for_device = false;
    return outcome;
}

struct model_outcome model_access(struct model *model, const struct model_request *request,
                                  void *data, size_t size)
{
    struct model_request now = *request;
    struct model_outcome outcome;
    uint8_t *bytes = data;

    do {
        const size_t left = (size_t)(BIT(MODEL_PAGE_SHIFT) - (now.iova & ONES(MODEL_PAGE_SHIFT)));
        const size_t here = size < left ? size : left;

        outcome = part(model, &now, bytes, here);
        bytes += here;
        size -= here;
        now.iova += here;
    } while (size > 0U && (outcome.end == MODEL_TRANSLATED || outcome.end == MODEL_MRIF));
    return outcome;
}
