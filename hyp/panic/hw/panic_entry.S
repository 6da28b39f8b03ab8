/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into a panic: an exception in the hypervisor. The registers go to an area of their own and
 * the rest runs on a stack of its own, so that a broken stack does not hide the report. Only the first
 * hart reports; any later one waits for ever.
 */
#include "hyp/vcpu/hw/offsets.h"

    .text
    .globl trap_in_hypervisor
trap_in_hypervisor:                     /* sp = 0, sscratch = the hypervisor's sp, maybe broken */
    csrrw   sp, sscratch, sp
    csrw    sscratch, t0
    lla     t0, panic_owner
    amoswap.w.aq t0, t0, (t0)           /* its own address serves as a value that is not 0 */
    bnez    t0, panic_again
    lla     t0, panic_registers
    sd      ra, FRAME_X(1)(t0)
    sd      sp, FRAME_X(2)(t0)
    sd      gp, FRAME_X(3)(t0)
    sd      tp, FRAME_X(4)(t0)
    sd      t1, FRAME_X(6)(t0)
    sd      t2, FRAME_X(7)(t0)
    sd      s0, FRAME_X(8)(t0)
    sd      s1, FRAME_X(9)(t0)
    sd      a0, FRAME_X(10)(t0)
    sd      a1, FRAME_X(11)(t0)
    sd      a2, FRAME_X(12)(t0)
    sd      a3, FRAME_X(13)(t0)
    sd      a4, FRAME_X(14)(t0)
    sd      a5, FRAME_X(15)(t0)
    sd      a6, FRAME_X(16)(t0)
    sd      a7, FRAME_X(17)(t0)
    sd      s2, FRAME_X(18)(t0)
    sd      s3, FRAME_X(19)(t0)
    sd      s4, FRAME_X(20)(t0)
    sd      s5, FRAME_X(21)(t0)
    sd      s6, FRAME_X(22)(t0)
    sd      s7, FRAME_X(23)(t0)
    sd      s8, FRAME_X(24)(t0)
    sd      s9, FRAME_X(25)(t0)
    sd      s10, FRAME_X(26)(t0)
    sd      s11, FRAME_X(27)(t0)
    sd      t3, FRAME_X(28)(t0)
    sd      t4, FRAME_X(29)(t0)
    sd      t5, FRAME_X(30)(t0)
    sd      t6, FRAME_X(31)(t0)
    csrr    t1, sscratch
    sd      t1, FRAME_X(5)(t0)
    csrw    sscratch, zero
    lla     sp, panic_stack_top
    mv      a0, t0
    call    panic_report                /* does not return */

/* A second hart, or the report itself trapped. */
panic_again:
    wfi
    j       panic_again

    .data
    .balign 8
/* In .data, since a panic can come before bss is cleared. */
panic_owner:
    .word   0
    .balign 16
    .globl panic_registers
panic_registers:
    .space  FRAME_SIZE

    .bss
    .balign 16
    .space  8192
panic_stack_top:
