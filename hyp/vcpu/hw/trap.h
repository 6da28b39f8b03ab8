/* SPDX-License-Identifier: Apache-2.0 */
/* Between trap_entry.S and C. On a vCPU's hart during an exit. */
#ifndef HYP_VCPU_HW_TRAP_H
#define HYP_VCPU_HW_TRAP_H

#include <stdint.h>

#include "hyp/vcpu/hart.h"

/* stvec: privileged architecture, "Supervisor Trap Vector Base Address"; direct mode. */
void trap_entry(void);

/* A trapped load, told by htinst, which is not 0: the register that gets a value, x0 if none does. */
struct trap_load { uint64_t reg, value; };
struct trap_load trap_load(uint64_t htinst);

/* A trapped store of value, told by htinst, which is not 0. */
void trap_store(uint64_t htinst, uint64_t value);

/* An interrupt of the hypervisor's own. */
void trap_interrupt(void);

/* All else, with every register in the frame. */
void trap_other(struct vcpu_frame *frame, uint64_t scause);

/* See trap_entry.S. */
uint32_t guest_fetch_parcels(uint64_t address, uint64_t *fault);

#endif
