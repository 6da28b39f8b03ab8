/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console multiplexer: many writers, one UART. Pure state machine, bytes in, bytes out.
 *
 * Output. Each source (every guest, and the hypervisor's own log as source MUX_LOG, which is named
 * "bulkhead") has a ring. A source that has the line keeps it until its newline, or, while another
 * waits, until it has been silent for MUX_LINE_HOLD_MS or has had the line for MUX_LINE_MAX_MS.
 * A line starts with "[name] ", a line that goes on after it was cut with "[name]+ "; then the
 * newline before it was put in by the multiplexer. A "\n" is sent as "\r\n" unless the source sent
 * "\r" just before it; every other byte passes as it is.
 *
 * So each source's bytes can be told apart exactly, in order, none lost, whatever they are: take
 * each line of the output without its prefix, give it to the source of the prefix, and where the
 * prefix has a "+" first take away the "\r\n" that ended the source's line before. What results is
 * what the source sent, with "\n" written as "\r\n".
 *
 * Only complete lines are started, except that a partial line starts when it has waited
 * MUX_LINE_HOLD_MS, when it fills half the ring, or at once for the source with the focus. Sources
 * take turns (round robin), so that a source waits at most MUX_LINE_MAX_MS for each other one.
 *
 * Input. Bytes go to the guest with the focus, except after MUX_KEY (Ctrl-\): then one more
 * byte is a command.
 *
 * Times are in ticks of one clock that all callers share. The caller serialises (console lock; leaf
 * lock, order in hyp/console/console.h).
 */
#ifndef HYP_CONSOLE_MUX_H
#define HYP_CONSOLE_MUX_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/config/config.h"

#define MUX_LOG     CONFIG_MAX_GUESTS
#define MUX_SOURCES (CONFIG_MAX_GUESTS + 1U)
#define MUX_RING    4096U          /* bytes for each source, a power of two */
#define MUX_KEY     0x1cU          /* Ctrl-\ */
#define MUX_LINE_HOLD_MS 50U
#define MUX_LINE_MAX_MS  250U
#define MUX_NEVER   UINT64_MAX

struct mux_source {
    char name[CONFIG_NAME_MAX];
    uint8_t ring[MUX_RING];
    uint32_t head, tail;     /* free-running */
    uint32_t lines;          /* newlines in the ring */
    uint64_t since;          /* since when the bytes in the ring wait for the line */
    uint64_t last;           /* time of the last byte put in */
    bool interrupted;        /* its current line was cut: the next start is a continuation */
    bool last_was_cr;        /* of the bytes that were sent */
};

struct mux {
    struct mux_source sources[MUX_SOURCES];
    uint32_t waiting;        /* bit s: the ring of source s is not empty */
    uint32_t guest_count;
    uint32_t focus;          /* guest index */
    uint32_t owner;          /* source that has the line, MUX_SOURCES: none */
    uint32_t turn;           /* source that had the line last */
    uint64_t line_start;     /* when the owner got the line */
    bool line_empty;         /* the owner has sent nothing in this turn */
    uint64_t hold, line_max; /* MUX_LINE_HOLD_MS and MUX_LINE_MAX_MS in ticks */
    bool key_pending;
    uint8_t out[CONFIG_NAME_MAX + 8U]; /* prefix or newline bytes still to send */
    uint32_t out_count, out_next;
};

/* With the log as the only source. */
void mux_init(struct mux *m, uint64_t ticks_per_ms);

/* The guests' names and the focus. Before any guest's byte, once; the log may have bytes. */
void mux_set_guests(struct mux *m, const struct config *config);

/* Bytes that source would take now. */
uint32_t mux_room(const struct mux *m, uint32_t source);

/* Put one byte in; false (and nothing done) when there is no room. */
bool mux_put(struct mux *m, uint32_t source, uint8_t byte, uint64_t now);

/* The next byte for the UART, or -1 when there is none to send now. Bounded work. */
int mux_next(struct mux *m, uint64_t now);

/* When mux_next has a byte next: now if it has one already, a later time when bytes wait for that
 * time, MUX_NEVER when none wait. */
uint64_t mux_deadline(const struct mux *m, uint64_t now);

enum mux_command {
    MUX_NOTHING,             /* the byte began a command, or was an unknown one, or is dropped */
    MUX_TO_GUEST,            /* *byte goes to guest *guest */
    MUX_FOCUS,               /* the focus is now at *guest (n next, p previous, or its number, 0 to
                              * 9): tell the user */
    MUX_STATS,               /* s: print exits by cause of every vCPU */
    MUX_RESTART,             /* r: restart guest *guest, the one with the focus */
    MUX_HELP                 /* h or ?: print the keys */
};
/* *guest is the focus in every case; without guests all input is dropped. Ctrl-\ twice sends one Ctrl-\ to the guest. */
enum mux_command mux_input(struct mux *m, uint8_t *byte, uint32_t *guest);

#endif
