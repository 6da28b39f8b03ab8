/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_iommu_inside.h"

#include <string.h>

static bool can(uint64_t capability) { return (fake_iommu.capabilities & capability) != 0U; }

/* 3.1.3: no wider than the mode has it. */
static bool is_device(uint64_t word)
{
    const uint32_t mode = fake_iommu_mode();
    const uint32_t bits = (fake_iommu_extended() ? 6U : 7U) + (mode < 2U ? 0U : mode - 2U) * 9U;

    return mode >= 2U && word >> 40 >> (bits < 24U ? bits : 24U) == 0U;
}

static bool forget_context(uint64_t word)
{
    const uint32_t id = (uint32_t)(word >> 40);
    const bool one = (word >> 33 & 1U) != 0U;

    if ((word & ~(UINT64_C(0xffffff) << 40 | UINT64_C(1) << 33 | 0x3ffU)) != 0U ||
        (one && !is_device(word))) {
        return false;
    }
    for (uint32_t i = 0; i < fake_inside.watched_count; i++) {
        struct fake_watched *watched = &fake_inside.watched[i];
        watched->cached = watched->cached && one && watched->id != id;
    }
    return true;
}

static bool forget_process(uint64_t word)
{
    const uint32_t bits = can(IOMMU_CAP_PD20) ? 20U : can(IOMMU_CAP_PD17) ? 17U :
                          can(IOMMU_CAP_PD8) ? 8U : 0U;

    return (word >> 33 & 1U) != 0U && (word & UINT64_C(0xfd00000c00)) == 0U && is_device(word) &&
           bits != 0U && (word >> 12 & 0xfffffU) >> bits == 0U;
}

/* 3.1.1, with the two extensions */
static bool forget_translations(uint64_t word, uint64_t second)
{
    const bool second_stage = (word >> 7 & 1U) != 0U, one = (word >> 33 & 1U) != 0U;
    const bool by_address = (word >> 10 & 1U) != 0U, by_pscid = (word >> 32 & 1U) != 0U;
    bool *of = second_stage ? fake_inside.gvma : fake_inside.vma;

    if ((word & UINT64_C(0xf0000ff800000800)) != 0U || (word >> 8 & 3U) != 0U ||
        (second & UINT64_C(0xc0000000000001ff)) != 0U || (by_pscid && second_stage) ||
        ((word >> 34 & 1U) != 0U && !can(IOMMU_CAP_NL)) ||
        ((second >> 9 & 1U) != 0U && !can(IOMMU_CAP_S))) {
        return false;
    }
    if ((second >> 9 & 1U) != 0U && second >> 10 == UINT64_C(0xfffffffffffff)) {
        fake_iommu_wrong("a range whose meaning nobody knows", second);
    }
    if (by_address || by_pscid) {
        return true;             /* not all */
    }
    if (one) {
        of[word >> 44 & 0xffffU] = false;
    } else if (second_stage) {
        memset(fake_inside.gvma, 0, sizeof(fake_inside.gvma));
    }
    return true;
}

static bool execute(uint64_t word, uint64_t second)
{
    switch (word & 0x3ffU) {
    case 0x003: return second == 0U && forget_context(word);
    case 0x083: return second == 0U && forget_process(word);
    case 0x001:
    case 0x081: return forget_translations(word, second);
    case 0x002:
        if (word != (0x002U | 3U << 12) || second != 0U) {
            return false;        /* AV, WSI, or not both of PR and PW */
        }
        fake_iommu_fence_done();
        return true;
    default: return false;
    }
}

uint32_t fake_iommu_queue_mask(uint32_t base)
{
    return (2U << (fake_iommu_reg32(base) & 0x1fU)) - 1U;
}

void fake_iommu_one_command(void)
{
    const uint32_t csr = fake_iommu_reg32(IOMMU_CQCSR), head = fake_iommu_reg32(IOMMU_CQH);
    const uint64_t base = (fake_iommu_reg64(IOMMU_CQB) >> 10 & 0xfffffffffffU) << 12;

    if ((csr & IOMMU_QCSR_ON) == 0U || (csr & CQ_ERRORS) != 0U || fake_iommu.deaf ||
        head == fake_iommu_reg32(IOMMU_CQT)) {
        return;
    }
    if (fake_iommu.fail_times != 0U && fake_iommu.fail_skip == 0U) {
        fake_iommu.fail_times--;
        fake_iommu_set32(IOMMU_CQCSR, csr | fake_iommu.fail_bits);
        return;
    }
    fake_iommu.fail_skip -= fake_iommu.fail_skip != 0U;
    const uint64_t word = fake_iommu_seen64(base + head * 16U);
    const uint64_t second = fake_iommu_seen64(base + head * 16U + 8U);
    fake_iommu_log_event(FAKE_COMMAND, 0U, word, second);
    if (!execute(word, second)) {
        fake_iommu_set32(IOMMU_CQCSR, csr | IOMMU_CQCSR_CMD_ILL);
        return;
    }
    fake_iommu_set32(IOMMU_CQH, (head + 1U) & fake_iommu_queue_mask(IOMMU_CQB));
}
