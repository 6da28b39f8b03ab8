/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Harts that are started where there is nothing, started twice, stopped while they are asked for
 * fences and interrupts, by turns and by each other. A hypervisor that believes the address runs
 * the guest outside its memory; one that loses count of its harts waits for a fence for ever.
 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define ROUNDS 20U
#define ASKED  3U                  /* in each */

static struct sbi_result start(uint64_t id, uint64_t address)
{
    return sbi_call(SBI_EXT_HSM, HSM_START, id, address, 0, 0, 0);
}

static void start_outside(struct tally *t)
{
    struct tree_range memory = { 0 };
    struct window window;

    (void)tree_memory(&memory);
    const uint64_t places[] = { 0, 2, 0x100000, 0x80000000 - 2U, memory.base + 1U,
                                memory.base + memory.size - 1U, memory.base + memory.size,
                                UINT64_C(1) << 41 | memory.base, UINT64_C(1) << 63 | memory.base,
                                0U - memory.base, UINT64_MAX - 1U, UINT64_MAX };

    for (uint32_t i = 0; i < COUNT(places); i++) {
        if (places[i] % 2U != 0U || !is_mine(places[i], 2)) {
            refusal(t, "a hart starts outside memory", places[i], 0,
                    start(helper_id(), places[i]).error < 0);
        }
    }
    for (uint32_t n = 0; own_window(n, &window); n++) {
        refusal(t, "a hart starts in a device", window.base, 0,
                start(helper_id(), window.base).error < 0);
    }
}

/* Of the second hart: it asks the first one for all that a hart can ask. */
static uint64_t ask_back(uint64_t id, uint64_t step)
{
    (void)sbi_call(SBI_EXT_RFENCE, step % 3U, UINT64_C(1) << id, 0, step * PAGE, PAGE, step);
    (void)sbi_call(SBI_EXT_HSM, HSM_START, id, UINT64_C(0x80200000), 0, 0, 0);
    (void)sbi_call(SBI_EXT_IPI, 0, UINT64_C(1) << id, 0, 0, 0, 0);
    return 0;
}

static void ask(struct tally *t, uint64_t id)
{
    for (uint64_t i = 0; i < ASKED; i++) {
        verdict(t, "a fence", i, 0, sbi_call(SBI_EXT_RFENCE, i % 3U, UINT64_C(1) << id, 0, 0,
                                             i * PAGE, i).error == SBI_SUCCESS);
        verdict(t, "an interrupt", i, 0,
                sbi_call(SBI_EXT_IPI, 0, UINT64_C(1) << id, 0, 0, 0, 0).error == SBI_SUCCESS);
    }
}

/* Both wait for each other in the hypervisor, time and again. */
static void ask_each_other(struct tally *t, uint64_t id)
{
    struct race race = { 0 };

    verdict(t, "the second hart does not start", id, 0, helper_run(ask_back, harts[0].id));
    while (race_goes_on(&race)) {
        verdict(t, "a fence", race.rounds, 0,
                sbi_call(SBI_EXT_RFENCE, race.rounds % 3U, UINT64_C(1) << id, 0, 0, PAGE, 0).error
                    == SBI_SUCCESS);
    }
    verdict(t, "the second hart does not stop", id, 0, helper_stop());
}

void attack_hart_games(struct tally *t)
{
    uint64_t id = helper_id();

    start_outside(t);
    refusal(t, "a hart that runs is started", harts[0].id, 0,
            start(harts[0].id, UINT64_C(0x80200000)).error < 0);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        ask(t, id);                /* it is stopped */
        verdict(t, "the second hart does not start", i, 0, helper_run(ask_back, harts[0].id));
        verdict(t, "the second hart gets nowhere", i, 0, helper_is_at_it());
        refusal(t, "a hart that runs is started", id, 0,
                start(id, UINT64_C(0x80200000)).error < 0);
        ask(t, id);
        verdict(t, "the second hart does not stop", i, 0, helper_stop());
    }
    ask_each_other(t, id);
    csr_clear(CSR_SIP, UINT64_C(1) << IRQ_SOFTWARE);
}
