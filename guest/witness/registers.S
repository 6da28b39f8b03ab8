/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uint64_t registers_hold(uint64_t pattern, uint64_t times, uint64_t port): put a value made of
 * pattern into every register but zero, sp, tp and t0, into those of floating point and into vectors;
 * load a byte from an emulated port so many times; look at all of them. 0: all are as they were.
 * Interrupts are off, floating point and vectors on.
 *
 * What happens on the hart meanwhile is the hypervisor's alone.
 */
    .option arch, +d
    .option arch, +v

#define FRAME 144

    .macro each_x what
    .irp n, 1,3,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \what   \n
    .endr
    .endm

    .macro each_f what
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \what   \n
    .endr
    .endm

    /* The pattern itself is on the stack. */
    .macro set_x n
    ld      x\n, 0(sp)
    addi    x\n, x\n, \n
    .endm
    .macro set_f n
    ld      t0, 0(sp)
    addi    t0, t0, 64 + \n
    fmv.d.x f\n, t0
    .endm
    .macro set_v n
    ld      t0, 0(sp)
    addi    t0, t0, 128 + \n
    vmv.v.x v\n, t0
    .endm
    .macro look_x n
    ld      t0, 0(sp)
    addi    t0, t0, \n
    bne     t0, x\n, changed
    .endm
    .macro look_f n                     /* general registers have been looked at by now */
    ld      t0, 0(sp)
    addi    t0, t0, 64 + \n
    fmv.x.d t1, f\n
    bne     t0, t1, changed
    .endm
    .macro look_v n
    ld      t0, 0(sp)
    addi    t0, t0, 128 + \n
    vmv.x.s t1, v\n
    bne     t0, t1, changed
    .endm

    .text
    .globl registers_hold
registers_hold:
    addi    sp, sp, -FRAME
    sd      a0, 0(sp)
    sd      ra, 8(sp)
    sd      gp, 16(sp)
    sd      s0, 24(sp)
    sd      s1, 32(sp)
    sd      s2, 40(sp)
    sd      s3, 48(sp)
    sd      s4, 56(sp)
    sd      s5, 64(sp)
    sd      s6, 72(sp)
    sd      s7, 80(sp)
    sd      s8, 88(sp)
    sd      s9, 96(sp)
    sd      s10, 104(sp)
    sd      s11, 112(sp)
    sd      a1, 120(sp)
    sd      a2, 128(sp)
    vsetivli t0, 2, e64, m1, ta, ma
    each_f  set_v
    each_f  set_f
    each_x  set_x
1:  ld      t0, 128(sp)
    lb      t0, 0(t0)
    ld      t0, 120(sp)
    addi    t0, t0, -1
    sd      t0, 120(sp)
    bnez    t0, 1b
    each_x  look_x
    each_f  look_f
    each_f  look_v
    li      a0, 0
    j       2f
changed:
    li      a0, 1
2:  ld      ra, 8(sp)
    ld      gp, 16(sp)
    ld      s0, 24(sp)
    ld      s1, 32(sp)
    ld      s2, 40(sp)
    ld      s3, 48(sp)
    ld      s4, 56(sp)
    ld      s5, 64(sp)
    ld      s6, 72(sp)
    ld      s7, 80(sp)
    ld      s8, 88(sp)
    ld      s9, 96(sp)
    ld      s10, 104(sp)
    ld      s11, 112(sp)
    addi    sp, sp, FRAME
    ret
