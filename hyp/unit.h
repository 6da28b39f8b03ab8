/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit is a feature that the core does not know: it registers itself, and the core calls all
 * units alike. Any member may be NULL. Order: by the names given to UNIT, which begin with two
 * digits, so that what others build on comes first.
 */
#ifndef HYP_UNIT_H
#define HYP_UNIT_H

#include <stdbool.h>

#include "hyp/guest.h"
#include "platform/pages.h"

struct unit {
    const char *name;
    /* Boot hart, before any guest exists; may take pages. False stops the boot; the unit has logged why. */
    bool (*init)(const struct plan *plan, struct pages *pages);
    /* Boot hart, once for each guest, before any guest runs; may take pages. False as above. */
    bool (*guest_init)(struct guest *guest, struct pages *pages);
    /* The guest's life has ended, all its vCPUs are parked: let nothing of it go on, devices included. Called on one of
     * the guest's harts, with those of other guests on theirs. Cannot fail. */
    void (*guest_stop)(struct guest *guest);
    /* A life begins, the first or one after guest_stop: to power-on state. All its vCPUs are parked, and their interrupt
     * files clean. As guest_stop. */
    void (*guest_reset)(struct guest *guest);
};

#define UNIT(order, unit_name) \
    static const struct unit unit_name \
        __attribute__((used, aligned(8), section(".units." order)))

extern const struct unit units_start[], units_end[];

#endif
