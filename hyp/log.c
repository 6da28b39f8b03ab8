/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "hyp/console/console.h"
#include "lib/format.h"
#include "platform/hw/sbi_call.h"

static _Atomic bool console_up;

void log_line(const char *format, ...)
{
    static const char prefix[] = "[bulkhead] ";
    char line[LOG_LINE_MAX];
    va_list args;

    va_start(args, format);
    size_t length = format_text_v(line, sizeof(line) - 1U, format, args);
    va_end(args);
    line[length] = '\n';
    length++;

    if (atomic_load_explicit(&console_up, memory_order_relaxed)) {
        (void)console_log_write(line, (uint32_t)length);
        return;
    }
    sbi_console_write(prefix, sizeof(prefix) - 1U);
    sbi_console_write(line, length);
}

void log_use_console(void)
{
    atomic_store_explicit(&console_up, true, memory_order_relaxed);
}
