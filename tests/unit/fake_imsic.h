/* SPDX-License-Identifier: Apache-2.0 */
/* MSIs of the hypervisor: the last one, and how many there were. */
#ifndef TESTS_UNIT_FAKE_IMSIC_H
#define TESTS_UNIT_FAKE_IMSIC_H

#include <stdint.h>

#include "lib/addr.h"

extern struct fake_imsic {
    uint32_t count, id;
    pa_t file;
} fake_imsic;

#endif
