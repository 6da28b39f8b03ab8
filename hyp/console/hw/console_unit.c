/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/console/console_unit.h"

#include "hyp/console/console.h"
#include "hyp/irq/irq.h"
#include "hyp/unit.h"
#include "hyp/vcpu/hart.h"
#include "platform/aplic_regs.h"
#include "platform/hw/aplic.h"
#include "platform/hw/csr.h"

static uint32_t uart_source; /* at the board's APLIC */

void console_unit_start(const struct plan *plan)
{
    const struct board *board = plan->board;
    uint32_t imsic_index = board->harts[plan->service_hart].imsic_index;

    uart_source = board->uart.irq;
    aplic_line_sourcecfg(uart_source, APLIC_SM_LEVEL1);
    aplic_line_target(uart_source, board_aplic_hart_index(&board->imsic, imsic_index), 0U,
                      HYP_UART_ID);
    aplic_line_enable(uart_source, true);
    console_start();
}

void console_unit_interrupt(void)
{
    csr_write(CSR_STIMECMP, console_interrupt());
    /* The line is level-sensitive and an MSI is not: if the UART still wants something (input that
     * came meanwhile), this makes the APLIC send another one; else it does nothing (AIA 4.7). */
    aplic_line_set_pending(uart_source);
}

void console_unit_tick(void)
{
    csr_write(CSR_STIMECMP, console_tick());
}

void console_irq_hook(uint32_t guest, bool level)
{
    irq_set_level(guest, GUEST_SOURCE_UART, level);
}

/* As the device tree says (reg-io-width is absent: 1), registers are accessed as bytes. */
static bool uart_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                      uint64_t *value)
{
    (void)tag;
    if (width != 1U) {
        return false;
    }
    *value = console_vuart_read(guest->index, (uint32_t)offset);
    return true;
}

static bool uart_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                       uint64_t value)
{
    (void)tag;
    if (width != 1U) {
        return false;
    }
    console_vuart_write(guest->index, (uint32_t)offset, (uint8_t)value);
    return true;
}

static bool console_guest_init(struct guest *guest, struct pages *pages)
{
    (void)pages;
    return guest_add_region(guest, (struct mmio_region){
        .range = { gpa(GUEST_UART_BASE), VUART_REGISTERS },
        .counter = EXIT_UART,
        .read = uart_read,
        .write = uart_write,
    });
}

static void reset(struct guest *guest)
{
    console_guest_reset(guest->index);
}

UNIT("30", console_unit) = {
    .name = "console",
    .guest_init = console_guest_init,
    .guest_reset = reset,
    .guest_stop = reset,
};
