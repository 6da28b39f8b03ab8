/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest keeps in its memory for its vIOMMU, and random pieces of it: directories of one to
 * three levels, contexts, process directories, page tables, commands. Tables lead to tables, to
 * data, to interrupt files or nowhere, never into queues: what a command changes that another one
 * reads has no order, so there trap mode and hardware mode may differ (docs/state-region.md).
 */
#ifndef TESTS_UNIT_REGION_WORLD_H
#define TESTS_UNIT_REGION_WORLD_H

#include <stdio.h>

#include "tests/unit/region_bench.h"

#define W_DATA   GUEST_RAM                       /* 4 pages */
#define W_CQ     (GUEST_RAM + 0x08000U)
#define W_FQ     (GUEST_RAM + 0x0a000U)
#define W_LEAF   (GUEST_RAM + 0x10000U)          /* contexts of ids below 128 */
#define W_MIDDLE (GUEST_RAM + 0x11000U)
#define W_TOP    (GUEST_RAM + 0x12000U)
#define W_LEAF2  (GUEST_RAM + 0x13000U)          /* of 0x100 .. 0x17f */
#define W_MIDDLE2 (GUEST_RAM + 0x14000U)
#define W_LEAF3  (GUEST_RAM + 0x15000U)          /* of 0x12300 .. 0x1237f */
#define W_STAGES (GUEST_RAM + 0x18000U)          /* two first stages of three tables */
#define W_PDT    (GUEST_RAM + 0x20000U)          /* of one level, and the leaf of one of two */
#define W_PDT2   (GUEST_RAM + 0x21000U)
#define W_HOLE   (GUEST_RAM + GUEST_RAM_SIZE)
#define W_LOG2   4U
#define W_SIZE   (1U << W_LOG2)
#define W_STAGE(s) (W_STAGES + 0x3000U * (s))
#define W_PAGES  16U                             /* of IOVAs that first stages speak of */

static uint64_t world_seed;
static bool world_stale;      /* the guest has changed what contexts are made of, and not said so */

static inline uint32_t below(uint32_t n)
{
    world_seed = world_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world_seed >> 33) % n;
}

static inline bool one_in(uint32_t n)
{
    return below(n) == 0U;
}

