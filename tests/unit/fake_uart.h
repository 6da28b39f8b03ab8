/* SPDX-License-Identifier: Apache-2.0 */
/* A UART and a clock (platform/hw/uart.h, clock.h) that a test plays with. */
#ifndef TESTS_UNIT_FAKE_UART_H
#define TESTS_UNIT_FAKE_UART_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_UART_BYTES (1U << 20)

struct fake_uart {
    uint8_t sent[FAKE_UART_BYTES];
    uint32_t sent_count;
    uint32_t room;               /* bytes it takes before uart_tx_ready is false */
    uint8_t received[4096];
    uint32_t received_count, received_next;
    bool tx_interrupt, rx_interrupt;
    uint32_t acks;
    uint64_t now;
    uint64_t tick;               /* added to now by each look at the clock */
};

extern struct fake_uart fake_uart;

/* As after power-on: endless room, nothing received, time 0 that stands still. */
void fake_uart_reset(void);

/* What somebody types. */
void fake_uart_type(const char *text, uint32_t count);

#endif
