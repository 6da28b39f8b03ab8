/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bench/iommu.h"
#include "guest/bench/measure.h"
#include "guest/lib/imsic.h"
#include "guest/lib/sbi.h"
#include "guest/lib/trap.h"

#define PATIENCE 1000U          /* turns of a loop of two instructions until it counts as lost */

/* A handler of this function's own, which does nothing before it looks at the counter. False: no
 * interrupt came. */
static bool once(uint64_t raise, uint64_t *instructions)
{
    uint64_t before, after, turns = PATIENCE, old, handler;

    __asm__ volatile(
        "   la    %[handler], 2f\n"
        "   csrrw %[old], stvec, %[handler]\n"
        "   csrsi sstatus, 2\n"
        "   rdcycle %[before]\n"
        "   sw    %[one], 0(%[raise])\n"
        "1: addi  %[turns], %[turns], -1\n"
        "   bnez  %[turns], 1b\n"
        "   .balign 4\n"
        "2: rdcycle %[after]\n"
        "   csrci sstatus, 2\n"
        "   csrw  stvec, %[old]\n"
        : [before] "=&r"(before), [after] "=&r"(after), [turns] "+&r"(turns), [old] "=&r"(old),
          [handler] "=&r"(handler)
        : [raise] "r"(raise), [one] "r"(1)
        : "memory");
    *instructions = after - before;
    return turns != 0U;
}

void bench_message(struct edu *edu)
{
    const uint64_t raise = edu_raise_register(edu);
    struct figure figure;
    uint64_t instructions;

    irq_off();
    timer_set(UINT64_MAX);
    figure = figure_begin();
    for (uint32_t i = 0; i < MEASURE_REPEAT; i++) {
        must(once(raise, &instructions), "the edu's message does not come");
        must(imsic_claim() == edu->identity, "another interrupt than the edu's");
        trap_on_identity[edu->identity](edu->identity);
        figure_add(&figure, instructions);
    }
    figure_end(&figure, "message");
}
