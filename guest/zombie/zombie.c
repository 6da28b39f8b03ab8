/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that reboots while one of its harts keeps starting another: no hart of one life may run in
 * the next. Hart 0 counts lives in the shared memory and asks for the reboot; hart 2 starts hart 1
 * over and over; hart 1 stops again at once, but when the reboot is near it stays, and notes when the
 * life that it was started in is over.
 *
 * Prints "zombie: PASS ..." after LIVES lives.
 */
#include <stdint.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/hart.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define LIVES 200U

/* In the shared memory, which outlives a reboot. */
struct record {
    volatile uint32_t life;      /* 1.. */
    volatile uint32_t linger;    /* hart 1 is to stay from now on */
    volatile uint32_t seen_in;   /* the life in which a hart of an earlier one was seen to run */
};

static struct record *record;

/* Hart 1, with no stack and no runtime: a1 = record, a2.. undefined. It keeps its life in s1. */
extern char visitor[];
__asm__(".text\n"
        ".balign 4\n"
        ".globl visitor\n"
        "visitor:\n"
        "    mv   s0, a1\n"
        "    lw   s1, 0(s0)\n"
        "1:  lw   t0, 0(s0)\n"
        "    bne  t0, s1, 2f\n"
        "    lw   t1, 4(s0)\n"
        "    bnez t1, 1b\n"
        "    li   a7, 0x48534d\n"    /* hart_stop */
        "    li   a6, 1\n"
        "    ecall\n"
        "    j    1b\n"
        "2:  sw   t0, 8(s0)\n"
        "    j    2b\n");

static void starter(uint64_t arg)
{
    (void)arg;
    for (;;) {
        (void)sbi_call(SBI_EXT_HSM, HSM_START, 1, (uint64_t)visitor, (uint64_t)record, 0, 0);
    }
}

static void wait(uint64_t ticks)
{
    uint64_t end = rdtime() + ticks;

    while (rdtime() < end) {
    }
}

void guest_main(void)
{
    struct tree_share share;

    if (!tree_share(0, &share)) {
        print("zombie: FAIL there is no shared memory\n");
        sbi_shutdown();
    }
    record = (struct record *)share.memory.base;
    record->life++;
    wait(tree_timebase() / 5000U);
    if (record->seen_in != 0U) {
        print("zombie: FAIL in life %u a hart of the life before was still running\n",
              record->seen_in);
        sbi_shutdown();
    }
    if (record->life > LIVES) {
        print("zombie: PASS %u lives, no hart of one ran in the next\n", record->life - 1U);
        sbi_shutdown();
    }
    record->linger = 0;
    (void)hart_start(2, 2, starter, 0);
    /* A different moment in each life. */
    wait(tree_timebase() / 4000U + record->life * 7919U % (tree_timebase() / 2000U));
    record->linger = 1;
    sbi_reboot();
}
