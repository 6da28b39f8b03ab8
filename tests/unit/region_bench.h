/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One guest twice: with its vIOMMU in trap mode, and in hardware mode, where the model serves it
 * from a state region (docs/state-region.md). Whatever the guest and its devices do, they do to
 * both; then all that they can see is the same, or the test fails.
 */
#ifndef TESTS_UNIT_REGION_BENCH_H
#define TESTS_UNIT_REGION_BENCH_H

#include "tests/unit/region_trap.h"

#define HARD_BASE   UINT64_C(0x80000000)
#define HARD_SIZE   UINT64_C(0x01100000)       /* up to and with the guest's RAM */
#define HARD_FQ     UINT64_C(0x80002000)       /* the host's own */
#define HARD_DDT    UINT64_C(0x80003000)
#define HARD_GROOT  UINT64_C(0x80004000)
#define HARD_GSTAGE UINT64_C(0x80008000)
#define HARD_MSI    UINT64_C(0x8000c000)
#define HARD_STATE  UINT64_C(0x80010000)       /* the window, of two regions */
#define HARD_PAGE   (HARD_STATE + STATE_BYTES)

/* Boards: what most have, all that the model knows, and hardly anything. */
#define BENCH_LEAST (CAP_VERSION_1_0 | CAP_SV39 | CAP_SV39X4 | CAP_MSI_FLAT | CAP_PD8)
static const uint64_t bench_boards[] = {
    BENCH_LEAST | CAP_SV48 | CAP_PD17 | CAP_IGS_BOTH | CAP_PAS_IS(56) | CAP_NL | CAP_S | CAP_SVPBMT,
    BENCH_LEAST | CAP_SV32 | CAP_SV48 | CAP_SV57 | CAP_SVRSW60T59B | CAP_SVPBMT | CAP_SV48X4
        | CAP_SV57X4 | CAP_MSI_MRIF | CAP_AMO_HWAD | CAP_ATS | CAP_T2GPA | CAP_END | CAP_IGS_BOTH
        | CAP_DBG | CAP_PAS_IS(56) | CAP_PD17 | CAP_PD20 | CAP_NL | CAP_S,
    BENCH_LEAST | CAP_IGS_WSI | CAP_PAS_IS(40),
};
#define BENCH_BOARDS (sizeof(bench_boards) / sizeof(bench_boards[0]))

static struct {
    struct model *model;
    uint8_t *memory;
    struct guest_log log;
    uint64_t capabilities;
} hard;

/* ---- hardware mode --------------------------------------------------------------------------- */

static inline enum mem_status hard_read(void *ctx, uint64_t address, void *data, size_t size)
{
    (void)ctx;
    if (!span_contains(HARD_BASE, HARD_SIZE, address, size)) {
        return MEM_ACCESS;
    }
    memcpy(data, &hard.memory[address - HARD_BASE], size);
    return MEM_OK;
}

static inline enum mem_status hard_write(void *ctx, uint64_t address, const void *data, size_t size)
{
    (void)ctx;
    if (guest_log_write(&hard.log, address, data, size)) {
        return MEM_OK;
    }
    if (!span_contains(HARD_BASE, HARD_SIZE, address, size)) {
        return MEM_ACCESS;
    }
    memcpy(&hard.memory[address - HARD_BASE], data, size);
    return MEM_OK;
}

static inline void hard_put(uint64_t address, uint64_t value)
{
    assert_int_equal(hard_write(NULL, address, &value, sizeof(value)), MEM_OK);
}

static inline void hard_unspecified(void *ctx, const char *what)
{
    (void)ctx;
    fail_msg("hardware mode: UNSPECIFIED: %s", what);
}

/* As a hypervisor would: the region first, then contexts that lead to it. */
static inline void hard_control(uint32_t offset, uint64_t value)
{
    assert_true(model_state_write(hard.model, HARD_PAGE + REG_PAGE + offset, 8U, value));
}

static inline uint64_t hard_iohgatp(void)
{
    return PLACE(ATP_SV39, 60, 4) | PLACE(GUEST_GSCID, 44, 16) | HARD_GROOT >> 12;
}

static inline void hard_region(bool boot_off)
{
    uint64_t ctl;

    hard_control(STATE_CTL, 0U);
    for (uint32_t offset = 0; offset < 2U * REG_PAGE; offset += 8U) {
        assert_true(model_state_write(hard.model, HARD_PAGE + offset, 8U, 0U));
    }
    assert_true(model_state_write(hard.model, HARD_PAGE, 8U, hard.capabilities));
    assert_true(model_state_write(hard.model, HARD_PAGE + REG_DDTP, 8U,
                                  boot_off ? DDTP_OFF : DDTP_BARE));
    hard_control(STATE_IOHGATP, hard_iohgatp());
    hard_control(STATE_MSIPTP, PLACE(MSIPTP_FLAT, 60, 4) | HARD_MSI >> 12);
    hard_control(STATE_MSI_ADDR_MASK, 3U);
    hard_control(STATE_MSI_ADDR_PATTERN, GUEST_FILES >> 12);
    hard_control(STATE_CTL, STATE_CTL_EN);
    assert_true(model_state_read(hard.model, HARD_PAGE + REG_PAGE + STATE_CTL, 8U, &ctl));
    assert_int_equal(ctl, STATE_CTL_EN | STATE_CTL_ON);
}

