/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual IOMMU under test (iommu/viommu/) with a guest's RAM, its queues and a directory of one
 * level in there, and the page that the guest sees: after every step it must show the registers.
 */
#ifndef TESTS_UNIT_VIOMMU_BENCH_H
#define TESTS_UNIT_VIOMMU_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/regs.h"
#include "iommu/viommu/viommu.h"
#include "tests/unit/fake_guest_memory.h"

#define BENCH_DEVICES 40U              /* more than two pieces of contexts; ids 3, 4, ... */
#define BENCH_ID      3U
#define BENCH_COMMANDS (FAKE_RAM_BASE + 0x10000U)
#define BENCH_FAULTS   (FAKE_RAM_BASE + 0x20000U)
#define BENCH_TABLE    (FAKE_RAM_BASE + 0x30000U)
#define BENCH_DATA     (FAKE_RAM_BASE + 0x40000U)
#define BENCH_FILES    UINT64_C(0x28000000)    /* two interrupt files */
#define BENCH_LOG2     7U              /* queues of 128 entries */
#define BENCH_SIZE     (1U << BENCH_LOG2)

/* Version 1.0, Sv39, IGS = BOTH, PAS 41, NL, S: written out, as the specification has them. */
#define BENCH_CAPABILITIES \
    (UINT64_C(0x10) | UINT64_C(1) << 9 | UINT64_C(2) << 28 | UINT64_C(41) << 32 | \
     UINT64_C(1) << 42 | UINT64_C(1) << 43)
#define BENCH_PD17 (UINT64_C(1) << 39)

#define QUEUE_ON  (IOMMU_QCSR_EN | IOMMU_QCSR_IE)

struct bench {
    struct viommu v;
    struct viommu_setup setup;
    struct viommu_device devices[BENCH_DEVICES];
    struct viommu_effects out;         /* of the last step */
    uint64_t page[VIOMMU_WORDS];
};

static inline void bench_show(struct bench *b)
{
    for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
        if ((b->out.dirty[n / 64U] >> n % 64U & 1U) != 0U) {
            b->page[n] = b->v.words[n];
        }
    }
    assert_memory_equal(b->page, b->v.words, sizeof(b->page));
}

static inline void bench_step(struct bench *b, const struct viommu_write *write)
{
    memset(&b->out, 0xa5, sizeof(b->out)); /* every field that means something is written */
    viommu_step(&b->v, write, &b->out);
    bench_show(b);
}

static inline void bench_store(struct bench *b, uint32_t offset, uint32_t width, uint64_t value)
{
    const struct viommu_write write = { offset, width, value };

    bench_step(b, &write);
}

static inline void store32(struct bench *b, uint32_t offset, uint32_t value)
{
    bench_store(b, offset, 4U, value);
}

static inline void store64(struct bench *b, uint32_t offset, uint64_t value)
{
    bench_store(b, offset, 8U, value);
}

/* As the guest reads them. */
static inline uint64_t load64(const struct bench *b, uint32_t offset)
{
    return b->page[offset / 8U];
}

static inline uint32_t load32(const struct bench *b, uint32_t offset)
{
    return (uint32_t)(b->page[offset / 8U] >> offset % 8U * 8U);
}

static inline void bench_finish(struct bench *b)
{
    for (uint32_t i = 0; b->out.more; i++) {
        assert_true(i < 100U);
        bench_step(b, NULL);
    }
}

/* After its reset, and after all that comes of it. */
static inline void bench_reset(struct bench *b)
{
    memset(&b->out, 0xa5, sizeof(b->out));
    viommu_reset(&b->v, &b->setup, &b->out);
    bench_show(b);
}

