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
#include <stdint.h>

#include "hyp/mem/gstage.h"
#include "hyp/plan/plan.h"
#include "hyp/vcpu/vcpu.h"

struct mmio_access;

enum guest_state { GUEST_STOPPED, GUEST_RUNNING, GUEST_STOPPING, GUEST_REBOOTING };

/*
 * A range of guest physical addresses that a unit emulates. read and write are called on the
 * accessing vCPU's hart, with an access that lies whole inside the range and is naturally aligned;
 * false means that hardware would refuse it: the guest gets an access fault.
 */
struct mmio_region {
    struct gpa_range range;
    enum exit_cause counter;
    bool (*read)(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                 uint64_t *value);
    bool (*write)(struct guest *guest, uint32_t tag, uint64_t offset, uint32_t width,
                  uint64_t value);
    uint32_t tag;            /* the unit's own */
};

#define GUEST_MAX_REGIONS (5U + CONFIG_MAX_SHARED)

struct guest {
    const struct plan *plan;
    const struct plan_guest *part;       /* of the plan */
    uint32_t index;
    struct gstage gstage;
    uint64_t hgatp;
    struct mmio_region regions[GUEST_MAX_REGIONS];
    uint32_t region_count;
    struct vcpu *vcpus[CONFIG_MAX_VCPUS];
    uint32_t vcpu_count;
    pa_t device_tree;                    /* pristine copy of the generated tree */
    uint64_t device_tree_size;
    _Atomic uint32_t state;              /* enum guest_state */
    _Atomic uint32_t parked;             /* vCPUs that have parked, */
    _Atomic uint32_t clean;              /* and of these, that have cleaned their interrupt file */
};

extern struct guest guests[CONFIG_MAX_GUESTS];

/* Boot only: an emulated range. False when there are too many. */
bool guest_add_region(struct guest *guest, struct mmio_region region);

/* The region that holds the whole access, or NULL. */
const struct mmio_region *guest_find_region(const struct guest *guest, gpa_t address,
                                            uint32_t width);

/* [address, address+size) as hypervisor memory if all of it is the guest's RAM, else NULL. The
 * only way from a guest's address to a pointer (invariant I6). size at least 1. */
void *guest_ram(const struct guest *guest, gpa_t address, uint64_t size);

#endif
