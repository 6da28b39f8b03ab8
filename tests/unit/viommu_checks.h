/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of a virtual IOMMU on the bench after every step, whatever the guest stored.
 * Shared by the seeded random test and the fuzzer. */
#ifndef TESTS_UNIT_VIOMMU_CHECKS_H
#define TESTS_UNIT_VIOMMU_CHECKS_H

#include "tests/unit/viommu_bench.h"

#define ERRORS (IOMMU_CQCSR_CQMF | IOMMU_CQCSR_CMD_TO | IOMMU_CQCSR_CMD_ILL)

static inline void assert_registers(const struct bench *b)
{
    const uint64_t cq = load64(b, IOMMU_CQB), fq = load64(b, IOMMU_FQB);
    const uint32_t cqcsr = load32(b, IOMMU_CQCSR), fqcsr = load32(b, IOMMU_FQCSR);
    const uint32_t ipsr = load32(b, IOMMU_IPSR);

    assert_int_equal(b->page[0], BENCH_CAPABILITIES | BENCH_PD17);
    assert_int_equal(load64(b, IOMMU_FCTL) & ~(uint64_t)IOMMU_FCTL_WSI, 0U);
    assert_true((load32(b, IOMMU_DDTP) & IOMMU_DDTP_MODE_MASK) <= 4U);
    assert_true((cq & 0x1fU) < VIOMMU_QUEUE_LOG2_MAX && (fq & 0x1fU) < VIOMMU_QUEUE_LOG2_MAX);
    assert_int_equal((load32(b, IOMMU_CQH) | load32(b, IOMMU_CQT)) >> ((cq & 0x1fU) + 1U), 0U);
    assert_int_equal((load32(b, IOMMU_FQH) | load32(b, IOMMU_FQT)) >> ((fq & 0x1fU) + 1U), 0U);
    assert_int_equal(cqcsr & ~(IOMMU_QCSR_ON | QUEUE_ON | IOMMU_CQCSR_W1C), 0U);
    assert_int_equal(fqcsr & ~(IOMMU_QCSR_ON | QUEUE_ON | IOMMU_FQCSR_W1C), 0U);
    assert_int_equal((cqcsr & IOMMU_QCSR_ON) != 0U, (cqcsr & IOMMU_QCSR_EN) != 0U);
    assert_int_equal((fqcsr & IOMMU_QCSR_ON) != 0U, (fqcsr & IOMMU_QCSR_EN) != 0U);
    assert_int_equal(ipsr & ~(IOMMU_IPSR_CIP | IOMMU_IPSR_FIP), 0U);
    if ((cqcsr & IOMMU_QCSR_IE) != 0U && (cqcsr & IOMMU_CQCSR_W1C) != 0U) {
        assert_true((ipsr & IOMMU_IPSR_CIP) != 0U);
    }
    if ((fqcsr & IOMMU_QCSR_IE) != 0U && (fqcsr & IOMMU_FQCSR_W1C) != 0U) {
        assert_true((ipsr & IOMMU_IPSR_FIP) != 0U);
    }
    for (uint32_t n = 0; n < VIOMMU_WORDS; n++) {
        const bool known = n <= IOMMU_FQT / 8U || n == IOMMU_CQCSR / 8U || n == IOMMU_IPSR / 8U ||
                           n == IOMMU_ICVEC / 8U ||
                           (n >= IOMMU_MSI_ADDR(0U) / 8U && n < IOMMU_MSI_ADDR(2U) / 8U);

        assert_true(known || b->page[n] == 0U);
    }
    assert_int_equal(load32(b, IOMMU_PQCSR), 0U);
}

static inline bool same(const struct viommu_forget *a, const struct viommu_forget *b)
{
    return a->kind == b->kind &&
           (a->kind == VIOMMU_FORGET_PROCESS
                ? a->device == b->device && a->process_id == b->process_id
                : a->addresses.by_pscid == b->addresses.by_pscid &&
                  a->addresses.pscid == b->addresses.pscid &&
                  a->addresses.by_address == b->addresses.by_address &&
                  a->addresses.address == b->addresses.address &&
                  a->addresses.range == b->addresses.range &&
                  a->addresses.non_leaf == b->addresses.non_leaf);
}

