/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest may know of a hart's ISA. The list that a guest sees is the board's own with all
 * that is not virtualised taken out (H, machine-level extensions, what needs an enable that stays
 * off), so user-visible extensions pass through without Bulkhead knowing their names.
 *
 * Bindings: riscv,isa-base, riscv,isa-extensions, riscv,isa. Pure.
 */
#ifndef PLATFORM_ISA_H
#define PLATFORM_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/board.h"

/* BOARD_ISA_* of the cpu node, from riscv,isa-extensions or else riscv,isa. */
uint32_t isa_flags(const void *fdt, int cpu_node);

/* Whether a guest may be told of this extension (one name of riscv,isa-extensions, lower case). */
bool isa_guest_may_have(const char *name, size_t length);

/*
 * The guest's riscv,isa-extensions for this cpu node: names each ended by 0, one after the other,
 * into list; returns its length in bytes, or 0 if it does not fit or there is none. When the board
 * has only riscv,isa, its string is split into names first.
 */
size_t isa_guest_extensions(const void *fdt, int cpu_node, char *list, size_t size);

/* Such a list of so many bytes as the older riscv,isa string ("rv64imafdc_zicbom_..."); returns its
 * length, 0 if it does not fit or the list is empty. */
size_t isa_guest_string(const char *list, size_t list_size, char *text, size_t size);

#endif
