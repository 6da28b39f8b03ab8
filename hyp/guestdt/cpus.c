/* SPDX-License-Identifier: Apache-2.0 */
/* /cpus: the guest's harts are 0, 1, ..; each has what the board's hart under it has (binding
 * riscv,cpus). */
#include <libfdt.h>

#include "hyp/guestdt/parts.h"
#include "platform/fdt_read.h"
#include "platform/isa.h"

#define ISA_MAX 2048U /* bytes of a list of extensions */

/* Properties of the board's cpu node that hold for the guest's as they are. */
static const char *const copied[] = {
    "mmu-type", "riscv,cbom-block-size", "riscv,cbop-block-size", "riscv,cboz-block-size",
};
#define COPIED (sizeof(copied) / sizeof(copied[0]))

static void isa(struct dt_writer *w, const void *fdt, int cpu_node)
{
    char list[ISA_MAX], text[ISA_MAX];
    const size_t size = isa_guest_extensions(fdt, cpu_node, list, sizeof(list));
    /* The older form, for kernels and firmware that do not know the newer one. */
    const size_t length = isa_guest_string(list, size, text, sizeof(text));

    dt_text(w, "riscv,isa-base", "rv64i");
    dt_bytes(w, "riscv,isa-extensions", list, size);
    if (length == 0U) {
        w->error = -FDT_ERR_NOSPACE;
        return;
    }
    dt_text(w, "riscv,isa", text);
}

static void cpu(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest,
                uint32_t i)
{
    const void *const fdt = plan->board->fdt;
    const int node = plan->board->harts[guest->vcpus[i].hart].cpu_node;

    dt_begin_at(w, "cpu", i);
    dt_text(w, "device_type", "cpu");
    dt_text(w, "compatible", "riscv");
    dt_text(w, "status", "okay");
    dt_u32(w, "reg", i);
    isa(w, fdt, node);
    for (uint32_t k = 0U; k < COPIED; k++) {
        int length;
        const void *const value = fdt_read_property(fdt, node, copied[k], &length);

        if (value != NULL) {
            dt_bytes(w, copied[k], value, (size_t)length);
        }
    }
    dt_begin(w, "interrupt-controller");
    dt_text(w, "compatible", "riscv,cpu-intc");
    dt_flag(w, "interrupt-controller");
    dt_u32(w, "#address-cells", 0U);
    dt_u32(w, "#interrupt-cells", 1U);
    dt_u32(w, "phandle", GUESTDT_PHANDLE_INTC + i);
    dt_end(w);
    dt_end(w);
}

void guestdt_cpus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    dt_begin(w, "cpus");
    dt_address_cells(w, 1U, 0U);
    dt_u32(w, "timebase-frequency", plan->board->timebase_hz);
    for (uint32_t i = 0U; i < guest->vcpu_count; i++) {
        cpu(w, plan, guest, i);
    }
    dt_end(w);
}