static inline void assert_effects(const struct bench *b)
{
    const struct viommu_effects *out = &b->out;
    uint64_t told = 0U;

    assert_true(out->change_count <= VIOMMU_PIECE && out->forget_count <= VIOMMU_PIECE);
    assert_true(out->store_count <= VIOMMU_PIECE && out->msi_count <= 2U * VIOMMU_VECTORS);
    for (uint32_t i = 0; i < out->change_count; i++) {
        assert_true(out->changes[i].device < BENCH_DEVICES);
        assert_int_equal(told >> out->changes[i].device & 1U, 0U);
        told |= UINT64_C(1) << out->changes[i].device;
    }
    for (uint32_t i = 0; i < out->forget_count; i++) {
        assert_false(i != 0U && same(&out->forgets[i], &out->forgets[i - 1U]));
        if (out->forgets[i].kind == VIOMMU_FORGET_PROCESS) {
            assert_true(out->forgets[i].device < BENCH_DEVICES);
        }
    }
    for (uint32_t i = 0; i < out->store_count; i++) {
        assert_true(out->fence);
        assert_true(is_aligned(out->stores[i].at.v, 4U));
        assert_true(b->setup.memory.holds(b->setup.memory.ctx, out->stores[i].at, 4U) ||
                    out->stores[i].at.v == BENCH_FILES ||
                    out->stores[i].at.v == BENCH_FILES + PAGE_SIZE);
    }
    for (uint32_t i = 0; i < out->msi_count; i++) {
        assert_true(out->msis[i].address.v == BENCH_FILES ||
                    out->msis[i].address.v == BENCH_FILES + PAGE_SIZE);
    }
    if (load32(b, IOMMU_FCTL) != 0U) {
        assert_int_equal(out->msi_count, 0U);
        assert_true(out->wires < 1U << VIOMMU_VECTORS);
        assert_int_equal(out->wires != 0U, load32(b, IOMMU_IPSR) != 0U);
    } else {
        assert_int_equal(out->wires, 0U);
    }
    if ((load32(b, IOMMU_DDTP) & IOMMU_DDTP_BUSY) != 0U) {
        assert_true(out->more);
    }
}

/* cqh never passes cqt, moves at most a piece, and not at all past an error that stands or out of a
 * queue that is off. */
static inline void assert_progress(const struct bench *b, const uint64_t before[VIOMMU_WORDS])
{
    const uint32_t mask = (2U << (load64(b, IOMMU_CQB) & 0x1fU)) - 1U;
    const uint32_t csr_before = (uint32_t)before[IOMMU_CQCSR / 8U];
    const uint32_t head_before = (uint32_t)before[IOMMU_CQH / 8U];
    const uint32_t csr = load32(b, IOMMU_CQCSR), head = load32(b, IOMMU_CQH);
    const bool was_on = (csr_before & IOMMU_QCSR_ON) != 0U, is_on = (csr & IOMMU_QCSR_ON) != 0U;

    if (was_on && is_on) {
        const uint32_t moved = (head - head_before) & mask;

        assert_true(moved <= VIOMMU_PIECE);
        assert_true(moved <= ((load32(b, IOMMU_CQT) - head_before) & mask));
        if ((b->out.cqcsr_before & ERRORS) != 0U) {
            assert_int_equal(moved, 0U);
        }
    } else if (is_on) {
        assert_true(head <= VIOMMU_PIECE);
    } else {
        assert_false(b->out.fence);
        assert_int_equal(b->out.forget_count + b->out.store_count, 0U);
        assert_int_equal(head, head_before & mask);
    }
    assert_int_equal(b->out.cqcsr_before & ~csr, 0U); /* commands only set bits */
}

#endif
