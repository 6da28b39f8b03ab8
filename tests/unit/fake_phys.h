/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical memory for host tests: an arena that stands at FAKE_PHYS_BASE. Reaching outside it ends
 * the test program, as a wild access would a machine.
 */
#ifndef TESTS_UNIT_FAKE_PHYS_H
#define TESTS_UNIT_FAKE_PHYS_H

#include <stdint.h>

#define FAKE_PHYS_BASE UINT64_C(0x80000000)
#define FAKE_PHYS_SIZE (UINT64_C(32) << 20)

/* Fill the arena with garbage, so that nothing passes for zeroed by accident. */
void fake_phys_reset(void);

#endif
