/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/vcpu/hw/offsets.h"

#include <stddef.h>

#include "hyp/vcpu/hart.h"
#include "hyp/vcpu/vcpu.h"

_Static_assert(offsetof(struct vcpu_frame, hart) == FRAME_HART, "trap_entry.S loads tp from it");
_Static_assert(offsetof(struct vcpu_frame, x) == FRAME_X(1), "trap_entry.S saves x1.. there");
_Static_assert(sizeof(struct vcpu_frame) == FRAME_SIZE, "32 slots of 8 bytes");
_Static_assert(sizeof(struct vcpu_frame) % 16U == 0U, "the frame is the stack's top: ABI alignment");
_Static_assert(offsetof(struct hart, frame) == HART_FRAME, "entry.S loads sp from it");

/* What is said of cache lines in hart.h and vcpu.h. */
_Static_assert(offsetof(struct hart, fences_from) == HART_LINE, "what exits read is one line");
_Static_assert(offsetof(struct vcpu, exits[EXIT_RFENCE]) < HART_LINE, "calls need one line");
_Static_assert(offsetof(struct vcpu, exits[EXIT_PCI]) < 2U * HART_LINE, "accesses need two");
