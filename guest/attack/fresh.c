/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/attack.h"

#include "guest/attack/dma.h"
#include "guest/lib/aplic.h"
#include "guest/lib/csr.h"
#include "guest/lib/imsic.h"
#include "guest/lib/pci.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define DOMAINCFG_IE 0x100U

static void fresh_harts(struct tally *t)
{
    verdict(t, "the second hart runs", helper_id(), 0,
            !helper_exists() || sbi_call(SBI_EXT_HSM, HSM_STATUS, helper_id(), 0, 0, 0, 0).value
                                    == HSM_STOPPED);
    verdict(t, "an interrupt is pending", csr_read(CSR_SIP), 0,
            (csr_read(CSR_SIP) & (UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_EXTERNAL))
                == 0U);
}

static void fresh_interrupts(struct tally *t)
{
    struct tree_imsic imsic;
    uint32_t sources = 0;
    uint64_t aplic = tree_aplic(&sources);

    verdict(t, "the APLIC is on", aplic, 0,
            (aplic_read(aplic, APLIC_DOMAINCFG) & DOMAINCFG_IE) == 0U);
    for (uint32_t i = 0; i < sources; i++) {
        verdict(t, "a source is active", i + 1U, 0,
                aplic_read(aplic, (uint32_t)APLIC_SOURCECFG1 + i * 4U) == 0U);
    }
    if (tree_imsic(&imsic)) {
        for (uint32_t identity = 1; identity < imsic.identities; identity++) {
            imsic_enable(identity);
        }
        verdict(t, "an identity is pending", imsic_claim(), 0, imsic_claim() == 0U);
        imsic_init(imsic.identities);
    }
}

void fresh(struct tally *t)
{
    fresh_harts(t);
    fresh_interrupts(t);
    if (dma_exists()) {
        dma_fresh(t);
    }
}
