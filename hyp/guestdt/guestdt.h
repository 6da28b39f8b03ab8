/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a guest is given: made from the plan alone, nothing in it that the guest
 * does not have. Pure; the host tool prints the same tree.
 *
 * Bindings as platform/board.h names them; Linux' Documentation/arch/riscv/boot.rst for /chosen.
 */
#ifndef HYP_GUESTDT_GUESTDT_H
#define HYP_GUESTDT_GUESTDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyp/plan/plan.h"

/*
 * Write the tree of plan->guests[guest] into buffer (size bytes, 8-byte aligned). Contents:
 * /chosen (stdout-path, bootargs, linux,initrd-*), /memory, /cpus (virtual hart ids 0.., isa
 * properties, mmu-type, cache-block sizes, intc), /soc: serial (ns16550a), imsics, aplic,
 * shared memories, passed-through devices (properties copied from the board's node; interrupts
 * rewritten to the virtual APLIC; phandle references outside the node's own subtree dropped with
 * their property, except what is known to be harmless).
 * Returns false when it does not fit.
 */
bool guestdt_build(const struct plan *plan, uint32_t guest, void *buffer, size_t size);

#endif
