/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's interrupt controllers: its interrupt files (binding riscv,imsics) and its virtual
 * APLIC (binding riscv,aplic). */
#include "hyp/guestdt/parts.h"

#define SUPERVISOR_EXTERNAL 9U /* interrupt number at a hart: privileged architecture, scause */
#define CELLS_PER_INTERRUPT 2U

_Static_assert(2U * CONFIG_MAX_VCPUS <= DT_MAX_CELLS, "every vCPU has its entry at the IMSIC");

static void imsics(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    const struct gpa_range reg = { gpa(GUEST_IMSIC_BASE), guest->vcpu_count * PAGE_SIZE };
    uint32_t parents[2U * CONFIG_MAX_VCPUS];

    for (uint32_t i = 0U; i < guest->vcpu_count; i++) {
        parents[2U * i] = GUESTDT_PHANDLE_INTC + i;
        parents[2U * i + 1U] = SUPERVISOR_EXTERNAL;
    }
    dt_begin_at(w, "interrupt-controller", GUEST_IMSIC_BASE);
    dt_text(w, "compatible", "riscv,imsics");
    dt_reg(w, &reg, 1U);
    dt_flag(w, "interrupt-controller");
    dt_u32(w, "#address-cells", 0U);
    dt_u32(w, "#interrupt-cells", 0U);
    dt_flag(w, "msi-controller");
    dt_u32(w, "#msi-cells", 0U);
    dt_cells(w, "interrupts-extended", parents, 2U * guest->vcpu_count);
    dt_u32(w, "riscv,num-ids", plan->board->imsic.num_guest_ids);
    dt_u32(w, "phandle", GUESTDT_PHANDLE_IMSIC);
    dt_end(w);
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* A kernel initialises each source that it is told of, by two stores that exit: so it is told of those
 * up to the last that it has. */
static uint32_t last_source(const struct plan_guest *guest)
{
    uint32_t last = GUEST_SOURCE_UART;

    for (uint32_t i = 0U; i < guest->share_count; i++) {
        last = later(last, guest->shares[i].source);
    }
    for (uint32_t i = 0U; i < guest->config->viommu_count; i++) {
        for (uint32_t wire = 0U; wire < PLAN_VIOMMU_WIRES; wire++) {
            last = later(last, guest->viommus[i].sources[wire]);
        }
    }
    for (uint32_t i = 0U; i < guest->line_count; i++) {
        last = later(last, guest->lines[i].virtual_source);
    }
    return last;
}

static void aplic(struct dt_writer *w, const struct plan_guest *guest)
{
    const struct gpa_range reg = { gpa(GUEST_APLIC_BASE), GUEST_APLIC_SIZE };

    dt_begin_at(w, "interrupt-controller", GUEST_APLIC_BASE);
    dt_text(w, "compatible", "riscv,aplic");
    dt_reg(w, &reg, 1U);
    dt_flag(w, "interrupt-controller");
    dt_u32(w, "#address-cells", 0U);
    dt_u32(w, "#interrupt-cells", CELLS_PER_INTERRUPT);
    dt_u32(w, "msi-parent", GUESTDT_PHANDLE_IMSIC);
    dt_u32(w, "riscv,num-sources", last_source(guest));
    dt_u32(w, "phandle", GUESTDT_PHANDLE_APLIC);
    dt_end(w);
}

void guestdt_interrupt_controllers(struct dt_writer *w, const struct plan *plan,
                                   const struct plan_guest *guest)
{
    imsics(w, plan, guest);
    aplic(w, guest);
}

void guestdt_interrupts(struct dt_writer *w, const uint32_t *pairs, uint32_t pair_count)
{
    dt_u32(w, "interrupt-parent", GUESTDT_PHANDLE_APLIC);
    dt_cells(w, "interrupts", pairs, CELLS_PER_INTERRUPT * pair_count);
}
