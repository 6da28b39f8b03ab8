/* SPDX-License-Identifier: Apache-2.0 */
/* What others do while the hypervisor does something: devices at any time, harts of a guest other
 * than the one that it serves. */
#include "tests/world/inside.h"

#define MOST 8U              /* acts in one operation */

unsigned world_alone;

static unsigned left;
static bool acting;

/* A word that matters to some vIOMMU of the guest. */
uint64_t others_place(const struct guest *guest, uint64_t bits)
{
    const uint32_t count = guest->part->config->viommu_count;
    const uint64_t ram = guest->part->ram_base.v;

    if (count == 0U || take(&bits, 3U) == 0U) {
        return ram + bits % guest->part->ram.size;
    }
    const uint32_t v = (uint32_t)(&guest->part->viommus[take(&bits, 2U) % count] -
                                  world.plan.viommus);
    const struct driver *d = &drivers[v];
    /* Mostly the first entries of a page. */
    const uint32_t page = take(&bits, 6U) % AREA_DATA, near = take(&bits, 2U);
    return driver_page(d, page) + 8U * (near != 0U ? take(&bits, 5U) : take(&bits, 9U));
}

uint64_t others_word(const struct guest *guest, uint64_t bits)
{
    const uint64_t gpa = others_place(guest, bits >> 8);

    switch (bits % 8U) {
    case 0: return bits;
    case 1: return 0U;
    case 2: return gpa >> 12 << 10 | ENTRY_V;
    case 3: return gpa >> 12 << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
    case 4: return gpa >> 12 | PLACE(ATP_SV39 + (bits >> 3) % 3U, 60, 4);
    case 5: return TC_V | (bits >> 3 & 0x3ffU);
    case 6: return gpa >> 12 | PLACE(bits >> 3, 60, 2);
    default: return (RAM_BASE + (bits >> 8) % RAM_SIZE) >> 12 << 10 | (bits >> 3 & 0xffU);
    }
}

static bool another_runs(const struct guest *guest)
{
    for (uint32_t v = 0; v < guest->vcpu_count; v++) {
        if (guest->vcpus[v]->hart != this_hart() && harts_vcpu_runs(guest, v)) {
            return true;
        }
    }
    return false;
}

void others_begin(void)
{
    left = MOST;
}

void others_end(void)
{
    left = 0U;
}

static bool begin(unsigned percent)
{
    if (left == 0U || acting || !world_chance(percent)) {
        return false;
    }
    acting = true;
    left--;
    return true;
}

static void device_acts_now(void)
{
    const uint64_t bits = world_below(UINT64_MAX);

    device_acts(device_of((uint32_t)world_below(world.device_count)), bits,
                (uint32_t)(bits >> 40));
}

void others_devices(void)
{
    if (begin(world.others != 0U ? 1U : 0U)) {
        device_acts_now();
        acting = false;
    }
}

void others_act(const struct guest *read_of, uint64_t read_at)
{
    if (!begin(world.others)) {
        return;
    }
    const bool there = read_of != NULL && world_chance(50U);
    const struct guest *guest =
        there ? read_of : &guests[world_below(world.plan.guest_count)];

    if (world_chance(50U) || world_alone != 0U) {
        device_acts_now();
    } else if (another_runs(guest)) {
        const uint64_t bits = world_below(UINT64_MAX);
        (void)memory_store(guest,
                           there ? read_at + 8U * world_below(4U) : others_place(guest, bits),
                           others_word(guest, bits >> 7));
    }
    acting = false;
}
