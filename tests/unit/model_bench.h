/* SPDX-License-Identifier: Apache-2.0 */
/* A model with an image of memory, and what software does with it: registers, queues, directories
 * and page tables written by hand. */
#ifndef TESTS_UNIT_MODEL_BENCH_H
#define TESTS_UNIT_MODEL_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/model/model.h"

#define RAM_BASE  UINT64_C(0x80000000)
#define RAM_SIZE  UINT64_C(0x08000000)
#define CQ        UINT64_C(0x80001000)
#define FQ        UINT64_C(0x80002000)
#define PQ        UINT64_C(0x80003000)
#define FENCED    UINT64_C(0x80004000)
#define MESSAGES  UINT64_C(0x80005000) /* vector v writes to its word v */
#define DDT       UINT64_C(0x80010000)
#define PDT       UINT64_C(0x80018000) /* guest physical where there is a second stage */
#define MSI_TABLE UINT64_C(0x80020000)
#define GROOT     UINT64_C(0x80024000) /* 16 KiB */
#define SROOT     UINT64_C(0x80030000) /* guest physical where there is a second stage */
#define TABLES    UINT64_C(0x80100000) /* more tables, one after the other */
#define DATA      UINT64_C(0x84000000)

#define LOG2_16   3U                   /* LOG2SZ-1 of the bench's queues: 16 entries */
#define GSCID_1   UINT64_C(7)
#define PSCID_1   UINT32_C(0x1234)
#define LEAF      (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)
#define CAPS_ALL  (CAP_VERSION_1_0 | CAP_SV32 | CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_SVPBMT \
                   | CAP_SV32X4 | CAP_SV39X4 | CAP_SV48X4 | CAP_SV57X4 | CAP_MSI_FLAT \
                   | CAP_MSI_MRIF | CAP_AMO_HWAD | CAP_ATS | CAP_T2GPA | CAP_END | CAP_IGS_BOTH \
                   | CAP_DBG | CAP_PAS_IS(56) | CAP_PD8 | CAP_PD17 | CAP_PD20 | CAP_NL | CAP_S)

static struct {
    struct image image;
    struct model *model;
    struct model_config config;
    uint64_t next_table;
    unsigned unspecified;          /* how often the hook was called, and last with what */
    const char *what;
    unsigned messages;
    struct model_message message;
    unsigned touches;
    struct model_touch touch;      /* the last one of a device's own */
    struct model_touch last;       /* of all */
} bench;

static inline void note_unspecified(void *ctx, const char *what)
{
    (void)ctx;
    bench.unspecified++;
    bench.what = what;
}

static inline void note_message(void *ctx, const struct model_message *message)
{
    (void)ctx;
    bench.messages++;
    bench.message = *message;
}

static inline void note_touch(void *ctx, const struct model_touch *touch)
{
    (void)ctx;
    bench.last = *touch;
    assert_false(touch->purpose == TOUCH_OWN_MSI && touch->for_device); /* no device sends those */
    if (touch->purpose <= TOUCH_NOTICE) {
        bench.touches++;
        bench.touch = *touch;
    }
}

static inline uint64_t rd(uint32_t offset, unsigned width)
{
    return model_read(bench.model, offset, width);
}

static inline void wr(uint32_t offset, unsigned width, uint64_t value)
{
    model_write(bench.model, offset, width, value);
}

static inline struct model_config plain_config(uint64_t capabilities)
{
    return (struct model_config){ .capabilities = capabilities, .queue_log2_max = 16U,
                                  .vectors = 4U };
}

static inline bool make_model(struct model_config config)
{
    const struct model_hooks hooks = { NULL, note_touch, note_message, note_unspecified };
    const struct model_memory memory = image_memory(&bench.image);

    model_free(bench.model);
    bench.config = config;
    bench.model = model_new(&config, &memory, &hooks);
    return bench.model != NULL;
}

