/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's virtual APLIC: a supervisor-level domain in MSI delivery mode, without children.
 * Sources are either virtual (the virtual UART, doorbells: their state is kept here and their MSI
 * is sent into the guest interrupt file by the hypervisor) or lines of the board (their state is
 * kept by the physical APLIC, which is programmed to send its MSI straight to the guest interrupt
 * file of the chosen vCPU, so that the interrupt itself never exits).
 *
 * AIA specification, chapter 4 (APLIC), 4.5 memory map, 4.7 precise effects, 4.8 MSI delivery.
 *
 * Pure over the operations in struct vaplic_ops. Any hart may call; the caller holds vaplic.lock
 * (a leaf lock: nothing else is taken inside) - taken by the wrappers in hyp/irq/aplic_unit.c, not
 * here, so that the state machine stays plain.
 */
#ifndef HYP_IRQ_VAPLIC_H
#define HYP_IRQ_VAPLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/plan/plan.h"

/* What the state machine asks of the world. All take ctx first. */
struct vaplic_ops {
    /* Send identity eiid to the guest interrupt file of vCPU vcpu (< vcpu_count). */
    void (*send_msi)(void *ctx, uint32_t vcpu, uint32_t eiid);
    /* The physical line: sourcecfg.SM; the target (vCPU and eiid; the callee composes hart and guest
     * index); enable; set pending; clear pending; and reads. */
    void (*line_sourcecfg)(void *ctx, uint32_t board_source, uint32_t source_mode);
    void (*line_target)(void *ctx, uint32_t board_source, uint32_t vcpu, uint32_t eiid);
    void (*line_enable)(void *ctx, uint32_t board_source, bool enable);
    void (*line_pending)(void *ctx, uint32_t board_source, bool pending);
    bool (*line_is_pending)(void *ctx, uint32_t board_source);
    bool (*line_input)(void *ctx, uint32_t board_source);
};

struct vaplic_source {
    uint32_t board_source;   /* 0: virtual */
    uint32_t sourcecfg;      /* SM only; D is read-only 0 */
    uint32_t target;         /* hart index 31:18, EIID 10:0; guest index reads 0 */
    bool enabled, pending, input;
};

struct vaplic {
    const struct vaplic_ops *ops;
    void *ctx;
    uint32_t vcpu_count;
    uint32_t num_ids;        /* EIID 1..num_ids */
    bool domain_enabled;     /* domaincfg.IE */
    struct vaplic_source sources[GUEST_SOURCES + 1U]; /* [0] unused */
};

/* lines: the board lines of this guest, as the plan has them. */
void vaplic_init(struct vaplic *v, const struct vaplic_ops *ops, void *ctx, uint32_t vcpu_count,
                 uint32_t num_ids, const struct plan_line *lines, uint32_t line_count);

/* As at power-on: every source inactive, board lines disabled and inactive at the physical APLIC,
 * pending bits cleared. */
void vaplic_reset(struct vaplic *v);

/* offset is a multiple of 4 below GUEST_APLIC_SIZE; accesses other than aligned 32 bits are refused
 * by the caller. Reads have no side effects. */
uint32_t vaplic_read(const struct vaplic *v, uint32_t offset);
void vaplic_write(struct vaplic *v, uint32_t offset, uint32_t value);

/* The incoming wire of a virtual source, before the source mode's inversion. */
void vaplic_set_input(struct vaplic *v, uint32_t source, bool level);

#endif
