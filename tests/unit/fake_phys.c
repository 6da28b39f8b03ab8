/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_phys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "platform/hw/phys.h"

#define GARBAGE 0xa5

static _Alignas(16384) uint8_t arena[FAKE_PHYS_SIZE];

void fake_phys_reset(void)
{
    memset(arena, GARBAGE, sizeof(arena));
}

void *phys_pointer(pa_t address, uint64_t size)
{
    if (!span_contains(FAKE_PHYS_BASE, FAKE_PHYS_SIZE, address.v, size)) {
        fprintf(stderr, "phys_pointer: 0x%llx, 0x%llx bytes: outside the arena\n",
                (unsigned long long)address.v, (unsigned long long)size);
        abort();
    }
    return &arena[address.v - FAKE_PHYS_BASE];
}
