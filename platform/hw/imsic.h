/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt files of the incoming MSI controller: AIA 1.0, chapter 3. The S-level file of a hart is
 * the hypervisor's; its guest files belong to vCPUs. Registers of a file can be reached on its own
 * hart only (indirectly, through siselect or vsiselect); its MSI page from anywhere.
 */
#ifndef PLATFORM_HW_IMSIC_H
#define PLATFORM_HW_IMSIC_H

#include <stdint.h>

#include "lib/addr.h"

/* The running hart's S-level file: deliver everything that is enabled, nothing enabled yet. */
void imsic_init(uint32_t num_ids);

/* Enable identity id (1..num_ids) of the running hart's S-level file. */
void imsic_enable(uint32_t id);

/* Take all that is pending of these identities (bit i for identity i, of 1..63) of the running hart's
 * S-level file. What was written to memory before an MSI that is taken is seen from now on; an MSI that
 * comes after is not taken. Two accesses to CSRs and a fence: which identities are enabled is not asked
 * of the file, but said by the caller. */
uint64_t imsic_take(uint64_t identities);

/* The running hart's guest interrupt file (1..GEILEN): as after reset, nothing pending or enabled.
 * Leaves hstatus.VGEIN as it was. */
void imsic_reset_guest_file(uint32_t guest_file, uint32_t num_ids);

/* Make id pending in the file whose MSI page is at file. Any hart. All earlier writes to memory are
 * seen by whoever takes the interrupt. */
void imsic_send(pa_t file, uint32_t id);

#endif
