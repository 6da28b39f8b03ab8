/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void registers_NAME(struct registers *r): one instruction that exits, with every register from r;
 * afterwards r has what they are then. x[0] is not a register: the stack is kept there.
 * Interrupts are off, and the instruction raises no exception in the guest: nothing else uses
 * sscratch.
 */
    .altmacro

    .macro store_kept number, slot
    sd      x\number, (\slot * 8)(sp)
    .endm
    .macro load_kept number, slot
    ld      x\number, (\slot * 8)(sp)
    .endm

/* What a function has to give back: ra, gp, tp, s0, s1, s2-s11. */
    .macro each_kept do
    \do     1, 0
    \do     3, 1
    \do     4, 2
    \do     8, 3
    \do     9, 4
    .set    number, 18
    .rept   10
    \do     %number, %(number - 13)
    .set    number, number + 1
    .endr
    .endm

    .macro load_one number
    ld      x\number, (\number * 8)(a0)
    .endm
    .macro store_one number
    sd      x\number, (\number * 8)(sp)
    .endm
    .macro each from, to, do
    .set    number, \from
    .rept   \to - \from + 1
    \do     %number
    .set    number, number + 1
    .endr
    .endm

    .macro registers name, instruction:vararg
    .text
    .globl  registers_\name
registers_\name:
    addi    sp, sp, -128
    each_kept store_kept
    sd      sp, 0(a0)
    csrw    sscratch, a0
    each    1, 9, load_one
    each    11, 31, load_one
    load_one 10
    .globl  registers_\name\()_at
registers_\name\()_at:
    \instruction
    csrrw   sp, sscratch, sp
    store_one 1
    each    3, 31, store_one
    csrr    t0, sscratch
    sd      t0, 16(sp)
    ld      sp, 0(sp)
    each_kept load_kept
    addi    sp, sp, 128
    ret
    .endm

    registers ecall, ecall
    registers load, lw a0, 0(a1)
    registers store, sw a2, 0(a1)
    registers csr, csrr a0, sireg
    .option norvc
    registers written, nop              /* by the caller, at registers_written_at */
