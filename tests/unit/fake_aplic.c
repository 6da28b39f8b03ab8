/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_aplic.h"

/* Modes of 4.5.2: 1 detached, 4 and 5 edges, 6 and 7 levels; the odd ones of those are inverted. */
static bool rectified(const struct fake_aplic_source *s)
{
    return s->mode >= 4U && s->wire != ((s->mode & 1U) != 0U);
}

static void send(const struct fake_aplic *a, uint32_t target)
{
    if ((target & 0x7ffU) >= 1U && (target & 0x7ffU) <= a->num_ids) {
        a->sent(a->ctx, target >> 18, target & 0x7ffU);
    }
}

static void settle(struct fake_aplic *a)
{
    for (uint32_t i = 1U; i <= FAKE_APLIC_SOURCES; i++) {
        struct fake_aplic_source *s = &a->source[i];

        if (s->mode >= 6U && !rectified(s)) {
            s->pending = false;
        }
        if (a->ie && s->enabled && s->pending) {
            s->pending = false;
            send(a, s->target);
        }
    }
}

void fake_aplic_wire(struct fake_aplic *a, uint32_t source, bool level)
{
    struct fake_aplic_source *s = &a->source[source];
    const bool before = rectified(s);

    s->wire = level;
    s->pending = s->pending || (rectified(s) && !before);
    settle(a);
}

static uint32_t legal_target(const struct fake_aplic *a, uint32_t value)
{
    const uint32_t hart = value / 0x40000U;

    return (hart < a->harts ? hart * 0x40000U : 0U) + (value & a->eiid_mask);
}

static void sourcecfg(struct fake_aplic_source *s, uint32_t value)
{
    static const unsigned legal[8] = { 0U, 1U, 0U, 0U, 4U, 5U, 6U, 7U };

    s->mode = (value & 0x400U) != 0U ? 0U : legal[value & 7U];
    if (s->mode == 0U) {
        s->pending = s->enabled = false;
        s->target = 0U;
    }
    s->pending = s->pending || (s->mode >= 6U && rectified(s));
}

/* One bit of setip, in_clrip, setie or clrie, told apart by bits 9:8 of their offsets. */
static void write_bit(struct fake_aplic *a, uint32_t kind, uint32_t source)
{
    if (source == 0U || source > FAKE_APLIC_SOURCES || a->source[source].mode == 0U) {
        return;
    }
    struct fake_aplic_source *s = &a->source[source];

    switch (kind) {
    case 0x1c00U:
        s->pending = s->pending || s->mode < 6U || rectified(s);
        break;
    case 0x1d00U:
        s->pending = false;
        break;
    case 0x1e00U:
        s->enabled = true;
        break;
    default:
        s->enabled = false;
        break;
    }
}

void fake_aplic_write(struct fake_aplic *a, uint32_t offset, uint32_t value)
{
    const uint32_t source = offset % 0x1000U / 4U, kind = offset & 0xff00U, low = offset & 0xffU;

    if (offset == 0U) {
        a->ie = (value & 0x100U) != 0U;
    } else if (offset < 0x1000U && source <= FAKE_APLIC_SOURCES) {
        sourcecfg(&a->source[source], value);
    } else if (offset == 0x3000U) {
        a->genmsi = legal_target(a, value);
        send(a, a->genmsi);
    } else if (offset > 0x3000U && offset < 0x4000U && source <= FAKE_APLIC_SOURCES) {
        if (a->source[source].mode != 0U) {
            a->source[source].target = legal_target(a, value);
        }
    } else if (kind >= 0x1c00U && kind <= 0x1f00U && low < 0x80U) {
        for (uint32_t bit = 0U; bit < 32U; bit++) {
            if ((value & (UINT32_C(1) << bit)) != 0U) {
                write_bit(a, kind, low * 8U + bit);
            }
        }
    } else if (kind >= 0x1c00U && kind <= 0x1f00U && low == 0xdcU) {
        write_bit(a, kind, value);
    } else if (offset == 0x2000U) {
        write_bit(a, 0x1c00U, value);
    } else if (offset == 0x2004U) {
        write_bit(a, 0x1c00U, __builtin_bswap32(value));
    }
    settle(a);
}

uint32_t fake_aplic_read(const struct fake_aplic *a, uint32_t offset)
{
    const uint32_t source = offset % 0x1000U / 4U, kind = offset & 0xff00U;
    uint32_t value = 0U;

    if (offset == 0U) {
        return a->ie ? 0x80000104U : 0x80000004U;
    }
    if (offset == 0x3000U) {
        return a->genmsi;
    }
    if (offset < 0x1000U && source <= FAKE_APLIC_SOURCES) {
        return a->source[source].mode;
    }
    if (offset > 0x3000U && offset < 0x4000U && source <= FAKE_APLIC_SOURCES) {
        return a->source[source].target;
    }
    if (kind < 0x1c00U || kind > 0x1e00U || (offset & 0xffU) >= 0x08U) {
        return 0U;
    }
    for (uint32_t bit = 0U; bit < 32U; bit++) {
        const struct fake_aplic_source *s = &a->source[(offset & 0xffU) * 8U + bit];
        const bool one = kind == 0x1c00U ? s->pending : kind == 0x1d00U ? rectified(s) : s->enabled;

        value |= one ? UINT32_C(1) << bit : 0U;
    }
    return value;
}
