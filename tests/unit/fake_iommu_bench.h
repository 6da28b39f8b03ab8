/* SPDX-License-Identifier: Apache-2.0 */
/* An IOMMU under test (iommu/) on the fake one, with a pool of pages and two guests' contexts. */
#ifndef TESTS_UNIT_FAKE_IOMMU_BENCH_H
#define TESTS_UNIT_FAKE_IOMMU_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/iommu.h"
#include "iommu/regs.h"
#include "tests/unit/fake_iommu.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define PATIENCE   1000U
#define SV39X4     (UINT64_C(8) << 60)
#define DENY       (SV39X4 | UINT64_C(0x80100))         /* GSCID 0 */
#define ONE        1U
#define TWO        2U
#define CAP_BIT(n) (UINT64_C(1) << (n))

/* No MSI_FLAT: contexts of 32 bytes. */
#define BASE_FORMAT (FAKE_IOMMU_CAPABILITIES & ~(CAP_BIT(22) | CAP_BIT(23)))

/* All of first stages, process directories and invalidations; and no MSI tables besides. */
#define ALL_STAGES  (FAKE_IOMMU_CAPABILITIES | CAP_BIT(39) | CAP_BIT(40) | CAP_BIT(42) | \
                     CAP_BIT(43))
#define BASE_STAGES (ALL_STAGES & ~(CAP_BIT(22) | CAP_BIT(23)))

struct bench {
    struct iommu iommu;
    struct iommu_setup setup;
    struct pages pages;
};

static inline struct bench *bench_new(void)
{
    static struct bench b;

    fake_iommu_reset();
    memset(&b, 0, sizeof(b));
    b.setup = (struct iommu_setup){
        .regs = pa(FAKE_IOMMU_REGS),
        .patience = PATIENCE,
        .max_device_id = 0xffffU,
        .deny = DENY,
        .fault_entries = 128U,
        .interrupt = { IOMMU_MSI, pa(0x28000000U), 77U },
    };
    /* Not a round address, so that alignment is not had by accident. */
    pages_open(&b.pages, (struct pa_range){ pa(FAKE_PHYS_BASE + PAGE_SIZE),
                                            FAKE_IOMMU_MEMORY - PAGE_SIZE });
    return &b;
}

static inline enum iommu_result bench_open(struct bench *b)
{
    return iommu_open(&b->iommu, &b->setup, &b->pages);
}

static inline struct bench *bench_opened_with(uint64_t capabilities)
{
    struct bench *b = bench_new();

    fake_iommu.capabilities = capabilities;
    assert_int_equal(bench_open(b), IOMMU_OK);
    return b;
}

static inline void bench_claim(struct bench *b, uint32_t device_id, uint16_t gscid)
{
    assert_int_equal(iommu_claim(&b->iommu, device_id, gscid, &b->pages), IOMMU_OK);
    fake_iommu_watch(device_id);
}

static inline struct bench *bench_opened(void)
{
    struct bench *b = bench_new();

    assert_int_equal(bench_open(b), IOMMU_OK);
    return b;
}

static inline struct iommu_context context_of(uint16_t gscid)
{
    return (struct iommu_context){
        .iohgatp = SV39X4 | (uint64_t)gscid << 44 | (0x80200U + gscid * 4U),
        .msi_table = pa(0x80300000U + gscid * PAGE_SIZE),
        .msi_mask = 3U,
        .msi_pattern = 0x28000U + gscid * 0x100U,
    };
}

/* The same where there are no MSI tables. */
static inline struct iommu_context plain_context_of(uint16_t gscid)
{
    return (struct iommu_context){ .iohgatp = context_of(gscid).iohgatp };
}

static inline void assert_dc(uint32_t device_id, uint64_t tc, const struct iommu_context *context)
{
    uint64_t dc[8];

    assert_true(fake_iommu_walk(device_id, dc));
    assert_int_equal(dc[0], tc);
    assert_int_equal(dc[1], context->iohgatp);
    assert_int_equal(dc[2], (uint64_t)context->first_stage.pscid << 12);
    assert_int_equal(dc[3], context->first_stage.fsc);
    assert_int_equal(dc[4], context->msi_table.v == 0U
                                ? 0U : UINT64_C(1) << 60 | context->msi_table.v >> 12);
    assert_int_equal(dc[5], context->msi_mask);
    assert_int_equal(dc[6], context->msi_pattern);
    assert_int_equal(dc[7], 0U);
}

#define TC_ATTACHED UINT64_C(0x01)       /* V */
#define TC_QUIET    UINT64_C(0x11)       /* V and DTF */

static inline void assert_blocked(uint32_t device_id)
{
    assert_dc(device_id, TC_QUIET, &(struct iommu_context){ .iohgatp = DENY });
}

static inline void assert_off(void)
{
    assert_int_equal(fake_iommu_reg64(IOMMU_DDTP) & 0xfU, 0U);
}

static inline void assert_off_with_queues(void)
{
    assert_off();
    assert_int_equal(fake_iommu_reg32(IOMMU_CQCSR) & 0x30001U, 0U);
    assert_int_equal(fake_iommu_reg32(IOMMU_FQCSR) & 0x30001U, 0U);
}

#endif
