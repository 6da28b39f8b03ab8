/* SPDX-License-Identifier: Apache-2.0 */
/* An interrupt file as a plain model with one bool for each bit: AIA 1.0, 3.8. Shared by the random
 * test and the fuzzer. */
#ifndef TESTS_UNIT_VIMSIC_MODEL_H
#define TESTS_UNIT_VIMSIC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/vcpu/csr_access.h"

/* As the table of AIA 3.8 has them. */
#define EIDELIVERY  0x70U
#define EITHRESHOLD 0x72U
#define EIP(k)      (0x80U + (k))
#define EIE(k)      (0xc0U + (k))

struct model {
    uint32_t num_ids, delivery, threshold;
    bool pending[2048], enabled[2048];
};

static inline uint32_t topei(uint32_t id)
{
    return id * 0x10001U;
}

static inline uint32_t model_top(const struct model *m)
{
    for (uint32_t id = 1; id <= m->num_ids; id++) {
        if (m->threshold != 0U && id >= m->threshold) {
            return 0;
        }
        if (m->pending[id] && m->enabled[id]) {
            return id;
        }
    }
    return 0;
}

static inline uint64_t model_word(const struct model *m, const bool *bits, uint32_t first)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < 64U; i++) {
        const uint32_t id = first + i;
        word |= id != 0U && id <= m->num_ids && bits[id] ? UINT64_C(1) << i : 0U;
    }
    return word;
}

static inline uint64_t result(enum csr_op op, uint64_t old, uint64_t operand)
{
    return op == CSR_WRITE ? operand : op == CSR_SET ? old | operand : old & ~operand;
}

static inline bool model_access(struct model *m, uint32_t select, enum csr_op op,
                                uint64_t operand, uint64_t *old)
{
    *old = 0;
    if (select == EIDELIVERY) {
        *old = m->delivery;
        m->delivery = (uint32_t)result(op, *old, operand) % 2U;
    } else if (select == EITHRESHOLD) {
        *old = m->threshold;
        m->threshold = (uint32_t)result(op, *old, operand) % (m->num_ids + 1U);
    } else if (select >= EIP(0)) {
        bool *bits = select < EIE(0) ? m->pending : m->enabled;
        const uint32_t first = (select - (select < EIE(0) ? EIP(0) : EIE(0))) * 32U;
        if (select % 2U != 0U) {
            return false;
        }
        *old = model_word(m, bits, first);
        for (uint32_t i = 0; i < 64U; i++) {
            bits[first + i] = (result(op, *old, operand) >> i & 1U) != 0U;
        }
    } else {
        /* reserved */
    }
    return true;
}

#endif
