/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/csr_access.h"

#define OPCODE_MASK   0x7fU
#define OPCODE_SYSTEM 0x73U
#define FUNCT3_SHIFT  12U
#define FUNCT3_MASK   7U
#define FUNCT3_PRIV   0U     /* ECALL, WFI, fences */
#define FUNCT3_HLV    4U     /* hypervisor loads and stores */
#define RD_SHIFT      7U
#define RD_MASK       0x1fU
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
    return true;
}

bool csr_access_is_iprio(uint64_t siselect)
{
    return siselect >= IPRIO0 && siselect <= IPRIO15 && siselect % 2U == 0U;
}
