/* SPDX-License-Identifier: Apache-2.0 */
/* What the bench guest measures, by topic. Each prints its figures, and none if the board has not what
 * it is about. First hart, called once, in this order. */
#ifndef GUEST_BENCH_BENCH_H
#define GUEST_BENCH_BENCH_H

#include <stdint.h>

/* Calls of the SBI. The bare instruction: the figure is to be the trap's, not a wrapper's. */
#define ECALL(ext, fn, arg0, arg1, arg2, arg3) do { \
        register uint64_t a0 __asm__("a0") = (arg0); \
        register uint64_t a1 __asm__("a1") = (arg1); \
        register uint64_t a2 __asm__("a2") = (arg2); \
        register uint64_t a3 __asm__("a3") = (arg3); \
        register uint64_t a6 __asm__("a6") = (fn); \
        register uint64_t a7 __asm__("a7") = (ext); \
        __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) \
                         : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory"); \
    } while (0)

void bench_services(void);  /* services.c: SBI calls about this hart, accesses to virtual devices */
void bench_handlers(void);  /* handlers.c: until an interrupt handler runs, on this hart and another */
void bench_iommu(void);     /* iommu.c: an IOMMU with an edu behind it, and the edu's message */

#endif
