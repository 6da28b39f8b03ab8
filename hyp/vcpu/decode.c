/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/decode.h"

/* Bits 1:0 are 11 in an instruction of 32 bits, and part of its opcode. */
#define OPCODE          0x7fU
#define LENGTH_MASK     3U
#define LENGTH_32       3U

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
#define C_REG5_MASK     31U
#define C_REG3_FIRST    8U          /* x8 is the first of the eight */
#define ZCB_FUNCT_SHIFT 10U         /* bits 12:10 */
#define ZCB_FUNCT_MASK  7U
#define ZCB_LBU         0U
#define ZCB_LH_LHU      1U
#define ZCB_SB          2U
#define ZCB_SH          3U
#define ZCB_BIT6        (1U << 6)   /* LH, not LHU; reserved in SH */

#define UNSIGNED true
#define SIGNED   false

/* The forms of 16-bit instructions; width is log2 of the bytes. */

static uint64_t load_16(uint32_t width, bool is_unsigned, uint32_t rd)
{
    return (DECODE_LOAD & ~DECODE_NOT_COMPRESSED) | (is_unsigned ? DECODE_UNSIGNED : 0U) |
           (uint64_t)width << DECODE_WIDTH_SHIFT | (uint64_t)rd << DECODE_RD_SHIFT;
}

static uint64_t store_16(uint32_t width, uint32_t rs2)
{
    return (DECODE_STORE & ~DECODE_NOT_COMPRESSED) | (uint64_t)width << DECODE_WIDTH_SHIFT |
           (uint64_t)rs2 << DECODE_RS2_SHIFT;
}

static uint64_t transform_32(uint32_t instruction)
{
    const uint64_t load = instruction & (DECODE_RD | DECODE_FUNCT3 | OPCODE);
    const uint64_t store = instruction & (DECODE_RS2 | DECODE_FUNCT3 | OPCODE);

    if (decode_is_load(load)) {
        return load;
    }
    return decode_is_store(store) ? store : 0U;
}

static uint64_t transform_zcb(uint32_t instruction)
{
    uint32_t reg = C_REG3_FIRST + ((instruction >> C_REG3_SHIFT) & C_REG3_MASK);
    bool bit6 = (instruction & ZCB_BIT6) != 0U;

    switch ((instruction >> ZCB_FUNCT_SHIFT) & ZCB_FUNCT_MASK) {
    case ZCB_LBU:
        return load_16(0, UNSIGNED, reg);
    case ZCB_LH_LHU:
        return load_16(1, bit6 ? SIGNED : UNSIGNED, reg);
    case ZCB_SB:
        return store_16(0, reg);
    case ZCB_SH:
        return bit6 ? 0U : store_16(1, reg);
    default:
        return 0U;
    }
}

static uint64_t transform_register_based(uint32_t instruction)
{
    uint32_t reg = C_REG3_FIRST + ((instruction >> C_REG3_SHIFT) & C_REG3_MASK);

    switch (instruction >> C_FUNCT3_SHIFT) {
    case C_LOAD_WORD:
        return load_16(2, SIGNED, reg);
    case C_LOAD_DOUBLE:
        return load_16(3, SIGNED, reg);
    case C_ZCB:
        return transform_zcb(instruction);
    case C_STORE_WORD:
        return store_16(2, reg);
    case C_STORE_DOUBLE:
        return store_16(3, reg);
    default:
        return 0U;
    }
}

static uint64_t transform_stack_based(uint32_t instruction)
{
    uint32_t rd = (instruction >> C_RD_SHIFT) & C_REG5_MASK;
    uint32_t rs2 = (instruction >> C_RS2_SHIFT) & C_REG5_MASK;

    switch (instruction >> C_FUNCT3_SHIFT) {
    case C_LOAD_WORD:               /* rd = x0 is reserved in both loads */
        return rd != 0U ? load_16(2, SIGNED, rd) : 0U;
    case C_LOAD_DOUBLE:
        return rd != 0U ? load_16(3, SIGNED, rd) : 0U;
    case C_STORE_WORD:
        return store_16(2, rs2);
    case C_STORE_DOUBLE:
        return store_16(3, rs2);
    default:
        return 0U;
    }
}

uint64_t decode_transform(uint32_t instruction)
{
    switch (instruction & LENGTH_MASK) {
    case LENGTH_32:
        return transform_32(instruction);
    case C_QUADRANT_0:
        return transform_register_based(instruction & 0xffffU);
    case C_QUADRANT_2:
        return transform_stack_based(instruction & 0xffffU);
    default:
        return 0U;
    }
}
