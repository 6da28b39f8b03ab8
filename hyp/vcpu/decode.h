/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trapped load or store does, from its instruction. Two sources: the transformed instruction
 * of htinst (privileged architecture, "Transformed Instruction or Pseudoinstruction for mtinst or
 * htinst"), or, when htinst is 0, the instruction itself as fetched from the guest. Pure.
 */
#ifndef HYP_VCPU_DECODE_H
#define HYP_VCPU_DECODE_H

#include <stdbool.h>
#include <stdint.h>

struct mmio_access {
    bool write;
    uint8_t width;           /* bytes: 1, 2, 4 or 8 */
    bool sign_extend;        /* loads */
    uint8_t reg;             /* x register: destination of a load, source of a store */
    uint8_t length;          /* bytes of the instruction in the guest: 2 or 4 */
};

/* A standard integer load or store from its transformed form; false for anything else (a
 * pseudoinstruction of a page-table walk, an AMO, floating point, custom and reserved values). Bit 1
 * of a transformed instruction that is 0 stands for a 16-bit original. An address offset (bits 19:15)
 * other than 0 is refused too: it says that the fault lies inside a misaligned access, so that htval
 * is not the address of the access, and no register of a device is accessed that way. */
bool decode_htinst(uint64_t htinst, struct mmio_access *out);

/* The same from the raw instruction: bits 15:0 for a 16-bit one, the rest is ignored. Covers LB..LD,
 * LBU..LWU, SB..SD, C.LW, C.LD, C.SW, C.SD, C.LWSP, C.LDSP, C.SWSP, C.SDSP and Zcb's C.LBU, C.LHU,
 * C.LH, C.SB, C.SH. The instruction comes from the guest's memory and may have changed since it
 * trapped, so the caller checks write against the cause of the trap, and the address against width. */
bool decode_instruction(uint32_t instruction, struct mmio_access *out);

/* The value that a load of access leaves in its register, from the bytes read. */
uint64_t decode_load_value(const struct mmio_access *access, uint64_t bytes);

#endif
