/* SPDX-License-Identifier: Apache-2.0 */
/* What has been counted when the guest begins, taken by its very first instruction. Then it waits
 * until all others have begun as well, so that nothing of it is counted as theirs. */
#define WAIT_TICKS 10000000            /* a second on QEMU virt: far longer than any boot */
#define STI        (1 << 5)            /* in sie and sip */

    .section .entry.first, "ax"
    rdcycle s0
    rdtime  t0
    li      t1, WAIT_TICKS
    add     t0, t0, t1
    csrw    stimecmp, t0
    li      t1, STI
    csrw    sie, t1
1:  wfi                                 /* ends for others' interrupts as well; none is taken */
    csrr    t0, sip
    and     t0, t0, t1
    beqz    t0, 1b

    la      t0, counted_at_first
    sd      s0, 0(t0)
    j       _start

    .data                               /* start.S clears .bss */
    .balign 8
    .globl counted_at_first
counted_at_first:
    .dword  0
