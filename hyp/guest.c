/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/guest.h"

#include "platform/hw/phys.h"

struct guest guests[CONFIG_MAX_GUESTS];

bool guest_add_region(struct guest *guest, struct mmio_region region)
{
    if (guest->region_count == GUEST_MAX_REGIONS) {
        return false;
    }
    guest->regions[guest->region_count] = region;
    guest->region_count++;
    return true;
}

const struct mmio_region *guest_find_region(const struct guest *guest, gpa_t address,
                                            uint32_t width)
{
    for (uint32_t r = 0; r < guest->region_count; r++) {
        if (gpa_range_contains(guest->regions[r].range, address, width)) {
            return &guest->regions[r];
        }
    }
    return NULL;
}

void *guest_ram(const struct guest *guest, gpa_t address, uint64_t size)
{
    const struct plan_guest *part = guest->part;

    if (!span_contains(part->ram_base.v, part->ram.size, address.v, size)) {
        return NULL;
    }
    return phys_pointer(pa_add(part->ram.base, address.v - part->ram_base.v), size);
}
