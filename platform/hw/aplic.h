/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's supervisor-level APLIC, in MSI delivery mode: AIA 1.0, chapter 4. Its MSIs go where
 * each source's target says, also straight into guest interrupt files.
 *
 * source is 1..sources of the board; each belongs to one owner (the plan), who alone calls for it.
 * All registers used are written for one source at a time, so owners need no lock between them.
 */
#ifndef PLATFORM_HW_APLIC_H
#define PLATFORM_HW_APLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/board.h"

/* Every source inactive and disabled, then the domain on. Boot hart, once. */
void aplic_init(const struct board_aplic *aplic);

/* sourcecfg.SM (APLIC_SM_...); not delegated. */
void aplic_line_sourcecfg(uint32_t source, uint32_t source_mode);

/* hart_index as board_aplic_hart_index gives it; guest_file 0 is the S-level file. */
void aplic_line_target(uint32_t source, uint32_t hart_index, uint32_t guest_file, uint32_t eiid);

void aplic_line_enable(uint32_t source, bool enable);

/* For a level-sensitive source this takes effect only while its line is asserted (AIA 4.7): that is
 * how a handler asks for another MSI when its device still wants service. */
void aplic_line_set_pending(uint32_t source);
void aplic_line_clear_pending(uint32_t source);
bool aplic_line_is_pending(uint32_t source);

/* The rectified input. */
bool aplic_line_input(uint32_t source);

#endif
