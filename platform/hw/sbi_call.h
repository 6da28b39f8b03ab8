/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Bulkhead asks of the firmware below it (SBI 2.0 or later; 0.2 with HSM is enough): harts,
 * reset, and a console until its own is up. Not used for anything a running guest asks for.
 */
#ifndef PLATFORM_HW_SBI_CALL_H
#define PLATFORM_HW_SBI_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* SBI 3.0, "System Reset Extension": types and reasons. */
#define SBI_RESET_SHUTDOWN       0U
#define SBI_RESET_NO_REASON      0U
#define SBI_RESET_SYSTEM_FAILURE 1U

struct sbi_ids {
    uint64_t mvendorid, marchid, mimpid;
};

/* Ask once what later calls need: the machine ids, whether there is a debug console. Boot hart. */
void sbi_init(void);

/* The ids of the boot hart. */
const struct sbi_ids *sbi_machine_ids(void);

/* Start a stopped hart in HS-mode at entry with a1 = opaque; 0 or an SBI error code. */
int64_t sbi_hart_start(uint64_t hart_id, pa_t entry, uint64_t opaque);

/* Comes back only if the firmware cannot. */
void sbi_system_reset(uint32_t type, uint32_t reason);

/* Text to the firmware's console, which makes "\r\n" of "\n" itself (OpenSBI does): DBCN, or the legacy
 * call when there is none. Works before sbi_init. Any hart. */
void sbi_console_write(const char *text, size_t length);

#endif
