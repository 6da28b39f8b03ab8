/* SPDX-License-Identifier: Apache-2.0 */
/* A state region (docs/state-region.md) on the bench of the model: the host's side, and a guest's
 * driver. */
#ifndef TESTS_UNIT_MODEL_REGION_H
#define TESTS_UNIT_MODEL_REGION_H

#include "tests/unit/model_bench.h"

#define WINDOW   UINT64_C(0x80040000)  /* of four regions */
#define PAGE     (WINDOW + STATE_BYTES)
#define GUEST_PA UINT64_C(0x85000000)  /* 2 MiB of the guest's memory */
#define GUEST    UINT64_C(0x40000000)  /* where the guest sees it */
#define FILES    UINT64_C(0x28000000)  /* the guest's interrupt files: four, */
#define FILE_PA  UINT64_C(0x80050000)  /* of which there are two, */
#define MRIF     UINT64_C(0x80060000)  /* and one in memory */
#define NOTICE   UINT64_C(0x80061000)
#define G_CQ     (GUEST + 0x1000U)
#define G_FQ     (GUEST + 0x2000U)
#define G_DDT    (GUEST + 0x3000U)
#define G_STAGE  (GUEST + 0x4000U)
#define G_PDT    (GUEST + 0x8000U)
#define G_DATA   (GUEST + 0x10000U)
#define GSCID    UINT64_C(5)
#define DEVICE   6U                    /* physical id */
#define VIRTUAL  0x41U                 /* and what the guest calls it: beyond six bits */
#define SHOWN    (CAP_VERSION_1_0 | CAP_SV39 | CAP_IGS_BOTH | CAP_PAS_IS(41) | CAP_PD8 \
                  | CAP_NL | CAP_S)
#define CAPS     (CAPS_ALL | CAP_STATE)

static inline uint64_t at(uint64_t gpa)
{
    return gpa - GUEST + GUEST_PA;
}

static inline void guest_put(uint64_t gpa, uint64_t value)
{
    put64(at(gpa), value);
}

static inline void sw(uint32_t offset, unsigned width, uint64_t value)
{
    assert_true(model_state_write(bench.model, PAGE + offset, width, value));
}

static inline uint64_t sr(uint32_t offset, unsigned width)
{
    uint64_t value = 0;

    assert_true(model_state_read(bench.model, PAGE + offset, width, &value));
    return value;
}

static inline void control(uint32_t offset, uint64_t value)
{
    sw(REG_PAGE + offset, 8U, value);
}

static inline uint64_t second_stage_root(void)
{
    return iohgatp(ATP_SV39, GROOT, GSCID);
}

static inline struct model_config region_config(void)
{
    struct model_config config = plain_config(CAPS);

    config.state_base = WINDOW;
    config.state_size = 4U * STATE_BYTES;
    return config;
}

static inline void region_fill(void)
{
    sw(REG_CAPABILITIES, 8U, SHOWN);
    sw(REG_DDTP, 8U, DDTP_OFF);
    control(STATE_IOHGATP, second_stage_root());
    control(STATE_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    control(STATE_MSI_ADDR_MASK, 3U);
    control(STATE_MSI_ADDR_PATTERN, FILES >> 12);
}

static inline void region_on(void)
{
    region_fill();
    control(STATE_CTL, STATE_CTL_EN);
    assert_int_equal(sr(REG_PAGE + STATE_CTL, 8U), STATE_CTL_EN | STATE_CTL_ON);
}

static inline void put_state_dc(uint32_t device, uint64_t page, uint32_t virtual_id)
{
    put_dc(device, 0U, second_stage_root(), atp(FSC_STATE, page));
    put64(dc_at(device) + 8U * DC_TA, TA_VDID_IS(virtual_id));
    put64(dc_at(device) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(device) + 8U * DC_MSI_ADDR_MASK, 3U);
    put64(dc_at(device) + 8U * DC_MSI_ADDR_PATTERN, FILES >> 12);
}

/* The host's side. */
static inline void begin_with(struct model_config config)
{
    start(config, DDTP_1LVL);
    (void)map(GROOT, 3U, GUEST, 1U, pte(GUEST_PA, LEAF));
    put64(MSI_TABLE, pte(FILE_PA, MSIPTE_M_BASIC << 1 | ENTRY_V));
    put64(MSI_TABLE + 16U, pte(FILE_PA + 0x1000U, MSIPTE_M_BASIC << 1 | ENTRY_V));
    put64(MSI_TABLE + 32U, MRIF >> 9 << 7 | MSIPTE_M_MRIF << 1 | ENTRY_V);
    put64(MSI_TABLE + 40U, NOTICE >> 12 << 10 | 99U);
    region_on();
    put_state_dc(DEVICE, PAGE, VIRTUAL);
}

static inline void begin(void)
{
    begin_with(region_config());
}

/* The guest's driver. */
static inline void guest_queues(void)
{
    sw(REG_ICVEC, 8U, 0x10U);
    for (unsigned v = 0; v < STATE_VECTORS; v++) {
        sw(REG_MSI_ADDR(v), 8U, FILES + v * UINT64_C(4096));
        sw(REG_MSI_DATA(v), 4U, 30U + v);
    }
    sw(REG_CQB, 8U, G_CQ >> 2 | LOG2_16);
    sw(REG_FQB, 8U, G_FQ >> 2 | LOG2_16);
    sw(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    sw(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
    (void)model_run(bench.model, 10U);
}

static inline void guest_context(uint32_t id, uint64_t tc, uint64_t pscid, uint64_t fsc)
{
    guest_put(G_DDT + 32U * id + 8U, 0U);
    guest_put(G_DDT + 32U * id + 16U, PLACE(pscid, 12, 20));
    guest_put(G_DDT + 32U * id + 24U, fsc);
    guest_put(G_DDT + 32U * id, tc | TC_V);
}

/* One page of a first stage: IOVA 0x5000. */
static inline void guest_stage(uint64_t leaf)
{
    guest_put(G_STAGE, pte(G_STAGE + 0x1000U, PTE_V));
    guest_put(G_STAGE + 0x1000U, pte(G_STAGE + 0x2000U, PTE_V));
    guest_put(G_STAGE + 0x2000U + 5U * 8U, leaf);
}

static inline void guest_levels(void)
{
    sw(REG_DDTP, 8U, G_DDT >> 2 | DDTP_1LVL);
    (void)model_run(bench.model, 10U);
}

static inline void guest_command(uint64_t w0, uint64_t w1)
{
    const uint64_t tail = sr(REG_CQT, 4U);

    guest_put(G_CQ + 16U * tail, w0);
    guest_put(G_CQ + 16U * tail + 8U, w1);
    sw(REG_CQT, 4U, (tail + 1U) & 15U);
}

static inline uint64_t guest_record(unsigned n, unsigned word)
{
    return get64(at(G_FQ) + 32U * n + 8U * word);
}

static inline struct model_outcome read_at(uint64_t iova)
{
    return ask(TTYP_UNTRANSLATED_READ, DEVICE, iova);
}

static inline void begin_nested(void)
{
    begin();
    guest_queues();
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    guest_stage(pte(G_DATA, LEAF));
    guest_levels();
}

/* Everything that is valid is kept, and used. */
static inline struct model_config hoarding(void)
{
    struct model_config config = region_config();

    config.whims = (struct model_whims){ .keep = 100U, .use = 100U };
    return config;
}

static inline void begin_hoarding(void)
{
    begin_with(hoarding());
    guest_queues();
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    guest_stage(pte(G_DATA, LEAF));
    guest_levels();
    expect_address(read_at(0x5000U), at(G_DATA));
}

#endif
