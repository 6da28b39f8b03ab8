/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/irq/vaplic.h"

#include <stddef.h>

static uint32_t get(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static bool is_active(const struct vaplic_source *s)
{
    return get(&s->sourcecfg) != APLIC_SM_INACTIVE;
}

static bool is_board_line(const struct vaplic_source *s)
{
    return s->board_source != 0U;
}

static bool is_level(const struct vaplic_source *s)
{
    return get(&s->sourcecfg) == APLIC_SM_LEVEL1 || get(&s->sourcecfg) == APLIC_SM_LEVEL0;
}

/* AIA 4.5.2. The input of a virtual source. */
static bool rectified(const struct vaplic_source *s)
{
    switch (get(&s->sourcecfg)) {
    case APLIC_SM_EDGE1:
    case APLIC_SM_LEVEL1:
        return s->input;
    case APLIC_SM_EDGE0:
    case APLIC_SM_LEVEL0:
        return !s->input;
    default: /* inactive, detached */
        return false;
    }
}

static uint32_t target_hart(uint32_t target)
{
    return target >> APLIC_TARGET_HART_SHIFT;
}

static uint32_t target_eiid(uint32_t target)
{
    return target & APLIC_TARGET_EIID_MASK;
}

/* AIA 4.5.16. What a target or genmsi register holds after this value was written. */
static uint32_t legal_target(const struct vaplic *v, uint32_t value)
{
    uint32_t mask = 1U;

    while (mask < v->num_ids) {
        mask = mask << 1U | 1U;
    }
    const uint32_t hart = target_hart(value) < v->vcpu_count ? target_hart(value) : 0U;

    return hart << APLIC_TARGET_HART_SHIFT | (value & mask);
}

/* An interrupt file ignores identities that it does not implement (AIA 3.5); so do we. */
static void send(const struct vaplic *v, uint32_t target)
{
    const uint32_t eiid = target_eiid(target);

    if (eiid != 0U && eiid <= v->num_ids) {
        v->ops->send_msi(v->ctx, target_hart(target), eiid);
    }
}

/* AIA 4.9: forward a virtual source if it is due. */
static void forward(struct vaplic *v, struct vaplic_source *s)
{
    if (s->pending && s->enabled && v->domain_enabled) {
        s->pending = false;
        send(v, get(&s->target));
    }
}

/* Pending and enable bits, one source at a time (AIA 4.7). Callers pass active sources only. */

static void set_pending(struct vaplic *v, struct vaplic_source *s)
{
    if (is_board_line(s)) {
        v->ops->line_pending(v->ctx, s->board_source, true);
    } else if (!is_level(s) || rectified(s)) {
        s->pending = true;
        forward(v, s);
    }
}

static void clear_pending(struct vaplic *v, struct vaplic_source *s)
{
    if (is_board_line(s)) {
        v->ops->line_pending(v->ctx, s->board_source, false);
    } else {
        s->pending = false;
    }
}

/* Let the enable bit and IE take effect. */
static void apply_enable(struct vaplic *v, struct vaplic_source *s)
{
    if (is_board_line(s)) {
        v->ops->line_enable(v->ctx, s->board_source, s->enabled && v->domain_enabled);
    } else {
        forward(v, s);
    }
}

static void set_enabled(struct vaplic *v, struct vaplic_source *s)
{
    s->enabled = true;
    apply_enable(v, s);
}

static void clear_enabled(struct vaplic *v, struct vaplic_source *s)
{
    s->enabled = false;
    apply_enable(v, s);
}

/* The same as registers: by bit in an array of words, and by source number. */
static const struct bit_registers {
    uint32_t array, by_number;
    void (*act)(struct vaplic *v, struct vaplic_source *s);
} bit_registers[] = {
    { APLIC_SETIP, APLIC_SETIPNUM, set_pending },
    { APLIC_IN_CLRIP, APLIC_CLRIPNUM, clear_pending },
    { APLIC_SETIE, APLIC_SETIENUM, set_enabled },
    { APLIC_CLRIE, APLIC_CLRIENUM, clear_enabled },
};
#define BIT_REGISTERS (sizeof(bit_registers) / sizeof(bit_registers[0]))

static void write_by_number(struct vaplic *v, uint32_t source,
                            void (*act)(struct vaplic *v, struct vaplic_source *s))
{
    if (source >= 1U && source <= GUEST_SOURCES && is_active(&v->sources[source])) {
        act(v, &v->sources[source]);
    }
}

static void write_word(struct vaplic *v, uint32_t word, uint32_t value,
                       void (*act)(struct vaplic *v, struct vaplic_source *s))
{
    for (uint32_t bit = 0U; bit < APLIC_WORD_BITS; bit++) {
        if ((value >> bit & 1U) != 0U) {
            write_by_number(v, word * APLIC_WORD_BITS + bit, act);
        }
    }
}

static bool read_pending(const struct vaplic *v, const struct vaplic_source *s)
{
    return is_board_line(s) ? v->ops->line_is_pending(v->ctx, s->board_source) : s->pending;
}

static bool read_input(const struct vaplic *v, const struct vaplic_source *s)
{
    return is_board_line(s) ? v->ops->line_input(v->ctx, s->board_source) : rectified(s);
}

static bool read_enabled(const struct vaplic *v, const struct vaplic_source *s)
{
    (void)v;
    return s->enabled;
}

static uint32_t read_word(const struct vaplic *v, uint32_t word,
                          bool (*read)(const struct vaplic *v, const struct vaplic_source *s))
{
    uint32_t value = 0U;

    for (uint32_t bit = 0U; bit < APLIC_WORD_BITS; bit++) {
        const uint32_t source = word * APLIC_WORD_BITS + bit;

        if (source >= 1U && source <= GUEST_SOURCES && read(v, &v->sources[source])) {
            value |= UINT32_C(1) << bit;
        }
    }
    return value;
}

/* AIA 4.5.2: pending, enable and target are zero then, at the physical APLIC too. */
static void make_inactive(struct vaplic *v, struct vaplic_source *s)
{
    set(&s->sourcecfg, APLIC_SM_INACTIVE);
    set(&s->target, 0U);
    s->enabled = false;
    s->pending = false;
    if (is_board_line(s)) {
        v->ops->line_sourcecfg(v->ctx, s->board_source, APLIC_SM_INACTIVE);
    }
}

/* AIA 4.5.2: of a value with D set nothing is kept in a domain without children. */
static uint32_t legal_source_mode(uint32_t value)
{
    if ((value & APLIC_SOURCECFG_D) != 0U) {
        return APLIC_SM_INACTIVE;
    }
    switch (value & APLIC_SOURCECFG_SM) {
    case APLIC_SM_DETACHED:
    case APLIC_SM_EDGE1:
    case APLIC_SM_EDGE0:
    case APLIC_SM_LEVEL1:
    case APLIC_SM_LEVEL0:
        return value & APLIC_SOURCECFG_SM;
    default:
        return APLIC_SM_INACTIVE;
    }
}

static void apply_target(struct vaplic *v, const struct vaplic_source *s)
{
    const uint32_t target = get(&s->target);

    v->ops->line_target(v->ctx, s->board_source, target_hart(target), target_eiid(target));
}

static void write_sourcecfg(struct vaplic *v, struct vaplic_source *s, uint32_t value)
{
    const uint32_t mode = legal_source_mode(value);

    if (mode == APLIC_SM_INACTIVE) {
        make_inactive(v, s);
        return;
    }
    set(&s->sourcecfg, mode);
    if (is_board_line(s)) {
        v->ops->line_sourcecfg(v->ctx, s->board_source, mode);
        apply_target(v, s); /* that of a source that was inactive is unspecified now */
    } else if (is_level(s)) {
        s->pending = rectified(s);
        forward(v, s);
    }
}

static void write_target(struct vaplic *v, struct vaplic_source *s, uint32_t value)
{
    if (!is_active(s)) {
        return;
    }
    set(&s->target, legal_target(v, value));
    if (is_board_line(s)) {
        apply_target(v, s);
    }
}

static void write_domaincfg(struct vaplic *v, uint32_t value)
{
    v->domain_enabled = (value & APLIC_DOMAINCFG_IE) != 0U;
    for (uint32_t i = 1U; i <= GUEST_SOURCES; i++) {
        if (is_active(&v->sources[i])) {
            apply_enable(v, &v->sources[i]);
        }
    }
}

static uint32_t swap_bytes(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00U) | (value & 0xff00U) << 8 | value << 24;
}

