/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_uart.h"

#include <stdlib.h>
#include <string.h>

#include "platform/hw/clock.h"
#include "platform/hw/uart.h"

struct fake_uart fake_uart;

void fake_uart_reset(void)
{
    memset(&fake_uart, 0, sizeof(fake_uart));
    fake_uart.room = UINT32_MAX;
}

void fake_uart_type(const char *text, uint32_t count)
{
    if (count > sizeof(fake_uart.received) - fake_uart.received_count) {
        abort();
    }
    memcpy(&fake_uart.received[fake_uart.received_count], text, count);
    fake_uart.received_count += count;
}

void uart_init(const struct board_uart *uart)
{
    (void)uart;
}

bool uart_tx_ready(void)
{
    return fake_uart.room != 0;
}

void uart_put(uint8_t byte)
{
    if (fake_uart.room == 0 || fake_uart.sent_count == FAKE_UART_BYTES) {
        abort();                 /* the precondition of uart_put, and of this fake */
    }
    fake_uart.room--;
    fake_uart.sent[fake_uart.sent_count++] = byte;
}

bool uart_tx_idle(void)
{
    return true;
}

int uart_get(void)
{
    return fake_uart.received_next == fake_uart.received_count
               ? -1 : fake_uart.received[fake_uart.received_next++];
}

void uart_tx_interrupt(bool enable)
{
    fake_uart.tx_interrupt = enable;
}

void uart_rx_interrupt(bool enable)
{
    fake_uart.rx_interrupt = enable;
}

void uart_ack(void)
{
    fake_uart.acks++;
}

uint64_t clock_now(void)
{
    fake_uart.now += fake_uart.tick;
    return fake_uart.now;
}
