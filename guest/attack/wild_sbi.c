/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBI calls with wild arguments: each must return, and those that ask for the forbidden must fail.
 * They would break a hypervisor that follows a pointer, shifts by a hart mask's base, or loops over
 * a range as it is told.
 */
#include "guest/attack/attack.h"

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"

#define LOWEST_ERROR (-14) /* SBI specification 3.0, table of standard errors */

static const uint64_t extensions[] = {
    SBI_EXT_BASE, SBI_EXT_TIME, SBI_EXT_IPI, SBI_EXT_RFENCE, SBI_EXT_HSM, SBI_EXT_SRST, SBI_EXT_PMU,
    SBI_EXT_DBCN, SBI_EXT_SUSP, SBI_EXT_CPPC, SBI_EXT_NACL, SBI_EXT_STA, SBI_EXT_FWFT,
    0x535345, 0x4D505859, 0x44425452, 0x9, 0xf, 0x08000000, 0x09000000, 0x0a000000, 0x0fffffff,
    0x7fffffff, 0x80000000, 0xffffffff, 0x100000010, UINT64_MAX,
};

static const uint64_t values[] = {
    0, 1, 0x28000000, 0x7ffffffffffff000, 0x8000000000000000, UINT64_MAX - 1, UINT64_MAX,
};
#define VALUES (sizeof(values) / sizeof(values[0]))

/* Calls that do what they say: they would end or suspend this guest, rightly. */
static bool is_suicide(uint64_t extension, uint64_t function, uint64_t first)
{
    return (extension == SBI_EXT_SRST && function == 0U && (first <= 2U || first >= 0xf0000000U))
           || (extension == SBI_EXT_HSM && (function == HSM_STOP || function == HSM_SUSPEND))
           || (extension == SBI_EXT_SUSP && function == 0U);
}

static void any_answer(struct tally *t, uint64_t extension, uint64_t function)
{
    for (uint32_t i = 0; i < VALUES * VALUES; i++) {
        uint64_t a = values[i % VALUES], b = values[i / VALUES];
        struct sbi_result r;

        if (is_suicide(extension, function, a)) {
            continue;
        }
        r = sbi_call(extension, function, a, b, values[(i + 3U) % VALUES], values[(i + 5U) % VALUES],
                     values[(i + 1U) % VALUES]);
        t->refused += r.error < 0;
        verdict(t, "answer out of range", extension, function,
                r.error <= 0 && r.error >= LOWEST_ERROR);
    }
}

static void must_fail(struct tally *t, const char *what, uint64_t extension, uint64_t function,
                      uint64_t a, uint64_t b, uint64_t c)
{
    refusal(t, what, a, b, sbi_call(extension, function, a, b, c, 0, 0).error < 0);
}

static void dbcn(struct tally *t)
{
    uint64_t mine = (uint64_t)&values;

    for (uint64_t function = DBCN_WRITE; function <= DBCN_READ; function++) {
        must_fail(t, "dbcn below memory", SBI_EXT_DBCN, function, 16, 0x10000000, 0);
        must_fail(t, "dbcn at interrupt file", SBI_EXT_DBCN, function, 16, 0x28000000, 0);
        must_fail(t, "dbcn at 0", SBI_EXT_DBCN, function, 1, 0, 0);
        must_fail(t, "dbcn too long", SBI_EXT_DBCN, function, UINT64_C(1) << 40, mine, 0);
        must_fail(t, "dbcn wraps", SBI_EXT_DBCN, function, UINT64_MAX, mine, 0);
        must_fail(t, "dbcn wraps to 0", SBI_EXT_DBCN, function, 0U - mine, mine, 0);
        must_fail(t, "dbcn high half", SBI_EXT_DBCN, function, 16, mine, 1);
        must_fail(t, "dbcn highest", SBI_EXT_DBCN, function, 16, UINT64_MAX - 7U, UINT64_MAX);
    }
}

