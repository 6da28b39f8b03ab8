/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page by page through all addresses where boards and guests have their devices, and in steps of
 * 2 MiB, then 16 MiB, beyond: one page, or one large page, that the second stage maps by mistake is
 * found.
 */
#include "guest/attack/attack.h"

#include "guest/lib/console.h"

#define DEVICES_END UINT64_C(0x31000000)
#define LARGE_STEP  UINT64_C(0x200000)
#define LARGE_END   UINT64_C(0x100000000)
#define COARSE_STEP UINT64_C(0x1000000)
#define COARSE_END  UINT64_C(0x1000000000) /* 64 GiB */
#define FEW         16U                    /* one page in so many is tried in each way */

static void touch(struct tally *t, uint64_t address, bool thoroughly)
{
    if (is_mine(address, 8)) {
        return;
    }
    /* What may be written may be read (privileged architecture: W without R is reserved). */
    attempt(t, "load", probe_load, address, 8, ANY(CAUSE_LOAD_ACCESS));
    if (thoroughly) {
        attempt(t, "store", probe_store8, address, UINT64_MAX, ANY(CAUSE_STORE_ACCESS));
        attempt(t, "fetch", probe_fetch, address, 0, ANY(CAUSE_FETCH_ACCESS));
    }
}

void attack_sweep(struct tally *t)
{
    for (uint64_t address = 0; address < DEVICES_END; address += PAGE) {
        touch(t, address, address / PAGE % FEW == 0U);
    }
    for (uint64_t address = DEVICES_END; address < LARGE_END; address += LARGE_STEP) {
        touch(t, address, true);
    }
    for (uint64_t address = LARGE_END; address < COARSE_END; address += COARSE_STEP) {
        touch(t, address, true);
    }
}
