/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that asks for reboots: it counts its lives in the first word of its shared memory, which
 * outlives it, and says whether its image is pristine and its interrupt controllers are as at reset.
 * bootargs: "lives=N"; after N lives it shuts down.
 */
#include <stddef.h>
#include <string.h>

#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/guest.h"
#include "guest/lib/imsic.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"

#define PRISTINE UINT32_C(0x600df00d)

static volatile uint32_t data = PRISTINE;

static uint32_t lives_wanted(void)
{
    const char *at = tree_bootargs();
    uint32_t lives = 0;

    if (strncmp(at, "lives=", 6) == 0) {
        for (at += 6; *at >= '0' && *at <= '9'; at++) {
            lives = lives * 10U + (uint32_t)(*at - '0');
        }
    }
    return lives;
}

/* Leave interrupts armed, so that the next life shows whether they were taken back. */
static void soil_interrupts(void)
{
    struct tree_imsic imsic;
    uint32_t sources;
    uint64_t aplic = tree_aplic(&sources);

    if (tree_imsic(&imsic) && aplic != 0U) {
        imsic_init(imsic.identities);
        imsic_enable(5);
        imsic_send(imsic.base, 5);
        aplic_init(aplic);
        aplic_route(aplic, 1, APLIC_DETACHED, 0, 5);
        aplic_write(aplic, APLIC_SETIPNUM, 1);
    }
}

/* What the last life left in the interrupt controllers. */
static uint32_t armed(void)
{
    struct tree_imsic imsic;
    uint32_t sources, found = 0;
    uint64_t aplic = tree_aplic(&sources);

    if (aplic != 0U) {
        found += aplic_read(aplic, APLIC_SOURCECFG1) != 0U;
        found += (aplic_read(aplic, APLIC_DOMAINCFG) & 0x100U) != 0U;
    }
    if (tree_imsic(&imsic)) {
        imsic_enable(5);          /* pending from before, it would be claimed now */
        found += imsic_claim() != 0U;
    }
    return found;
}

void guest_main(void)
{
    struct tree_share share;
    volatile uint32_t *life;

    if (!tree_share(0, &share)) {
        print("reboot: FAIL no shared memory to count in\n");
        return;
    }
    life = (volatile uint32_t *)share.memory.base;
    (*life)++;
    print("reboot: life %u, data %s, %u interrupts armed\n", *life,
          data == PRISTINE ? "pristine" : "changed", armed());
    data = 0;
    soil_interrupts();
    if (*life < lives_wanted()) {
        sbi_reboot();
    }
    print("reboot: done\n");
}
