/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SBI that guests see: RISC-V Supervisor Binary Interface 3.0. One file for each extension; an
 * extension is one line in SBI_EXTENSIONS and one function.
 *
 * A handler gets the call's registers a0-a6 in place, as arguments, so dispatch moves nothing. It
 * runs on the calling vCPU's hart (this_hart()->vcpu) with sepc already past the ECALL. Whatever a
 * guest passes, the result is an SBI error code at worst.
 */
#ifndef HYP_SBI_SBI_H
#define HYP_SBI_SBI_H

#include <stdint.h>

#include "hyp/vcpu/vcpu.h"

/* Returned in a0 and a1, as the calling convention does with a struct of two registers. */
struct sbi_result {
    int64_t error;
    uint64_t value;
};

/* SBI 3.0, table "Standard SBI Errors" */
#define SBI_SUCCESS               INT64_C(0)
#define SBI_ERR_FAILED            INT64_C(-1)
#define SBI_ERR_NOT_SUPPORTED     INT64_C(-2)
#define SBI_ERR_INVALID_PARAM     INT64_C(-3)
#define SBI_ERR_DENIED            INT64_C(-4)
#define SBI_ERR_INVALID_ADDRESS   INT64_C(-5)
#define SBI_ERR_ALREADY_AVAILABLE INT64_C(-6)

/*
 * Extension id, handler, exit counter, in the order in which sbi_call looks for them: what a guest calls
 * often comes first. BASE costs those behind it two instructions, each of the others three.
 */
#define SBI_EXTENSIONS(X) \
    X(UINT64_C(0x00000010), sbi_base,   EXIT_BASE) \
    X(UINT64_C(0x54494d45), sbi_time,   EXIT_TIMER)  /* "TIME" */ \
    X(UINT64_C(0x52464e43), sbi_rfence, EXIT_RFENCE) /* "RFNC" */ \
    X(UINT64_C(0x00735049), sbi_ipi,    EXIT_IPI)    /* "sPI" */ \
    X(UINT64_C(0x4442434e), sbi_dbcn,   EXIT_DBCN)   /* "DBCN" */ \
    X(UINT64_C(0x0048534d), sbi_hsm,    EXIT_HSM)    /* "HSM" */ \
    X(UINT64_C(0x53525354), sbi_srst,   EXIT_SRST)   /* "SRST" */

#define SBI_UNUSED __attribute__((unused))
#define SBI_REGISTERS \
    SBI_UNUSED uint64_t a0, SBI_UNUSED uint64_t a1, SBI_UNUSED uint64_t a2, SBI_UNUSED uint64_t a3, \
    SBI_UNUSED uint64_t a4, SBI_UNUSED uint64_t a5, SBI_UNUSED uint64_t function

#define SBI_DECLARE(id, handler, counter) struct sbi_result handler(SBI_REGISTERS);
SBI_EXTENSIONS(SBI_DECLARE)

/* From trap_entry.S. */
struct sbi_result sbi_call(SBI_REGISTERS, uint64_t extension);

static inline struct sbi_result sbi_error(int64_t error)
{
    return (struct sbi_result){ error, 0U };
}

static inline struct sbi_result sbi_success(uint64_t value)
{
    return (struct sbi_result){ SBI_SUCCESS, value };
}

/*
 * The vCPUs that a pair of hart_mask and hart_mask_base names (SBI 3.0, "Hart list parameter"), as
 * bits, of a guest with count vCPUs, at most 64. False if it names one that does not exist.
 */
bool sbi_hart_mask(uint64_t mask, uint64_t base, uint32_t count, uint64_t *vcpus);

#endif
