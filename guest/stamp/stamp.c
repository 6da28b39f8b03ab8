/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/stamp/stamp.h"

#include "guest/lib/console.h"
#include "guest/lib/guest.h"

extern const volatile uint64_t counted_at_first; /* first.S */

static const volatile struct stamp entry = { .magic = STAMP_MAGIC };

void guest_main(void)
{
    const uint64_t before = (uint64_t)entry.before[1] << 32 | entry.before[0];

    print("stamp: %llu\n", (unsigned long long)(counted_at_first - before));
}
