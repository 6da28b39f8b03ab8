/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wild identities into the guest's own interrupt file, reads of it, every register of it there may
 * be; storms of interrupts to itself; timers that are over before they are set, and sleeping with
 * a timer as fast as it goes. None of it may cost another hart anything, or wedge this one.
 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"

#define STORM       2000U
#define NAPS        200U
#define NAP_TICKS   1000U
#define SELECTS     0x400U       /* values of siselect: AIA 2.1, and beyond */

static const uint64_t identities[] = { 0, 1, 63, 64, 255, 256, 1023, 2047, 2048, 0x7fffffff,
                                       0x80000000, 0xffffffff };

static void wild_identities(struct tally *t, uint64_t page)
{
    for (uint32_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
        attempt(t, "msi", probe_store4, page, identities[i], ODD_STORE);
        attempt(t, "msi, big-endian", probe_store4, page + 4U, identities[i], ODD_STORE);
        attempt(t, "msi of one byte", probe_store1, page, identities[i], ODD_STORE);
        attempt(t, "msi of eight bytes", probe_store8, page, identities[i], ODD_STORE);
        attempt(t, "msi, odd place", probe_store4, page + 0x800U, identities[i], ODD_STORE);
        attempt(t, "msi, misaligned", probe_store4, page + 2U, identities[i], ODD_STORE);
        attempt(t, "file read", probe_load, page + identities[i] % 4096U, 1, ODD_LOAD);
        attempt(t, "file amo", probe_amo4, page, identities[i], ODD_LOAD | ODD_STORE);
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

/* Over before they are set: each is an interrupt at once, and one only. */
static void past(struct tally *t)
{
    struct hart *self = hart_self();
    uint32_t before = self->timer;

    for (uint32_t i = 0; i < STORM; i++) {
        timer_set(i % 2U == 0U ? 0U : rdtime());
        if (i % 4U == 0U) {
            sbi_call(SBI_EXT_TIME, 0, i, 0, 0, 0, 0);
        }
        irq_on();
        irq_off();
    }
    verdict(t, "timers of the past", self->timer - before, STORM, self->timer - before == STORM);
}

static uint64_t through_sireg(uint64_t select, uint64_t value)
{
    csr_write(CSR_SISELECT, select);
    return csr_swap(CSR_SIREG, value);
}

static void registers(struct tally *t)
{
    for (uint64_t select = 0; select < SELECTS; select++) {
        attempt(t, "indirect register", through_sireg, select, UINT64_MAX,
                NO_EXCEPTION | ANY(CAUSE_ILLEGAL));
        attempt(t, "indirect register", through_sireg, select, 0,
                NO_EXCEPTION | ANY(CAUSE_ILLEGAL));
        attempt(t, "indirect register", through_sireg, UINT64_C(1) << 63 | select, UINT64_MAX,
                NO_EXCEPTION | ANY(CAUSE_ILLEGAL));
    }
}

void attack_interrupt_storm(struct tally *t)
{
    irq_off();
    csr_set(CSR_SIE, UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_TIMER);
    registers(t);
    if (irq_open()) {
        wild_identities(t, irq_file(hart_self()->id));
        storm(t, irq_file(hart_self()->id));
    }
    irq_off();
    naps(t);
    past(t);
    timer_set(UINT64_MAX);
}
