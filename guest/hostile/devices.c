/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the guest's own devices that no driver makes: odd widths, misaligned, atomic, fetches. */
#include "guest/hostile/hostile.h"

#include "guest/lib/aplic.h"
#include "guest/lib/tree.h"

#define LOADS   (NO_EXCEPTION | ANY(CAUSE_LOAD_MISALIGNED) | ANY(CAUSE_LOAD_ACCESS))
#define STORES  (NO_EXCEPTION | ANY(CAUSE_STORE_MISALIGNED) | ANY(CAUSE_STORE_ACCESS))
#define ATOMICS (STORES | LOADS)
#define CLRIE_WORDS 32U

static void every_load(struct tally *t, uint64_t address)
{
    attempt(t, "device load", probe_load, address, 1, LOADS);
    attempt(t, "device load", probe_load, address, 2, LOADS);
    attempt(t, "device load", probe_load, address, 4, LOADS);
    attempt(t, "device load", probe_load, address, 8, LOADS);
}

static void every_store(struct tally *t, uint64_t address, uint64_t value)
{
    attempt(t, "device store", probe_store2, address, value, STORES);
    attempt(t, "device store", probe_store4, address, value, STORES);
    attempt(t, "device store", probe_store8, address, value, STORES);
    attempt(t, "device amo", probe_amo4, address, value, ATOMICS);
    attempt(t, "device lr", probe_lr4, address, 0, ATOMICS);
}

static void uart(struct tally *t)
{
    struct tree_uart port;

    if (!tree_uart(&port)) {
        return;
    }
    for (uint64_t offset = 1; offset < 32U; offset++) { /* not 0: it would print */
        every_load(t, port.base + offset);
    }
    for (uint64_t offset = 5; offset < 8U; offset++) { /* LSR, MSR, SCR: no effect by design */
        every_store(t, port.base + offset, UINT64_MAX);
    }
    attempt(t, "device fetch", probe_fetch, port.base, 0, ANY(CAUSE_FETCH_ACCESS));
}

static void aplic(struct tally *t)
{
    uint32_t sources;
    uint64_t base = tree_aplic(&sources);

    if (base == 0U) {
        return;
    }
    for (uint64_t offset = 0; offset < 0x4000U; offset += 4U) {
        attempt(t, "aplic store", probe_store4, base + offset, UINT64_MAX - offset, STORES);
        attempt(t, "aplic load", probe_load, base + offset, 4, LOADS);
    }
    for (uint64_t offset = 0; offset < 0x4000U; offset += 0x3feU) {
        every_load(t, base + offset);
        every_store(t, base + offset, offset);
    }
    attempt(t, "device fetch", probe_fetch, base, 0, ANY(CAUSE_FETCH_ACCESS));
    /* Leave it quiet. */
    aplic_write(base, APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= sources; source++) {
        aplic_write(base, (uint32_t)APLIC_SOURCECFG1 + (source - 1U) * 4U, APLIC_INACTIVE);
    }
}

static void doorbell(struct tally *t)
{
    struct tree_share share;

    for (uint32_t i = 0; tree_share(i, &share); i++) {
        if (share.doorbell.size == 0U) {
            continue;
        }
        for (uint64_t offset = 0; offset < share.doorbell.size; offset += 0xffeU) {
            every_load(t, share.doorbell.base + offset);
            every_store(t, share.doorbell.base + offset, UINT64_MAX);
        }
        attempt(t, "device fetch", probe_fetch, share.doorbell.base, 0, ANY(CAUSE_FETCH_ACCESS));
    }
}

void attack_devices(struct tally *t)
{
    uart(t);
    aplic(t);
    doorbell(t);
}
