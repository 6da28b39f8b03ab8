/* SPDX-License-Identifier: Apache-2.0 */
/* The board's memory, as harts and as IOMMUs reach it. */
#include "tests/world/inside.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "platform/hw/phys.h"
#include "tests/world/checks.h"

#define GARBAGE       0xa5
#define GARBAGE_BYTES (UINT64_C(1) << 20)  /* of the pool: more is not taken from it */
#define RAM_PAGES     (RAM_SIZE / PAGE_SIZE)
#define TROUBLES      4U
#define MSI_BYTES     4U

static _Alignas(16384) uint8_t ram[RAM_SIZE];
static bool touched[RAM_PAGES];
static struct { uint64_t page; enum mem_status status; unsigned count; } troubles[TROUBLES];
static unsigned next_trouble;

uint64_t memory_stores[CONFIG_MAX_GUESTS];

/* Only what was touched costs anything. */
void memory_open(void)
{
    const struct pa_range pool = world.plan.pool;

    for (uint32_t page = 0; page < RAM_PAGES; page++) {
        if (touched[page]) {
            memset(&ram[page * PAGE_SIZE], 0, PAGE_SIZE);
            touched[page] = false;
        }
    }
    memset(troubles, 0, sizeof(troubles));
    memset(memory_stores, 0, sizeof(memory_stores));
    const uint64_t size = pool.size < GARBAGE_BYTES ? pool.size : GARBAGE_BYTES;
    memset(world_memory(pool.base.v, size), GARBAGE, size);
}

void *world_memory(uint64_t address, uint64_t size)
{
    if (!span_contains(RAM_BASE, RAM_SIZE, address, size) || size == 0U) {
        return NULL;
    }
    const uint64_t last = (address + (size - 1U) - RAM_BASE) / PAGE_SIZE;
    for (uint64_t page = (address - RAM_BASE) / PAGE_SIZE; page <= last; page++) {
        touched[page] = true;
    }
    return &ram[address - RAM_BASE];
}

void *phys_pointer(pa_t address, uint64_t size)
{
    void *at = world_memory(address.v, size);

    if (at == NULL) {
        world_fail("I6", "the hypervisor reaches 0x%llx, 0x%llx bytes, which is no RAM",
                   (unsigned long long)address.v, (unsigned long long)size);
    }
    if (world.booted) {
        checks_hypervisor_reaches(address.v, size);
        others_devices();
    }
    return at;
}

/* Every pointer into a guest's RAM comes from here: what is done with it may come after something
 * that another hart or a device does. */
void *__real_guest_ram(const struct guest *guest, gpa_t address, uint64_t size);
void *__wrap_guest_ram(const struct guest *guest, gpa_t address, uint64_t size);
void *__wrap_guest_ram(const struct guest *guest, gpa_t address, uint64_t size)
{
    void *at = __real_guest_ram(guest, address, size);

    if (at != NULL) {
        others_act(guest, address.v);
    }
    return at;
}

/* ---- harts of guests ------------------------------------------------------------------------- */

static _Atomic uint64_t *word_at(const struct guest *guest, uint64_t address)
{
    const struct plan_guest *part = guest->part;

    return span_contains(part->ram_base.v, part->ram.size, address, sizeof(uint64_t))
               ? world_memory(part->ram.base.v + (address & ~UINT64_C(7)) - part->ram_base.v,
                              sizeof(uint64_t))
               : NULL;
}

bool memory_store(const struct guest *guest, uint64_t gpa, uint64_t value)
{
    _Atomic uint64_t *word = word_at(guest, gpa);

    if (word == NULL) {
        return false;
    }
    atomic_store_explicit(word, value, memory_order_relaxed);
    memory_stores[guest->index]++;
    checks_ram_changed(guest->part->ram.base.v + ((gpa & ~UINT64_C(7)) - guest->part->ram_base.v),
                       sizeof(value));
    return true;
}

bool memory_load(const struct guest *guest, uint64_t gpa, uint64_t *value)
{
    const _Atomic uint64_t *word = word_at(guest, gpa);

    *value = word != NULL ? atomic_load_explicit(word, memory_order_relaxed) : 0U;
    return word != NULL;
}

/* ---- IOMMUs ---------------------------------------------------------------------------------- */

void memory_trouble(uint64_t address, enum mem_status status, unsigned count)
{
    troubles[next_trouble].page = address & ~(PAGE_SIZE - 1U);
    troubles[next_trouble].status = status;
    troubles[next_trouble].count = count;
    next_trouble = (next_trouble + 1U) % TROUBLES;
}

static enum mem_status trouble_at(uint64_t address)
{
    for (unsigned i = 0; i < TROUBLES; i++) {
        if (troubles[i].count != 0U && troubles[i].page == (address & ~(PAGE_SIZE - 1U))) {
            troubles[i].count--;
            return troubles[i].status;
        }
    }
    return MEM_OK;
}

/* Registers of devices: whatever is mapped there takes everything, so that checks see it. */
static bool is_device(uint64_t address)
{
    return address < RAM_BASE || address >= RAM_BASE + RAM_SIZE;
}

static enum mem_status read_memory(void *ctx, uint64_t address, void *data, size_t size)
{
    const enum mem_status status = trouble_at(address);
    const void *at = world_memory(address, size);

    (void)ctx;
    if (status != MEM_OK) {
        return status;
    }
    if (at != NULL) {
        memcpy(data, at, size);
        return MEM_OK;
    }
    memset(data, 0, size);
    return is_device(address) ? MEM_OK : MEM_ACCESS;
}

static enum mem_status write_memory(void *ctx, uint64_t address, const void *data, size_t size)
{
    const enum mem_status status = trouble_at(address);
    const struct board_imsic *imsic = &world.board.imsic;
    void *at = world_memory(address, size);
    uint32_t id;

    (void)ctx;
    if (status != MEM_OK) {
        return status;
    }
    if (at != NULL) {
        memcpy(at, data, size);
        return MEM_OK;
    }
    if (pa_range_contains(imsic->regions[0], pa(address), size)) {
        /* AIA 3.5: naturally aligned accesses of 32 bits only. */
        if (size != MSI_BYTES || address % MSI_BYTES != 0U) {
            return MEM_ACCESS;
        }
        memcpy(&id, data, sizeof(id));
        return interrupts_store(address, id) ? MEM_OK : MEM_ACCESS;
    }
    return is_device(address) ? MEM_OK : MEM_ACCESS;
}

struct model_memory memory_of_iommus(void)
{
    return (struct model_memory){ NULL, read_memory, write_memory };
}
