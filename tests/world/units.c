/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's variables and its list of units, which on the board the linker script makes. */
#include "tests/world/units.h"

#include "tests/world/checks.h"
#include "tests/world/inside.h"

/* In the order of their names' digits, between two of the world's own. */
extern const struct unit memory_unit, imsic_unit, dma_unit, viommu_unit, aplic_unit;
static void begins(struct guest *guest)
{
    checks_started(guest->index);
    harts_begin_life(guest);
}

static void has_ended(struct guest *guest)
{
    checks_stopped(guest->index);
    world_seen[SEEN_STOP]++;
}

static const struct unit before_all = { .name = "before", .guest_reset = begins };
static const struct unit after_all = { .name = "after", .guest_stop = has_ended };
static const struct unit *const all[] = {
    &before_all, &memory_unit, &imsic_unit, &dma_unit, &viommu_unit, &aplic_unit, &after_all,
};

#define COUNT (sizeof(all) / sizeof(all[0]))
struct unit world_units[COUNT];
_Static_assert(COUNT * sizeof(struct unit) == 280, "the end of the list, below");
__asm__(".globl units_start\n.set units_start, world_units\n"
        ".globl units_end\n.set units_end, world_units + 280\n");

/* The linker's names for the section into which the Makefile puts the .bss of the project's
 * objects that have state. */
extern uint64_t __start_world_bss[], __stop_world_bss[];

/* With the gaps between variables, of which the sanitizer would say that they are nobody's. */
__attribute__((no_sanitize("address"))) static void forget(void)
{
    volatile uint64_t *word = __start_world_bss;

    for (; word + 1 <= __stop_world_bss; word++) {
        *word = 0U;
    }
    for (volatile uint8_t *byte = (volatile uint8_t *)word;
         byte < (volatile uint8_t *)__stop_world_bss; byte++) {
        *byte = 0U;
    }
}

void units_forget(void)
{
    forget();
    for (uint32_t i = 0; i < COUNT; i++) {
        world_units[i] = *all[i];
    }
}

uint64_t world_csr_swap(uint32_t csr, bool write, uint64_t value)
{
    static uint64_t hgatp;

    if (csr != CSR_HGATP) {
        world_fail("boot", "CSR 0x%x has no hart behind it", csr);
    }
    if (write) {
        hgatp = value;
    }
    return hgatp;
}
