/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long it takes until a handler runs: from what causes an interrupt to the handler's look at the
 * cycle counter, a few instructions into it. Both harts wait in WFI meanwhile, so nothing else is
 * counted. Also a fence on another hart, which has no handler but interrupts it too.
 *
 * With instructions counted, QEMU runs one hart at a time: until it waits, sets a timer, or has used up
 * half of the time to the next timer; and the cycle counter goes on while all wait.
 */
#include <stdint.h>

#include "guest/bench/bench.h"
#include "guest/bench/measure.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/irq.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define IDENTITY     7U          /* of the MSI that the other hart gets */
#define REPEAT       100U        /* of what a hart sleeps for, which takes QEMU long */
#define CYCLES_PER_S UINT64_C(1000000000) /* -icount shift=0: one instruction in a nanosecond */
#define AFTER        UINT64_C(1000) /* ticks until a timer's interrupt: the hart sleeps long before */
/* Ticks are of 100 instructions, half of them one hart's: more than a fence takes. Steps are of 4, so all
 * of them are a hart's half of a tick. */
#define FENCE_TICKS  60U
#define FENCE_STEPS  12U

static struct tree_imsic imsic;
static uint64_t ids[2];
static uint64_t file;            /* the other hart's interrupt file */
static volatile uint64_t handled; /* when the last handler began */
static volatile uint32_t asleep;

/* stvec of whom an interrupt is sent to: nothing else happens there. */
__attribute__((interrupt("supervisor"), aligned(4))) static void handler(void)
{
    handled = cycles();
    (void)csr_swap(CSR_STOPEI, 0);
    csr_clear(CSR_SIP, UINT64_C(1) << IRQ_SOFTWARE);
    csr_write(CSR_STIMECMP, UINT64_MAX);
}

static void other_hart(uint64_t unused)
{
    (void)unused;
    csr_write(CSR_STVEC, (uint64_t)&handler);
    imsic_init(imsic.identities);
    imsic_enable(IDENTITY);
    irq_enable(UINT64_C(1) << IRQ_SOFTWARE | UINT64_C(1) << IRQ_EXTERNAL);
    asleep = 1;
    for (;;) {
        wfi();
    }
}

/* Sleeps past what the other hart has to do: nothing of it is left then. */
static void let_others_run(void)
{
    irq_off();
    csr_write(CSR_STIMECMP, rdtime() + AFTER);
    wfi();
    csr_write(CSR_STIMECMP, UINT64_MAX);
    irq_on();
}

static void send_by_sbi(void)
{
    ECALL(SBI_EXT_IPI, 0U, 1U, ids[1], 0U, 0U);
}

static void send_by_imsic(void)
{
    imsic_send(file, IDENTITY);
}

static void interrupt_other(const char *name, void (*send)(void))
{
    struct figure figure = figure_begin();

    for (uint32_t i = 0; i < REPEAT; i++) {
        const uint64_t start = cycles();
        send();
        let_others_run();
        figure_add(&figure, handled - start);
    }
    figure_end(&figure, name);
}

/* Who asks for a fence spins until it is done, and that is as long as QEMU goes on with its hart. */
static uint64_t fence_on_other(uint64_t ticks, uint32_t steps)
{
    csr_write(CSR_STIMECMP, rdtime() + ticks);
    for (uint32_t n = 0; n < steps; n++) {
        __asm__ volatile("nop\n nop");
    }
    const uint64_t start = cycles();
    ECALL(SBI_EXT_RFENCE, RFENCE_SFENCE_VMA, 1U, ids[1], 0x1000U, 0x1000U);
    return cycles() - start;
}

/* So hart and hart are changed at many moments, and what is left is with the least spinning. */
static void fence_least(void)
{
    uint64_t least = UINT64_MAX;

    irq_off();
    (void)figure_begin();
    for (uint64_t ticks = 1; ticks <= FENCE_TICKS; ticks++) {
        for (uint32_t steps = 0; steps < FENCE_STEPS; steps++) {
            const uint64_t cost = fence_on_other(ticks, steps);
            least = cost < least ? cost : least;
        }
    }
    csr_write(CSR_STIMECMP, UINT64_MAX);

    const uint64_t count = FENCE_TICKS * FENCE_STEPS;
    const struct figure figure = { count, count * least, least };
    figure_end(&figure, "rfence-other");
}

/* From the moment that it is set to, which is in cycles what it is in ticks if it is set as one begins. */
static void timer(void)
{
    const uint64_t after = AFTER * (CYCLES_PER_S / tree_timebase());
    struct figure figure = figure_begin();
    const uint64_t stvec = csr_swap(CSR_STVEC, (uint64_t)&handler);

    for (uint32_t i = 0; i < REPEAT; i++) {
        const uint64_t tick = rdtime();
        while (rdtime() == tick) {
        }
        const uint64_t start = cycles();
        csr_write(CSR_STIMECMP, tick + 1U + AFTER);
        wfi();
        figure_add(&figure, handled - start - after);
    }
    csr_write(CSR_STVEC, stvec);
    figure_end(&figure, "timer");
}

void bench_handlers(void)
{
    (void)irq_open();
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    timer();
    if (!tree_imsic(&imsic) || tree_harts(ids, 2) < 2U ||
        hart_start(1, ids[1], other_hart, 0) != SBI_SUCCESS) {
        return;
    }
    file = irq_file(ids[1]);
    while (asleep == 0U) {
        let_others_run();
    }
    interrupt_other("ipi-sbi", send_by_sbi);
    interrupt_other("ipi-imsic", send_by_imsic);
    fence_least();
}