static inline struct bench *bench_new(uint32_t devices, uint64_t capabilities)
{
    static struct bench b;

    memset(&b, 0xa5, sizeof(b)); /* nothing may depend on what was there before the reset */
    for (uint32_t i = 0; i < devices; i++) {
        b.devices[i].id = BENCH_ID + i;
    }
    b.setup = (struct viommu_setup){
        .capabilities = capabilities,
        .boot_off = true,
        .interrupt_files = { gpa(BENCH_FILES), 2U * PAGE_SIZE },
        .devices = b.devices,
        .device_count = devices,
        .memory = fake_guest_memory_new(),
    };
    bench_reset(&b);
    bench_finish(&b);
    return &b;
}

/* A context of the directory: in four doublewords tc, iohgatp, ta, fsc (2.1.3). */
static inline void bench_context(uint32_t id, uint64_t tc, uint64_t ta, uint64_t fsc)
{
    const uint64_t at = BENCH_TABLE + 32U * id;

    fake_guest_put(at, tc);
    fake_guest_put(at + 16U, ta);
    fake_guest_put(at + 24U, fsc);
}

static inline void bench_directory(struct bench *b)
{
    store64(b, IOMMU_DDTP, BENCH_TABLE >> 12 << 10 | 2U);
    bench_finish(b);
    assert_int_equal(load64(b, IOMMU_DDTP), BENCH_TABLE >> 12 << 10 | 2U);
}

static inline void bench_queues(struct bench *b)
{
    store64(b, IOMMU_CQB, BENCH_COMMANDS >> 12 << 10 | (BENCH_LOG2 - 1U));
    store64(b, IOMMU_FQB, BENCH_FAULTS >> 12 << 10 | (BENCH_LOG2 - 1U));
    store32(b, IOMMU_CQCSR, QUEUE_ON);
    store32(b, IOMMU_FQCSR, QUEUE_ON);
    assert_int_equal(load32(b, IOMMU_CQCSR), QUEUE_ON | IOMMU_QCSR_ON);
    assert_int_equal(load32(b, IOMMU_FQCSR), QUEUE_ON | IOMMU_QCSR_ON);
}

/* Entry n of the queue; cqt is not stored. */
static inline void bench_entry(uint32_t n, uint64_t first, uint64_t second)
{
    fake_guest_put(BENCH_COMMANDS + 16U * (n % BENCH_SIZE), first);
    fake_guest_put(BENCH_COMMANDS + 16U * (n % BENCH_SIZE) + 8U, second);
}

/* One more command, and its doorbell. */
static inline void bench_command(struct bench *b, uint64_t first, uint64_t second)
{
    const uint32_t tail = load32(b, IOMMU_CQT);

    bench_entry(tail, first, second);
    store32(b, IOMMU_CQT, (tail + 1U) % BENCH_SIZE);
}

/* Vectors 0 for commands and 1 for faults, to one interrupt file each. */
static inline void bench_messages(struct bench *b)
{
    store64(b, IOMMU_ICVEC, 0x10U);
    store64(b, IOMMU_MSI_ADDR(0U), BENCH_FILES);
    store32(b, IOMMU_MSI_DATA(0U), 40U);
    store64(b, IOMMU_MSI_ADDR(1U), BENCH_FILES + PAGE_SIZE);
    store32(b, IOMMU_MSI_DATA(1U), 41U);
}

static inline void assert_message(const struct bench *b, uint32_t n, uint32_t vector)
{
    assert_true(n < b->out.msi_count);
    assert_int_equal(b->out.msis[n].address.v, BENCH_FILES + vector * PAGE_SIZE);
    assert_int_equal(b->out.msis[n].data, 40U + vector);
}

/* No effect but what the page shows. */
static inline void assert_nothing_else(const struct bench *b)
{
    assert_int_equal(b->out.change_count, 0U);
    assert_int_equal(b->out.forget_count, 0U);
    assert_false(b->out.fence);
    assert_int_equal(b->out.store_count, 0U);
    assert_int_equal(b->out.wires, 0U);
    assert_int_equal(b->out.msi_count, 0U);
    assert_false(b->out.more);
}

#endif
