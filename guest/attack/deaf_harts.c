/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hart that does not listen: it sleeps with every interrupt off, in each way that there is, or
 * does nothing but exits, or takes one exception after the other because its trap vector leads
 * nowhere. Whoever waits for it (a fence, a reboot) would wait for ever if the hypervisor counted on
 * the guest's goodwill.
 */
#include "guest/attack/attack.h"

#include "guest/attack/tables.h"
#include "guest/lib/csr.h"
#include "guest/lib/iommu_regs.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define FENCES    12U 
#define NOWHERE   UINT64_C(0x1000)
#define ALL       (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

static uint64_t do_wfi(uint64_t unused, uint64_t step)
{
    (void)unused;
    (void)step;
    csr_write(CSR_SIE, 0);
    wfi();
    return 0;
}

/* Zawrs, by number: it waits for nothing that comes. */
static uint64_t do_wrs(uint64_t unused, uint64_t step)
{
    static uint32_t reserved;

    (void)unused;
    (void)step;
    (void)probe_lr4((uint64_t)&reserved, 0);
    __asm__ volatile(".word 0x00d00073" ::: "memory"); /* wrs.nto */
    return 0;
}

static uint64_t do_suspend(uint64_t unused, uint64_t step)
{
    (void)unused;
    (void)step;
    (void)sbi_call(SBI_EXT_HSM, HSM_SUSPEND, 0, 0, 0, 0, 0);
    return 0;
}

static uint64_t do_exits(uint64_t aplic, uint64_t step)
{
    (void)step;
    return probe_load(aplic, 4);
}

static uint64_t do_illegal(uint64_t unused, uint64_t step)
{
    (void)unused;
    (void)step;
    __asm__ volatile(".word 0x62000073" ::: "memory"); /* hfence.gvma */
    return 0;
}

/* What its trap vector leads to at last: li a7, HSM; li a6, HSM_STOP; ecall; j . */
static const uint32_t way_out[PAGE / 4U] __attribute__((aligned(PAGE))) = {
    0x004858b7, 0x34d88893, 0x00100813, 0x00000073, 0x0000006f
};

static uint64_t do_traps(uint64_t satp, uint64_t step)
{
    (void)step;
    csr_write(CSR_SATP, satp);
    csr_write(CSR_STVEC, tables_window(0));
    return probe_fetch(tables_window(0), 0);
}

static void ask_it(struct tally *t, uint64_t id)
{
    for (uint64_t i = 0; i < FENCES; i++) {
        verdict(t, "a fence of it", i, 0,
                sbi_call(SBI_EXT_RFENCE, i % 3U, UINT64_C(1) << id, 0, 0, PAGE, 0).error
                    == SBI_SUCCESS);
        verdict(t, "its state", i, 0,
                sbi_call(SBI_EXT_HSM, HSM_STATUS, id, 0, 0, 0, 0).error == SBI_SUCCESS);
    }
}

/* Told to stop, it is asked for one thing more: that ends its sleep. */
static void stop_it(struct tally *t, uint64_t id)
{
    helper_tell();
    (void)sbi_call(SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, UINT64_C(1) << id, 0, 0, 0, 0);
    verdict(t, "it does not stop", id, 0, helper_stop());
}

static void deaf(struct tally *t, uint64_t (*how)(uint64_t, uint64_t), uint64_t arg)
{
    verdict(t, "it does not start", arg, 0, helper_run(how, arg));
    ask_it(t, helper_id());
    stop_it(t, helper_id());
}

void attack_deaf_harts(struct tally *t)
{
    uint32_t sources;

    deaf(t, do_wfi, 0);
    if (tree_hart_has("zawrs")) {
        deaf(t, do_wrs, 0);
    }
    deaf(t, do_suspend, 0);
    deaf(t, do_exits, tree_aplic(&sources));
    deaf(t, do_illegal, 0);
    tables_page(NOWHERE, ALL);
    verdict(t, "it does not start", 0, 0, helper_run(do_traps, csr_read(CSR_SATP)));
    ask_it(t, helper_id());
    tables_page_is((uint64_t)way_out, ALL);
    stop_it(t, helper_id());
    tables_off();
}
