/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/mem/hw/own_space_enter.h. In the image's part that stays, which is at the same addresses in the
 * space as without it. */

    .text
    .globl own_space_fits
own_space_fits:
    sfence.vma                          /* the tables are written before any of them is walked */
    csrw    satp, a0
    csrr    a1, satp
    csrw    satp, zero
    sfence.vma
    xor     a0, a0, a1
    seqz    a0, a0
    ret

    .globl own_space_enter
own_space_enter:
    csrw    satp, a0
    sfence.vma
    mv      sp, a1
    jr      a2
