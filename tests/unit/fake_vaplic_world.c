/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_vaplic_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void record(void *log, uint32_t vcpu, uint32_t eiid)
{
    struct msi_log *l = log;

    assert_true(vcpu < VCPUS);
    assert_true(l->count < sizeof(l->msi) / sizeof(l->msi[0]));
    l->msi[l->count].vcpu = vcpu;
    l->msi[l->count].eiid = eiid;
    l->count++;
}

static void op_send_msi(void *ctx, uint32_t vcpu, uint32_t eiid)
{
    struct world *w = ctx;

    assert_in_range(eiid, 1U, w->v.num_ids);
    record(&w->sent, vcpu, eiid);
}

static void op_sourcecfg(void *ctx, uint32_t source, uint32_t mode)
{
    struct world *w = ctx;

    w->calls++;
    fake_aplic_write(&w->board, SOURCECFG(source), mode);
}

static void op_target(void *ctx, uint32_t source, uint32_t vcpu, uint32_t eiid)
{
    struct world *w = ctx;

    w->calls++;
    assert_true(vcpu < VCPUS);
    fake_aplic_write(&w->board, TARGET(source), vcpu << 18 | eiid);
}

static void op_enable(void *ctx, uint32_t source, bool enable)
{
    struct world *w = ctx;

    w->calls++;
    fake_aplic_write(&w->board, enable ? SETIENUM : CLRIENUM, source);
}

static void op_pending(void *ctx, uint32_t source, bool pending)
{
    struct world *w = ctx;

    w->calls++;
    fake_aplic_write(&w->board, pending ? SETIPNUM : CLRIPNUM, source);
}

static bool op_is_pending(void *ctx, uint32_t source)
{
    struct world *w = ctx;

    return (fake_aplic_read(&w->board, SETIP(source / 32U)) >> source % 32U & 1U) != 0U;
}

static bool op_input(void *ctx, uint32_t source)
{
    struct world *w = ctx;

    return (fake_aplic_read(&w->board, IN_CLRIP(source / 32U)) >> source % 32U & 1U) != 0U;
}

static const struct vaplic_ops ops = {
    op_send_msi, op_sourcecfg, op_target, op_enable, op_pending, op_is_pending, op_input,
};

void start_with(struct world *w, uint32_t num_ids, const struct plan_line *lines,
                uint32_t line_count)
{
    memset(w, 0, sizeof(*w));
    w->board = (struct fake_aplic){ .sent = record, .ctx = &w->sent, .harts = VCPUS,
                                    .eiid_mask = 0x7ffU, .num_ids = num_ids, .ie = true };
    for (uint32_t i = 0U; i < line_count; i++) {
        w->board.source[lines[i].board_source] =
            (struct fake_aplic_source){ .mode = 4U, .enabled = true, .pending = true };
    }
    vaplic_init(&w->v, &ops, w, VCPUS, num_ids, lines, line_count);
    assert_int_equal(w->calls, 0);
    vaplic_reset(&w->v);
}

void start(struct world *w)
{
    static const struct plan_line line = { .virtual_source = LINE, .board_source = BOARD_LINE };

    start_with(w, 255U, &line, 1U);
}

void put(struct world *w, uint32_t offset, uint32_t value)
{
    vaplic_write(&w->v, offset, value);
}

uint32_t get(const struct world *w, uint32_t offset)
{
    return vaplic_read(&w->v, offset);
}

bool pending(const struct world *w, uint32_t i)
{
    return (get(w, SETIP(i / 32U)) >> i % 32U & 1U) != 0U;
}

void assert_sent(struct world *w, uint32_t vcpu, uint32_t eiid)
{
    assert_int_equal(w->sent.count, 1);
    assert_int_equal(w->sent.msi[0].vcpu, vcpu);
    assert_int_equal(w->sent.msi[0].eiid, eiid);
    w->sent.count = 0U;
}

void assert_nothing_sent(const struct world *w)
{
    assert_int_equal(w->sent.count, 0);
}

void activate(struct world *w, uint32_t source, uint32_t mode)
{
    put(w, SOURCECFG(source), mode);
    put(w, TARGET(source), 1U << 18 | (0x20U + source));
    put(w, SETIENUM, source);
    put(w, DOMAINCFG, IE);
}
