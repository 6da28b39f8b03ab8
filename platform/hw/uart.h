/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's console UART: an ns16550a with any register distance and access width. The firmware's
 * baud rate is kept. The caller serialises (console lock); only a panic goes past it.
 *
 * TI PC16550D data sheet, section 8.
 */
#ifndef PLATFORM_HW_UART_H
#define PLATFORM_HW_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/board.h"

/* FIFOs on, interrupts off. Boot hart, once. */
void uart_init(const struct board_uart *uart);

/* Room for at least one byte. */
bool uart_tx_ready(void);

/* Precondition: uart_tx_ready. */
void uart_put(uint8_t byte);

/* The last byte has left the UART. */
bool uart_tx_idle(void);

/* The next received byte, or -1. */
int uart_get(void);

/* Interrupt when there is room to send, when there are bytes to take. */
void uart_tx_interrupt(bool enable);
void uart_rx_interrupt(bool enable);

/* Whether it has something to interrupt for. May clear the transmit condition, as uart_ack does; of
 * the service hart alone, which serves it then, so without the console lock. */
bool uart_has_cause(void);

/* Clear the transmit condition and errors, once for each interrupt. */
void uart_ack(void);

#endif
