/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the hypervisor and back. Read together with hyp/vcpu/hart.h (struct vcpu_frame).
 *
 * sscratch tells where a trap comes from: in a guest it holds the hart's frame, in the hypervisor
 * it is 0. The frame is also the top of the hart's stack, so one swap gives both.
 *
 * Three kinds of registers (the calling convention's, with the flags of the Makefile):
 *  - changed: ra, sp, tp, t0, t1, a0-a7. Compiled code changes them: every exit saves and restores them
 *    in the frame, but for a0 and a1 of an SBI call, which are its result.
 *  - kept: s0-s11, which compiled code gives back as they were, and gp and t2-t6, which it never uses
 *    (-ffixed-t2 and so on; the linker script defines no __global_pointer$). They stay where they are,
 *    and enter the frame only where C has to see them by number (other_trap).
 *  - never used: floating point and vectors.
 * sepc, sstatus and hstatus stay in their registers: nothing in the hypervisor traps and returns, except
 * guest_fetch_parcels, which keeps them itself.
 *
 * Instructions here, without C: an SBI call 35, a load 46, a store 49, an interrupt 42. The order of the
 * tests is that of how often things come.
 */
#include "hyp/vcpu/hw/offsets.h"
#include "platform/hw/csr_numbers.h"

/* Also for a call's arguments and result: all of the changed but sp, a0 and a1. */
    .macro save_changed
    sd      ra, FRAME_X(1)(sp)
    sd      tp, FRAME_X(4)(sp)
    sd      t0, FRAME_X(5)(sp)
    sd      t1, FRAME_X(6)(sp)
    sd      a2, FRAME_X(12)(sp)
    sd      a3, FRAME_X(13)(sp)
    sd      a4, FRAME_X(14)(sp)
    sd      a5, FRAME_X(15)(sp)
    sd      a6, FRAME_X(16)(sp)
    sd      a7, FRAME_X(17)(sp)
    .endm

    .macro restore_changed_and_return
    csrw    sscratch, sp
    ld      ra, FRAME_X(1)(sp)
    ld      tp, FRAME_X(4)(sp)
    ld      t0, FRAME_X(5)(sp)
    ld      t1, FRAME_X(6)(sp)
    ld      a2, FRAME_X(12)(sp)
    ld      a3, FRAME_X(13)(sp)
    ld      a4, FRAME_X(14)(sp)
    ld      a5, FRAME_X(15)(sp)
    ld      a6, FRAME_X(16)(sp)
    ld      a7, FRAME_X(17)(sp)
    ld      sp, FRAME_X(2)(sp)
    sret
    .endm

/* sd or ld of all that is kept. */
    .macro kept operation
    \operation gp, FRAME_X(3)(sp)
    \operation t2, FRAME_X(7)(sp)
    \operation s0, FRAME_X(8)(sp)
    \operation s1, FRAME_X(9)(sp)
    \operation s2, FRAME_X(18)(sp)
    \operation s3, FRAME_X(19)(sp)
    \operation s4, FRAME_X(20)(sp)
    \operation s5, FRAME_X(21)(sp)
    \operation s6, FRAME_X(22)(sp)
    \operation s7, FRAME_X(23)(sp)
    \operation s8, FRAME_X(24)(sp)
    \operation s9, FRAME_X(25)(sp)
    \operation s10, FRAME_X(26)(sp)
    \operation s11, FRAME_X(27)(sp)
    \operation t3, FRAME_X(28)(sp)
    \operation t4, FRAME_X(29)(sp)
    \operation t5, FRAME_X(30)(sp)
    \operation t6, FRAME_X(31)(sp)
    .endm

/*
 * For each register from x0 on two short instructions, 4 bytes: what the macro \zero, \changed (with its
 * number) or \kept (with its name) does, and on to \next. go_to_entry is the way in, by number.
 */
    .macro for_each_register zero, changed, kept, next
    .macro entry what:vararg
    \what
    c.j     \next
    .endm
    entry \zero
    .irp number, 1, 2
    entry \changed \number
    .endr
    entry \kept gp
    .irp number, 4, 5, 6
    entry \changed \number
    .endr
    .irp name, t2, s0, s1
    entry \kept \name
    .endr
    .irp number, 10, 11, 12, 13, 14, 15, 16, 17
    entry \changed \number
    .endr
    .irp name, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
    entry \kept \name
    .endr
    .purgem entry
    .endm

    .macro go_to_entry table, times_4
    .option push
    .option norelax
.Lgo\@:
    auipc   t0, %pcrel_hi(\table)
    add     t0, t0, \times_4
    jr      %pcrel_lo(.Lgo\@)(t0)
    .option pop
    .endm

    .text
    .globl trap_entry
    .balign 64                          /* of stvec.BASE 4, direct mode; the way in begins a cache line */
trap_entry:
    csrrw   sp, sscratch, sp
    beqz    sp, from_hypervisor
    save_changed
    csrrw   t0, sscratch, zero          /* the guest's sp; from here on, in the hypervisor */
    sd      t0, FRAME_X(2)(sp)
    ld      tp, FRAME_HART(sp)
    csrr    t0, scause
    li      t1, CAUSE_ECALL_VS
    bne     t0, t1, not_a_call

    /* SBI call. a0-a5 arguments, a6 function, a7 extension are sbi_call's own arguments in
     * order, and its result comes back in a0 and a1, as the SBI wants it. sepc is moved on first,
     * so that a call that has to be repeated can move it back. */
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0
    call    sbi_call
    restore_changed_and_return

from_hypervisor:
    j       trap_in_hypervisor

not_a_call:
    sd      a0, FRAME_X(10)(sp)
    sd      a1, FRAME_X(11)(sp)
    li      t1, CAUSE_LOAD_GUEST_PAGE
    bne     t0, t1, not_a_load

    /* A load whose instruction hardware tells: C says which register gets what. */
    csrr    a0, CSR_HTINST
    beqz    a0, other_trap
    call    trap_load                   /* (htinst): register, value */
    slli    a0, a0, 2
    go_to_entry set_register, a0

    .macro set_nothing
    c.nop
    .endm
    .macro set_changed number
    c.sdsp  a1, FRAME_X(\number)(sp)
    .endm
    .macro set_kept name
    c.mv    \name, a1
    .endm
    .balign 4
set_register:
    for_each_register set_nothing, set_changed, set_kept, return_to_guest

not_a_load:
    li      t1, CAUSE_STORE_GUEST_PAGE
    bne     t0, t1, not_a_store

    /* The same of a store: C gets what is in its register, rs2. */
    csrr    a0, CSR_HTINST
    beqz    a0, other_trap
    srli    t1, a0, HTINST_RS2_SHIFT - 2
    andi    t1, t1, HTINST_REG_MASK << 2
    go_to_entry get_register, t1

    .macro get_nothing
    c.li    a1, 0
    .endm
    .macro get_changed number
    c.ldsp  a1, FRAME_X(\number)(sp)
    .endm
    .macro get_kept name
    c.mv    a1, \name
    .endm
    .balign 4
get_register:
    for_each_register get_nothing, get_changed, get_kept, store
store:
    call    trap_store                  /* (htinst, value) */

return_to_guest:
    ld      a0, FRAME_X(10)(sp)
    ld      a1, FRAME_X(11)(sp)
    restore_changed_and_return

not_a_store:
    bgez    t0, other_trap              /* scause: its sign is Interrupt */
    call    trap_interrupt
    j       return_to_guest

other_trap:
    kept    sd
    mv      a0, sp
    mv      a1, t0
    call    trap_other                  /* (frame, scause) */

/* void vcpu_resume(struct vcpu_frame *frame): into the guest with every register from the frame. */
    mv      a0, sp
    .globl vcpu_resume
vcpu_resume:
    mv      sp, a0
    kept    ld
    j       return_to_guest

/* void hart_idle(struct vcpu_frame *frame): forget the stack below the frame and wait for work. */
    .globl hart_idle
hart_idle:
    mv      sp, a0
    call    hart_loop                   /* does not return */
    ebreak

/*
 * uint32_t guest_fetch_parcels(uint64_t address, uint64_t *fault): the instruction at a guest
 * virtual address, as the guest would fetch it (HLVX.HU: execute permission, both stages). The
 * second parcel is read only if the first says that there is one, since it may be on another page.
 * *fault = 0, or 1 when a fetch faulted (the guest has changed its tables meanwhile).
 * A fault traps to 1f with sepc, scause, stval, sstatus and hstatus overwritten: all that the
 * way back to the guest needs is kept here.
 */
    .globl guest_fetch_parcels
guest_fetch_parcels:
    csrr    a2, sepc
    csrr    a3, sstatus
    csrr    a4, CSR_HSTATUS
    lla     a5, 1f
    csrrw   a5, stvec, a5
    mv      a6, a0
    li      a7, 1
    .option push
    .option arch, +h
    hlvx.hu a0, (a6)
    andi    t0, a0, 3
    li      t1, 3
    bne     t0, t1, 2f
    addi    a6, a6, 2
    hlvx.hu t0, (a6)
    .option pop
    slli    t0, t0, 16
    or      a0, a0, t0
2:  li      a7, 0
    .balign 4
1:  csrw    stvec, a5
    csrw    sepc, a2
    csrw    sstatus, a3
    csrw    CSR_HSTATUS, a4
    sd      a7, 0(a1)
    ret
