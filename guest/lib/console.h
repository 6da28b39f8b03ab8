/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serial port that the device tree names as /chosen stdout-path: an ns16550a. Polled for
 * output; input by console_take, with the receive interrupt on request. Calls from several harts
 * take turns line by line.
 *
 * TI PC16550D data sheet, section 8.
 */
#ifndef GUEST_LIB_CONSOLE_H
#define GUEST_LIB_CONSOLE_H

#include <stdint.h>

void console_init(void);
void console_write(const char *text);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

int console_take(void);            /* the next byte, or -1 */
void console_receive_irq(void);    /* have the port interrupt on input */
uint32_t console_source(void);     /* its interrupt source on the APLIC, 0 if none */

#endif
