/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/decode.h"

/* 32-bit formats: unprivileged architecture 2.2 (I and S type), opcodes of its chapter "RV32/64G
 * Instruction Set Listings". */
#define OPCODE_MASK     0x7fU
#define OPCODE_LOAD     0x03U
#define OPCODE_STORE    0x23U
#define FUNCT3_SHIFT    12U
#define FUNCT3_WIDTH    3U          /* in funct3: log2 of the bytes */
#define FUNCT3_UNSIGNED 4U          /* in funct3 of a load: zero-extends */
#define FUNCT3_RESERVED_LOAD 7U     /* would be LDU */
#define RD_SHIFT        7U
#define RS1_SHIFT       15U
#define RS2_SHIFT       20U
#define REG_MASK        0x1fU

/* Bits 1:0 are 11 in an instruction of 32 bits; bit 1 is 0 in a transformed 16-bit one. */
#define LENGTH_MASK     3U
#define LENGTH_32       3U
#define HTINST_NOT_COMPRESSED 2U

/* 16-bit formats: unprivileged architecture, chapters "C" and "Zcb"; quadrant in bits 1:0. */
#define C_FUNCT3_SHIFT  13U
#define C_QUADRANT_0    0U          /* register-based */
#define C_QUADRANT_2    2U          /* stack-pointer-based */
#define C_ZCB           4U          /* funct3 values of either quadrant, RV64 */
#define C_LOAD_WORD     2U
#define C_LOAD_DOUBLE   3U
#define C_STORE_WORD    6U
#define C_STORE_DOUBLE  7U
#define C_RD_SHIFT      7U          /* CI format: rd, 5 bits */
#define C_RS2_SHIFT     2U          /* CSS format: rs2, 5 bits */
#define C_REG3_SHIFT    2U          /* CL and CS format: rd' or rs2', 3 bits */
#define C_REG3_MASK     7U
#define C_REG3_FIRST    8U          /* x8 is the first of the eight */
#define ZCB_FUNCT_SHIFT 10U         /* bits 12:10 */
#define ZCB_FUNCT_MASK  7U
#define ZCB_LBU         0U
#define ZCB_LH_LHU      1U
#define ZCB_SB          2U
#define ZCB_SH          3U
#define ZCB_BIT6        (1U << 6)   /* LH, not LHU; reserved in SH */

static bool decode_32(uint32_t instruction, struct mmio_access *out)
{
    uint32_t opcode = instruction & OPCODE_MASK;
    uint32_t funct3 = (instruction >> FUNCT3_SHIFT) & 7U;
    bool write = opcode == OPCODE_STORE;

    if (write ? funct3 > FUNCT3_WIDTH
              : (opcode != OPCODE_LOAD || funct3 == FUNCT3_RESERVED_LOAD)) {
        return false;
    }
    out->write = write;
    out->width = (uint8_t)(1U << (funct3 & FUNCT3_WIDTH));
    out->sign_extend = !write && (funct3 & FUNCT3_UNSIGNED) == 0U;
    out->reg = (uint8_t)((instruction >> (write ? RS2_SHIFT : RD_SHIFT)) & REG_MASK);
    out->length = 4;
    return true;
}

bool decode_htinst(uint64_t htinst, struct mmio_access *out)
{
    /* Bits 63:32 are kept for the future and have to be checked. Bit 0, which is 0 in every
     * pseudoinstruction, is part of the opcode. */
    if ((htinst >> 32) != 0U || ((htinst >> RS1_SHIFT) & REG_MASK) != 0U) {
        return false;
    }
    if (!decode_32((uint32_t)htinst | HTINST_NOT_COMPRESSED, out)) {
        return false;
    }
    out->length = (htinst & HTINST_NOT_COMPRESSED) != 0U ? 4 : 2;
    return true;
}

static bool access_16(struct mmio_access *out, bool write, uint32_t width, bool sign_extend,
                      uint32_t reg)
{
    *out = (struct mmio_access){ .write = write, .width = (uint8_t)width,
                                 .sign_extend = sign_extend, .reg = (uint8_t)reg, .length = 2 };
    return true;
}

static bool decode_zcb(uint32_t instruction, struct mmio_access *out)
{
    uint32_t reg = C_REG3_FIRST + ((instruction >> C_REG3_SHIFT) & C_REG3_MASK);
    bool bit6 = (instruction & ZCB_BIT6) != 0U;

    switch ((instruction >> ZCB_FUNCT_SHIFT) & ZCB_FUNCT_MASK) {
    case ZCB_LBU:
        return access_16(out, false, 1, false, reg);
    case ZCB_LH_LHU:
        return access_16(out, false, 2, bit6, reg);
    case ZCB_SB:
        return access_16(out, true, 1, false, reg);
    case ZCB_SH:
        return !bit6 && access_16(out, true, 2, false, reg);
    default:
        return false;
    }
}

static bool decode_register_based(uint32_t instruction, struct mmio_access *out)
{
    uint32_t reg = C_REG3_FIRST + ((instruction >> C_REG3_SHIFT) & C_REG3_MASK);

    switch (instruction >> C_FUNCT3_SHIFT) {
    case C_LOAD_WORD:
        return access_16(out, false, 4, true, reg);
    case C_LOAD_DOUBLE:
        return access_16(out, false, 8, true, reg);
    case C_ZCB:
        return decode_zcb(instruction, out);
    case C_STORE_WORD:
        return access_16(out, true, 4, false, reg);
    case C_STORE_DOUBLE:
        return access_16(out, true, 8, false, reg);
    default:
        return false;
    }
}

static bool decode_stack_based(uint32_t instruction, struct mmio_access *out)
{
    uint32_t rd = (instruction >> C_RD_SHIFT) & REG_MASK;
    uint32_t rs2 = (instruction >> C_RS2_SHIFT) & REG_MASK;

    switch (instruction >> C_FUNCT3_SHIFT) {
    case C_LOAD_WORD:               /* rd = x0 is reserved in both loads */
        return rd != 0U && access_16(out, false, 4, true, rd);
    case C_LOAD_DOUBLE:
        return rd != 0U && access_16(out, false, 8, true, rd);
    case C_STORE_WORD:
        return access_16(out, true, 4, false, rs2);
    case C_STORE_DOUBLE:
        return access_16(out, true, 8, false, rs2);
    default:
        return false;
    }
}

bool decode_instruction(uint32_t instruction, struct mmio_access *out)
{
    switch (instruction & LENGTH_MASK) {
    case LENGTH_32:
        return decode_32(instruction, out);
    case C_QUADRANT_0:
        return decode_register_based(instruction & 0xffffU, out);
    case C_QUADRANT_2:
        return decode_stack_based(instruction & 0xffffU, out);
    default:
        return false;
    }
}

uint64_t decode_load_value(const struct mmio_access *access, uint64_t bytes)
{
    uint32_t unused = 64U - 8U * access->width;
    uint64_t value = (bytes << unused) >> unused;
    uint64_t sign = UINT64_C(1) << (63U - unused);

    return access->sign_extend ? (value ^ sign) - sign : value;
}
