/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trapped load or store does: said by a transformed instruction (privileged architecture,
 * "Transformed Instruction or Pseudoinstruction for mtinst or htinst"). Hardware gives it in htinst;
 * if it leaves that 0, decode_transform makes it of the instruction as fetched from the guest. Pure.
 *
 * What every trapped access goes through is inline: it is a few instructions of the exit path.
 */
#ifndef HYP_VCPU_DECODE_H
#define HYP_VCPU_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/hw/csr_numbers.h"

/* Formats: unprivileged architecture 2.2 (I and S type), opcodes of its chapter "RV32/64G Instruction
 * Set Listings". In a transformed instruction bit 1 is 0 if the original has 16 bits. */
#define DECODE_LOAD           UINT64_C(0x03)
#define DECODE_STORE          UINT64_C(0x23)
#define DECODE_NOT_COMPRESSED UINT64_C(0x02)
#define DECODE_FUNCT3         UINT64_C(0x7000)
#define DECODE_UNSIGNED       UINT64_C(0x4000)     /* of funct3, in a load: zero-extends */
#define DECODE_WIDTH          UINT64_C(0x3000)     /* of funct3: log2 of the bytes */
#define DECODE_WIDTH_SHIFT    12U
#define DECODE_RESERVED_LOAD  UINT64_C(0x7000)     /* funct3; would be LDU */
#define DECODE_RD             UINT64_C(0x00000f80)
#define DECODE_RD_SHIFT       7U
#define DECODE_RS2            UINT64_C(0x01f00000)
#define DECODE_RS2_SHIFT      ((uint32_t)HTINST_RS2_SHIFT)

/*
 * A standard integer load; false for anything else (a pseudoinstruction of a page-table walk, an AMO,
 * floating point, custom and reserved values: bits 63:32 are kept for the future). An address offset
 * (bits 19:15) other than 0 is refused too: it says that the fault lies inside a misaligned access, so
 * that htval is not the address of the access, and no register of a device is accessed that way.
 */
static inline bool decode_is_load(uint64_t htinst)
{
    return (htinst & ~(DECODE_RD | DECODE_FUNCT3 | DECODE_NOT_COMPRESSED)) ==
               (DECODE_LOAD & ~DECODE_NOT_COMPRESSED) &&
           (htinst & DECODE_FUNCT3) != DECODE_RESERVED_LOAD;
}

/* The same of a store. */
static inline bool decode_is_store(uint64_t htinst)
{
    return (htinst & ~(DECODE_RS2 | DECODE_WIDTH | DECODE_NOT_COMPRESSED)) ==
           (DECODE_STORE & ~DECODE_NOT_COMPRESSED);
}

/* Of a load or a store, and only of one: the bytes that it accesses: 1, 2, 4 or 8; */
static inline uint64_t decode_width(uint64_t htinst)
{
    return UINT64_C(1) << ((htinst & DECODE_WIDTH) >> DECODE_WIDTH_SHIFT);
}

/* the bytes of the instruction in the guest: 2 or 4; */
static inline uint64_t decode_length(uint64_t htinst)
{
    return (htinst & DECODE_NOT_COMPRESSED) + 2U;
}

/* the register that a load writes, that a store reads; */
static inline uint64_t decode_rd(uint64_t htinst)
{
    return (htinst & DECODE_RD) >> DECODE_RD_SHIFT;
}

static inline uint64_t decode_rs2(uint64_t htinst)
{
    return (htinst & DECODE_RS2) >> DECODE_RS2_SHIFT;
}

/* what a load leaves in its register, from the bytes read. */
static inline uint64_t decode_load_value(uint64_t htinst, uint64_t bytes)
{
    const uint64_t unused = 64U - 8U * decode_width(htinst);
    const uint64_t high = bytes << unused;

    /* gcc and clang shift negative numbers arithmetically, and say so. */
    return (htinst & DECODE_UNSIGNED) != 0U ? high >> unused : (uint64_t)((int64_t)high >> unused);
}

/*
 * The transformed form of an instruction (bits 15:0 of a 16-bit one, the rest is ignored), or 0 for
 * what is no standard integer load or store. Covers LB..LD, LBU..LWU, SB..SD, C.LW, C.LD, C.SW, C.SD,
 * C.LWSP, C.LDSP, C.SWSP, C.SDSP and Zcb's C.LBU, C.LHU, C.LH, C.SB, C.SH. The instruction comes from the
 * guest's memory and may have changed since it trapped, so the caller checks which of the two it is
 * against the cause of the trap, and the address against its width.
 */
uint64_t decode_transform(uint32_t instruction);

#endif
