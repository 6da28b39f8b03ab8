/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's virtual ns16550a: 8 registers of one byte, 16-byte receive FIFO, a transmitter that is
 * as fast as the console takes its bytes. Back-pressure is real: when the console's ring for this
 * guest is full, LSR.THRE is 0, so nothing is lost.
 *
 * TI PC16550D data sheet, section 8. Pure. The caller holds the console's lock (see mux.h).
 */
#ifndef HYP_CONSOLE_VUART_H
#define HYP_CONSOLE_VUART_H

#include <stdbool.h>
#include <stdint.h>

#define VUART_RX_FIFO 16U

struct vuart {
    uint8_t ier, lcr, mcr, scr, fcr, dll, dlm;
    uint8_t rx[VUART_RX_FIFO];
    uint32_t rx_head, rx_count;
    bool overrun;
    bool thr_empty;          /* the transmit interrupt condition, cleared by reading IIR */
};

void vuart_reset(struct vuart *u);

/* offset 0..7. tx_room: whether the console would take a byte now. */
uint8_t vuart_read(struct vuart *u, uint32_t offset, bool tx_room);

/* Returns true when *tx is a byte for the console (only if tx_room, which the caller gives). */
bool vuart_write(struct vuart *u, uint32_t offset, uint8_t value, bool tx_room, uint8_t *tx);

/* A byte for the guest; false when the FIFO is full (the caller keeps the byte). */
bool vuart_receive(struct vuart *u, uint8_t byte);

/* The console has room again. */
void vuart_tx_room(struct vuart *u);

/* Level of the interrupt line. */
bool vuart_irq(const struct vuart *u);

#endif
