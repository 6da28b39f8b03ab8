/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console at run time: the multiplexer, the guests' virtual UARTs and their input, and the lock
 * around them and the board's UART (platform/hw/uart.h). It knows nothing of vCPUs and of the way
 * interrupts reach a guest; the hooks below are the way out.
 *
 * Who sends. Whoever puts bytes in moves them on into the UART himself, at most CONSOLE_PUMP bytes a
 * call and only while the UART is ready; the rest follows from the UART's transmit interrupt on the
 * service hart. Until that is done, a guest's byte only goes into its ring. The transmit interrupt
 * also tells the service hart that it has to set its timer earlier.
 *
 * Nothing is lost. A guest whose ring is full sees LSR.THRE = 0 (or a short DBCN write) and is told
 * when there is room. Input that a guest does not read is kept, CONSOLE_INPUT bytes of it and what
 * the UART's FIFO holds; more is dropped with LSR.OE, so that the monitor's keys always get through.
 * Only the log can lose messages, whole ones; it then says how many.
 *
 * Lock order: console -> vAPLIC. log_line and everything here but the hooks take the console lock.
 */
#ifndef HYP_CONSOLE_CONSOLE_H
#define HYP_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/config/config.h"
#include "hyp/console/mux.h"
#include "hyp/console/vuart.h"

#define CONSOLE_PUMP     64U     /* bytes to or from the UART in one call */
#define CONSOLE_INPUT    256U    /* a power of two */
#define CONSOLE_FLUSH_MS 1000U
/* A guest that waits for room is told when there is this much, not for each FIFO of bytes. */
#define CONSOLE_RESUME   (MUX_RING / 4U)

/* ---- boot hart ---- */

/* After uart_init. The log may be written from now on. */
void console_init(uint64_t ticks_per_ms);

/* Before any guest runs. config has at least one guest. */
void console_set_guests(const struct config *config);

/* The service hart is ready for the UART's interrupt: take input. It calls console_interrupt once
 * afterwards, for what the boot log left and for an edge that nobody saw. */
void console_start(void);

/* Wait until the UART has sent everything that may be sent, at most CONSOLE_FLUSH_MS. Boot, and before
 * the board is switched off. */
void console_flush(void);

/* ---- service hart ---- */

/*
 * The UART's interrupt, and the time that was asked for. Both return when console_tick has to be
 * called next (MUX_NEVER: not at all), which replaces what the call before returned. The UART's
 * line may still be high after console_interrupt: the caller makes the APLIC look again (AIA 4.7).
 */
uint64_t console_interrupt(void);
uint64_t console_tick(void);

/* ---- any hart ---- */

/* One message of the log, whole lines: taken, or not (then false, and counted). */
bool console_log_write(const char *text, uint32_t n);

/* Bytes of log that fit now: for long reports, which pace themselves by it. */
uint32_t console_log_room(void);

/* Registers of the guest's virtual UART, one byte each. offset < VUART_REGISTERS. */
uint8_t console_vuart_read(uint32_t guest, uint32_t offset);
void console_vuart_write(uint32_t guest, uint32_t offset, uint8_t value);

/* SBI DBCN: bytes taken, at most what there is room for; bytes given, at most what has come. */
uint32_t console_guest_write(uint32_t guest, const uint8_t *bytes, uint32_t n);
uint32_t console_guest_read(uint32_t guest, uint8_t *bytes, uint32_t n);

/* The virtual UART as after power-on, input that was not read forgotten. Output stays. */
void console_guest_reset(uint32_t guest);

/* ---- hooks, implemented by others ---- */

/* The level of the guest's UART interrupt changed. With the console lock held. */
void console_irq_hook(uint32_t guest, bool level);

/* A key command of the user's: MUX_FOCUS, MUX_STATS, MUX_RESTART or MUX_HELP; guest has the focus.
 * On the service hart, from console_interrupt, without the lock. */
void console_command_hook(enum mux_command command, uint32_t guest);

#endif
