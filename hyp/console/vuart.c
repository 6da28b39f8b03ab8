/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/console/vuart.h"

#include <string.h>

/* Register fields: PC16550D data sheet, table II and sections 8.1 to 8.8. */
#define IER_ERBFI       0x01U    /* received data available and character timeout */
#define IER_ETBEI       0x02U    /* transmitter holding register empty */
#define IER_ELSI        0x04U    /* receiver line status */
#define IER_EDSSI       0x08U    /* modem status */
#define IER_MASK        0x0fU

#define IIR_NONE        0x01U
#define IIR_MODEM       0x00U
#define IIR_THRE        0x02U
#define IIR_DATA        0x04U
#define IIR_LINE        0x06U
#define IIR_TIMEOUT     0x0cU
#define IIR_FIFO        0xc0U

#define FCR_ENABLE      0x01U
#define FCR_CLEAR_RX    0x02U
#define FCR_KEPT        0xc1U    /* enable and trigger level; clear bits clear themselves, no DMA */
#define FCR_TRIGGER_SHIFT 6U

#define LCR_DLAB        0x80U

#define MCR_DTR         0x01U
#define MCR_RTS         0x02U
#define MCR_OUT1        0x04U
#define MCR_OUT2        0x08U
#define MCR_LOOP        0x10U
#define MCR_MASK        0x1fU

#define LSR_DR          0x01U
#define LSR_OE          VUART_LSR_OE
#define LSR_THRE        0x20U
#define LSR_TEMT        0x40U

#define MSR_TERI        0x04U    /* trailing edge of RI: delta bits 3:0 lie 4 below their inputs */
#define MSR_DELTA_SHIFT 4U
#define MSR_CTS         0x10U
#define MSR_DSR         0x20U
#define MSR_RI          0x40U
#define MSR_DCD         0x80U

/* Drivers divide by what they read here before they set it. */
#define DIVISOR_RESET   1U

static uint8_t get(const struct vuart *u, uint32_t offset)
{
    return atomic_load_explicit(&u->plain[offset], memory_order_relaxed);
}

static void put(struct vuart *u, uint32_t offset, uint32_t value)
{
    atomic_store_explicit(&u->plain[offset], (uint8_t)value, memory_order_relaxed);
}

/* After every change of what LSR tells of. */
static void tell_lsr(struct vuart *u)
{
    put(u, VUART_LSR, (u->rx_count != 0U ? LSR_DR : 0U) | (u->overrun ? LSR_OE : 0U) |
                          (u->tx_busy ? 0U : LSR_THRE | LSR_TEMT));
}

void vuart_reset(struct vuart *u, uint32_t room)
{
    memset(u, 0, sizeof(*u));
    u->dll = DIVISOR_RESET;
    u->tx_busy = room < VUART_TX_FIFO;
    tell_lsr(u);
}

static bool fifo_enabled(const struct vuart *u)
{
    return (u->fcr & FCR_ENABLE) != 0U;
}

