/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/guest.h"

#include "platform/hw/phys.h"

struct guest guests[CONFIG_MAX_GUESTS];

bool guest_add_region(struct guest *guest, struct mmio_region region)
{
    if (guest->region_count == GUEST_MAX_REGIONS ||
        !is_aligned(region.range.base.v | region.range.size, MMIO_ALIGNMENT)) {
        return false;
    }
    guest->regions[guest->region_count] = region;
    guest->region_count++;
    return true;
}

void *guest_ram(const struct guest *guest, gpa_t address, uint64_t size)
{
    const struct plan_guest *part = guest->part;

    if (!span_contains(part->ram_base.v, part->ram.size, address.v, size)) {
        return NULL;
    }
    return phys_pointer(pa_add(part->ram.base, address.v - part->ram_base.v), size);
}
