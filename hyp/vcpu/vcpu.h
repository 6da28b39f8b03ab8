/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual hart. It is bound to one physical hart for ever, and its registers live in that hart:
 * in the frame during an exit, in the CSRs always. Nothing is switched.
 */
#ifndef HYP_VCPU_VCPU_H
#define HYP_VCPU_VCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "hyp/vcpu/exits.h"
#include "hyp/vcpu/hart.h"
#include "lib/addr.h"

struct guest;
struct vimsic;

/*
 * SBI 3.0, table "HSM Hart States", and below the states that a guest never sees.
 *
 * STOPPED -> CLAIMED by one hart_start of several, which then writes the start arguments; CLAIMED
 * -> START_PENDING (release) by the same, START_PENDING -> STARTED (acquire) by the vCPU's own
 * hart: whoever sees START_PENDING sees its arguments. Any state -> PARKED by its own hart when
 * the guest is stopped: no start of that life counts any more. PARKED -> STOPPED or BOOT_PENDING
 * when all vCPUs are parked and clean.
 */
enum hsm_state {
    HSM_STARTED = 0,
    HSM_STOPPED = 1,
    HSM_START_PENDING = 2,
    HSM_SUSPENDED = 4,
    HSM_CLAIMED = 0x100,
    HSM_BOOT_PENDING,        /* vCPU 0: copy the guest's images, then start */
    HSM_PARKED
};

/* A remote fence under way; one at a time for each asking vCPU, which waits for it. */
enum fence_kind { FENCE_I, FENCE_VMA, FENCE_VMA_ASID };
struct fence_request {
    enum fence_kind kind;
    uint64_t start, size, asid;   /* guest virtual address, bytes; see fence_local */
    _Atomic uint32_t pending;     /* harts that have not done it yet */
};

/*
 * The first cache line of 64 bytes has all that an SBI call for time, fences or IPIs needs of it, its
 * counter included; the next one has the counters of trapped accesses. What other harts write is not
 * in them.
 */
struct vcpu {
    alignas(HART_LINE) struct guest *guest;
    struct hart *hart;
    uint32_t index;          /* in the guest: its virtual hart id */
    uint32_t guest_file;     /* VGEIN; 0: it has no guest interrupt file, but one in memory: vimsic */
    uint64_t exits[EXIT_CAUSES]; /* written by its own hart alone; others may read at any time */
    struct vimsic *vimsic;   /* NULL: it has a guest interrupt file (hyp/irq/vimsic.h) */
    pa_t interrupt_file;     /* physical address of the guest interrupt file */
    alignas(HART_LINE) _Atomic uint32_t hsm; /* enum hsm_state */
    uint64_t start_address;  /* valid in START_PENDING: guest physical */
    uint64_t start_opaque;
    struct fence_request fence;
};

/* Set this hart's CSRs for the guest: tables, delegation, enables. Once, before the first start. */
void vcpu_init_hart(struct vcpu *vcpu);

/* Start the vCPU of this hart at its start_address, all else as SBI HSM has it ("hart start"):
 * satp = 0, sstatus.SIE = 0, a0 = hart id, a1 = opaque; other x registers 0. Interrupts that are
 * pending in its interrupt file stay so, and floating-point and vector registers keep what the
 * guest left in them, as after a stop and start on bare metal. */
noreturn void vcpu_start(struct vcpu *vcpu);

/* Into the guest with all registers from the frame: hyp/vcpu/hw/trap_entry.S. */
noreturn void vcpu_resume(struct vcpu_frame *frame);

/* Let the guest take an exception, as it would have from hardware (privileged architecture, "Trap
 * Entry" into VS-mode). On the hart of a vCPU during an exit. */
void vcpu_inject(uint64_t cause, uint64_t tval);

/* Clear this hart's guest interrupt file, if it has one: nothing pending, nothing enabled, no
 * delivery. */
void vcpu_reset_interrupt_file(const struct vcpu *vcpu);

/* Let what this vCPU has stored to devices (MSIs to its siblings) arrive before what the hypervisor
 * writes to memory next. On its hart. */
void vcpu_finish_stores(void);

#endif
