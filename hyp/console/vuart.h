/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's virtual ns16550a: 8 registers of one byte, a receive FIFO of 16 bytes, a transmit FIFO of
 * 64 (fewer interrupts; who does not know sends 16 at a time), a transmitter that is as fast as the
 * console takes its bytes. Back-pressure is real: a driver sends VUART_TX_FIFO bytes when it
 * sees LSR.THRE, so THRE is 1 only while the console has room for as many, and nothing is lost.
 *
 * TI PC16550D data sheet (SNLS378), section 8. What has no meaning without a wire is absent: parity,
 * framing and break never happen, the divisor and the word length are kept but decide nothing, and a
 * received byte below the trigger level has timed out at once. Modem inputs: CTS, DSR and DCD are
 * on, RI is off. OUT2 does not gate the interrupt.
 *
 * Pure. The caller holds the console's lock (see console.h).
 */
#ifndef HYP_CONSOLE_VUART_H
#define HYP_CONSOLE_VUART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VUART_RX_FIFO 16U
#define VUART_TX_FIFO 64U

enum vuart_register {
    VUART_RBR_THR_DLL,       /* read, write, with LCR.DLAB */
    VUART_IER_DLM,
    VUART_IIR_FCR,
    VUART_LCR,
    VUART_MCR,
    VUART_LSR,
    VUART_MSR,
    VUART_SCR,
    VUART_REGISTERS
};

#define VUART_LSR_OE 0x02U

struct vuart {
    /* LCR, MCR, LSR, SCR: what a read gives. Written by whoever changes anything here, with the caller's
     * lock; read at any time. */
    _Atomic uint8_t plain[VUART_REGISTERS];
    uint8_t ier, fcr, dll, dlm;
    uint8_t msr_delta;       /* the delta bits of MSR */
    uint8_t rx[VUART_RX_FIFO];
    uint32_t rx_head, rx_count;
    bool overrun;            /* LSR.OE */
    bool tx_busy;            /* LSR.THRE and LSR.TEMT are 0 */
    bool thr_empty;          /* the transmit interrupt condition, cleared by reading IIR */
};

/* As after power-on. room: bytes that the console would take now. */
void vuart_reset(struct vuart *u, uint32_t room);

/*
 * The value of a register that is one byte and that a read does not change: LCR, MCR, SCR, and LSR unless
 * it tells of an overrun. False: it is another one, for vuart_read. Alone of all here it may be called
 * while others change the UART. offset < VUART_REGISTERS.
 */
static inline bool vuart_peek(const struct vuart *u, uint32_t offset, uint8_t *value)
{
    const uint32_t plain = 1U << VUART_LCR | 1U << VUART_MCR | 1U << VUART_LSR | 1U << VUART_SCR;

    *value = atomic_load_explicit(&u->plain[offset], memory_order_relaxed);
    return (plain >> offset & 1U) != 0U && (offset != VUART_LSR || (*value & VUART_LSR_OE) == 0U);
}

/* offset < VUART_REGISTERS. */
uint8_t vuart_read(struct vuart *u, uint32_t offset);

/* offset < VUART_REGISTERS. Returns true when *tx is a byte for the console, which the caller then
 * puts there. With room 0 a transmitted byte is lost, as a byte written to a full FIFO is. */
bool vuart_write(struct vuart *u, uint32_t offset, uint8_t value, uint32_t room, uint8_t *tx);

/* A byte for the guest; false when the FIFO is full or in loopback (the caller keeps the byte). */
bool vuart_receive(struct vuart *u, uint8_t byte);

/* A byte for the guest was dropped: LSR.OE. */
void vuart_overrun(struct vuart *u);

/* Take the oldest received byte, as a read of RBR does; false when there is none. */
bool vuart_take(struct vuart *u, uint8_t *byte);

/* The console has room for VUART_TX_FIFO bytes, which changes something if the transmitter waits. */
void vuart_tx_room(struct vuart *u);

/* Level of the interrupt line. */
bool vuart_irq(const struct vuart *u);

#endif
