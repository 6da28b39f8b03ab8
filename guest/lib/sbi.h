/* SPDX-License-Identifier: Apache-2.0 */
/* SBI calls: SBI specification 2.0. Any hart. */
#ifndef GUEST_LIB_SBI_H
#define GUEST_LIB_SBI_H

#include <stdint.h>

#define SBI_EXT_BASE   UINT64_C(0x10)
#define SBI_EXT_TIME   UINT64_C(0x54494D45)
#define SBI_EXT_IPI    UINT64_C(0x735049)
#define SBI_EXT_RFENCE UINT64_C(0x52464E43)
#define SBI_EXT_HSM    UINT64_C(0x48534D)
#define SBI_EXT_SRST   UINT64_C(0x53525354)
#define SBI_EXT_PMU    UINT64_C(0x504D55)
#define SBI_EXT_DBCN   UINT64_C(0x4442434E)
#define SBI_EXT_SUSP   UINT64_C(0x53555350)
#define SBI_EXT_CPPC   UINT64_C(0x43505043)
#define SBI_EXT_NACL   UINT64_C(0x4E41434C)
#define SBI_EXT_STA    UINT64_C(0x535441)
#define SBI_EXT_FWFT   UINT64_C(0x46574654)

enum {
    SBI_SUCCESS = 0, SBI_ERR_FAILED = -1, SBI_ERR_NOT_SUPPORTED = -2, SBI_ERR_INVALID_PARAM = -3,
    SBI_ERR_DENIED = -4, SBI_ERR_INVALID_ADDRESS = -5, SBI_ERR_ALREADY_AVAILABLE = -6,
    SBI_ERR_ALREADY_STARTED = -7, SBI_ERR_ALREADY_STOPPED = -8
};

enum { BASE_SPEC_VERSION, BASE_IMPL_ID, BASE_IMPL_VERSION, BASE_PROBE, BASE_MVENDORID,
       BASE_MARCHID, BASE_MIMPID };
enum { HSM_START, HSM_STOP, HSM_STATUS, HSM_SUSPEND };
enum { HSM_STARTED, HSM_STOPPED, HSM_START_PENDING, HSM_STOP_PENDING, HSM_SUSPENDED };
enum { RFENCE_FENCE_I, RFENCE_SFENCE_VMA, RFENCE_SFENCE_VMA_ASID, RFENCE_HFENCE_GVMA_VMID,
       RFENCE_HFENCE_GVMA, RFENCE_HFENCE_VVMA_ASID, RFENCE_HFENCE_VVMA };
enum { SRST_SHUTDOWN, SRST_COLD_REBOOT, SRST_WARM_REBOOT };
enum { DBCN_WRITE, DBCN_READ, DBCN_WRITE_BYTE };

struct sbi_result { int64_t error; uint64_t value; };

struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1,
                           uint64_t a2, uint64_t a3, uint64_t a4);

/* The next timer interrupt, in ticks of rdtime; UINT64_MAX for none. By Sstc where the device tree
 * says that the hart has it (timer_init), else by SBI TIME. */
void timer_init(void);
void timer_set(uint64_t when);

__attribute__((noreturn)) void sbi_shutdown(void);
__attribute__((noreturn)) void sbi_reboot(void);

#endif
