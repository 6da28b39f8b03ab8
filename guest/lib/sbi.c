/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/sbi.h"

#include <stdbool.h>

#include "guest/lib/csr.h"
#include "guest/lib/tree.h"

static bool has_sstc;

struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1,
                           uint64_t a2, uint64_t a3, uint64_t a4)
{
    register uint64_t r0 __asm__("a0") = a0;
    register uint64_t r1 __asm__("a1") = a1;
    register uint64_t r2 __asm__("a2") = a2;
    register uint64_t r3 __asm__("a3") = a3;
    register uint64_t r4 __asm__("a4") = a4;
    register uint64_t r6 __asm__("a6") = function;
    register uint64_t r7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(r0), "+r"(r1)
                     : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "memory");
    return (struct sbi_result){ .error = (int64_t)r0, .value = r1 };
}

void timer_init(void)
{
    has_sstc = tree_hart_has("sstc");
}

void timer_set(uint64_t when)
{
    if (has_sstc) {
        csr_write(CSR_STIMECMP, when);
    } else {
        sbi_call(SBI_EXT_TIME, 0, when, 0, 0, 0, 0);
    }
}

static __attribute__((noreturn)) void reset(uint64_t type)
{
    sbi_call(SBI_EXT_SRST, 0, type, 0, 0, 0, 0);
    for (;;) {
        wfi();
    }
}

void sbi_shutdown(void) { reset(SRST_SHUTDOWN); }
void sbi_reboot(void) { reset(SRST_COLD_REBOOT); }
