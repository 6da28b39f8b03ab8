/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/attack.h"

#include <string.h>

#include "guest/attack/dma.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/sleep.h"
#include "guest/lib/trap.h"
#include "guest/lib/tree.h"

#define RACE_MS      250U
#define RACE_ROUNDS  200U        /* at least, */
#define RACE_MOST_MS 3000U       /* in this time */
#define AFTER_MS     2000U       /* for an interrupt that comes at once */
#define MS_PER_S     1000U
#define SEED_BASE    UINT64_C(0x9e3779b97f4a7c15)

static const struct idea ideas[] = {
    { "privileged", attack_privileged, NEEDS_NO_IOMMU, false },
    { "mret", attack_mret, NEEDS_NO_IOMMU, true },
    { "wild_sbi", attack_wild_sbi, NEEDS_NO_IOMMU, false },
    { "interrupt_storm", attack_interrupt_storm, NEEDS_NO_IOMMU, false },
    { "odd_accesses", attack_odd_accesses, 0, false },
    { "fetch_from_devices", attack_fetch_from_devices, 0, false },
    { "foreign_tables", attack_foreign_tables, 0, false },
    { "gstage_corners", attack_gstage_corners, NEEDS_NO_IOMMU, false },
    { "sweep", attack_sweep, NEEDS_NO_IOMMU, false },
    { "decode_race", attack_decode_race, NEEDS_NO_IOMMU | NEEDS_HELPER, false },
    { "hart_games", attack_hart_games, NEEDS_NO_IOMMU | NEEDS_HELPER, false },
    { "deaf_harts", attack_deaf_harts, NEEDS_NO_IOMMU | NEEDS_HELPER, false },
    { "doorbell_flood", attack_doorbell_flood, NEEDS_NO_IOMMU | NEEDS_HELPER, false },
    { "console_flood", attack_console_flood, NEEDS_NO_IOMMU | NEEDS_HELPER, false },
    { "state_page", attack_state_page, NEEDS_IOMMU, false },
    { "config_space", attack_config_space, NEEDS_IOMMU, false },
    { "queue_outside", attack_queue_outside, NEEDS_IOMMU, false },
    { "msi_forgery", attack_msi_forgery, NEEDS_IOMMU, false },
    { "dma_sweep", attack_dma_sweep, NEEDS_IOMMU, false },
    { "directory_race", attack_directory_race, NEEDS_IOMMU | NEEDS_HELPER, false },
    { "command_flood", attack_command_flood, NEEDS_IOMMU | NEEDS_HELPER, false },
    { "fault_flood", attack_fault_flood, NEEDS_IOMMU, false },
};

struct random chance;

bool race_goes_on(struct race *race)
{
    uint64_t now = rdtime(), ms = tree_timebase() / MS_PER_S, wanted;

    race->begin = race->rounds == 0U ? now : race->begin;
    wanted = tree_bootarg_value("ms", RACE_MS) * ms;
    return now - race->begin < (race->rounds++ < RACE_ROUNDS ? RACE_MOST_MS * ms : wanted);
}

static bool has(uint32_t needs)
{
    bool iommu = dma_exists();

    return (needs & (iommu ? NEEDS_NO_IOMMU : NEEDS_IOMMU)) == 0U
           && ((needs & NEEDS_HELPER) == 0U || helper_exists());
}

/* Those to make; how many. */
static uint32_t choose(const struct idea *chosen[])
{
    uint32_t count = 0;
    bool named = false;

    for (uint32_t i = 0; i < COUNT(ideas); i++) {
        named = named || tree_bootarg(ideas[i].name);
    }
    for (uint32_t i = 0; i < COUNT(ideas); i++) {
        if (named ? tree_bootarg(ideas[i].name) : !ideas[i].unasked && has(ideas[i].needs)) {
            chosen[count++] = &ideas[i];
        }
    }
    return count;
}

/* After each idea the guest's own timer, interrupts and second hart work as ever. */
static void still_works(struct tally *t)
{
    struct hart *self = hart_self();
    uint32_t timer = self->timer, software = self->software;
    uint64_t end = ms_from_now(AFTER_MS);

    csr_write(CSR_SATP, 0);
    csr_write(CSR_SIE, UINT64_C(1) << IRQ_TIMER | UINT64_C(1) << IRQ_SOFTWARE);
    irq_on();
    timer_set(rdtime());
    while (self->timer == timer && rdtime() < end) {
    }
    verdict(t, "no timer interrupt afterwards", timer, 0, self->timer != timer);
    sbi_call(SBI_EXT_IPI, 0, 1, self->id, 0, 0, 0);
    verdict(t, "no interrupt from itself afterwards", software, 0,
            sleep_for_event(&self->software, software, ms_from_now(AFTER_MS)));
}

static bool make(const struct idea *idea, uint32_t n)
{
    struct tally t = { 0 };

    idea->run(&t);
    still_works(&t);
    lives_record(n, t.tried);
    print("attack: %s %s: %llu tried, %llu exceptions, %llu refused, %llu wrong\n",
          t.wrong == 0U ? "PASS" : "FAIL", idea->name, (unsigned long long)t.tried,
          (unsigned long long)t.exceptions, (unsigned long long)t.refused,
          (unsigned long long)t.wrong);
    return t.wrong == 0U;
}

void guest_main(void)
{
    const struct idea *chosen[COUNT(ideas)];
    uint32_t count;
    bool good = true;

    own_open();
    ways_open();
    chance.state = SEED_BASE ^ tree_bootarg_value("seed", 1);
    count = choose(chosen);
    if (lives_open()) {
        for (uint32_t n = 0; n < count; n++) {
            good = make(chosen[n], n) && good;
        }
        print("attack: done, %s\n", good ? "PASS" : "FAIL");
    }
    lives_go_on(chosen, count);
    sbi_shutdown();
}
