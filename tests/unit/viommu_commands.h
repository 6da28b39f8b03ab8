/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for the queue of a virtual IOMMU, written out as the specification has them: 3.1. */
#ifndef TESTS_UNIT_VIOMMU_COMMANDS_H
#define TESTS_UNIT_VIOMMU_COMMANDS_H

#include "tests/unit/viommu_bench.h"

#define VMA   UINT64_C(0x001)
#define GVMA  UINT64_C(0x081)
#define FENCE UINT64_C(0x002)
#define DDT   UINT64_C(0x003)
#define PDT   UINT64_C(0x083)
#define BIT(n) (UINT64_C(1) << (n))
#define AV    BIT(10)
#define PSCID(n) ((uint64_t)(n) << 12 | BIT(32))
#define NL    BIT(34)
#define S     BIT(9)                    /* of the second doubleword */
#define ADDR(a) ((uint64_t)(a) >> 12 << 10)
#define WSI   BIT(11)
#define DATA(d) ((uint64_t)(d) << 32)
#define DV(id) ((uint64_t)(id) << 40 | BIT(33))
#define PID(n) ((uint64_t)(n) << 12)
#define SV39  (UINT64_C(8) << 60)

static inline struct bench *on_with(uint32_t devices, uint64_t capabilities)
{
    struct bench *b = bench_new(devices, capabilities);

    bench_queues(b);
    return b;
}

static inline struct bench *on(void)
{
    return on_with(4U, BENCH_CAPABILITIES);
}

/* All of a piece at one doorbell. */
static inline void ring(struct bench *b, const uint64_t (*commands)[2], uint32_t count)
{
    const uint32_t tail = load32(b, IOMMU_CQT);

    for (uint32_t i = 0; i < count; i++) {
        bench_entry(tail + i, commands[i][0], commands[i][1]);
    }
    store32(b, IOMMU_CQT, (tail + count) % BENCH_SIZE);
}

static inline void assert_forget(const struct bench *b, uint32_t n, struct iommu_addresses what)
{
    const struct iommu_addresses *is = &b->out.forgets[n].addresses;

    assert_true(n < b->out.forget_count);
    assert_int_equal(b->out.forgets[n].kind, VIOMMU_FORGET_ADDRESSES);
    assert_int_equal(is->by_pscid, what.by_pscid);
    assert_int_equal(is->pscid, what.pscid);
    assert_int_equal(is->by_address, what.by_address);
    assert_int_equal(is->address, what.address);
    assert_int_equal(is->range, what.range);
    assert_int_equal(is->non_leaf, what.non_leaf);
}

#endif