/* Whether offset lies in an array of count registers from base on, and at which place. */
static bool in_array(uint32_t offset, uint32_t base, uint32_t count, uint32_t *index)
{
    *index = (offset - base) / APLIC_REG_BYTES;
    return offset >= base && *index < count;
}

void vaplic_init(struct vaplic *v, const struct vaplic_ops *ops, void *ctx, uint32_t vcpu_count,
                 uint32_t num_ids, const struct plan_line *lines, uint32_t line_count)
{
    *v = (struct vaplic){ .ops = ops, .ctx = ctx, .vcpu_count = vcpu_count, .num_ids = num_ids };
    for (uint32_t i = 0U; i < line_count; i++) {
        v->sources[lines[i].virtual_source].board_source = lines[i].board_source;
    }
}

void vaplic_reset(struct vaplic *v)
{
    v->domain_enabled = false;
    v->genmsi = 0U;
    for (uint32_t i = 1U; i <= GUEST_SOURCES; i++) {
        make_inactive(v, &v->sources[i]);
    }
}

uint32_t vaplic_read(const struct vaplic *v, uint32_t offset)
{
    uint64_t word;
    uint32_t i;

    if (vaplic_read_word(v, offset, &word)) {
        return (uint32_t)word;
    }
    if (offset == APLIC_DOMAINCFG) {
        return APLIC_DOMAINCFG_ID | APLIC_DOMAINCFG_DM
             | (v->domain_enabled ? APLIC_DOMAINCFG_IE : 0U);
    }
    if (in_array(offset, APLIC_SETIP, APLIC_WORDS, &i)) {
        return read_word(v, i, read_pending);
    }
    if (in_array(offset, APLIC_IN_CLRIP, APLIC_WORDS, &i)) {
        return read_word(v, i, read_input);
    }
    if (in_array(offset, APLIC_SETIE, APLIC_WORDS, &i)) {
        return read_word(v, i, read_enabled);
    }
    if (offset == APLIC_GENMSI) {
        return v->genmsi;
    }
    /* Write-only registers, those of machine level and of direct delivery, and what is reserved. */
    return 0U;
}

