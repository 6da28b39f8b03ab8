/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest at run time. Everything but the atomics, the units' own state and the vCPUs' is written
 * during boot and constant afterwards.
 *
 * Life: RUNNING -> STOPPING or REBOOTING (whoever gets there first: a vCPU's SRST call, a fault of
 * a device, or the monitor) -> every vCPU parks on its hart -> the units bring to rest what is the
 * guest's -> every vCPU cleans its interrupt file -> the last one either resets the units and starts
 * the guest afresh from its pristine images (RUNNING) or leaves it STOPPED. When the last guest has
 * stopped, the board is powered off.
 */
#ifndef HYP_GUEST_H
#define HYP_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyp/mem/gstage.h"
#include "hyp/plan/plan.h"
#include "hyp/vcpu/vcpu.h"

enum guest_state { GUEST_STOPPED, GUEST_RUNNING, GUEST_STOPPING, GUEST_REBOOTING };

/*
 * A range of guest physical addresses that a unit emulates: base and size are multiples of
 * MMIO_ALIGNMENT, so that a naturally aligned access lies in it whole if its first byte does. read and
 * write are called on the accessing vCPU's hart, with such an access; false means that hardware would
 * refuse it: the guest gets an access fault.
 */
struct mmio_region {
    struct gpa_range range;
    bool (*read)(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                 uint64_t *value);
    bool (*write)(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                  uint64_t value);
    uint32_t tag;            /* the unit's own */
    enum exit_cause counter;
};
#define MMIO_ALIGNMENT 8U    /* bytes of the widest access */

#define GUEST_MAX_REGIONS (5U + CONFIG_MAX_SHARED)

struct guest {
    const struct plan *plan;
    const struct plan_guest *part;       /* of the plan */
    uint32_t index;
    struct gstage gstage;
    uint64_t hgatp;
    struct mmio_region regions[GUEST_MAX_REGIONS]; /* as the units came; behind them all is 0 */
    uint32_t region_count;
    struct vcpu *vcpus[CONFIG_MAX_VCPUS];
    uint32_t vcpu_count;
    pa_t device_tree;                    /* pristine copy of the generated tree */
    uint64_t device_tree_size;
    uint8_t *seed;                       /* rng-seed in it; NULL: none */
    struct seed secret;                  /* of which each life's is drawn; whose hart starts it */
    _Atomic uint32_t state;              /* enum guest_state */
    _Atomic uint32_t parked;             /* vCPUs that have parked, */
    _Atomic uint32_t clean;              /* and of these, that have cleaned their interrupt file */
};

extern struct guest guests[CONFIG_MAX_GUESTS];

/* Boot only: an emulated range. False when there are too many, or its bounds are not as they must be. */
bool guest_add_region(struct guest *guest, struct mmio_region region);

/* The region that holds this byte, or NULL. Here, because it is part of every trapped access: it costs 5
 * instructions, and 6 more for each region before the one that is found. */
static inline const struct mmio_region *guest_find_region(const struct guest *guest, gpa_t address)
{
    for (const struct mmio_region *r = guest->regions; r != &guest->regions[GUEST_MAX_REGIONS]; r++) {
        if (address.v - r->range.base.v < r->range.size) {
            return r;
        }
    }
    return NULL;
}

/* [address, address+size) as hypervisor memory if all of it is the guest's RAM, else NULL. The
 * only way from a guest's address to a pointer (invariant I6). size at least 1. */
void *guest_ram(const struct guest *guest, gpa_t address, uint64_t size);

#endif
