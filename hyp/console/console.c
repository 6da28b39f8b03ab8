/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/console/console.h"

#include <string.h>

#include "lib/format.h"
#include "lib/lock.h"
#include "platform/hw/clock.h"
#include "platform/hw/uart.h"

_Static_assert((CONSOLE_INPUT & (CONSOLE_INPUT - 1U)) == 0U, "free-running indices");
_Static_assert(CONFIG_MAX_GUESTS <= 32U, "struct console: blocked has one bit for each guest");

struct guest_console {
    struct vuart vuart;
    bool irq;                    /* the level that the hook was last told */
    uint8_t input[CONSOLE_INPUT]; /* what has come and does not fit into the virtual FIFO */
    uint32_t input_head, input_tail; /* free-running */
};

static struct console {
    struct lock lock;            /* guards all of this and the UART */
    struct mux mux;
    struct guest_console guests[CONFIG_MAX_GUESTS];
    uint32_t blocked;            /* bit g: guest g's transmitter waits for room */
    uint32_t lost;               /* messages of the log since the last one that was taken */
    uint64_t ticks_per_ms;
    uint64_t alarm;              /* what the service hart's timer is set to */
    bool sending;                /* the transmit interrupt is on and there is more to send */
} console;

void console_init(uint64_t ticks_per_ms)
{
    memset(&console, 0, sizeof(console));
    mux_init(&console.mux, ticks_per_ms);
    for (uint32_t i = 0; i < CONFIG_MAX_GUESTS; i++) {
        vuart_reset(&console.guests[i].vuart, MUX_RING);
    }
    console.ticks_per_ms = ticks_per_ms;
    console.alarm = MUX_NEVER;
}

void console_set_guests(const struct config *config)
{
    lock_acquire(&console.lock);
    mux_set_guests(&console.mux, config);
    lock_release(&console.lock);
}

void console_start(void)
{
    lock_acquire(&console.lock);
    uart_rx_interrupt(true);
    lock_release(&console.lock);
}

/* ---- what follows from a change; the lock is held ---------------------------------------------- */

static void update_irq(uint32_t guest)
{
    struct guest_console *g = &console.guests[guest];
    bool level = vuart_irq(&g->vuart);

    if (level != g->irq) {
        g->irq = level;
        console_irq_hook(guest, level);
    }
}

static void refill(struct guest_console *g)
{
    while (g->input_head != g->input_tail &&
           vuart_receive(&g->vuart, g->input[g->input_tail & (CONSOLE_INPUT - 1U)])) {
        g->input_tail++;
    }
}

static void note_blocked(uint32_t guest)
{
    if (console.guests[guest].vuart.tx_busy) {
        console.blocked |= 1U << guest;
    }
}

static void give_room(void)
{
    uint32_t left = console.blocked;

    for (uint32_t guest = 0; left != 0U; guest++, left >>= 1) {
        if ((left & 1U) != 0U && mux_room(&console.mux, guest) >= CONSOLE_RESUME) {
            console.blocked &= ~(1U << guest);
            vuart_tx_room(&console.guests[guest].vuart);
            update_irq(guest);
        }
    }
}

static void send(uint64_t now)
{
    for (uint32_t n = 0; n < CONSOLE_PUMP && uart_tx_ready(); n++) {
        int byte = mux_next(&console.mux, now);
        if (byte < 0) {
            break;
        }
        uart_put((uint8_t)byte);
    }
    give_room();
}

/* Send, and leave to the service hart what remains: bytes, or a time that it does not know of. */
static void pump(uint64_t now)
{
    send(now);
    uint64_t next = mux_deadline(&console.mux, now);
    console.sending = next <= now;
    uart_tx_interrupt(console.sending || next < console.alarm);
}

/* The same on the service hart, which sets its timer now. */
static uint64_t pump_and_set_alarm(uint64_t now)
{
    send(now);
    uint64_t next = mux_deadline(&console.mux, now);
    console.sending = next <= now;
    uart_tx_interrupt(console.sending);
    console.alarm = console.sending ? MUX_NEVER : next;
    return console.alarm;
}

/* ---- the log ------------------------------------------------------------------------------------ */

static void put_log(const char *text, uint32_t n, uint64_t now)
{
    for (uint32_t i = 0; i < n; i++) {
        (void)mux_put(&console.mux, MUX_LOG, (uint8_t)text[i], now);
    }
}

bool console_log_write(const char *text, uint32_t n)
{
    char note[64];
    uint32_t note_length = 0;

    lock_acquire(&console.lock);
    uint64_t now = clock_now();
    if (console.lost != 0U) {
        note_length = (uint32_t)format_text(note, sizeof(note),
                                            "%u messages are missing here: the log was full\n",
                                            console.lost);
    }
    /* Without overflow: a message and a note are far smaller than 4 GiB, the room than a message. */
    uint32_t room = mux_room(&console.mux, MUX_LOG);
    bool fits = n <= room && note_length <= room - n;
    if (fits) {
        put_log(note, note_length, now);
        put_log(text, n, now);
        console.lost = 0;
    } else {
        console.lost++;
    }
    pump(now);
    lock_release(&console.lock);
    return fits;
}

