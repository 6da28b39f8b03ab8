/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/uart.h"

#include "platform/hw/mmio.h"

/* Registers, by index; the distance between them is 1 << reg_shift bytes. */
enum {
    RBR_THR = 0,
    IER = 1,
    IIR_FCR = 2,
    LSR = 5
};

#define IER_RX          0x01U
#define IER_TX          0x02U
#define FCR_FIFO_ENABLE 0x01U
#define LSR_DATA_READY  0x01U
#define LSR_THR_EMPTY   0x20U
#define LSR_TX_EMPTY    0x40U

#define IIR_NO_INTERRUPT  0x01U
#define IIR_FIFOS_ENABLED 0xc0U /* both bits: the FIFOs are there and work (ns16550a) */

/* A transmitter that is said to be empty takes this many bytes without asking again. */
#define TX_FIFO    16U
#define TX_NO_FIFO 1U           /* plain ns16550, or a dw-apb-uart made without FIFOs */

static struct {
    uintptr_t base;
    uint32_t shift;
    uint32_t width;
    uint8_t ier;
    uint32_t depth;          /* bytes that an empty transmitter takes */
    uint32_t room;           /* bytes that fit for sure */
} uart;

static uint8_t read_register(uint32_t index)
{
    uintptr_t address = uart.base + ((uintptr_t)index << uart.shift);

    return uart.width == 4U ? (uint8_t)mmio_read32(address) : mmio_read8(address);
}

static void write_register(uint32_t index, uint8_t value)
{
    uintptr_t address = uart.base + ((uintptr_t)index << uart.shift);

    if (uart.width == 4U) {
        mmio_write32(address, value);
    } else {
        mmio_write8(address, value);
    }
}

void uart_init(const struct board_uart *description)
{
    uart.base = (uintptr_t)description->reg.base.v;
    uart.shift = description->reg_shift;
    uart.width = description->io_width;
    uart.ier = 0;
    uart.room = 0;
    write_register(IER, 0);
    write_register(IIR_FCR, FCR_FIFO_ENABLE);
    uart.depth = (read_register(IIR_FCR) & IIR_FIFOS_ENABLED) == IIR_FIFOS_ENABLED ? TX_FIFO
                                                                                 : TX_NO_FIFO;
}

bool uart_tx_ready(void)
{
    if (uart.room == 0U && (read_register(LSR) & LSR_THR_EMPTY) != 0U) {
        uart.room = uart.depth;
    }
    return uart.room != 0U;
}

void uart_put(uint8_t byte)
{
    write_register(RBR_THR, byte);
    if (uart.room != 0U) {
        uart.room--;
    }
}

bool uart_tx_idle(void)
{
    return (read_register(LSR) & LSR_TX_EMPTY) != 0U;
}

int uart_get(void)
{
    return (read_register(LSR) & LSR_DATA_READY) != 0U ? read_register(RBR_THR) : -1;
}

static void set_ier(uint8_t bit, bool enable)
{
    uint8_t ier = enable ? (uint8_t)(uart.ier | bit) : (uint8_t)(uart.ier & ~bit);

    if (ier != uart.ier) {
        uart.ier = ier;
        write_register(IER, ier);
    }
}

void uart_tx_interrupt(bool enable)
{
    set_ier(IER_TX, enable);
}

void uart_rx_interrupt(bool enable)
{
    set_ier(IER_RX, enable);
}

/* A dw-apb-uart's "busy" has the bit too: nothing here clears that. */
bool uart_has_cause(void)
{
    return (read_register(IIR_FCR) & IIR_NO_INTERRUPT) == 0U;
}

void uart_ack(void)
{
    (void)read_register(IIR_FCR);
    (void)read_register(LSR);
}