static inline uint64_t any64(void)
{
    return (uint64_t)below(UINT32_C(1) << 31) << 33 ^ (uint64_t)below(UINT32_C(1) << 31) << 11
        ^ below(2048U);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static inline uint64_t context_at(uint32_t id)
{
    const uint64_t leaf = id < 0x80U ? W_LEAF : id == 0x105U ? W_LEAF2 : W_LEAF3;

    return leaf + 32U * (id & 0x7fU);
}

static inline void put_context(uint32_t n, uint64_t tc, uint64_t ta, uint64_t fsc)
{
    const uint64_t at = context_at(guest_ids[n]);

    put(at, tc);
    put(at + 16U, ta);
    put(at + 24U, fsc);
    world_stale = true;
}

static inline uint64_t nonleaf(uint64_t table)
{
    return table >> 2 | ENTRY_V;
}

static inline void put_directories(void)
{
    put(W_TOP, nonleaf(W_MIDDLE));
    put(W_TOP + 8U, nonleaf(W_MIDDLE2));
    put(W_MIDDLE, nonleaf(W_LEAF));
    put(W_MIDDLE + 8U * 2U, nonleaf(W_LEAF2));
    put(W_MIDDLE2 + 8U * 0x46U, nonleaf(W_LEAF3));
    put(W_PDT2, nonleaf(W_PDT));
    world_stale = true;
}

static inline uint64_t any_leaf(uint32_t page)
{
    static const uint64_t targets[] = { W_DATA, W_DATA + 0x1000U, W_DATA + 0x2000U,
                                        W_DATA + 0x3000U, GUEST_FILES, GUEST_FILES + 0x3000U,
                                        W_HOLE };
    const uint64_t most = PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D;
    const uint64_t flags = one_in(3U) ? any64() & 0xffU : most;
    const uint64_t odd = one_in(24U) ? BIT(54U + below(10U)) : 0U;

    return targets[(page + below(7U)) % 7U] >> 2 | flags | odd;
}

static inline void put_first_stages(void)
{
    for (uint32_t s = 0; s < 2U; s++) {
        put(W_STAGE(s), (W_STAGE(s) + 0x1000U) >> 2 | PTE_V);
        put(W_STAGE(s) + 0x1000U, (W_STAGE(s) + 0x2000U) >> 2 | PTE_V);
        for (uint32_t page = 0; page < W_PAGES; page++) {
            put(W_STAGE(s) + 0x2000U + 8U * page, any_leaf(page));
        }
    }
}

static inline uint64_t first_stage_of(uint32_t s)
{
    return PLACE(ATP_SV39, 60, 4) | W_STAGE(s) >> 12;
}

static inline uint64_t any_fsc(bool directory)
{
    const uint64_t hole = PLACE(ATP_SV39, 60, 4) | W_HOLE >> 12;

    if (directory) {
        switch (below(6U)) {
        case 0: return PLACE(PDTP_PD17, 60, 4) | W_PDT2 >> 12;
        case 1: return PLACE(below(16U), 60, 4) | W_HOLE >> 12;
        case 2: return 0U;
        default: return PLACE(PDTP_PD8, 60, 4) | W_PDT >> 12;
        }
    }
    switch (below(12U)) {
    case 0: return 0U;
    case 1: return one_in(2U) ? hole : hole | PLACE(1U, 40, 1);
    case 2: return PLACE(below(16U), 60, 4) | W_STAGE(0U) >> 12;
    case 3: return PLACE(ATP_SV39, 60, 4) | W_STAGE(1U) >> 12 | (one_in(4U) ? BIT(50) : 0U);
    default: return first_stage_of(below(2U));
    }
}

static inline void any_context(uint32_t n)
{
    const bool directory = one_in((hard.capabilities & CAP_PD8) != 0U ? 2U : 12U);
    const uint64_t at = context_at(guest_ids[n]);
    uint64_t tc = TC_V | (directory ? TC_PDTV : 0U) | (one_in(4U) ? TC_DTF : 0U);
    uint64_t ta = PLACE(below(4U), 12, 20), hgatp = 0U;

    tc |= one_in(directory ? 2U : 40U) ? TC_DPE : 0U;
    switch (below(40U)) {
    case 0: tc &= ~TC_V; break;
    case 1: tc |= BIT(below(64U)); break;
    case 2: tc = any64(); break;
    case 3: ta |= BIT(below(64U)); break;
    case 4: hgatp = PLACE(below(16U), 60, 4) | below(1024U); break;
    default: break;
    }
    put_context(n, tc, ta, any_fsc(directory));
    put(at + 8U, hgatp);
}

static inline void any_process(void)
{
    const uint64_t at = W_PDT + 16U * below(8U);
    const uint64_t odd = one_in(12U) ? BIT(below(64U)) : 0U;

    put(at, PC_TA_V | PLACE(below(4U), 12, 20) | (one_in(2U) ? PC_TA_ENS : 0U)
            | (one_in(2U) ? PC_TA_SUM : 0U) | odd);
    put(at + 8U, any_fsc(false));
    world_stale = true;
}

static inline void any_pointer(void)
{
    static const uint64_t slots[] = { W_TOP, W_TOP + 8U, W_MIDDLE, W_MIDDLE + 16U,
                                      W_MIDDLE2 + 8U * 0x46U, W_PDT2 };
    static const uint64_t leads[] = { W_MIDDLE, W_MIDDLE2, W_LEAF, W_LEAF2, W_LEAF3, W_PDT };
    const uint32_t n = below(6U);
    uint64_t entry = nonleaf(leads[n]);

    switch (below(8U)) {
    case 0: entry &= ~ENTRY_V; break;
    case 1: entry |= one_in(2U) ? BIT(1U + below(9U)) : BIT(54U + below(10U)); break;
    case 2: entry = nonleaf(W_HOLE); break;
    case 3: entry |= BIT(20U + below(30U)); break; /* far from any table */
    default: break;
    }
    put(slots[n], entry);
    world_stale = true;
}

/* ---- commands -------------------------------------------------------------------------------- */

static inline void put_command(uint32_t n, uint64_t first, uint64_t second)
{
    put(W_CQ + 16U * (n % W_SIZE), first);
    put(W_CQ + 16U * (n % W_SIZE) + 8U, second);
}

static inline uint64_t any_fence_target(void)
{
    switch (below(8U)) {
    case 0: return W_HOLE + 4U * below(64U);
    case 1: return GUEST_FILES + 0x1000U * below(5U);
    case 2: return GUEST_FILES + 4U * below(4U);
    case 3: return any64() | BIT(40);
    default: return W_DATA + 4U * below(4096U);
    }
}

static inline void any_command(uint32_t n)
{
    uint64_t first, second = 0U;

    switch (below(8U)) {
    case 0: case 1:
        first = CMD_IOTINVAL | (one_in(2U) ? CMD_AV : 0U) | (one_in(2U) ? CMD_PSCV : 0U)
            | (one_in(2U) ? CMD_NL : 0U) | PLACE(below(4U), 12, 20);
        second = (one_in(2U) ? CMD_S : 0U) | PLACE(below(2U * W_PAGES), 10, 52);
        break;
    case 2: case 3: case 4:
        first = CMD_IOFENCE | (one_in(2U) ? CMD_AV : 0U) | (one_in(6U) ? CMD_WSI : 0U)
            | PLACE(below(4U), 12, 2) | PLACE(any64(), 32, 32);
        second = any_fence_target() >> 2;
        break;
    case 5: case 6:
        first = CMD_IODIR | (one_in(8U) ? 0U : CMD_DV)
            | PLACE(one_in(6U) ? below(0x20000U) : guest_ids[below(GUEST_DEVICES)], 40, 24);
        break;
    default:
        first = CMD_IODIR | PLACE(IODIR_INVAL_PDT, 7, 3) | CMD_DV
            | PLACE(guest_ids[below(GUEST_DEVICES)], 40, 24) | PLACE(below(9U), 12, 20);
        break;
    }
    switch (below(40U)) {
    case 0: first |= BIT(below(64U)); break;
    case 1: second |= BIT(below(64U)); break;
    case 2: first = any64(); break;
    case 3: first = CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3) | (one_in(2U) ? CMD_GV : 0U); break;
    case 5: first = CMD_IOTINVAL | CMD_GV; break;
    case 6: first |= PLACE(below(UINT32_C(1) << 20), 12, 20); break; /* of processes: too wide */
    case 4: first = CMD_ATS; break;
    default: break;
    }
    put_command(n, first, second);
}

