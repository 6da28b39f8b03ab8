/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "guest/bench/bench.h"
#include "guest/bench/measure.h"
#include "guest/lib/aplic.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

/* 16550: any value may be written to it and read back, with no effect. */
#define UART_SCRATCH UINT64_C(7)

static uint64_t aplic;
static struct tree_uart uart;

static void sbi_null(void)
{
    ECALL(SBI_EXT_BASE, BASE_SPEC_VERSION, 0U, 0U, 0U, 0U);
}

static void sbi_set_timer(void)
{
    ECALL(SBI_EXT_TIME, 0U, UINT64_MAX, 0U, 0U, 0U);
}

static void rfence_to_self(void)
{
    ECALL(SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, 1U, 0U, 0x1000U, 0x1000U);
}

static void aplic_register_read(void)
{
    (void)*(volatile uint32_t *)(aplic + APLIC_SOURCECFG1);
}

static void aplic_register_write(void)
{
    *(volatile uint32_t *)(aplic + APLIC_SOURCECFG1) = 0U;
}

static void uart_register_read(void)
{
    (void)*(volatile uint8_t *)(uart.base + (UART_SCRATCH << uart.shift));
}

static void uart_register_write(void)
{
    *(volatile uint8_t *)(uart.base + (UART_SCRATCH << uart.shift)) = 0U;
}

void bench_services(void)
{
    uint32_t sources;

    aplic = tree_aplic(&sources);
    (void)tree_uart(&uart);
    measure("sbi-null", sbi_null);
    measure("sbi-set-timer", sbi_set_timer);
    measure("rfence-self", rfence_to_self);
    measure("aplic-read", aplic_register_read);
    measure("aplic-write", aplic_register_write);
    measure("uart-read", uart_register_read);
    measure("uart-write", uart_register_write);
}
