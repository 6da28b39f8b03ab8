/* SPDX-License-Identifier: Apache-2.0 */
/* Between trap_entry.S and C. On a vCPU's hart during an exit. */
#ifndef HYP_VCPU_HW_TRAP_H
#define HYP_VCPU_HW_TRAP_H

#include <stdint.h>

#include "hyp/vcpu/hart.h"

/* stvec: privileged architecture, "Supervisor Trap Vector Base Address"; direct mode. */
void trap_entry(void);

void trap_from_guest(struct vcpu_frame *frame, uint64_t scause);

/* See trap_entry.S. */
uint32_t guest_fetch_parcels(uint64_t address, uint64_t *fault);

#endif
