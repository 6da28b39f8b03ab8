/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the virtual APLIC's state machine to guests: its registers, its lock, and its effects. */
#include "hyp/irq/irq.h"
#include "hyp/irq/vaplic.h"
#include "hyp/unit.h"
#include "lib/lock.h"
#include "platform/aplic_regs.h"
#include "platform/hw/aplic.h"

struct guest_aplic {
    struct lock lock;        /* guards vaplic; leaf */
    struct vaplic vaplic;
};

static struct guest_aplic aplics[CONFIG_MAX_GUESTS];

static void send_msi(void *ctx, uint32_t vcpu, uint32_t eiid)
{
    const struct guest *guest = ctx;

    irq_send_msi(guest->vcpus[vcpu], eiid);
}

static void line_sourcecfg(void *ctx, uint32_t board_source, uint32_t source_mode)
{
    (void)ctx;
    aplic_line_sourcecfg(board_source, source_mode);
}

/* The number of a board line among the guest's. */
static uint32_t line_number(const struct guest *guest, uint32_t board_source)
{
    uint32_t n = 0;

    while (n + 1U < guest->part->line_count && guest->part->lines[n].board_source != board_source) {
        n++;
    }
    return n;
}

/* Straight to the guest interrupt file of the vCPU's hart: the interrupt itself never exits.
 * Without such a file, to the hart's own, which sends it on (irq_line). */
static void line_target(void *ctx, uint32_t board_source, uint32_t vcpu, uint32_t eiid)
{
    const struct guest *guest = ctx;
    const struct vcpu *target = guest->vcpus[vcpu];
    const struct board *board = guest->plan->board;
    uint32_t imsic_index = board->harts[target->hart->index].imsic_index;

    aplic_line_target(board_source, board_aplic_hart_index(&board->imsic, imsic_index),
                      target->guest_file,
                      target->vimsic == NULL ? eiid
                                             : HYP_LINE_ID + line_number(guest, board_source));
}

static void line_enable(void *ctx, uint32_t board_source, bool enable)
{
    (void)ctx;
    aplic_line_enable(board_source, enable);
}

static void line_pending(void *ctx, uint32_t board_source, bool pending)
{
    (void)ctx;
    if (pending) {
        aplic_line_set_pending(board_source);
    } else {
        aplic_line_clear_pending(board_source);
    }
}

static bool line_is_pending(void *ctx, uint32_t board_source)
{
    (void)ctx;
    return aplic_line_is_pending(board_source);
}

static bool line_input(void *ctx, uint32_t board_source)
{
    (void)ctx;
    return aplic_line_input(board_source);
}

static const struct vaplic_ops ops = {
    .send_msi = send_msi,
    .line_sourcecfg = line_sourcecfg,
    .line_target = line_target,
    .line_enable = line_enable,
    .line_pending = line_pending,
    .line_is_pending = line_is_pending,
    .line_input = line_input,
};

static __attribute__((noinline)) bool read_with_lock(struct guest_aplic *a, uint32_t offset,
                                                     uint64_t *value)
{
    lock_acquire(&a->lock);
    *value = vaplic_read(&a->vaplic, offset);
    lock_release(&a->lock);
    return true;
}

static bool aplic_read(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                       uint64_t *value)
{
    struct guest_aplic *a = &aplics[guest->index];

    (void)tag;
    if (width != APLIC_REG_BYTES) {
        return false;
    }
    return vaplic_read_word(&a->vaplic, offset, value) || read_with_lock(a, (uint32_t)offset, value);
}

static bool aplic_write(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                        uint64_t value)
{
    struct guest_aplic *a = &aplics[guest->index];

    (void)tag;
    if (width != APLIC_REG_BYTES) {
        return false;
    }
    lock_acquire(&a->lock);
    vaplic_write(&a->vaplic, (uint32_t)offset, (uint32_t)value);
    lock_release(&a->lock);
    return true;
}

void irq_set_level(uint32_t guest, uint32_t source, bool level)
{
    struct guest_aplic *a = &aplics[guest];

    lock_acquire(&a->lock);
    vaplic_set_input(&a->vaplic, source, level);
    lock_release(&a->lock);
}

void irq_pulse(uint32_t guest, uint32_t source)
{
    struct guest_aplic *a = &aplics[guest];

    lock_acquire(&a->lock);
    vaplic_set_input(&a->vaplic, source, true);
    vaplic_set_input(&a->vaplic, source, false);
    lock_release(&a->lock);
}

void irq_line(struct guest *guest, uint32_t n)
{
    struct guest_aplic *a = &aplics[guest->index];

    if (n < guest->part->line_count) {
        lock_acquire(&a->lock);
        vaplic_send_line(&a->vaplic, guest->part->lines[n].virtual_source);
        lock_release(&a->lock);
    }
}

static bool aplic_guest_init(struct guest *guest, struct pages *pages)
{
    const struct plan_guest *part = guest->part;

    (void)pages;
    vaplic_init(&aplics[guest->index].vaplic, &ops, guest, guest->vcpu_count,
                guest->plan->board->imsic.num_guest_ids, part->lines, part->line_count);
    return guest_add_region(guest, (struct mmio_region){
        .range = { gpa(GUEST_APLIC_BASE), GUEST_APLIC_SIZE },
        .counter = EXIT_APLIC,
        .read = aplic_read,
        .write = aplic_write,
    });
}

static void aplic_guest_reset(struct guest *guest)
{
    struct guest_aplic *a = &aplics[guest->index];

    lock_acquire(&a->lock);
    vaplic_reset(&a->vaplic);
    lock_release(&a->lock);
    irq_reset_files(guest);
}

UNIT("20", aplic_unit) = {
    .name = "aplic",
    .guest_init = aplic_guest_init,
    .guest_reset = aplic_guest_reset,
    .guest_stop = aplic_guest_reset,
};