uint32_t console_log_room(void)
{
    lock_acquire(&console.lock);
    uint32_t room = mux_room(&console.mux, MUX_LOG);
    lock_release(&console.lock);
    return room;
}

void console_flush(void)
{
    lock_acquire(&console.lock);
    uint64_t now = clock_now();
    uint64_t end = now + CONSOLE_FLUSH_MS * console.ticks_per_ms;
    while (now < end && (mux_deadline(&console.mux, now) <= now || !uart_tx_idle())) {
        send(now);
        now = clock_now();
    }
    lock_release(&console.lock);
}

/* ---- guests ------------------------------------------------------------------------------------- */

static __attribute__((noinline)) uint8_t read_with_lock(uint32_t guest, uint32_t offset)
{
    struct guest_console *g = &console.guests[guest];

    lock_acquire(&console.lock);
    uint8_t value = vuart_read(&g->vuart, offset);
    refill(g);
    update_irq(guest);
    lock_release(&console.lock);
    return value;
}

/* Drivers ask LSR before they send a byte: that takes no lock, which is one for all guests. */
uint8_t console_vuart_read(uint32_t guest, uint32_t offset)
{
    uint8_t value;

    return vuart_peek(&console.guests[guest].vuart, offset, &value) ? value
                                                                    : read_with_lock(guest, offset);
}

void console_vuart_write(uint32_t guest, uint32_t offset, uint8_t value)
{
    struct guest_console *g = &console.guests[guest];
    uint8_t byte;

    lock_acquire(&console.lock);
    if (vuart_write(&g->vuart, offset, value, mux_room(&console.mux, guest), &byte)) {
        uint64_t now = clock_now();
        (void)mux_put(&console.mux, guest, byte, now);
        note_blocked(guest);
        if (!console.sending) {
            pump(now);
        }
    } else {
        refill(g);
    }
    update_irq(guest);
    lock_release(&console.lock);
}

uint32_t console_guest_write(uint32_t guest, const uint8_t *bytes, uint32_t n)
{
    lock_acquire(&console.lock);
    /* A FIFO's worth stays free for the virtual UART, which has said that it is empty. */
    uint32_t room = mux_room(&console.mux, guest);
    uint32_t free = room > VUART_TX_FIFO ? room - VUART_TX_FIFO : 0U;
    uint32_t taken = n < free ? n : free;
    uint64_t now = clock_now();
    for (uint32_t i = 0; i < taken; i++) {
        (void)mux_put(&console.mux, guest, bytes[i], now);
    }
    if (!console.sending) {
        pump(now);
    }
    lock_release(&console.lock);
    return taken;
}

uint32_t console_guest_read(uint32_t guest, uint8_t *bytes, uint32_t n)
{
    struct guest_console *g = &console.guests[guest];
    uint32_t given = 0;

    lock_acquire(&console.lock);
    while (given < n && vuart_take(&g->vuart, &bytes[given])) {
        given++;
        refill(g);
    }
    update_irq(guest);
    lock_release(&console.lock);
    return given;
}

void console_guest_reset(uint32_t guest)
{
    struct guest_console *g = &console.guests[guest];

    lock_acquire(&console.lock);
    vuart_reset(&g->vuart, mux_room(&console.mux, guest));
    g->input_tail = g->input_head;
    note_blocked(guest);
    update_irq(guest);
    lock_release(&console.lock);
}

/* ---- the service hart --------------------------------------------------------------------------- */

static void give_input(uint32_t guest, uint8_t byte)
{
    struct guest_console *g = &console.guests[guest];

    if (g->input_head - g->input_tail == CONSOLE_INPUT) {
        vuart_overrun(&g->vuart);
    } else {
        g->input[g->input_head++ & (CONSOLE_INPUT - 1U)] = byte;
        refill(g);
    }
    update_irq(guest);
}

static void take_input(uint8_t byte)
{
    uint32_t guest;
    enum mux_command command = mux_input(&console.mux, &byte, &guest);

    if (command == MUX_TO_GUEST) {
        give_input(guest, byte);
    } else if (command != MUX_NOTHING) {
        lock_release(&console.lock);
        console_command_hook(command, guest);
        lock_acquire(&console.lock);
    } else {
        /* The byte was for the multiplexer alone. */
    }
}

uint64_t console_interrupt(void)
{
    lock_acquire(&console.lock);
    uart_ack();
    for (uint32_t n = 0; n < CONSOLE_PUMP; n++) {
        int byte = uart_get();
        if (byte < 0) {
            break;
        }
        take_input((uint8_t)byte);
    }
    uint64_t next = pump_and_set_alarm(clock_now());
    lock_release(&console.lock);
    return next;
}

uint64_t console_tick(void)
{
    lock_acquire(&console.lock);
    uint64_t next = pump_and_set_alarm(clock_now());
    lock_release(&console.lock);
    return next;
}
