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
 * /aliases and /chosen (stdout-path, bootargs, linux,initrd-*, zeros in the place of rng-seed), /memory, /cpus (hart ids 0.., isa
 * properties, mmu-type and cache-block sizes as the board's hart has them, intc), /soc: imsics,
 * aplic, vIOMMUs, serial (ns16550a), shared memories, passed-through devices, a PCI host if the
 * guest has PCI functions. What is behind a vIOMMU refers to it. Of a device the board's properties
 * are copied; reg and interrupts are rewritten for the guest; what refers to another node is
 * dropped, but for a fixed clock, which becomes clock-frequency; dma-noncoherent of a bus above
 * comes to the device; children are not copied.
 * fdt_totalsize tells how much of the buffer the tree takes.
 *
 * The same plan gives the same bytes. Any hart; needs some 6 KiB of stack. Returns false when it
 * does not fit; the buffer then holds no tree.
 */
bool guestdt_build(const struct plan *plan, uint32_t guest, void *buffer, size_t size);

#endif
