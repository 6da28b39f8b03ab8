/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/console/console_unit.h"

#include "hyp/console/console.h"
#include "hyp/guest.h"
#include "hyp/irq/irq.h"
#include "hyp/log.h"
#include "hyp/unit.h"
#include "hyp/vcpu/hart.h"
#include "platform/aplic_regs.h"
#include "platform/hw/aplic.h"
#include "platform/hw/csr.h"
#include "platform/hw/uart.h"

/* How often a UART without an interrupt is looked at: at 115200 baud its FIFO of 16 bytes fills in
 * 1.4 ms. */
#define POLLS_PER_SECOND 1000U

/* So many interrupts without a cause, one after the other, are no accident: its line is stuck. */
#define STUCK_AFTER 1000U

static uint32_t uart_source;     /* at the board's APLIC; 0: the UART is polled */
static uint32_t causeless;       /* interrupts, since the last one with a cause */
static uint64_t poll_ticks;
static uint32_t service_hart;

static void begin_to_poll(const struct board *board)
{
    poll_ticks = board->timebase_hz / POLLS_PER_SECOND;
    hart_notify(&harts[service_hart], HART_POLL);
}

void console_unit_start(const struct plan *plan)
{
    const struct board *board = plan->board;
    uint32_t imsic_index = board->harts[plan->service_hart].imsic_index;

    service_hart = plan->service_hart;
    if (plan->wired_interrupts && board->uart.irq != 0U) {
        uart_source = board->uart.irq;
        aplic_line_sourcecfg(uart_source, APLIC_SM_LEVEL1);
        aplic_line_target(uart_source, board_aplic_hart_index(&board->imsic, imsic_index), 0U,
                          HYP_UART_ID);
        aplic_line_enable(uart_source, true);
        console_start();
        /* What has come already is no edge for the APLIC. */
        aplic_line_set_pending(uart_source);
    } else {
        log_line("no interrupt of the UART arrives on this board: hart %lu polls it",
                 board->harts[service_hart].id);
        begin_to_poll(board);
    }
}

/* Send, receive, and set the timer for the next time. */
static void serve_uart(void)
{
    uint64_t next = console_interrupt();
    uint64_t poll = time_now() + poll_ticks;

    csr_write(CSR_STIMECMP, poll_ticks != 0U && poll < next ? poll : next);
}

/* It would interrupt for ever, and whatever guest is on this hart would not get on. */
static bool is_stuck(void)
{
    causeless = !uart_has_cause() && aplic_line_input(uart_source) ? causeless + 1U : 0U;
    return causeless > STUCK_AFTER;
}

static void do_without_line(void)
{
    const struct board *board = guests[0].plan->board;

    log_line("error: the interrupt line of the UART (%u) stays active without a cause: hart %lu "
             "polls the UART from now on", uart_source, board->harts[service_hart].id);
    aplic_line_enable(uart_source, false);
    uart_source = 0U;
    begin_to_poll(board);
}

void console_unit_interrupt(void)
{
    if (uart_source == 0U) {
        return;                  /* a stray MSI: it is polled */
    }
    if (is_stuck()) {
        do_without_line();
        return;
    }
    serve_uart();
    /* The line is level-sensitive and an MSI is not: if the UART still wants something (input that
     * came meanwhile), this makes the APLIC send another one; else it does nothing (AIA 4.7). */
    aplic_line_set_pending(uart_source);
}

void console_unit_tick(void)
{
    if (poll_ticks != 0U) {
        serve_uart();
    } else {
        csr_write(CSR_STIMECMP, console_tick());
    }
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
