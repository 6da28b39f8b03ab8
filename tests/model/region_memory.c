/* SPDX-License-Identifier: Apache-2.0 */
/* What the one inside a state region takes for memory: guest physical addresses, through the second
 * stage; and the guest's interrupt files, through the MSI table, for messages and fences alone. */
#include "tests/model/inside.h"

#include <string.h>

static bool is_message(enum model_purpose purpose)
{
    return purpose == TOUCH_FENCE || purpose == TOUCH_OWN_MSI;
}

/* Of tables only the device's request meets a refusal, which is of that request's type. */
static enum mem_status locate(struct region *region, uint64_t gpa, unsigned want, uint64_t *address)
{
    struct mapped mapped;
    struct fault fault = { CAUSE_NONE, 0U };

    if (!second_stage(region->outer, &region->host, gpa, want, IOTVAL2_IMPLICIT, &mapped, &fault)) {
        region->refused = fault;
        return fault.cause == CAUSE_PT_CORRUPTION ? MEM_CORRUPT : MEM_ACCESS;
    }
    *address = mapped.address;
    return MEM_OK;
}

/* To the first word of an interrupt file. */
static enum mem_status message(struct region *region, enum model_purpose purpose, uint64_t gpa,
                               const void *data, size_t size)
{
    struct model_outcome outcome = { .end = MODEL_TRANSLATED };
    struct model_request request = { .type = TTYP_UNTRANSLATED_WRITE, .iova = gpa };
    struct context context = region->host;
    struct fault fault = { CAUSE_NONE, 0U };
    uint8_t copy[4];

    context.request = &request;
    context.want = MODEL_W;
    if ((gpa & ONES(MODEL_PAGE_SHIFT)) != 0U || size != sizeof(copy)
        || !msi_recognized(&context, gpa)
        || !msi_translate(region->outer, &context, gpa, &outcome, &fault)) {
        return MEM_ACCESS;
    }
    if (outcome.end == MODEL_MRIF) {
        memcpy(copy, data, sizeof(copy));
        return mrif_access(region->outer, &context, outcome, copy, size).end == MODEL_MRIF
            ? MEM_OK : MEM_ACCESS;
    }
    return phys_write(region->outer, purpose, outcome.address, data, size);
}

/* The device does not send it, though it may have set it off. */
static bool hide_device(struct model *outer, enum model_purpose purpose)
{
    const bool for_device = outer->for_device;

    outer->for_device = for_device && purpose != TOUCH_OWN_MSI;
    return for_device;
}

enum mem_status region_read(struct model *inside, enum model_purpose purpose, uint64_t gpa,
                            void *data, size_t size)
{
    uint64_t address;
    enum mem_status status = locate(inside->region, gpa, MODEL_R, &address);

    return status != MEM_OK ? status
        : phys_read(inside->region->outer, purpose, address, data, size);
}

enum mem_status region_write(struct model *inside, enum model_purpose purpose, uint64_t gpa,
                             const void *data, size_t size)
{
    struct region *region = inside->region;
    const bool for_device = hide_device(region->outer, purpose);
    const bool file = msi_recognized(&region->host, gpa);
    uint64_t address;
    enum mem_status status;

    if (is_message(purpose) && (file || purpose == TOUCH_OWN_MSI)) {
        status = message(region, purpose, gpa, data, size);
    } else {
        status = locate(region, gpa, MODEL_W, &address);
        status = status != MEM_OK ? status
            : phys_write(region->outer, purpose, address, data, size);
    }
    region->outer->for_device = for_device;
    return status;
}
