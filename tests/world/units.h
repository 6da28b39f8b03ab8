/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read before the units' own files, and before boot/guests.c (Makefile): a unit is not put into a
 * section for the hypervisor's linker script, but is an object that units.c lists; and hgatp takes
 * what a hart with all modes takes.
 */
#ifndef TESTS_WORLD_UNITS_H
#define TESTS_WORLD_UNITS_H

#include "hyp/unit.h"
#include "platform/hw/csr_numbers.h"

#undef UNIT
#define UNIT(order, unit_name)           \
    extern const struct unit unit_name; \
    const struct unit unit_name

/* In the place of platform/hw/csr.h. */
#define PLATFORM_HW_CSR_H
uint64_t world_csr_swap(uint32_t csr, bool write, uint64_t value);
#define csr_read(csr)         world_csr_swap((csr), false, 0U)
#define csr_write(csr, value) ((void)world_csr_swap((csr), true, (value)))

/* All variables of the hypervisor as before boot; then its list of units. */
void units_forget(void);

#endif
