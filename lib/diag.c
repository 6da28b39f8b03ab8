/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/diag.h"

#include "lib/format.h"

void diag_error(struct diag *d, const char *path, const char *property, const char *format, ...)
{
    char text[DIAG_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)format_text_v(text, sizeof text, format, args);
    va_end(args);
    d->errors++;
    d->emit(d->ctx, path, property, text);
}
