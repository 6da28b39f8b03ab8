/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the hypervisor and back. Read together with hyp/vcpu/hart.h (struct vcpu_frame).
 *
 * sscratch tells where a trap comes from: in a guest it holds the hart's frame, in the hypervisor
 * it is 0. The frame is also the top of the hart's stack, so one swap gives both.
 *
 * What is saved: the hypervisor uses neither floating point, nor vectors, nor gp (the linker script
 * defines no __global_pointer$), so these stay the guest's. s0-s11 are kept by the C calling
 * convention, so an SBI call, whose handler never looks at them, does not save them. sepc,
 * sstatus and hstatus stay in their registers: nothing in the hypervisor traps and returns, except
 * guest_fetch, which keeps them itself.
 *
 * An SBI call that has nothing to do costs about 60 instructions here and in sbi_call.
 */
#include "hyp/vcpu/hw/offsets.h"
#include "platform/hw/csr_numbers.h"

    .macro save_caller_saved
    sd      ra, FRAME_X(1)(sp)
    sd      tp, FRAME_X(4)(sp)
    sd      t0, FRAME_X(5)(sp)
    sd      t1, FRAME_X(6)(sp)
    sd      t2, FRAME_X(7)(sp)
    sd      a2, FRAME_X(12)(sp)
    sd      a3, FRAME_X(13)(sp)
    sd      a4, FRAME_X(14)(sp)
    sd      a5, FRAME_X(15)(sp)
    sd      a6, FRAME_X(16)(sp)
    sd      a7, FRAME_X(17)(sp)
    sd      t3, FRAME_X(28)(sp)
    sd      t4, FRAME_X(29)(sp)
    sd      t5, FRAME_X(30)(sp)
    sd      t6, FRAME_X(31)(sp)
    .endm

    .macro restore_caller_saved_and_return
    csrw    sscratch, sp
    ld      ra, FRAME_X(1)(sp)
    ld      tp, FRAME_X(4)(sp)
    ld      t0, FRAME_X(5)(sp)
    ld      t1, FRAME_X(6)(sp)
    ld      t2, FRAME_X(7)(sp)
    ld      a2, FRAME_X(12)(sp)
    ld      a3, FRAME_X(13)(sp)
    ld      a4, FRAME_X(14)(sp)
    ld      a5, FRAME_X(15)(sp)
    ld      a6, FRAME_X(16)(sp)
    ld      a7, FRAME_X(17)(sp)
    ld      t3, FRAME_X(28)(sp)
    ld      t4, FRAME_X(29)(sp)
    ld      t5, FRAME_X(30)(sp)
    ld      t6, FRAME_X(31)(sp)
    ld      sp, FRAME_X(2)(sp)
    sret
    .endm

    .text
    .globl trap_entry
    .balign 4                           /* stvec.BASE, direct mode */
trap_entry:
    csrrw   sp, sscratch, sp
    beqz    sp, trap_in_hypervisor
    save_caller_saved
    csrrw   t0, sscratch, zero          /* the guest's sp; from here on, in the hypervisor */
    sd      t0, FRAME_X(2)(sp)
    ld      tp, FRAME_HART(sp)
    csrr    t0, scause
    li      t1, CAUSE_ECALL_VS
    bne     t0, t1, other_trap

    /* SBI call. a0-a5 arguments, a6 function, a7 extension are sbi_call's own arguments in
     * order, and its result comes back in a0 and a1, as the SBI wants it. sepc is moved on first,
     * so that a call that has to be repeated can move it back. */
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0
    call    sbi_call
    restore_caller_saved_and_return

other_trap:
    sd      a0, FRAME_X(10)(sp)
    sd      a1, FRAME_X(11)(sp)
    sd      gp, FRAME_X(3)(sp)
    sd      s0, FRAME_X(8)(sp)
    sd      s1, FRAME_X(9)(sp)
    sd      s2, FRAME_X(18)(sp)
    sd      s3, FRAME_X(19)(sp)
    sd      s4, FRAME_X(20)(sp)
    sd      s5, FRAME_X(21)(sp)
    sd      s6, FRAME_X(22)(sp)
    sd      s7, FRAME_X(23)(sp)
    sd      s8, FRAME_X(24)(sp)
    sd      s9, FRAME_X(25)(sp)
    sd      s10, FRAME_X(26)(sp)
    sd      s11, FRAME_X(27)(sp)
    mv      a0, sp
    mv      a1, t0
    call    trap_from_guest             /* (frame, scause) */

/* void vcpu_resume(struct vcpu_frame *frame): into the guest with every register from the frame. */
    mv      a0, sp
    .globl vcpu_resume
vcpu_resume:
    mv      sp, a0
    ld      a0, FRAME_X(10)(sp)
    ld      a1, FRAME_X(11)(sp)
    ld      gp, FRAME_X(3)(sp)
    ld      s0, FRAME_X(8)(sp)
    ld      s1, FRAME_X(9)(sp)
    ld      s2, FRAME_X(18)(sp)
    ld      s3, FRAME_X(19)(sp)
    ld      s4, FRAME_X(20)(sp)
    ld      s5, FRAME_X(21)(sp)
    ld      s6, FRAME_X(22)(sp)
    ld      s7, FRAME_X(23)(sp)
    ld      s8, FRAME_X(24)(sp)
    ld      s9, FRAME_X(25)(sp)
    ld      s10, FRAME_X(26)(sp)
    ld      s11, FRAME_X(27)(sp)
    restore_caller_saved_and_return

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
    csrr    t0, sepc
    csrr    t1, sstatus
    csrr    t2, CSR_HSTATUS
    lla     t3, 1f
    csrrw   t3, stvec, t3
    mv      t4, a0
    li      t5, 1
    .option push
    .option arch, +h
    hlvx.hu a0, (t4)
    andi    t6, a0, 3
    li      a2, 3
    bne     t6, a2, 2f
    addi    t4, t4, 2
    hlvx.hu t6, (t4)
    .option pop
    slli    t6, t6, 16
    or      a0, a0, t6
2:  li      t5, 0
    .balign 4
1:  csrw    stvec, t3
    csrw    sepc, t0
    csrw    sstatus, t1
    csrw    CSR_HSTATUS, t2
    sd      t5, 0(a1)
    ret
