/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts and exceptions. Handlers are set once, for all harts, before interrupts are enabled,
 * and run with interrupts off. An exception outside a probe prints itself and shuts the guest down.
 */
#ifndef GUEST_LIB_TRAP_H
#define GUEST_LIB_TRAP_H

#include <stdint.h>

#include "guest/lib/csr.h"

#define TRAP_IDENTITIES 64U /* interrupt identities with a handler: 1..63 */

extern void (*trap_on_timer)(void);
extern void (*trap_on_identity[TRAP_IDENTITIES])(uint32_t identity);

/* Enable interrupt numbers (IRQ_*) given as bits of sie, and interrupts as a whole. */
static inline void irq_enable(uint64_t bits)
{
    csr_set(CSR_SIE, bits);
    csr_set(CSR_SSTATUS, SSTATUS_SIE);
}
static inline void irq_off(void) { csr_clear(CSR_SSTATUS, SSTATUS_SIE); }
static inline void irq_on(void) { csr_set(CSR_SSTATUS, SSTATUS_SIE); }

#endif