static inline void queues_on(void)
{
    for (unsigned v = 0; v < bench.config.vectors; v++) {
        wr(REG_MSI_ADDR(v), 8U, MESSAGES + 4U * v);
        wr(REG_MSI_DATA(v), 4U, 0x50U + v);
        wr(REG_MSI_VEC_CTL(v), 4U, 0U);
    }
    wr(REG_ICVEC, 8U, 0U);
    wr(REG_CQB, 8U, CQ >> 2 | LOG2_16);
    wr(REG_FQB, 8U, FQ >> 2 | LOG2_16);
    wr(REG_PQB, 8U, PQ >> 2 | LOG2_16);
    wr(REG_CQT, 4U, 0U);
    wr(REG_FQH, 4U, 0U);
    wr(REG_PQH, 4U, 0U);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    wr(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
    wr(REG_PQCSR, 4U, CSR_ENABLE | CSR_IE);
    (void)model_run(bench.model, 10U);
}

/* Memory all zero, a new model with its queues on and a directory in use. */
static inline void start(struct model_config config, unsigned ddtp_mode)
{
    image_free(&bench.image);
    image_init(&bench.image, RAM_BASE, RAM_SIZE);
    bench.next_table = TABLES;
    bench.unspecified = bench.messages = bench.touches = 0;
    assert_true(make_model(config));
    queues_on();
    wr(REG_DDTP, 8U, DDT >> 2 | ddtp_mode);
    (void)model_run(bench.model, 10U);
}

static inline void put64(uint64_t address, uint64_t value)
{
    image_put64(&bench.image, address, value);
}

static inline uint64_t get64(uint64_t address)
{
    return image_get64(&bench.image, address);
}

static inline uint64_t pte(uint64_t address, uint64_t flags)
{
    return address >> 2 | flags;
}

static inline uint64_t atp(unsigned mode, uint64_t root)
{
    return PLACE(mode, 60, 4) | root >> 12;
}

static inline uint64_t iohgatp(unsigned mode, uint64_t root, uint64_t gscid)
{
    return atp(mode, root) | PLACE(gscid, 44, 16);
}

/* The extended device context of a device in a one-level directory. */
static inline uint64_t dc_at(uint32_t device_id)
{
    return DDT + device_id * UINT64_C(64);
}

static inline void put_dc(uint32_t device_id, uint64_t tc, uint64_t hgatp, uint64_t fsc)
{
    const uint64_t at = dc_at(device_id);

    put64(at + 8U * DC_IOHGATP, hgatp);
    put64(at + 8U * DC_TA, PLACE(PSCID_1, 12, 20));
    put64(at + 8U * DC_FSC, fsc);
    put64(at + 8U * DC_TC, tc | TC_V);
}

/* Maps in a table of 8-byte entries at a physical root, making tables as it goes; bits beyond those
 * of the root's index go to the root too (x4). level: of the leaf. Returns where the leaf is. */
static inline uint64_t map(uint64_t root, unsigned levels, uint64_t va, unsigned level,
                           uint64_t leaf)
{
    uint64_t table = root;

    for (unsigned l = levels - 1U; l > level; l--) {
        const uint64_t index = l == levels - 1U ? (va >> (12U + 9U * l)) & 0x7ffU
                                                : (va >> (12U + 9U * l)) & 0x1ffU;

        if ((get64(table + 8U * index) & PTE_V) == 0U) {
            put64(table + 8U * index, pte(bench.next_table, PTE_V));
            bench.next_table += 0x1000U;
        }
        table = ENTRY_PPN(get64(table + 8U * index)) << 12;
    }
    table += 8U * ((va >> (12U + 9U * level)) & (level == levels - 1U ? 0x7ffU : 0x1ffU));
    put64(table, leaf);
    return table;
}

/* The same in a first stage: the index of the root has nine bits, the sign above them is cut
 * off. */
static inline uint64_t map_first(uint64_t root, unsigned levels, uint64_t va, unsigned level,
                                 uint64_t leaf)
{
    return map(root, levels, va & ONES(12U + 9U * levels), level, leaf);
}

static inline struct model_request request(enum ttyp type, uint32_t device_id, uint64_t iova)
{
    return (struct model_request){ .type = type, .device_id = device_id, .iova = iova };
}

static inline struct model_outcome ask(enum ttyp type, uint32_t device_id, uint64_t iova)
{
    const struct model_request r = request(type, device_id, iova);

    return model_translate(bench.model, &r);
}

static inline void expect_address(struct model_outcome outcome, uint64_t address)
{
    assert_int_equal(outcome.cause, CAUSE_NONE);
    assert_int_equal(outcome.end, MODEL_TRANSLATED);
    assert_int_equal(outcome.address, address);
}

static inline void expect_fault(struct model_outcome outcome, enum cause cause, uint64_t iotval2)
{
    assert_int_equal(outcome.end, MODEL_FAULT);
    assert_int_equal(outcome.cause, cause);
    assert_int_equal(outcome.iotval2, iotval2);
}

/* A field of the fault record at an index. */
static inline uint64_t record(unsigned index, unsigned word)
{
    return get64(FQ + index * UINT64_C(32) + word * UINT64_C(8));
}

/* Queues one command and rings. */
static inline void command(uint64_t w0, uint64_t w1)
{
    const uint64_t tail = rd(REG_CQT, 4U);

    put64(CQ + 16U * tail, w0);
    put64(CQ + 16U * tail + 8U, w1);
    wr(REG_CQT, 4U, (tail + 1U) & 15U);
}

static inline uint64_t opcode(unsigned code, unsigned func3)
{
    return code | PLACE(func3, 7, 3);
}

static inline void fence(void)
{
    command(opcode(CMD_IOFENCE, 0U), 0U);
    (void)model_run(bench.model, 100U);
    assert_int_equal(rd(REG_CQH, 4U), rd(REG_CQT, 4U));
}

static inline int end_bench(void **state)
{
    (void)state;
    model_free(bench.model);
    bench.model = NULL;
    image_free(&bench.image);
    return 0;
}

#endif