static inline void hard_contexts(void)
{
    for (uint32_t n = 0; n < GUEST_DEVICES; n++) {
        const uint64_t at = HARD_DDT + 64U * GUEST_PHYSICAL_ID(n);

        hard_put(at + 8U * DC_IOHGATP, hard_iohgatp());
        hard_put(at + 8U * DC_TA, TA_VDID_IS(guest_ids[n]));
        hard_put(at + 8U * DC_FSC, PLACE(FSC_STATE, 60, 4) | HARD_PAGE >> 12);
        hard_put(at + 8U * DC_MSIPTP, PLACE(MSIPTP_FLAT, 60, 4) | HARD_MSI >> 12);
        hard_put(at + 8U * DC_MSI_ADDR_MASK, 3U);
        hard_put(at + 8U * DC_MSI_ADDR_PATTERN, GUEST_FILES >> 12);
        hard_put(at + 8U * DC_TC, TC_V);
    }
}

/* Pages of 4 KiB, as for devices: no execution. */
static inline void hard_second_stage(void)
{
    const uint64_t leaf = PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D;

    hard_put(HARD_GROOT + 8U * (GUEST_RAM >> 30), HARD_GSTAGE >> 2 | PTE_V);
    hard_put(HARD_GSTAGE, (HARD_GSTAGE + 4096U) >> 2 | PTE_V);
    for (uint64_t page = 0; page < GUEST_RAM_SIZE >> 12; page++) {
        hard_put(HARD_GSTAGE + 4096U + 8U * page, (GUEST_RAM_PA + (page << 12)) >> 2 | leaf);
    }
    for (uint32_t v = 0; v < GUEST_VCPUS; v++) {
        hard_put(HARD_MSI + 16U * v, (GUEST_FILES_PA + v * UINT64_C(4096)) >> 2
                                     | MSIPTE_M_BASIC << 1 | ENTRY_V);
    }
}

static inline void hard_begin(const struct model_config *config, bool boot_off)
{
    const struct model_memory memory = { NULL, hard_read, hard_write };
    const struct model_hooks hooks = { NULL, NULL, NULL, hard_unspecified };
    static uint8_t bytes[HARD_SIZE];
    struct model_config with = *config;

    with.capabilities |= CAP_STATE;
    with.state_base = HARD_STATE;
    with.state_size = 2U * STATE_BYTES;
    memset(bytes, 0, sizeof(bytes));
    model_free(hard.model);
    memset(&hard, 0, sizeof(hard));
    hard.memory = bytes;
    hard.model = model_new(&with, &memory, &hooks);
    assert_non_null(hard.model);
    hard.capabilities = trap.page[0];
    hard_second_stage();
    hard_contexts();
    hard_region(boot_off);
    model_write(hard.model, REG_FQB, 8U, HARD_FQ >> 2 | 6U);
    model_write(hard.model, REG_FQCSR, 4U, CSR_ENABLE);
    model_write(hard.model, REG_DDTP, 8U, HARD_DDT >> 2 | DDTP_1LVL);
    (void)model_run(hard.model, 100U);
}

/* What all runs of a test have come across. */
static uint32_t bench_messages, bench_fences;

/* ---- both ------------------------------------------------------------------------------------ */

#define HARD_RAM (&hard.memory[GUEST_RAM_PA - HARD_BASE])
#define TRAP_RAM ((const uint8_t *)trap_ram(GUEST_RAM, GUEST_RAM_SIZE))

static inline void expect_same_pages(const char *after)
{
    for (uint32_t offset = 0; offset < REG_PAGE; offset += 8U) {
        const uint64_t a = offset / 8U < VIOMMU_WORDS ? trap.page[offset / 8U] : 0U;
        uint64_t b;

        memcpy(&b, &hard.memory[HARD_PAGE - HARD_BASE + offset], sizeof(b));
        if (a != b) {
            fail_msg("%s: register 0x%x is 0x%llx in trap mode, 0x%llx in hardware mode", after,
                     offset, (unsigned long long)a, (unsigned long long)b);
        }
    }
}

static inline void expect_same_ram(const char *after)
{
    if (memcmp(TRAP_RAM, HARD_RAM, GUEST_RAM_SIZE) != 0) {
        uint64_t at = 0, a, b;

        while (memcmp(&TRAP_RAM[at], &HARD_RAM[at], sizeof(a)) == 0) {
            at += sizeof(a);
        }
        memcpy(&a, &TRAP_RAM[at], sizeof(a));
        memcpy(&b, &HARD_RAM[at], sizeof(b));
        fail_msg("%s: the guest's memory at 0x%llx is 0x%llx in trap mode, 0x%llx in hardware mode",
                 after, (unsigned long long)(GUEST_RAM + at), (unsigned long long)a,
                 (unsigned long long)b);
    }
}