/* ---- a driver that knows what it does -------------------------------------------------------- */

static inline void queues_on(void)
{
    store(REG_CQCSR, 4U, 0U);
    store(REG_FQCSR, 4U, 0U);
    store(REG_CQB, 8U, W_CQ >> 2 | (W_LOG2 - 1U));
    store(REG_FQB, 8U, W_FQ >> 2 | (W_LOG2 - 1U));
    store(REG_CQT, 4U, 0U);
    store(REG_FQH, 4U, 0U);
    store(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    store(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
    assert_int_equal(load32(REG_CQCSR), CSR_ENABLE | CSR_IE | CSR_ON);
    assert_int_equal(load32(REG_FQCSR), CSR_ENABLE | CSR_IE | CSR_ON);
}

/* One command, done. */
static inline void command(uint64_t first, uint64_t second)
{
    const uint32_t tail = load32(REG_CQT);

    put_command(tail, first, second);
    store(REG_CQT, 4U, (tail + 1U) % W_SIZE);
}

/* Whatever the queue was up to: all contexts and translations are forgotten, and it is done. */
static inline void synchronise(void)
{
    if ((load32(REG_CQCSR) & (CSR_ON | CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL)) != CSR_ON
        || load64(REG_CQB) != (W_CQ >> 2 | (W_LOG2 - 1U)) || load32(REG_CQH) != load32(REG_CQT)) {
        queues_on();
    }
    command(CMD_IODIR, 0U);
    command(CMD_IOTINVAL, 0U);
    command(CMD_IOFENCE | CMD_PR | CMD_PW, 0U);
    assert_int_equal(load32(REG_CQH), load32(REG_CQT));
    world_stale = false;
}

static inline void set_mode(unsigned mode)
{
    const uint64_t root = mode == DDTP_1LVL ? W_LEAF : mode == DDTP_2LVL ? W_MIDDLE : W_TOP;

    store(REG_DDTP, 8U, root >> 2 | mode);
    assert_int_equal(load64(REG_DDTP), root >> 2 | mode);
    world_stale = false;
}

static inline void messages(void)
{
    store(REG_ICVEC, 8U, 0x10U);
    for (uint32_t v = 0; v < STATE_VECTORS; v++) {
        store(REG_MSI_ADDR(v), 8U, GUEST_FILES + v * UINT64_C(4096));
        store(REG_MSI_DATA(v), 4U, 40U + v);
    }
}

/* ---- devices --------------------------------------------------------------------------------- */

static inline uint64_t any_iova(void)
{
    switch (below(10U)) {
    case 0: return GUEST_FILES + 4096U * below(4U);
    case 1: return W_DATA + 4U * below(4096U);
    case 2: return W_HOLE + 4U * below(64U);
    case 3: return any64() & ~UINT64_C(3);
    default: return 4096U * below(W_PAGES + 2U) + 4U * below(64U);
    }
}

static inline struct model_request any_request(void)
{
    static const enum ttyp types[] = {
        TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_READ, TTYP_UNTRANSLATED_WRITE,
        TTYP_UNTRANSLATED_WRITE, TTYP_UNTRANSLATED_EXEC, TTYP_TRANSLATED_READ,
        TTYP_TRANSLATED_WRITE, TTYP_ATS_REQUEST };
    struct model_request r = { .type = types[one_in(6U) ? below(8U) : below(4U)],
                               .iova = any_iova() };

    if (one_in(3U)) {
        r.pv = true;
        r.process_id = one_in(8U) ? below(UINT32_C(1) << 20) : below(9U);
        r.priv = one_in(3U);
    }
    return r;
}

#endif
