/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids that are too wide for a directory. It takes a device whose id has more than 7 bits, in a
 * guest the sixteenth at the earliest, so this is asked for by the word "far" in bootargs. 2.3,
 * 6.2.
 */
#include "guest/iommutest/iommutest.h"

void test_far(void)
{
    topic("far ids");
    check(world_reset() && world_translate(1, FSC_SV39) && world_map(0, BASE, 1)
          && device_writes(0, BASE, LENGTH) == 1, "one level, an id that fits");
    check(device_refused(1, BASE) && faulted(1, CAUSE_TYPE_DISALLOWED),
          "one level, an id that does not");
    check(world_reset() && world_translate(2, FSC_SV39) && world_map(0, BASE, 1)
          && world_map(1, BASE, 2) && device_writes(0, BASE, LENGTH) == 1
          && device_writes(1, BASE, LENGTH) == 2, "two levels hold both");
    check(world_reset() && world_translate(3, FSC_SV39) && world_map(1, BASE, 2)
          && device_writes(1, BASE, LENGTH) == 2, "three levels do");
    check(no_fault(), "no more faults");
}