void vaplic_write(struct vaplic *v, uint32_t offset, uint32_t value)
{
    uint32_t i;

    if (offset == APLIC_DOMAINCFG) {
        write_domaincfg(v, value);
    } else if (in_array(offset, APLIC_SOURCECFG, GUEST_SOURCES, &i)) {
        write_sourcecfg(v, &v->sources[i + 1U], value);
    } else if (in_array(offset, APLIC_TARGET, GUEST_SOURCES, &i)) {
        write_target(v, &v->sources[i + 1U], value);
    } else if (offset == APLIC_SETIPNUM_LE) {
        write_by_number(v, value, set_pending);
    } else if (offset == APLIC_SETIPNUM_BE) {
        write_by_number(v, swap_bytes(value), set_pending);
    } else if (offset == APLIC_GENMSI) { /* sent even while IE is 0 (AIA 4.5.15) */
        v->genmsi = legal_target(v, value);
        send(v, v->genmsi);
    } else {
        for (uint32_t r = 0U; r < BIT_REGISTERS; r++) {
            if (offset == bit_registers[r].by_number) {
                write_by_number(v, value, bit_registers[r].act);
            } else if (in_array(offset, bit_registers[r].array, APLIC_WORDS, &i)) {
                write_word(v, i, value, bit_registers[r].act);
            }
        }
    }
}

void vaplic_set_input(struct vaplic *v, uint32_t source, bool level)
{
    if (source < 1U || source > GUEST_SOURCES || is_board_line(&v->sources[source])) {
        return;
    }
    struct vaplic_source *const s = &v->sources[source];
    const bool before = rectified(s);

    s->input = level;
    if (!before && rectified(s)) {
        s->pending = true;
        forward(v, s);
    } else if (is_level(s) && !rectified(s)) {
        s->pending = false;
    }
}

void vaplic_send_line(struct vaplic *v, uint32_t source)
{
    /* An inactive source has target 0, which is sent nowhere. */
    send(v, get(&v->sources[source].target));
}
