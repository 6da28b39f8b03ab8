/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time of check, time of use of an instruction: one that traps and has to be fetched by the
 * hypervisor, while a second hart makes another of it (a load a store, wide narrow, nothing at all),
 * or takes its page away. The hypervisor would do what nobody executed, or fault itself.
 */
#include "guest/attack/attack.h"

#include "guest/attack/tables.h"
#include "guest/lib/csr.h"
#include "guest/lib/iommu_regs.h"
#include "guest/lib/tree.h"

#define CAUSE_FETCH_PAGE 12U
#define RET       UINT16_C(0x8082)
#define RET_TWICE UINT32_C(0x80828082)
#define WIDE_AT   64U              /* bytes from the begin of the page */
#define FENCE_EVERY 8U
#define SCRATCH   7U               /* of the UART: a store to it does nothing */

/* With the address in a0, the value in a1. */
static const uint16_t narrow[] = {
    0x8108, /* c.lbu a0, 0(a0) */
    0x890c, /* c.sb a1, 0(a0) */
    0x8508, /* c.lhu a0, 0(a0) */
    0x4108, /* c.lw a0, 0(a0) */
    0xc10c, /* c.sw a1, 0(a0) */
    0x0001, /* c.nop */
};
static const uint32_t wide[] = {
    0x00052503, /* lw a0, 0(a0) */
    0x00b52023, /* sw a1, 0(a0) */
    0x00053503, /* ld a0, 0(a0) */
    0x00b5252f, /* amoadd.w a0, a1, (a0) */
    0x0045200f, /* cbo.zero (a0) */
    0x00052507, /* flw fa0, 0(a0) */
    0x02050027, /* vse8.v v0, (a0) */
    0x00000013, /* nop */
};
static const uint64_t rights[] = { PTE_V | PTE_X | PTE_A | PTE_D, PTE_V | PTE_X | PTE_R | PTE_A,
                                   PTE_V | PTE_R | PTE_A, 0 };

static union {
    volatile uint16_t halves[PAGE / 2U];
    volatile uint32_t words[PAGE / 4U];
} code __attribute__((aligned(PAGE)));

static void write_code(struct random *r)
{
    code.halves[0] = narrow[random_below(r, COUNT(narrow))];
    code.words[WIDE_AT / 4U] = wide[random_below(r, COUNT(wide))];
}

/* Of the second hart. */
static uint64_t meddle(uint64_t seed, uint64_t step)
{
    struct random r = { seed + step };

    (void)random_word(&r);
    write_code(&r);
    tables_page_is((uint64_t)&code, rights[random_below(&r, COUNT(rights))]);
    return 0;
}

/* Emulated ones: what a real device refuses is the firmware's, which loses its way if the instruction
 * is gone (ways.c, on vectors); so no instruction is illegal either. */
static uint32_t find_targets(uint64_t out[], uint32_t max)
{
    struct window window;
    uint32_t count = 0;
    struct tree_uart uart = { 0 };

    (void)tree_uart(&uart);
    for (uint32_t n = 0; own_window(n, &window) && count < max; n++) {
        if (window.kind != WINDOW_REAL) {
            out[count++] = window.base == uart.base ? window.base + SCRATCH
                                                    : window.base + PAGE - 8U;
        }
    }
    return count;
}

void attack_decode_race(struct tally *t)
{
    uint64_t targets[16], page;
    struct race race = { 0 };
    uint32_t count = find_targets(targets, COUNT(targets));

    code.halves[1] = RET;
    code.words[WIDE_AT / 4U + 1U] = RET_TWICE;
    write_code(&chance);
    tables_page((uint64_t)&code, rights[0]);
    page = tables_window(0);
    verdict(t, "the second hart does not start", 0, 0, helper_run(meddle, random_word(&chance)));
    while (race_goes_on(&race)) {
        uint64_t at = page + random_below(&chance, 2) * WIDE_AT;

        /* Seldom: the hart runs on from what it knows of a page that is not there any more. */
        if (race.rounds % FENCE_EVERY == 0U) {
            __asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
        }
        attempt(t, "an instruction in flux", (uint64_t (*)(uint64_t, uint64_t))(uintptr_t)at,
                targets[random_below(&chance, count)], 0,
                ODD_LOAD | ODD_STORE | ANY(CAUSE_ILLEGAL) | ANY(CAUSE_FETCH_PAGE));
    }
    verdict(t, "the second hart does not stop", 0, 0, helper_stop());
    tables_off();
}
