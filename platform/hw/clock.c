/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/clock.h"

#include "platform/hw/csr.h"

uint64_t clock_now(void)
{
    return time_now();
}
