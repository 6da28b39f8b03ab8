/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts into a guest from inside the hypervisor: lines into its virtual APLIC, and MSIs into
 * the interrupt files of its vCPUs. Any hart, unless it says otherwise. Lines take the guest's
 * vAPLIC lock, a leaf lock: callers may hold the console lock.
 */
#ifndef HYP_IRQ_IRQ_H
#define HYP_IRQ_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/guest.h"
#include "hyp/vcpu/csr_access.h"

/* The level of a virtual source (GUEST_SOURCE_...) of guest number guest. */
void irq_set_level(uint32_t guest, uint32_t source, bool level);

/* A rising and a falling edge. */
void irq_pulse(uint32_t guest, uint32_t source);

/* Make identity id pending in the vCPU's interrupt file, in hardware or in memory. */
void irq_send_msi(const struct vcpu *vcpu, uint32_t id);

/*
 * For vCPUs whose interrupt file is in memory (vcpu.vimsic); for others these do nothing.
 */

/* The physical APLIC's MSI for line n of the guest (in plan_guest.lines) has come to a hart, which
 * stands in for a guest interrupt file: send it on to where the line's target is now. */
void irq_line(struct guest *guest, uint32_t n);

/* hvip.VSEIP as the vCPU's file has it. On its hart. */
void irq_mirror(const struct vcpu *vcpu);

/* What an access to stopei or sireg, of which hardware knows nothing, does; select is vsiselect.
 * On the vCPU's hart. False: there is no such register. */
bool irq_access_csr(const struct vcpu *vcpu, const struct csr_access *access, uint64_t select,
                    uint64_t operand, uint64_t *old);

/* The files of all vCPUs as after reset. With the vCPUs parked, and the APLIC and the devices
 * reset: so nothing of the life before comes after. */
void irq_reset_files(struct guest *guest);

#endif
