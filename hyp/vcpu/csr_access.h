/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which CSR a trapped instruction is about, and what of it reads as zero for a guest. Pure.
 */
#ifndef HYP_VCPU_CSR_ACCESS_H
#define HYP_VCPU_CSR_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

struct csr_access {
    uint16_t csr;
    uint8_t rd;              /* x register that gets the old value; 0: none */
};

/* A Zicsr instruction (unprivileged architecture, "Zicsr"), or false. */
bool csr_access_decode(uint32_t instruction, struct csr_access *out);

/*
 * Whether a VS-level register behind sireg, selected by siselect, is part of the priority array of
 * major interrupts (AIA, "Configuring priorities of major interrupts at VS level"). Hardware leaves its
 * emulation to the hypervisor; here it is read-only zero: all in the default order. Odd numbers do not
 * exist when registers have 64 bits.
 */
bool csr_access_is_iprio(uint64_t siselect);

#endif
