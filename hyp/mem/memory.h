/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's harts reach directly (hyp/mem/memory_unit.c maps it at boot), at run time. */
#ifndef HYP_MEM_MEMORY_H
#define HYP_MEM_MEMORY_H

#include "hyp/guest.h"

/* A hart of the guest faulted in the G-stage at this address. If it is in the guest's RAM, which the
 * table maps whole and for every access, then the table is damaged: that is told, once in a life.
 * Any hart. */
void memory_look_at_fault(struct guest *guest, gpa_t address);

#endif
