/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/lib/trap.h"

#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/hart.h"
#include "guest/lib/imsic.h"
#include "guest/lib/sbi.h"

void (*trap_on_timer)(void);
void (*trap_on_identity[TRAP_IDENTITIES])(uint32_t identity);

void trap_handle(void);
__attribute__((noreturn)) void probe_unwind(uint64_t stack);

static void interrupt(struct hart *self, uint64_t number)
{
    uint32_t identity;

    switch (number) {
    case IRQ_SOFTWARE:
        csr_clear(CSR_SIP, UINT64_C(1) << IRQ_SOFTWARE);
        self->software++;
        break;
    case IRQ_TIMER:
        timer_set(UINT64_MAX);
        self->timer++;
        if (trap_on_timer != NULL) {
            trap_on_timer();
        }
        break;
    case IRQ_EXTERNAL:
        while ((identity = imsic_claim()) != 0U) {
            self->external++;
            if (identity < TRAP_IDENTITIES && trap_on_identity[identity] != NULL) {
                trap_on_identity[identity](identity);
            }
        }
        break;
    default:
        csr_clear(CSR_SIE, UINT64_C(1) << number);
        print("unexpected interrupt %llu\n", (unsigned long long)number);
        break;
    }
}

void trap_handle(void)
{
    struct hart *self = hart_self();
    uint64_t cause = csr_read(CSR_SCAUSE);

    if ((cause & SCAUSE_INTERRUPT) != 0U) {
        interrupt(self, cause & ~SCAUSE_INTERRUPT);
        return;
    }
    self->fault = (struct fault){ .taken = true, .cause = cause, .value = csr_read(CSR_STVAL),
                                  .pc = csr_read(CSR_SEPC) };
    if (self->recover != 0U) {
        probe_unwind(self->recover);
    }
    print("unexpected exception: hart %llu cause %llu pc 0x%llx value 0x%llx\n",
          (unsigned long long)self->id, (unsigned long long)cause,
          (unsigned long long)self->fault.pc, (unsigned long long)self->fault.value);
    sbi_shutdown();
}
