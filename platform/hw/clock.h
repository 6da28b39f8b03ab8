/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's clock for code that runs on the host too: the time CSR, in ticks of the timebase
 * (board.timebase_hz), the same on every hart. Any hart.
 */
#ifndef PLATFORM_HW_CLOCK_H
#define PLATFORM_HW_CLOCK_H

#include <stdint.h>

uint64_t clock_now(void);

#endif
