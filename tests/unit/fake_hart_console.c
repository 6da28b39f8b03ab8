/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from fake_hart.c: tests of the console bring hooks of their own. */
#include <string.h>

#include "hyp/console/console.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_uart.h"

void console_irq_hook(uint32_t guest, bool level)
{
    (void)guest;
    (void)level;
}

void fake_machine_console(void)
{
    fake_uart_reset();
    console_init(1U);
    console_set_guests(&fake.config);
}

uint32_t fake_console_said(const char *text)
{
    const size_t length = strlen(text);
    uint32_t count = 0U;

    console_flush();
    for (uint32_t i = 0; i + length <= fake_uart.sent_count; i++) {
        count += memcmp(&fake_uart.sent[i], text, length) == 0;
    }
    return count;
}
