/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the first hart (a0: hart id, a1: device tree) and of those it starts (a1: struct hart). */
#include "guest/lib/hart.h"

    .section .entry, "ax"
    .globl _start
_start:
    la      t0, bss_start
    la      t1, bss_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b

    la      sp, first_stack + HART_STACK_SIZE
    la      tp, harts
    la      t0, trap_entry
    csrw    stvec, t0
    csrw    sie, zero
    csrw    satp, zero
    call    guest_start
    /* guest_start does not return */

    .globl hart_entry
hart_entry:
    mv      tp, a1
    ld      sp, HART_STACK(tp)
    la      t0, trap_entry
    csrw    stvec, t0
    csrw    sie, zero
    csrw    satp, zero
    call    hart_run
    /* hart_run does not return */

/* Traps come from S-mode only, so the stack is good and there is nothing to switch. What C may
 * change is saved, the rest is saved by C. */
    .text
    .balign 4
    .globl trap_entry
trap_entry:
    addi    sp, sp, -128
    sd      ra, 0(sp)
    sd      t0, 8(sp)
    sd      t1, 16(sp)
    sd      t2, 24(sp)
    sd      a0, 32(sp)
    sd      a1, 40(sp)
    sd      a2, 48(sp)
    sd      a3, 56(sp)
    sd      a4, 64(sp)
    sd      a5, 72(sp)
    sd      a6, 80(sp)
    sd      a7, 88(sp)
    sd      t3, 96(sp)
    sd      t4, 104(sp)
    sd      t5, 112(sp)
    sd      t6, 120(sp)
    call    trap_handle
    ld      ra, 0(sp)
    ld      t0, 8(sp)
    ld      t1, 16(sp)
    ld      t2, 24(sp)
    ld      a0, 32(sp)
    ld      a1, 40(sp)
    ld      a2, 48(sp)
    ld      a3, 56(sp)
    ld      a4, 64(sp)
    ld      a5, 72(sp)
    ld      a6, 80(sp)
    ld      a7, 88(sp)
    ld      t3, 96(sp)
    ld      t4, 104(sp)
    ld      t5, 112(sp)
    ld      t6, 120(sp)
    addi    sp, sp, 128
    sret

/* probe.h: uint64_t probe_run(uint64_t (*op)(uint64_t, uint64_t), a, b) */
    .globl probe_run
probe_run:
    addi    sp, sp, -112
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    sd      s2, 24(sp)
    sd      s3, 32(sp)
    sd      s4, 40(sp)
    sd      s5, 48(sp)
    sd      s6, 56(sp)
    sd      s7, 64(sp)
    sd      s8, 72(sp)
    sd      s9, 80(sp)
    sd      s10, 88(sp)
    sd      s11, 96(sp)
    sd      sp, HART_RECOVER(tp)
    mv      t0, a0
    mv      a0, a1
    mv      a1, a2
    jalr    t0
probe_resume:
    sd      zero, HART_RECOVER(tp)
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    ld      s2, 24(sp)
    ld      s3, 32(sp)
    ld      s4, 40(sp)
    ld      s5, 48(sp)
    ld      s6, 56(sp)
    ld      s7, 64(sp)
    ld      s8, 72(sp)
    ld      s9, 80(sp)
    ld      s10, 88(sp)
    ld      s11, 96(sp)
    addi    sp, sp, 112
    ret

/* Leave the trap handler into the probe whose stack pointer is a0. */
    .globl probe_unwind
probe_unwind:
    mv      sp, a0
    la      t0, probe_resume
    csrw    sepc, t0
    sret

    .bss
    .balign 16
first_stack:
    .space  HART_STACK_SIZE