static inline void expect_same_messages(const char *after)
{
    if (trap.log.count != hard.log.count) {
        fail_msg("%s: %u messages in trap mode, %u in hardware mode", after, trap.log.count,
                 hard.log.count);
    }
    for (uint32_t i = 0; i < trap.log.count; i++) {
        assert_int_equal(trap.log.address[i], hard.log.address[i]);
        assert_int_equal(trap.log.data[i], hard.log.data[i]);
    }
    bench_messages += trap.log.count;
    bench_fences += trap.stores;
    trap.stores = 0U;
    trap.log.count = hard.log.count = 0U;
    assert_int_equal(trap.wires, model_state_wires(hard.model, HARD_PAGE));
}

static inline void expect_same(const char *after)
{
    expect_same_pages(after);
    expect_same_ram(after);
    expect_same_messages(after);
}

static inline void bench_begin(const struct model_config *config, bool process_ids, bool boot_off)
{
    trap_begin(config, process_ids, boot_off);
    hard_begin(config, boot_off);
    expect_same("reset");
}

/* The guest restarts: the page is as after a reset, and so is what the devices may do. */
static inline void bench_reset(bool process_ids, bool boot_off)
{
    trap_reset(process_ids, boot_off);
    hard_region(boot_off);
    expect_same("reset");
}

static inline struct model_config bench_config(uint64_t board)
{
    return (struct model_config){ .capabilities = bench_boards[board], .queue_log2_max = 16U,
                                  .vectors = 4U };
}

static inline int bench_end(void **state)
{
    (void)state;
    model_free(trap.model);
    model_free(hard.model);
    trap.model = hard.model = NULL;
    return 0;
}

/* ---- what the guest and its devices do ------------------------------------------------------- */

static inline void put(uint64_t at, uint64_t value)
{
    memcpy(trap_ram(at, sizeof(value)), &value, sizeof(value));
    memcpy(&HARD_RAM[at - GUEST_RAM], &value, sizeof(value));
}

static inline uint64_t get(uint64_t at)
{
    uint64_t value;

    memcpy(&value, &HARD_RAM[at - GUEST_RAM], sizeof(value));
    return value;
}

static inline void store(uint32_t offset, uint32_t width, uint64_t value)
{
    char after[64];

    trap_store(offset, width, value);
    assert_true(model_state_write(hard.model, HARD_PAGE + offset, width, value));
    (void)model_run(hard.model, UINT32_MAX);
    (void)snprintf(after, sizeof(after), "a store of %u bytes, 0x%llx, to 0x%x", width,
                   (unsigned long long)value, offset);
    expect_same(after);
}

/* The registers are the same, so either's. */
static inline uint64_t load64(uint32_t offset)
{
    return trap.page[offset / 8U];
}

static inline uint32_t load32(uint32_t offset)
{
    return (uint32_t)(trap.page[offset / 8U] >> offset % 8U * 8U);
}

/* Records for the host are no affair of the guest's. */
static inline void hard_drain(void)
{
    model_write(hard.model, REG_FQH, 4U, model_read(hard.model, REG_FQT, 4U));
    assert_int_equal(model_read(hard.model, REG_FQCSR, 4U) & (CSR_MF | CSR_OF), 0U);
}

/* An access by device n, of 4 bytes; returns how it ended in hardware mode. */
static inline struct model_outcome access(uint32_t n, struct model_request request, uint32_t data)
{
    struct model_outcome a, b;
    uint32_t data_a = data, data_b = data;
    char after[128];

    request.device_id = GUEST_PHYSICAL_ID(n);
    if (request.type == TTYP_ATS_REQUEST) {
        a = model_translate(trap.model, &request);
        b = model_translate(hard.model, &request);
    } else {
        a = model_access(trap.model, &request, &data_a, sizeof(data_a));
        b = model_access(hard.model, &request, &data_b, sizeof(data_b));
    }
    trap_deliver();
    hard_drain();
    (void)model_run(hard.model, UINT32_MAX);
    assert_int_equal(a.end, b.end);
    assert_int_equal(data_a, data_b);
    if (a.end == MODEL_TRANSLATED) {
        assert_int_equal(a.address, b.address);
        assert_int_equal(a.size_log2, b.size_log2);
        assert_int_equal(a.pbmt, b.pbmt);
        assert_int_equal(a.msi, b.msi);
        assert_int_equal(a.global, b.global);
    }
    (void)snprintf(after, sizeof(after), "access of type %u, process %d, privilege %d, to 0x%llx "
                   "by device 0x%x", (unsigned)request.type,
                   request.pv ? (int)request.process_id : -1, request.priv,
                   (unsigned long long)request.iova, guest_ids[n]);
    expect_same(after);
    return b;
}

static inline void page_request(uint32_t n, uint64_t payload)
{
    const struct model_page_request request = { .device_id = GUEST_PHYSICAL_ID(n),
                                                .payload = payload };
    const struct model_prgr a = model_page_request(trap.model, &request);
    const struct model_prgr b = model_page_request(hard.model, &request);

    trap_deliver();
    hard_drain();
    assert_int_equal(a.code, b.code);
    assert_int_equal(a.pv, b.pv);
    expect_same("a page request");
}

#endif
