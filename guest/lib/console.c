/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/console.h"

#include <stdarg.h>
#include <stdbool.h>

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"
#include "lib/format.h"

enum { UART_RBR = 0, UART_THR = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_LSR = 5 };
#define LSR_DATA_READY 0x01U
#define LSR_THR_EMPTY  0x20U
#define IER_RECEIVED   0x01U
#define FCR_ENABLE     0x01U
#define LCR_8N1        0x03U

static struct tree_uart uart;
static uint32_t line_lock;

static uint8_t uart_get(uint32_t reg)
{
    uint64_t address = uart.base + ((uint64_t)reg << uart.shift);
    return uart.width == 4U ? (uint8_t)*(volatile uint32_t *)address
                            : *(volatile uint8_t *)address;
}

static void uart_set(uint32_t reg, uint8_t value)
{
    uint64_t address = uart.base + ((uint64_t)reg << uart.shift);
    if (uart.width == 4U) {
        *(volatile uint32_t *)address = value;
    } else {
        *(volatile uint8_t *)address = value;
    }
}

void console_init(void)
{
    if (tree_uart(&uart)) {
        uart_set(UART_IER, 0);
        uart_set(UART_LCR, LCR_8N1);
        uart_set(UART_FCR, FCR_ENABLE);
    }
}

static void put(char c)
{
    while ((uart_get(UART_LSR) & LSR_THR_EMPTY) == 0U) {
    }
    uart_set(UART_THR, (uint8_t)c);
}

void console_write(const char *text)
{
    if (uart.base == 0U) {
        return;
    }
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put(*text);
    }
}

void print(const char *format, ...)
{
    char text[512];
    va_list args;
    uint64_t interrupts;

    va_start(args, format);
    format_text_v(text, sizeof(text), format, args);
    va_end(args);
    interrupts = csr_read(CSR_SSTATUS) & SSTATUS_SIE;
    csr_clear(CSR_SSTATUS, SSTATUS_SIE);
    while (__atomic_exchange_n(&line_lock, 1U, __ATOMIC_ACQUIRE) != 0U) {
    }
    console_write(text);
    __atomic_store_n(&line_lock, 0U, __ATOMIC_RELEASE);
    csr_set(CSR_SSTATUS, interrupts);
}

int console_take(void)
{
    if (uart.base == 0U || (uart_get(UART_LSR) & LSR_DATA_READY) == 0U) {
        return -1;
    }
    return uart_get(UART_RBR);
}

void console_receive_irq(void)
{
    if (uart.base != 0U) {
        uart_set(UART_IER, IER_RECEIVED);
    }
}

uint32_t console_source(void)
{
    return uart.source;
}
