/* SPDX-License-Identifier: Apache-2.0 */
/* What Bulkhead itself makes for a guest: the virtual UART, and one node for each shared memory
 * (docs/configuration.md describes the binding bulkhead,shared-memory). */
#include "hyp/console/vuart.h"
#include "hyp/guestdt/parts.h"

#define UART_CLOCK_HZ UINT32_C(3686400) /* 115200 baud is a divisor of 2; nothing depends on it */

void guestdt_serial(struct dt_writer *w)
{
    const struct gpa_range reg = { gpa(GUEST_UART_BASE), GUEST_UART_SIZE };
    const uint32_t interrupt[] = { GUEST_SOURCE_UART, GUESTDT_LEVEL_HIGH };

    dt_begin_at(w, "serial", GUEST_UART_BASE);
    dt_text(w, "compatible", "ns16550a");
    dt_reg(w, &reg, 1U);
    dt_u32(w, "clock-frequency", UART_CLOCK_HZ);
    /* Without these a driver takes it for the 16 bytes of its model (binding 8250). */
    dt_u32(w, "fifo-size", VUART_TX_FIFO);
    dt_u32(w, "tx-threshold", 0U);
    guestdt_interrupts(w, interrupt, 1U);
    dt_end(w);
}

static void shared_memory(struct dt_writer *w, const struct plan *plan,
                          const struct plan_share *share)
{
    static const char names[] = "memory\0doorbell";
    const struct config_shared *const config = &plan->config->shared[share->shared];
    const struct gpa_range reg[] = { { share->memory, config->size },
                                     { share->doorbell, PAGE_SIZE } };
    const bool rings = share->doorbell.v != 0U;
    const uint32_t interrupt[] = { share->source, GUESTDT_EDGE_RISING };

    dt_begin_at(w, "shared-memory", share->memory.v);
    dt_text(w, "compatible", "bulkhead,shared-memory");
    dt_reg(w, reg, rings ? 2U : 1U);
    dt_bytes(w, "reg-names", names, rings ? sizeof(names) : sizeof("memory"));
    if (share->source != 0U) {
        guestdt_interrupts(w, interrupt, 1U);
    }
    dt_text(w, "label", config->name);
    dt_text(w, "bulkhead,peer", plan->config->guests[share->peer].name);
    dt_end(w);
}

void guestdt_shared_memories(struct dt_writer *w, const struct plan *plan,
                             const struct plan_guest *guest)
{
    for (uint32_t i = 0U; i < guest->share_count; i++) {
        shared_memory(w, plan, &guest->shares[i]);
    }
}