static uint8_t interrupt(const struct vuart *u)
{
    static const uint8_t trigger[] = { 1, 4, 8, 14 };

    if ((u->ier & IER_ELSI) != 0U && u->overrun) {
        return IIR_LINE;
    }
    if ((u->ier & IER_ERBFI) != 0U && u->rx_count != 0U) {
        return u->rx_count < trigger[u->fcr >> FCR_TRIGGER_SHIFT] ? IIR_TIMEOUT : IIR_DATA;
    }
    if ((u->ier & IER_ETBEI) != 0U && u->thr_empty) {
        return IIR_THRE;
    }
    if ((u->ier & IER_EDSSI) != 0U && u->msr_delta != 0U) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

bool vuart_irq(const struct vuart *u)
{
    return interrupt(u) != IIR_NONE;
}

static bool push(struct vuart *u, uint8_t byte)
{
    if (u->rx_count == (fifo_enabled(u) ? VUART_RX_FIFO : 1U)) {
        return false;
    }
    u->rx[(u->rx_head + u->rx_count) % VUART_RX_FIFO] = byte;
    u->rx_count++;
    tell_lsr(u);
    return true;
}

bool vuart_receive(struct vuart *u, uint8_t byte)
{
    return (get(u, VUART_MCR) & MCR_LOOP) == 0U && push(u, byte);
}

void vuart_overrun(struct vuart *u)
{
    u->overrun = true;
    tell_lsr(u);
}

bool vuart_take(struct vuart *u, uint8_t *byte)
{
    if (u->rx_count == 0U) {
        return false;
    }
    *byte = u->rx[u->rx_head];
    u->rx_head = (u->rx_head + 1U) % VUART_RX_FIFO;
    u->rx_count--;
    tell_lsr(u);
    return true;
}

void vuart_tx_room(struct vuart *u)
{
    if (u->tx_busy) {
        u->tx_busy = false;
        u->thr_empty = true;
        tell_lsr(u);
    }
}

/* In loopback the modem outputs are the inputs (8.7). */
static uint8_t modem_inputs(uint8_t mcr)
{
    if ((mcr & MCR_LOOP) == 0U) {
        return MSR_CTS | MSR_DSR | MSR_DCD;
    }
    return (uint8_t)(((mcr & MCR_RTS) != 0U ? MSR_CTS : 0U) | ((mcr & MCR_DTR) != 0U ? MSR_DSR : 0U) |
                     ((mcr & MCR_OUT1) != 0U ? MSR_RI : 0U) |
                     ((mcr & MCR_OUT2) != 0U ? MSR_DCD : 0U));
}

static uint8_t read_rbr(struct vuart *u)
{
    uint8_t byte = 0;

    (void)vuart_take(u, &byte);
    return byte;
}

static uint8_t read_iir(struct vuart *u)
{
    uint8_t id = interrupt(u);

    if (id == IIR_THRE) {
        u->thr_empty = false;
    }
    return fifo_enabled(u) ? id | IIR_FIFO : id;
}

static uint8_t read_lsr(struct vuart *u)
{
    const uint8_t status = get(u, VUART_LSR);

    u->overrun = false;
    tell_lsr(u);
    return status;
}

static uint8_t read_msr(struct vuart *u)
{
    uint8_t status = modem_inputs(get(u, VUART_MCR)) | u->msr_delta;

    u->msr_delta = 0;
    return status;
}

uint8_t vuart_read(struct vuart *u, uint32_t offset)
{
    bool dlab = (get(u, VUART_LCR) & LCR_DLAB) != 0U;

    switch (offset) {
    case VUART_RBR_THR_DLL:
        return dlab ? u->dll : read_rbr(u);
    case VUART_IER_DLM:
        return dlab ? u->dlm : u->ier;
    case VUART_IIR_FCR:
        return read_iir(u);
    case VUART_LCR:
        return get(u, VUART_LCR);
    case VUART_MCR:
        return get(u, VUART_MCR);
    case VUART_LSR:
        return read_lsr(u);
    case VUART_MSR:
        return read_msr(u);
    case VUART_SCR:
        return get(u, VUART_SCR);
    default:
        return 0;
    }
}

static bool write_thr(struct vuart *u, uint8_t value, uint32_t room, uint8_t *tx)
{
    if ((get(u, VUART_MCR) & MCR_LOOP) != 0U) {
        if (!push(u, value)) {
            vuart_overrun(u);
        }
        u->thr_empty = !u->tx_busy;
        return false;
    }
    /* The byte leaves at once, so with room for more the holding register is empty again. */
    u->tx_busy = room <= VUART_TX_FIFO;
    u->thr_empty = !u->tx_busy;
    tell_lsr(u);
    *tx = value;
    return room != 0U;
}

static void write_ier(struct vuart *u, uint8_t value)
{
    if ((value & ~(uint32_t)u->ier & IER_ETBEI) != 0U && !u->tx_busy) {
        u->thr_empty = true;
    }
    u->ier = value & IER_MASK;
}

static void write_fcr(struct vuart *u, uint8_t value)
{
    bool enable = (value & FCR_ENABLE) != 0U;

    if (enable != fifo_enabled(u) || (value & FCR_CLEAR_RX) != 0U) {
        u->rx_count = 0;
        tell_lsr(u);
    }
    /* The other bits are programmed only together with the enable bit: without FIFO the trigger
     * level is one byte. Bytes that were sent are in the console already, so the transmit FIFO is
     * empty whenever it is cleared. */
    u->fcr = enable ? value & FCR_KEPT : 0U;
}

static void write_mcr(struct vuart *u, uint8_t value)
{
    uint8_t before = modem_inputs(get(u, VUART_MCR));

    put(u, VUART_MCR, value & MCR_MASK);
    uint8_t after = modem_inputs(get(u, VUART_MCR));
    uint32_t delta = (uint32_t)(before ^ after) >> MSR_DELTA_SHIFT;
    if ((after & MSR_RI) != 0U) {
        delta &= ~MSR_TERI;
    }
    u->msr_delta |= (uint8_t)delta;
}

bool vuart_write(struct vuart *u, uint32_t offset, uint8_t value, uint32_t room, uint8_t *tx)
{
    bool dlab = (get(u, VUART_LCR) & LCR_DLAB) != 0U;

    switch (offset) {
    case VUART_RBR_THR_DLL:
        if (!dlab) {
            return write_thr(u, value, room, tx);
        }
        u->dll = value;
        break;
    case VUART_IER_DLM:
        if (dlab) {
            u->dlm = value;
        } else {
            write_ier(u, value);
        }
        break;
    case VUART_IIR_FCR:
        write_fcr(u, value);
        break;
    case VUART_LCR:
        put(u, VUART_LCR, value);
        break;
    case VUART_MCR:
        write_mcr(u, value);
        break;
    case VUART_SCR:
        put(u, VUART_SCR, value);
        break;
    default:                     /* LSR and MSR are for reading */
        break;
    }
    return false;
}
