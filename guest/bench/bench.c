/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest pays for a service, in retired instructions: under QEMU's -icount shift=0 the cycle
 * counter counts instructions, the same in every run. Runs unchanged natively under OpenSBI and in a
 * Bulkhead guest; bench/run.py sets both side by side.
 */
#include <stdint.h>

#include "guest/bench/measure.h"
#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

static uint64_t aplic;
static struct tree_uart uart;

/* The bare instruction, so that the figure is the trap's and not the wrapper's. */
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

static void sbi_null(void)
{
    ECALL(SBI_EXT_BASE, BASE_SPEC_VERSION, 0U, 0U, 0U, 0U);
}

static void sbi_set_timer(void)
{
    ECALL(SBI_EXT_TIME, 0U, UINT64_MAX, 0U, 0U, 0U);
}

static void rfence_to_self(void)
{
    ECALL(SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, 1U, 0U, 0x1000U, 0x1000U);
}

static void aplic_register_read(void)
{
    (void)*(volatile uint32_t *)(aplic + APLIC_SOURCECFG1);
}

static void uart_register_read(void)
{
    (void)*(volatile uint8_t *)(uart.base + (UINT64_C(7) << uart.shift));
}

void guest_main(void)
{
    uint32_t sources;

    aplic = tree_aplic(&sources);
    (void)tree_uart(&uart);
    measure("sbi-null", sbi_null);
    measure("sbi-set-timer", sbi_set_timer);
    measure("rfence-self", rfence_to_self);
    measure("aplic-read", aplic_register_read);
    measure("uart-read", uart_register_read);
    print("bench: end\n");
    sbi_shutdown();
}
