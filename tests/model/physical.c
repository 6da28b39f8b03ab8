/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, as far as capabilities.PAS reaches, in the byte order of its owner. */
#include "tests/model/inside.h"

static bool beyond(const struct model *model, uint64_t address, size_t size)
{
    return FIELD(address, CAP_PAS(model->config.capabilities), 64U) != 0U
        || FIELD(address + size - 1U, CAP_PAS(model->config.capabilities), 64U) != 0U;
}

static void tell(struct model *model, enum model_purpose purpose, bool write, uint64_t address,
                 size_t size)
{
    if (model->hooks.touch != NULL) {
        const struct model_touch touch = { purpose, write, model->for_device, model->device_id,
                                           address, size };

        model->hooks.touch(model->hooks.ctx, &touch);
    }
}

enum mem_status phys_read(struct model *model, enum model_purpose purpose, uint64_t address,
                          void *data, size_t size)
{
    const enum mem_status status = beyond(model, address, size) ? MEM_ACCESS
        : model->region != NULL ? region_read(model, purpose, address, data, size)
        : model->memory.read(model->memory.ctx, address, data, size);

    if (status == MEM_OK) {
        tell(model, purpose, false, address, size);
    }
    return status;
}

enum mem_status phys_write(struct model *model, enum model_purpose purpose, uint64_t address,
                           const void *data, size_t size)
{
    const enum mem_status status = beyond(model, address, size) ? MEM_ACCESS
        : model->region != NULL ? region_write(model, purpose, address, data, size)
        : model->memory.write(model->memory.ctx, address, data, size);

    if (status == MEM_OK) {
        tell(model, purpose, true, address, size);
    }
    return status;
}

/* The place in memory of the byte that has the weight 2^(8 * i) in a number. */
static size_t place(size_t i, size_t width, bool big)
{
    return big ? width - 1U - i : i;
}

enum mem_status load(struct model *model, enum model_purpose purpose, uint64_t address, bool big,
                     size_t width, uint64_t *values, size_t count)
{
    uint8_t bytes[8U * DC_WORDS];
    const enum mem_status status = phys_read(model, purpose, address, bytes, width * count);

    for (size_t n = 0; status == MEM_OK && n < count; n++) {
        values[n] = 0;
        for (size_t i = 0; i < width; i++) {
            values[n] |= (uint64_t)bytes[width * n + place(i, width, big)] << (8U * i);
        }
    }
    return status;
}

enum mem_status store(struct model *model, enum model_purpose purpose, uint64_t address, bool big,
                      size_t width, const uint64_t *values, size_t count)
{
    uint8_t bytes[8U * DC_WORDS];

    for (size_t n = 0; n < count; n++) {
        for (size_t i = 0; i < width; i++) {
            bytes[width * n + place(i, width, big)] = (uint8_t)(values[n] >> (8U * i));
        }
    }
    return phys_write(model, purpose, address, bytes, width * count);
}
