/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/guestdt/guestdt.h"

#include "hyp/guestdt/parts.h"
#include "hyp/guestdt/writer.h"

bool guestdt_build(const struct plan *plan, uint32_t guest, void *buffer, size_t size)
{
    const struct plan_guest *const part = &plan->guests[guest];
    struct dt_writer writer;

    dt_open(&writer, buffer, size);
    dt_begin(&writer, "");
    dt_text(&writer, "compatible", "bulkhead,guest");
    dt_text(&writer, "model", part->config->name);
    dt_address_cells(&writer, DT_ADDRESS_CELLS, DT_ADDRESS_CELLS);

    guestdt_chosen(&writer, plan, part);
    guestdt_memory(&writer, part);
    guestdt_cpus(&writer, plan, part);

    dt_begin(&writer, "soc");
    dt_text(&writer, "compatible", "simple-bus");
    dt_address_cells(&writer, DT_ADDRESS_CELLS, DT_ADDRESS_CELLS);
    dt_flag(&writer, "ranges");
    guestdt_interrupt_controllers(&writer, plan, part);
    guestdt_viommus(&writer, plan, part);
    guestdt_serial(&writer);
    guestdt_shared_memories(&writer, plan, part);
    guestdt_devices(&writer, plan, part);
    guestdt_pci(&writer, plan, part);
    dt_end(&writer);

    dt_end(&writer);
    return dt_close(&writer);
}
