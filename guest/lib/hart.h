/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harts of a bare-metal guest: what each has for itself, and how others than the first start.
 * The register tp points to the running hart's struct hart from its first instruction on.
 *
 * SBI specification, Hart State Management extension.
 */
#ifndef GUEST_LIB_HART_H
#define GUEST_LIB_HART_H

#define HART_MAX        32
#define HART_STACK_SIZE 8192

/* Offsets in struct hart for the assembly, checked in hart.c. */
#define HART_RECOVER 0
#define HART_STACK   8
#define HART_ENTRY   16
#define HART_ARG     24

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* One exception, as the hart reported it. */
struct fault {
    bool taken;
    uint64_t cause, value, pc; /* scause, stval, sepc */
};

struct hart {
    uint64_t recover;          /* stack pointer of the probe under way (probe.h); 0: none */
    uint64_t stack;            /* its top */
    void (*entry)(uint64_t arg);
    uint64_t arg;
    uint64_t id;               /* hart id, as in the device tree */
    struct fault fault;        /* of the last probe */
    volatile uint32_t software, timer, external; /* interrupts taken */
};

static inline struct hart *hart_self(void)
{
    struct hart *self;
    __asm__("mv %0, tp" : "=r"(self));
    return self;
}

extern struct hart harts[HART_MAX]; /* [0] is the one that booted; others as they were started */

/*
 * Start hart id at entry(arg) on a stack of its own, with traps ready and interrupts off. When
 * entry returns the hart stops itself. slot (1..HART_MAX-1) is the caller's choice, and is free again
 * when the hart has stopped. Returns the SBI error, 0 for success.
 */
int64_t hart_start(uint32_t slot, uint64_t id, void (*entry)(uint64_t arg), uint64_t arg);
#endif
#endif
