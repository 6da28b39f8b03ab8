/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's driver writes to its memory: directories and page tables. Each doubleword is a
 * store of one of its harts. */
#include "tests/world/inside.h"

#include <string.h>

#include "tests/world/checks.h"

#define INDEX_MASK  0x1ffU
#define DDI0_BITS   7U       /* contexts are of base format */
#define LEAVES      3U       /* of the device directory */

static unsigned levels_of(unsigned mode)
{
    return 3U + (mode - ATP_SV39);
}

static uint64_t non_leaf(uint64_t page)
{
    return page >> 12 << 10 | ENTRY_V;
}

static void put(struct driver *d, uint64_t at, uint64_t value)
{
    (void)memory_store(d->guest, at, value);
}

static uint64_t get(const struct driver *d, uint64_t at)
{
    uint64_t value;

    (void)memory_load(d->guest, at, &value);
    return value;
}

static void zero(struct driver *d, uint32_t page, uint32_t count)
{
    const struct plan_guest *part = d->guest->part;
    const uint64_t at = part->ram.base.v + (driver_page(d, page) - part->ram_base.v);

    memset(world_memory(at, count * PAGE_SIZE), 0, count * PAGE_SIZE);
    memory_stores[d->guest->index]++;
    checks_ram_changed(at, count * PAGE_SIZE);
}

static void forget_maps(struct driver *d)
{
    zero(d, AREA_ROOTS, SPACES);
    memset(d->mapped, 0, sizeof(d->mapped));
    d->tables_used = 0U;
}

void driver_begin_tables(struct driver *d)
{
    zero(d, AREA_COMMANDS, AREA_FENCE + 1U);
    forget_maps(d);
    memset(d->ever, 0, sizeof(d->ever));
    memset(d->processes, 0, sizeof(d->processes));
}

/* ---- the device directory -------------------------------------------------------------------- */

void driver_put_context(struct driver *d, uint32_t id, const uint64_t words[4])
{
    const uint32_t leaf = (id >> DDI0_BITS) % LEAVES;
    uint64_t page = driver_page(d, d->levels == 1U ? (uint32_t)AREA_DDT_ROOT
                                                   : AREA_DDT_LEAF + leaf);
    const uint64_t upper = driver_page(d, d->levels == 3U ? AREA_DDT_MIDDLE : AREA_DDT_ROOT);

    if (d->levels == 3U) {
        put(d, driver_page(d, AREA_DDT_ROOT) + 8U * (id >> 16 & INDEX_MASK), non_leaf(upper));
    }
    if (d->levels > 1U) {
        put(d, upper + 8U * (id >> DDI0_BITS & INDEX_MASK), non_leaf(page));
    }
    page += 32U * (id & ((1U << DDI0_BITS) - 1U));
    put(d, page + 8U, words[1]);
    put(d, page + 16U, words[2]);
    put(d, page + 24U, words[3]);
    put(d, page, words[0]);
}

/* ---- process directories --------------------------------------------------------------------- */

static const uint32_t pids[PROCESSES] = { 0U, 1U, 2U, 3U, 0x7fU, 0x1ffU, 0x10001U, 0xfffffU };

uint32_t driver_pid(uint64_t choice)
{
    return pids[choice % PROCESSES];
}

uint64_t driver_pdtp(const struct driver *d, uint32_t directory)
{
    return PLACE(d->pdt_modes[directory], 60, 4) |
           driver_page(d, AREA_PDT + 3U * directory) >> 12;
}

void driver_put_process(struct driver *d, uint32_t directory, uint32_t pid, uint64_t ta,
                        uint64_t fsc)
{
    const uint64_t root = driver_page(d, AREA_PDT + 3U * directory);
    uint64_t leaf = root;

    if (d->pdt_modes[directory] == PDTP_PD20) {
        put(d, root + 8U * (pid >> 17 & 7U), non_leaf(root + PAGE_SIZE));
        leaf = root + PAGE_SIZE;
    }
    if (d->pdt_modes[directory] >= PDTP_PD17) {
        put(d, leaf + 8U * (pid >> 8 & INDEX_MASK), non_leaf(root + 2U * PAGE_SIZE));
        leaf = root + 2U * PAGE_SIZE;
    }
    leaf += 16U * (pid & 0xffU);
    put(d, leaf + 8U, fsc);
    put(d, leaf, ta);
}

/* ---- first stages ---------------------------------------------------------------------------- */

uint64_t driver_fsc(const struct driver *d, uint32_t space)
{
    return PLACE(d->space_modes[space], 60, 4) | driver_page(d, AREA_ROOTS + space) >> 12;
}

/* Four pages next to each other in each of four places of what Sv39 reaches without a sign. */
uint64_t driver_slot(uint32_t slot)
{
    static const uint64_t places[] = { 0x5000U, 0x205000U, 0x40005000U, 0x3fc0005000U };

    return places[slot / 4U] + slot % 4U * PAGE_SIZE;
}

/* Where the entry for va is at this level; makes the tables above. 0: there are none left. */
static uint64_t walk(struct driver *d, uint32_t space, uint64_t va, unsigned level, bool make)
{
    uint64_t table = driver_page(d, AREA_ROOTS + space);

    for (unsigned l = levels_of(d->space_modes[space]) - 1U; l > level; l--) {
        const uint64_t at = table + 8U * (va >> (12U + 9U * l) & INDEX_MASK);
        const uint64_t entry = get(d, at);
        if ((entry & PTE_V) == 0U || (entry & (PTE_R | PTE_W | PTE_X)) != 0U) {
            if (!make || d->tables_used == TABLES) {
                return 0U;
            }
            zero(d, AREA_TABLES + d->tables_used, 1U);
            table = driver_page(d, AREA_TABLES + d->tables_used);
            d->tables_used++;
            put(d, at, non_leaf(table));
        } else {
            table = ENTRY_PPN(entry) << 12;
        }
    }
    return table + 8U * (va >> (12U + 9U * level) & INDEX_MASK);
}

void driver_map(struct driver *d, uint32_t space, uint32_t slot, uint64_t target, uint64_t flags,
                bool large)
{
    const unsigned level = large && target % MEGA_PAGE_SIZE == 0U ? 1U : 0U;
    uint64_t at;

    if (d->space_modes[space] == 0U) {
        return;
    }
    at = walk(d, space, driver_slot(slot), level, true);
    if (at == 0U) {
        forget_maps(d);
        at = walk(d, space, driver_slot(slot), level, true);
    }
    put(d, at, target >> 12 << 10 | flags);
    d->mapped[space][slot] = d->ever[space][slot] = true;
    d->target[space][slot] = target;
}

void driver_unmap(struct driver *d, uint32_t space, uint32_t slot)
{
    uint64_t at;

    if (d->space_modes[space] == 0U) {
        return;
    }
    at = walk(d, space, driver_slot(slot), 0U, false);
    if (at != 0U) {
        put(d, at, 0U);
    }
    d->mapped[space][slot] = false;
}
