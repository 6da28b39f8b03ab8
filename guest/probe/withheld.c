/* SPDX-License-Identifier: Apache-2.0 */
/* What the hart has and the guest has not: it could tell of others, or reach past what is shared. */
#include "guest/probe/withheld.h"

#include "guest/lib/csr.h"
#include "guest/lib/probe.h"
#include "lib/addr.h"

/* Sv39 with leaves of 1 GiB. */
#define ENTRIES   512U
#define GIB       UINT64_C(0x40000000)
#define LEAF      UINT64_C(0xcf)                /* valid, R, W, X, A, D */
#define PBMT_NC   (UINT64_C(1) << 61)
#define SATP_SV39 (UINT64_C(8) << 60)

static uint64_t table[ENTRIES] __attribute__((aligned(PAGE_SIZE)));

static uint64_t read_hpmcounter3(uint64_t a, uint64_t b)
{
    uint64_t value;

    (void)a;
    (void)b;
    __asm__ volatile("csrr %0, 0xc03" : "=r"(value));
    return value;
}

static uint64_t read_sstateen0(uint64_t a, uint64_t b)
{
    uint64_t value;

    (void)a;
    (void)b;
    __asm__ volatile("csrr %0, 0x10c" : "=r"(value));
    return value;
}

static uint64_t cause_of(uint64_t (*op)(uint64_t, uint64_t))
{
    struct fault fault;

    (void)probe(op, 0, 0, &fault);
    return fault.taken ? fault.cause : 0U;
}

uint64_t withheld_counter(void)
{
    return cause_of(read_hpmcounter3);
}

uint64_t withheld_state_enable(void)
{
    return cause_of(read_sstateen0);
}

/* Memory where it is, and once more at the end of the lower half, non-cacheable if typed. */
uint64_t withheld_memory_type(bool typed)
{
    const uint64_t own = (uint64_t)table / GIB;
    struct fault fault;

    for (uint64_t i = 0; i < ENTRIES / 2U; i++) {
        table[i] = i * GIB >> 2 | LEAF;
    }
    table[ENTRIES / 2U - 1U] = own * GIB >> 2 | LEAF | (typed ? PBMT_NC : 0U);
    csr_write(CSR_SATP, SATP_SV39 | (uint64_t)table >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
    (void)probe(probe_load, (ENTRIES / 2U - 1U) * GIB + (uint64_t)table % GIB, 8U, &fault);
    csr_write(CSR_SATP, 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    return fault.taken ? fault.cause : 0U;
}
