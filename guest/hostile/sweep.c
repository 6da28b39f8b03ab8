/* SPDX-License-Identifier: Apache-2.0 */
/* Reads, writes and fetches at every region that is not the guest's own. */
#include "guest/hostile/hostile.h"

#include "guest/lib/console.h"

#define DEVICE_AREA_END UINT64_C(0x80000000)
#define FINE_STEP       UINT64_C(0x1000)
#define COARSE_STEP     UINT64_C(0x1000000)
#define COARSE_END      UINT64_C(0x1000000000) /* 64 GiB */
#define ODD_BYTES       UINT64_C(0xa5a5a5a5a5a5a5a5)

/* The three kinds of access, each as wide as it gets. */
static void touch(struct tally *t, uint64_t address)
{
    if (is_mine(address, 8)) {
        return;
    }
    attempt(t, "load", probe_load, address, 8, ANY(CAUSE_LOAD_ACCESS));
    attempt(t, "store", probe_store8, address, ODD_BYTES, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "fetch", probe_fetch, address, 0, ANY(CAUSE_FETCH_ACCESS));
}

static void touch_every_way(struct tally *t, uint64_t address)
{
    if (is_mine(address, 8)) {
        return;
    }
    touch(t, address);
    attempt(t, "load", probe_load, address, 1, ANY(CAUSE_LOAD_ACCESS));
    attempt(t, "load", probe_load, address, 2, ANY(CAUSE_LOAD_ACCESS));
    attempt(t, "load", probe_load, address, 4, ANY(CAUSE_LOAD_ACCESS));
    attempt(t, "store", probe_store1, address, ODD_BYTES, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "store", probe_store2, address, ODD_BYTES, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "store", probe_store4, address, ODD_BYTES, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "amo", probe_amo4, address, ODD_BYTES, ANY(CAUSE_STORE_ACCESS));
    attempt(t, "lr", probe_lr4, address, 0, ANY(CAUSE_LOAD_ACCESS));
}

void attack_sweep(struct tally *t)
{
    /* Each power of two and the words on both sides of it, up to the last address there is. */
    touch_every_way(t, 0);
    for (uint32_t bit = 3; bit < 64U; bit++) {
        touch_every_way(t, UINT64_C(1) << bit);
        touch_every_way(t, (UINT64_C(1) << bit) - 8U);
        touch_every_way(t, (UINT64_C(1) << bit) + FINE_STEP);
    }
    touch_every_way(t, UINT64_MAX - 7U);
    for (uint64_t address = 0; address < COARSE_END; address += COARSE_STEP) {
        touch_every_way(t, address);
    }
    for (uint64_t address = 0; address < DEVICE_AREA_END; address += FINE_STEP) {
        if (address % (DEVICE_AREA_END / 8U) == 0U) {
            print("hostile: sweep at 0x%llx\n", (unsigned long long)address);
        }
        touch(t, address);
    }
}
