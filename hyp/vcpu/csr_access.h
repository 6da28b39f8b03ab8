/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which CSR a trapped instruction is about, what it would do to it, and what of it reads as zero for a
 * guest. Pure.
 */
#ifndef HYP_VCPU_CSR_ACCESS_H
#define HYP_VCPU_CSR_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

enum csr_op { CSR_WRITE, CSR_SET, CSR_CLEAR };

struct csr_access {
    uint16_t csr;
    uint8_t rd;              /* x register that gets the old value; 0: none */
    enum csr_op op;
    bool writes;             /* false: it only reads, and as an operation it sets no bit */
    bool immediate;          /* source is the operand itself, else an x register */
    uint8_t source;
};

/* A Zicsr instruction (unprivileged architecture, "Zicsr"), or false. */
bool csr_access_decode(uint32_t instruction, struct csr_access *out);

/* What the register holds next. */
uint64_t csr_access_result(enum csr_op op, uint64_t old, uint64_t operand);

/*
 * Whether a VS-level register behind sireg, selected by siselect, is part of the priority array of
 * major interrupts (AIA, "Configuring priorities of major interrupts at VS level"). Hardware leaves its
 * emulation to the hypervisor; here it is read-only zero: all in the default order. Odd numbers do not
 * exist when registers have 64 bits.
 */
bool csr_access_is_iprio(uint64_t siselect);

#endif
