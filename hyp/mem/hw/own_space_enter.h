/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the hypervisor's own address space (hyp/mem/own_space.h). The only way out of boot: its code
 * is not in that space, so a hart that has entered can never come back to it.
 *
 * Privileged architecture, "Supervisor Address Translation and Protection Register (satp)": a
 * change between Bare and another mode takes effect at once; what was cached of other tables goes by
 * SFENCE.VMA. A write to satp does not order walks of the tables behind the stores that made them:
 * SFENCE.VMA before it does.
 */
#ifndef HYP_MEM_HW_OWN_SPACE_ENTER_H
#define HYP_MEM_HW_OWN_SPACE_ENTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* Whether this hart has satp's mode: WARL, "if satp is written with an unsupported MODE, the entire
 * write has no effect". In Bare mode, and in it again on return. */
bool own_space_fits(uint64_t satp);

/* This hart translates by satp from now on, which own_space_fits; its stack is empty below stack_top,
 * and it goes on at then, which never returns. */
noreturn void own_space_enter(uint64_t satp, void *stack_top, void (*then)(void));

#endif
