/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/console/mux.h"

#include <string.h>

#define NO_OWNER MUX_SOURCES

_Static_assert((MUX_RING & (MUX_RING - 1U)) == 0U, "free-running indices need a power of two");
_Static_assert(MUX_SOURCES <= 32U, "struct mux: waiting has one bit for each source");
_Static_assert(sizeof(CONFIG_LOG_NAME) <= CONFIG_NAME_MAX, "the log's name is a name like any other");

void mux_init(struct mux *m, uint64_t ticks_per_ms)
{
    memset(m, 0, sizeof(*m));
    memcpy(m->sources[MUX_LOG].name, CONFIG_LOG_NAME, sizeof(CONFIG_LOG_NAME));
    m->owner = NO_OWNER;
    m->turn = MUX_LOG;
    m->hold = MUX_LINE_HOLD_MS * ticks_per_ms;
    m->line_max = MUX_LINE_MAX_MS * ticks_per_ms;
}

void mux_set_guests(struct mux *m, const struct config *config)
{
    for (uint32_t i = 0; i < config->guest_count; i++) {
        memcpy(m->sources[i].name, config->guests[i].name, CONFIG_NAME_MAX);
    }
    m->guest_count = config->guest_count;
    m->focus = config->console_focus;
}

static uint32_t used(const struct mux_source *s)
{
    return s->head - s->tail;
}

uint32_t mux_room(const struct mux *m, uint32_t source)
{
    return MUX_RING - used(&m->sources[source]);
}

bool mux_put(struct mux *m, uint32_t source, uint8_t byte, uint64_t now)
{
    struct mux_source *s = &m->sources[source];

    if (used(s) == MUX_RING) {
        return false;
    }
    if (s->head == s->tail) {
        s->since = now;
        m->waiting |= 1U << source;
    }
    s->ring[s->head++ & (MUX_RING - 1U)] = byte;
    s->lines += byte == '\n' ? 1U : 0U;
    s->last = now;
    return true;
}

/* From when on the source may take the line, if nobody has it. */
static uint64_t start_time(const struct mux *m, uint32_t source)
{
    const struct mux_source *s = &m->sources[source];

    if ((m->waiting >> source & 1U) == 0U) {
        return MUX_NEVER;
    }
    if (s->lines != 0U || source == m->focus || used(s) >= MUX_RING / 2U) {
        return 0;
    }
    return s->since + m->hold;
}

/* The earliest start of all sources but the owner. */
static uint64_t others_start_time(const struct mux *m)
{
    uint64_t earliest = MUX_NEVER;

    for (uint32_t i = 0; i < MUX_SOURCES; i++) {
        uint64_t start = i == m->owner ? MUX_NEVER : start_time(m, i);
        earliest = start < earliest ? start : earliest;
    }
    return earliest;
}

/* From when on the owner has to leave the line to another source that may start. */
static uint64_t yield_time(const struct mux *m)
{
    const struct mux_source *s = &m->sources[m->owner];
    uint64_t silent = s->last + m->hold;
    uint64_t too_long = m->line_start + m->line_max;

    /* One byte at least in each turn, so that a slow UART cannot keep a source from moving on. */
    if (m->line_empty) {
        return MUX_NEVER;
    }
    return used(s) == 0U && silent < too_long ? silent : too_long;
}

static int next_out(struct mux *m)
{
    return m->out[m->out_next++];
}

static void queue_out(struct mux *m, uint8_t byte)
{
    m->out[m->out_count++] = byte;
}

static void clear_out(struct mux *m)
{
    m->out_count = 0;
    m->out_next = 0;
}

static void start_line(struct mux *m, uint32_t source, uint64_t now)
{
    struct mux_source *s = &m->sources[source];

    m->owner = source;
    m->turn = source;
    m->line_start = now;
    m->line_empty = true;
    clear_out(m);
    queue_out(m, '[');
    for (uint32_t i = 0; i < CONFIG_NAME_MAX && s->name[i] != '\0'; i++) {
        queue_out(m, (uint8_t)s->name[i]);
    }
    queue_out(m, ']');
    if (s->interrupted) {
        queue_out(m, '+');
    }
    queue_out(m, ' ');
}

