/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/csr_access.h"

#define OPCODE_MASK   0x7fU
#define OPCODE_SYSTEM 0x73U
#define FUNCT3_SHIFT  12U
#define FUNCT3_MASK   7U
#define FUNCT3_PRIV   0U     /* ECALL, WFI, fences */
#define FUNCT3_HLV    4U     /* hypervisor loads and stores */
#define FUNCT3_OP     3U     /* in funct3: CSRRW, CSRRS, CSRRC are 1, 2, 3 */
#define FUNCT3_IMMEDIATE 4U  /* in funct3: with a 5-bit operand in place of rs1 */
#define RD_SHIFT      7U
#define RD_MASK       0x1fU
#define RS1_SHIFT     15U
#define RS1_MASK      0x1fU
#define CSR_SHIFT     20U

#define IPRIO0  0x30U
#define IPRIO15 0x3fU

bool csr_access_decode(uint32_t instruction, struct csr_access *out)
{
    uint32_t funct3 = instruction >> FUNCT3_SHIFT & FUNCT3_MASK;

    if ((instruction & OPCODE_MASK) != OPCODE_SYSTEM || funct3 == FUNCT3_PRIV ||
        funct3 == FUNCT3_HLV) {
        return false;
    }
    out->csr = (uint16_t)(instruction >> CSR_SHIFT);
    out->rd = (uint8_t)(instruction >> RD_SHIFT & RD_MASK);
    out->op = (enum csr_op)((funct3 & FUNCT3_OP) - 1U);
    out->immediate = (funct3 & FUNCT3_IMMEDIATE) != 0U;
    out->source = (uint8_t)(instruction >> RS1_SHIFT & RS1_MASK);
    out->writes = out->op == CSR_WRITE || out->source != 0U;
    return true;
}

uint64_t csr_access_result(enum csr_op op, uint64_t old, uint64_t operand)
{
    switch (op) {
    case CSR_SET:
        return old | operand;
    case CSR_CLEAR:
        return old & ~operand;
    case CSR_WRITE:
    default:
        return operand;
    }
}

bool csr_access_is_iprio(uint64_t siselect)
{
    return siselect >= IPRIO0 && siselect <= IPRIO15 && siselect % 2U == 0U;
}