/* Masks and bases that name harts which the guest has not, or wrap around to those it has. */
static void hart_masks(struct tally *t)
{
    static const struct { uint64_t mask, base; } wild[] = {
        { 1, 64 }, { 1, 63 }, { UINT64_MAX, 0 }, { UINT64_MAX, 1 }, { UINT64_C(1) << 63, 1 },
        { UINT64_C(1) << 63, 0 }, { 1, UINT64_C(1) << 32 }, { 1, UINT64_C(1) << 63 },
        { UINT64_C(3) << 62, 2 }, { 2, UINT64_MAX - 1U }, { 1, UINT64_C(0xffffffff) },
    };

    for (uint32_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        must_fail(t, "ipi by a wild mask", SBI_EXT_IPI, 0, wild[i].mask, wild[i].base, 0);
        must_fail(t, "rfence by a wild mask", SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, wild[i].mask,
                  wild[i].base, 0);
    }
}

static void hart_numbers(struct tally *t)
{
    uint64_t mine = (uint64_t)&values;

    must_fail(t, "ipi to no hart", SBI_EXT_IPI, 0, 1, 4000, 0);
    must_fail(t, "ipi base wraps", SBI_EXT_IPI, 0, UINT64_MAX, UINT64_MAX - 1U, 0);
    must_fail(t, "rfence to no hart", SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, 1, 4000, 0);
    must_fail(t, "rfence base wraps", SBI_EXT_RFENCE, RFENCE_FENCE_I, UINT64_MAX, UINT64_MAX - 1U,
              0);
    must_fail(t, "start itself", SBI_EXT_HSM, HSM_START, hart_self()->id, mine, 0);
    must_fail(t, "start no hart", SBI_EXT_HSM, HSM_START, 4000, mine, 0);
    must_fail(t, "start no hart", SBI_EXT_HSM, HSM_START, UINT64_MAX, mine, 0);
    must_fail(t, "status of no hart", SBI_EXT_HSM, HSM_STATUS, UINT64_MAX, 0, 0);
    must_fail(t, "suspend of no kind", SBI_EXT_HSM, HSM_SUSPEND, 0x7fffffff, 0, 0);
    must_fail(t, "suspend of no kind", SBI_EXT_HSM, HSM_SUSPEND, UINT64_MAX, 0, 0);
}

/* To itself and to all: the ranges do not matter, it must only come back. */
static void huge_fences(struct tally *t)
{
    for (uint64_t function = RFENCE_FENCE_I; function <= RFENCE_SFENCE_VMA_ASID; function++) {
        for (uint32_t i = 0; i < VALUES * VALUES; i++) {
            struct sbi_result r = sbi_call(SBI_EXT_RFENCE, function, 0, UINT64_MAX,
                                           values[i % VALUES], values[i / VALUES], UINT64_MAX);
            verdict(t, "rfence over a wild range", function, values[i % VALUES],
                    r.error <= 0 && r.error >= LOWEST_ERROR);
        }
    }
    for (uint64_t function = RFENCE_HFENCE_GVMA_VMID; function <= RFENCE_HFENCE_VVMA; function++) {
        must_fail(t, "hfence", SBI_EXT_RFENCE, function, 0, UINT64_MAX, 0);
    }
}

void attack_wild_sbi(struct tally *t)
{
    for (uint32_t e = 0; e < sizeof(extensions) / sizeof(extensions[0]); e++) {
        for (uint64_t function = 0; function < 10U; function++) {
            any_answer(t, extensions[e], function);
        }
        any_answer(t, extensions[e], UINT64_MAX);
        any_answer(t, extensions[e], UINT64_C(0x80000000));
        any_answer(t, extensions[e], UINT64_C(0x100000000));
    }
    dbcn(t);
    hart_masks(t);
    hart_numbers(t);
    huge_fences(t);
    /* What the calls left pending at the guest itself. */
    timer_set(UINT64_MAX);
    csr_clear(CSR_SIP, UINT64_C(1) << IRQ_SOFTWARE);
    console_write("\n"); /* DBCN took single bytes; the verdict is a line of its own */
}
