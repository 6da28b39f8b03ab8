/* SPDX-License-Identifier: Apache-2.0 */
/* Wild identities into the guest's own interrupt file, reads of it, a storm of interrupts to itself,
 * and sleeping with a timer as fast as it goes. */
#include "guest/hostile/hostile.h"

#include "guest/lib/csr.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"

#define STORM       2000U
#define NAPS        200U
#define NAP_TICKS   1000U
#define LOADS  (NO_EXCEPTION | ANY(CAUSE_LOAD_MISALIGNED) | ANY(CAUSE_LOAD_ACCESS))
#define STORES (NO_EXCEPTION | ANY(CAUSE_STORE_MISALIGNED) | ANY(CAUSE_STORE_ACCESS))

static const uint64_t identities[] = { 0, 1, 63, 64, 255, 256, 1023, 2047, 2048, 0x7fffffff,
                                       0x80000000, 0xffffffff };

static void wild_identities(struct tally *t, uint64_t page)
{
    for (uint32_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
        attempt(t, "msi", probe_store4, page, identities[i], STORES);
        attempt(t, "msi, big-endian", probe_store4, page + 4U, identities[i], STORES);
        attempt(t, "msi of one byte", probe_store1, page, identities[i], STORES);
        attempt(t, "msi of eight bytes", probe_store8, page, identities[i], STORES);
        attempt(t, "msi, odd place", probe_store4, page + 0x800U, identities[i], STORES);
        attempt(t, "msi, misaligned", probe_store4, page + 2U, identities[i], STORES);
        attempt(t, "file read", probe_load, page + identities[i] % 4096U, 1, LOADS);
        attempt(t, "file amo", probe_amo4, page, identities[i], LOADS | STORES);
    }
    attempt(t, "file fetch", probe_fetch, page, 0, ANY(CAUSE_FETCH_ACCESS));
}

static void storm(struct tally *t, uint64_t page)
{
    struct hart *self = hart_self();
    uint32_t before = self->external;

    imsic_enable(1);
    irq_on();
    for (uint32_t i = 0; i < STORM; i++) {
        imsic_send(page, 1);
        sbi_call(SBI_EXT_IPI, 0, 1, self->id, 0, 0, 0);
    }
    irq_off();
    /* Interrupts may merge, but not all of them. */
    verdict(t, "storm came to nothing", before, self->external, self->external > before);
}

static void naps(struct tally *t)
{
    struct hart *self = hart_self();
    uint32_t before = self->timer;

    csr_set(CSR_SIE, UINT64_C(1) << IRQ_TIMER);
    for (uint32_t i = 0; i < NAPS; i++) {
        timer_set(rdtime() + NAP_TICKS);
        wfi();
        irq_on();
        irq_off();
    }
    verdict(t, "no timer interrupts", before, self->timer, self->timer > before);
    timer_set(UINT64_MAX);
}

void attack_interrupts(struct tally *t)
{
    uint64_t page;

    csr_set(CSR_SIE, UINT64_C(1) << IRQ_SOFTWARE);
    if (irq_open()) {
        page = irq_file(hart_self()->id);
        wild_identities(t, page);
        storm(t, page);
    }
    irq_off();
    naps(t);
}
