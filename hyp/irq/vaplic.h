/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's virtual APLIC: a supervisor-level domain in MSI delivery mode, without children.
 * Sources are either virtual (the virtual UART, doorbells: their state is kept here and their MSI
 * is sent into the guest interrupt file by the hypervisor) or lines of the board (their state is
 * kept by the physical APLIC, which is programmed to send its MSI straight to the guest interrupt
 * file of the chosen vCPU, so that the interrupt itself never exits).
 *
 * AIA specification, chapter 4 (APLIC): 4.5 memory map and registers (platform/aplic_regs.h), 4.7
 * precise effects on pending bits, 4.9 forwarding by MSIs. Where the specification leaves a choice:
 * DM is read-only one and BE read-only zero; a write to sourcecfg sets the pending bit of a virtual
 * level-sensitive source whose rectified input is high, of no other; a reserved source mode becomes
 * Inactive; a source that becomes active has target 0; a hart index that no vCPU has becomes 0;
 * EIID has as many bits as num_ids needs; Guest Index is read-only zero.
 *
 * A board line is enabled at the physical APLIC only while its enable bit and this domain's IE are
 * both set; its pending bit and its input are the physical ones.
 *
 * Pure over the operations in struct vaplic_ops. Any hart may call; the caller holds vaplic.lock
 * (a leaf lock: nothing else is taken inside) - taken by the wrappers in hyp/irq/aplic_unit.c, not
 * here, so that the state machine stays plain. vaplic_read_word alone is called without it.
 */
#ifndef HYP_IRQ_VAPLIC_H
#define HYP_IRQ_VAPLIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hyp/plan/plan.h"
#include "platform/aplic_regs.h"

/* What the state machine asks of the world. All take ctx first. */
struct vaplic_ops {
    /* Send identity eiid (1..num_ids) to the guest interrupt file of vCPU vcpu (< vcpu_count). */
    void (*send_msi)(void *ctx, uint32_t vcpu, uint32_t eiid);
    /* The physical line: sourcecfg.SM; the target (vcpu < vcpu_count and eiid; the callee composes
     * hart and guest index; eiid 0 or above num_ids is one that the file ignores); enable; the
     * pending bit (the physical APLIC decides whether its source mode allows it); and reads. */
    void (*line_sourcecfg)(void *ctx, uint32_t board_source, uint32_t source_mode);
    void (*line_target)(void *ctx, uint32_t board_source, uint32_t vcpu, uint32_t eiid);
    void (*line_enable)(void *ctx, uint32_t board_source, bool enable);
    void (*line_pending)(void *ctx, uint32_t board_source, bool pending);
    bool (*line_is_pending)(void *ctx, uint32_t board_source);
    bool (*line_input)(void *ctx, uint32_t board_source);
};

struct vaplic_source {
    uint32_t board_source;   /* 0: virtual */
    /* Registers that are words of their own: changed with the lock held, read at any time. */
    _Atomic uint32_t sourcecfg; /* enum aplic_source_mode; D is read-only 0 */
    _Atomic uint32_t target;    /* hart index 31:18, EIID 10:0; guest index reads 0 */
    bool enabled;
    bool pending, input;     /* of a virtual source; a board line's are the physical APLIC's */
};

struct vaplic {
    const struct vaplic_ops *ops;
    void *ctx;
    uint32_t vcpu_count;
    uint32_t num_ids;        /* EIID 1..num_ids */
    bool domain_enabled;     /* domaincfg.IE */
    uint32_t genmsi;         /* last written; Busy always reads 0: the MSI has left at once */
    struct vaplic_source sources[GUEST_SOURCES + 1U]; /* [0] unused */
};

/* lines: the board lines of this guest, as the plan has them: virtual_source is 1..GUEST_SOURCES,
 * none is named twice. num_ids is 1..2047, as riscv,num-ids says to the guest. Calls no operation:
 * the physical lines are as they are until vaplic_reset. */
void vaplic_init(struct vaplic *v, const struct vaplic_ops *ops, void *ctx, uint32_t vcpu_count,
                 uint32_t num_ids, const struct plan_line *lines, uint32_t line_count);

/* As at power-on: the domain disabled and every source inactive; board lines are made inactive at
 * the physical APLIC, which clears their pending and enable bits. Inputs stay: a wire has no
 * reset. */
void vaplic_reset(struct vaplic *v);

/*
 * A read of a register that is one word of memory, sourcecfg or target: without the lock, for nothing
 * else belongs to it. False: it is another register, for vaplic_read. offset as there.
 */
static inline bool vaplic_read_word(const struct vaplic *v, uint64_t offset, uint64_t *value)
{
    /* Below an array the difference wraps, and is too large as well. */
    const uint64_t sourcecfg = (offset - APLIC_SOURCECFG) / APLIC_REG_BYTES;
    const uint64_t target = (offset - APLIC_TARGET) / APLIC_REG_BYTES;

    if (sourcecfg < GUEST_SOURCES) {
        *value = atomic_load_explicit(&v->sources[sourcecfg + 1U].sourcecfg, memory_order_relaxed);
        return true;
    }
    if (target < GUEST_SOURCES) {
        *value = atomic_load_explicit(&v->sources[target + 1U].target, memory_order_relaxed);
        return true;
    }
    return false;
}

/* offset is a multiple of 4 below GUEST_APLIC_SIZE; accesses other than aligned 32 bits are refused
 * by the caller. Reads have no side effects. The work of either is at most one pass over the
 * sources. */
uint32_t vaplic_read(const struct vaplic *v, uint32_t offset);
void vaplic_write(struct vaplic *v, uint32_t offset, uint32_t value);

/* The incoming wire of a virtual source, before the source mode's inversion. Ignored for a board
 * line or a source that does not exist. */
void vaplic_set_input(struct vaplic *v, uint32_t source, bool level);

/* The physical APLIC has told the hypervisor, and no guest interrupt file, that the board line of this
 * source is due: send the source's MSI. */
void vaplic_send_line(struct vaplic *v, uint32_t source);

#endif
