/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions. OpenSBI (or U-Boot's booti) enters _start in HS-mode on one hart with
 * a0 = hart id, a1 = device tree, satp = 0, interrupts off (SBI 3.0, chapter 3; Linux
 * Documentation/arch/riscv/boot.rst). All other harts are stopped.
 *
 * The image header is Linux' (Documentation/arch/riscv/boot-image-header.rst), so that whatever
 * can start a kernel can start Bulkhead.
 */
#include "hyp/vcpu/hw/offsets.h"

    .section .head, "ax"
    .globl _start
_start:
    j       enter                       /* code0 */
    .balign 4
    .word   0                           /* code1 */
    .balign 8
    .dword  0x200000                    /* text_offset: what U-Boot adds to the start of RAM */
    .dword  image_end - image_start     /* image_size, with bss */
    .dword  0                           /* flags: little-endian */
    .word   2                           /* header version 0.2 */
    .word   0
    .dword  0
    .ascii  "RISCV\0\0\0"               /* magic */
    .ascii  "RSC\x05"                   /* magic2 */
    .word   0

    .text
    .balign 4
enter:
    csrw    sie, zero
    csrw    sscratch, zero              /* "in the hypervisor": a trap is a panic from here on */
    lla     t0, trap_entry
    csrw    stvec, t0

    lla     t0, bss_start               /* whole rounds: linker/bulkhead.ld */
    lla     t1, bss_end
1:  sd      zero, 0(t0)
    sd      zero, 8(t0)
    sd      zero, 16(t0)
    sd      zero, 24(t0)
    sd      zero, 32(t0)
    sd      zero, 40(t0)
    sd      zero, 48(t0)
    sd      zero, 56(t0)
    sd      zero, 64(t0)
    sd      zero, 72(t0)
    sd      zero, 80(t0)
    sd      zero, 88(t0)
    sd      zero, 96(t0)
    sd      zero, 104(t0)
    sd      zero, 112(t0)
    sd      zero, 120(t0)
    addi    t0, t0, 128
    bltu    t0, t1, 1b

    /* R_RISCV_RELATIVE is the only kind in a static PIE without symbols: *(base + r_offset) =
     * base + r_addend. The build refuses an image with another kind. */
    lla     t0, relocations_start
    lla     t1, relocations_end
    lla     t2, image_start
3:  bgeu    t0, t1, 4f
    ld      t3, 0(t0)
    ld      t4, 16(t0)
    add     t3, t3, t2
    add     t4, t4, t2
    sd      t4, 0(t3)
    addi    t0, t0, 24
    j       3b

4:  fence.i
    lla     sp, boot_stack_top
    mv      tp, zero
    call    boot_main                   /* (hart id, device tree); does not return */
    ebreak

/* A secondary hart, by SBI HSM hart_start: a0 = hart id, a1 = its struct hart. */
    .globl secondary_entry
    .balign 4
secondary_entry:
    csrw    sie, zero
    csrw    sscratch, zero
    lla     t0, trap_entry
    csrw    stvec, t0
    mv      tp, a1
    ld      sp, HART_FRAME(tp)
    mv      a0, tp
    call    hart_main                   /* does not return */
    ebreak

    .bss
    .balign 16
    .globl boot_stack, boot_stack_top
boot_stack:
    .space  16384
boot_stack_top:
