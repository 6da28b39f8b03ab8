/* SPDX-License-Identifier: Apache-2.0 */
/* Harts, CSR effects and firmware as plain data: what hyp/sbi and hyp/lifecycle ask of the machine. */
#ifndef TESTS_UNIT_FAKE_HART_H
#define TESTS_UNIT_FAKE_HART_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "hyp/guest.h"

#define FAKE_VCPUS 4U
#define FAKE_RAM_SIZE 0x10000U

struct fake_machine {
    struct plan plan;
    struct config config;
    struct board board;
    struct guest *guest;         /* guests[0], with FAKE_VCPUS vCPUs on harts 0.. and FAKE_RAM */
    struct vcpu vcpus[FAKE_VCPUS];
    struct hart *self;           /* what this_hart() returns */

    uint32_t notified[BOARD_MAX_HARTS];    /* how often each hart was interrupted */
    bool soft_raised;
    bool external[FAKE_VCPUS];             /* VSEIP */
    uint64_t timer;
    uint32_t ecalls_repeated;
    uint32_t waits;
    struct { uint32_t kind; uint64_t start, size, asid; uint32_t count; } fence;
    bool serve_answers;          /* fences asked of others are answered while the caller waits */
    uint32_t files_reset, units_reset, units_stopped, stores_finished, attended;
    bool powered_off;
    jmp_buf idle;                /* hart_idle and power off end here, with 1 and 2 */
};

extern struct fake_machine fake;

/* One guest at GUEST_RAM_BASE, all vCPUs stopped but vCPU 0, which calls. */
void fake_machine_init(void);

/* Its console, with the one guest, on a fake UART. After fake_machine_init. */
void fake_machine_console(void);

/* How often this text is on it. */
uint32_t fake_console_said(const char *text);

/* Let vCPU v be the caller. */
void fake_become(uint32_t v);

#endif
