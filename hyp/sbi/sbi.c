/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/sbi/sbi.h"

static __attribute__((noinline)) struct sbi_result unknown(struct vcpu *vcpu)
{
    vcpu->exits[EXIT_UNKNOWN_SBI]++;
    return sbi_error(SBI_ERR_NOT_SUPPORTED);
}

/* Comparisons in the order of the list, and a jump: no table, no stack. */
#define SBI_DISPATCH(id, handler, counter) \
    if (extension == (id)) { \
        vcpu->exits[counter]++; \
        return handler(a0, a1, a2, a3, a4, a5, function); \
    }

struct sbi_result sbi_call(SBI_REGISTERS, uint64_t extension)
{
    struct vcpu *vcpu = this_hart()->vcpu;

    SBI_EXTENSIONS(SBI_DISPATCH)
    return unknown(vcpu);
}

bool sbi_hart_mask(uint64_t mask, uint64_t base, uint32_t count, uint64_t *vcpus)
{
    uint64_t all = count >= 64U ? UINT64_MAX : (UINT64_C(1) << count) - 1U;

    if (base == UINT64_MAX) {
        *vcpus = all;
        return true;
    }
    if (base >= count) {
        *vcpus = 0;
        return mask == 0U;
    }
    uint64_t shifted = mask << base;
    if (shifted >> base != mask || (shifted & ~all) != 0U) {
        return false;
    }
    *vcpus = shifted;
    return true;
}