/* Give the line to the next source in turn that may start; false if there is none. */
static bool choose_owner(struct mux *m, uint64_t now)
{
    for (uint32_t i = 1; m->waiting != 0U && i <= MUX_SOURCES; i++) {
        uint32_t source = (m->turn + i) % MUX_SOURCES;
        if (start_time(m, source) <= now) {
            start_line(m, source, now);
            return true;
        }
    }
    return false;
}

/* Take the line from its owner: the newline that is put in starts with the byte returned. */
static int cut_line(struct mux *m)
{
    m->sources[m->owner].interrupted = true;
    m->owner = NO_OWNER;
    clear_out(m);
    queue_out(m, '\n');
    return '\r';
}

/* The owner's newline, which ends its line and its turn. */
static int end_line(struct mux *m, uint64_t now)
{
    struct mux_source *s = &m->sources[m->owner];
    bool after_cr = s->last_was_cr;

    s->lines--;
    s->since = now;
    s->interrupted = false;
    s->last_was_cr = false;
    m->owner = NO_OWNER;
    if (after_cr) {
        return '\n';
    }
    clear_out(m);
    queue_out(m, '\n');
    return '\r';
}

static int send_byte(struct mux *m, uint64_t now)
{
    struct mux_source *s = &m->sources[m->owner];

    if (used(s) == 0U) {
        return -1;
    }
    uint8_t byte = s->ring[s->tail++ & (MUX_RING - 1U)];
    if (used(s) == 0U) {
        m->waiting &= ~(1U << m->owner);
    }
    if (byte == '\n') {
        return end_line(m, now);
    }
    s->last_was_cr = byte == '\r';
    m->line_empty = false;
    return byte;
}

int mux_next(struct mux *m, uint64_t now)
{
    if (m->out_next < m->out_count) {
        return next_out(m);
    }
    if (m->owner == NO_OWNER) {
        return choose_owner(m, now) ? next_out(m) : -1;
    }
    if (now >= yield_time(m) && others_start_time(m) <= now) {
        return cut_line(m);
    }
    return send_byte(m, now);
}

uint64_t mux_deadline(const struct mux *m, uint64_t now)
{
    if (m->out_next < m->out_count) {
        return now;
    }
    if (m->waiting == 0U) {
        return MUX_NEVER;
    }
    uint64_t at = others_start_time(m);
    if (m->owner != NO_OWNER) {
        if (used(&m->sources[m->owner]) != 0U) {
            return now;
        }
        uint64_t yield = yield_time(m);
        at = yield > at ? yield : at;
    }
    return at > now ? at : now;
}

static enum mux_command move_focus(struct mux *m, uint32_t to, uint32_t *guest)
{
    m->focus = to;
    *guest = to;
    return MUX_FOCUS;
}

enum mux_command mux_input(struct mux *m, uint8_t *byte, uint32_t *guest)
{
    uint8_t key = *byte;
    bool command = m->key_pending;

    *guest = m->focus;
    if (m->guest_count == 0U) {
        return MUX_NOTHING;
    }
    m->key_pending = !command && key == MUX_KEY;
    if (!command) {
        return m->key_pending ? MUX_NOTHING : MUX_TO_GUEST;
    }
    switch (key) {
    case MUX_KEY:
        return MUX_TO_GUEST;
    case 'n':
        return move_focus(m, (m->focus + 1U) % m->guest_count, guest);
    case 'p':
        return move_focus(m, (m->focus + m->guest_count - 1U) % m->guest_count, guest);
    case 's':
        return MUX_STATS;
    case 'r':
        return MUX_RESTART;
    case 'h':
    case '?':
        return MUX_HELP;
    default:
        break;
    }
    if (key >= '0' && key <= '9' && (uint32_t)key - '0' < m->guest_count) {
        return move_focus(m, (uint32_t)key - '0', guest);
    }
    return MUX_NOTHING;
}
