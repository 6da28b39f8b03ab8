/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start, stop and restart of a whole guest (the states are in hyp/guest.h). It affects that guest
 * alone, until the last one is gone: then the board is powered off.
 */
#ifndef HYP_LIFECYCLE_LIFECYCLE_H
#define HYP_LIFECYCLE_LIFECYCLE_H

#include <stdnoreturn.h>

#include "hyp/guest.h"

/* Boot hart, once, with all harts online: let every guest be reset and started, each by a hart of its own. They are
 * GUEST_REBOOTING until then, so that no key starts one twice. */
void lifecycle_start_all(struct guest *list, uint32_t count);

/*
 * Ask for the guest to be stopped (how = GUEST_STOPPING) or started afresh (GUEST_REBOOTING). Any
 * hart. If a stop is under way already, that one counts; a restart under way becomes the stop that is
 * asked for. A STOPPED guest can be rebooted.
 */
void lifecycle_request(struct guest *guest, enum guest_state how);

/*
 * The three steps of a stop. Park, each vCPU on its own hart: it does nothing more. Rest, on the hart of the last to
 * park: devices and virtual devices do nothing more. Clean, each on its own hart again, when nobody is left to send an MSI:
 * its interrupt file is cleared. The last to be clean goes on with the guest's restart or stop.
 */
noreturn void lifecycle_park(struct vcpu *vcpu);
void lifecycle_rest(struct guest *guest);
void lifecycle_clean(struct vcpu *vcpu);

/* Back to power-on state, and on to lifecycle_boot. On a hart of the guest, with all its vCPUs parked and clean, so that
 * nothing else touches it. This and lifecycle_rest take as long as devices take to reset (hyp/pci/quiesce.h). */
void lifecycle_restart(struct guest *guest);

/* Copy the guest's pristine images into its RAM and set vCPU 0's start. On vCPU 0's hart, with all
 * vCPUs parked. Work: bounded by the images' sizes. */
void lifecycle_boot(struct guest *guest);

#endif
