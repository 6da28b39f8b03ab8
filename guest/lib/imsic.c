/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/imsic.h"

#include "guest/lib/csr.h"

/* AIA specification, 3.8: registers behind siselect. */
#define EIDELIVERY  0x70U
#define EITHRESHOLD 0x72U
#define EIE0        0xc0U
#define IDENTITIES_PER_REGISTER 64U /* RV64: the even ones exist */
#define STOPEI_IDENTITY_SHIFT   16U

static void indirect_write(uint64_t select, uint64_t value)
{
    csr_write(CSR_SISELECT, select);
    csr_write(CSR_SIREG, value);
}

void imsic_init(uint32_t identities)
{
    for (uint32_t i = 0; i <= identities / IDENTITIES_PER_REGISTER; i++) {
        indirect_write(EIE0 + i * 2U, 0);
    }
    indirect_write(EITHRESHOLD, 0);
    indirect_write(EIDELIVERY, 1);
}

void imsic_enable(uint32_t identity)
{
    csr_write(CSR_SISELECT, EIE0 + identity / IDENTITIES_PER_REGISTER * 2U);
    csr_set(CSR_SIREG, UINT64_C(1) << (identity % IDENTITIES_PER_REGISTER));
}

uint32_t imsic_claim(void)
{
    return (uint32_t)(csr_swap(CSR_STOPEI, 0) >> STOPEI_IDENTITY_SHIFT);
}

void imsic_send(uint64_t page, uint32_t identity)
{
    fence();
    *(volatile uint32_t *)page = identity;
}
