/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where assembly finds things in the structures of hyp/vcpu/hart.h. Every number is held against
 * the structure by a static assertion in hyp/vcpu/hw/offsets.c.
 */
#ifndef HYP_HW_OFFSETS_H
#define HYP_HW_OFFSETS_H

#define FRAME_X(n)  ((n) * 8)  /* struct vcpu_frame: x1..x31; the slot of x0 holds the struct hart */
#define FRAME_HART  FRAME_X(0)
#define FRAME_SIZE  256

#define HART_FRAME  0          /* struct hart: frame */

#endif
