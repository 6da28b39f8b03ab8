/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's driver of a vIOMMU: what it does with registers and queues. It goes by what it reads,
 * so it also gets along with what a hostile hart of the same guest has done. */
#include "tests/world/inside.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "hyp/mem/gstage.h"
#include "tests/world/checks.h"

#define AREA_OFFSET     UINT64_C(0x10000) /* of the first driver, in its guest's RAM */
#define COMMAND_LOG2    8U                /* a page of each, at most */
#define FAULT_LOG2      7U
#define LEAST_LOG2      3U
#define PATIENCE        40U               /* rounds of all harts */

struct driver drivers[CONFIG_MAX_VIOMMUS];

static uint64_t capabilities(const struct driver *d)
{
    return driver_read(d, REG_CAPABILITIES, 8U);
}

void drivers_open(void)
{
    memset(drivers, 0, sizeof(drivers));
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        struct driver *d = &drivers[v];
        struct guest *guest = &guests[world.plan.viommus[v].guest];
        const uint32_t n = (uint32_t)(&world.plan.viommus[v] - guest->part->viommus);
        d->viommu = v;
        d->guest = guest;
        d->area = guest->part->ram_base.v + AREA_OFFSET + n * AREA_PAGES * PAGE_SIZE;
    }
}

/* One of the modes that are offered; what there is most to see with comes up most often. */
static void choose_modes(struct driver *d)
{
    static const uint64_t spaces[] = { CAP_SV39, CAP_SV48, CAP_SV57 };
    static const uint64_t directories[] = { CAP_PD8, CAP_PD17, CAP_PD20 };
    const uint64_t cap = capabilities(d);

    for (uint32_t s = 0; s < SPACES; s++) {
        const unsigned mode = (unsigned)world_below(3U);
        d->space_modes[s] = (cap & spaces[mode]) != 0U ? ATP_SV39 + mode
                          : (cap & CAP_SV39) != 0U     ? (unsigned)ATP_SV39 : 0U;
    }
    for (uint32_t p = 0; p < DIRECTORIES; p++) {
        d->pdt_modes[p] = 0U;
        for (unsigned mode = 0; mode < 3U; mode++) {
            if ((cap & directories[mode]) != 0U &&
                (d->pdt_modes[p] == 0U || world_chance(50U))) {
                d->pdt_modes[p] = PDTP_PD8 + mode;
            }
        }
    }
}

static void choose_levels(struct driver *d)
{
    const struct plan_viommu *planned = &world.plan.viommus[d->viommu];
    uint32_t least = 1U;

    for (uint32_t n = 0; n < planned->id_count; n++) {
        const uint32_t id = planned->ids[n].virtual_id;
        const uint32_t needed = id >> 16 != 0U ? 3U : id >> 7 != 0U ? 2U : 1U;
        least = needed > least ? needed : least;
    }
    d->levels = least + (uint32_t)world_below(4U - least);
}

struct driver *driver_of(uint32_t viommu)
{
    struct driver *d = &drivers[viommu];

    if (d->life != harts_lives(d->guest->index)) {
        d->life = harts_lives(d->guest->index);
        choose_modes(d);
        choose_levels(d);
        d->command_log2 = LEAST_LOG2 + (unsigned)world_below(COMMAND_LOG2 - LEAST_LOG2 + 1U);
        d->fault_log2 = 1U + (unsigned)world_below(FAULT_LOG2);
        driver_begin_tables(d);
    }
    return d;
}

/* ---- registers ------------------------------------------------------------------------------- */

uint64_t driver_read(const struct driver *d, uint32_t offset, uint32_t width)
{
    pa_t page = pa(0);
    uint32_t rights;
    const bool there = gstage_translate(&d->guest->gstage, world.plan.viommus[d->viommu].regs,
                                        &page, &rights);
    const _Atomic uint64_t *words = there ? world_memory(page.v, PAGE_SIZE) : NULL;

    if (words == NULL) {
        world_fail("I11", "vIOMMU %u has no registers", d->viommu);
    }
    const uint64_t word = atomic_load_explicit(&words[offset / 8U], memory_order_relaxed);
    return width == 8U ? word : (uint32_t)(word >> offset % 8U * 8U);
}

static bool somebody_runs(const struct guest *guest, uint32_t *v)
{
    const uint32_t first = (uint32_t)world_below(guest->vcpu_count);

    for (uint32_t i = 0; i < guest->vcpu_count; i++) {
        *v = (first + i) % guest->vcpu_count;
        if (harts_vcpu_runs(guest, *v)) {
            return true;
        }
    }
    return false;
}

void driver_write(const struct driver *d, uint32_t offset, uint32_t width, uint64_t value)
{
    uint32_t v;

    if (somebody_runs(d->guest, &v)) {
        (void)harts_mmio_store(d->guest, v, world.plan.viommus[d->viommu].regs.v + offset, width,
                               value);
    }
}

/* ---- bringing it up -------------------------------------------------------------------------- */

static uint64_t base_of(const struct driver *d, uint32_t page, unsigned log2)
{
    return driver_page(d, page) >> 12 << 10 | (log2 - 1U);
}

bool driver_queue_runs(const struct driver *d)
{
    return (driver_read(d, REG_CQCSR, 4U) &
            (CSR_ON | CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL)) == CSR_ON;
}

void driver_commands_on(struct driver *d)
{
    driver_write(d, REG_CQCSR, 4U, 0U);
    driver_write(d, REG_CQB, 8U, base_of(d, AREA_COMMANDS, d->command_log2));
    driver_write(d, REG_CQT, 4U, 0U);
    driver_write(d, REG_CQCSR, 4U, CSR_ENABLE | (world_chance(50U) ? CSR_IE : 0U));
}

void driver_faults_on(struct driver *d)
{
    driver_write(d, REG_FQCSR, 4U, 0U);
    driver_write(d, REG_FQB, 8U, base_of(d, AREA_FAULTS, d->fault_log2));
    driver_write(d, REG_FQH, 4U, 0U);
    driver_write(d, REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);
}

/* The levels through Off; devices that the directory does not know yet are refused. */
void driver_directory_on(struct driver *d)
{
    driver_write(d, REG_DDTP, 8U, DDTP_OFF);
    harts_settle(PATIENCE);
    driver_write(d, REG_DDTP, 8U,
                 driver_page(d, AREA_DDT_ROOT) >> 12 << 10 | (DDTP_BARE + d->levels));
    harts_settle(PATIENCE);
}

static uint64_t opcode(unsigned code, unsigned func3)
{
    return code | PLACE(func3, 7, 3);
}

/* Something harmless where the queue has stopped; then it goes on. */
void driver_recover(struct driver *d)
{
    const uint64_t base = QUEUE_PPN(driver_read(d, REG_CQB, 8U)) << 12;
    const uint64_t head = driver_read(d, REG_CQH, 4U);

    if ((driver_read(d, REG_CQCSR, 4U) & (CSR_MF | CQCSR_CMD_ILL)) != 0U) {
        if (!memory_store(d->guest, base + COMMAND_BYTES * head, opcode(CMD_IOTINVAL, 0U))) {
            driver_commands_on(d);
            return;
        }
        (void)memory_store(d->guest, base + COMMAND_BYTES * head + 8U, 0U);
    }
    driver_write(d, REG_CQCSR, 4U,
                 CSR_ENABLE | CSR_IE | CSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL | CQCSR_FENCE_W_IP);
}

/* ---- commands -------------------------------------------------------------------------------- */

bool driver_command(struct driver *d, uint64_t first, uint64_t second)
{
    const uint64_t cqb = driver_read(d, REG_CQB, 8U), base = QUEUE_PPN(cqb) << 12;
    const uint64_t mask = (UINT64_C(1) << QUEUE_LOG2SZ(cqb)) - 1U;
    const uint64_t next = (d->tail + 1U) & mask, at = base + COMMAND_BYTES * (d->tail & mask);

    if (!driver_queue_runs(d) || next == driver_read(d, REG_CQH, 4U) ||
        !memory_store(d->guest, at, first) || !memory_store(d->guest, at + 8U, second)) {
        return false;
    }
    d->tail = (uint32_t)next;
    return true;
}

void driver_ring(struct driver *d)
{
    driver_write(d, REG_CQT, 4U, d->tail);
}

/* Whatever the hypervisor itself stores for the guest's vIOMMUs goes where it harms nothing, and no
 * other vIOMMU has anything to do. */
static bool is_tidy(const struct driver *d)
{
    for (uint32_t v = 0; v < world.config.viommu_count; v++) {
        const struct driver *other = &drivers[v];
        const bool records = (driver_read(other, REG_FQCSR, 4U) & CSR_ON) != 0U;
        if (other->guest != d->guest) {
            continue;
        }
        if ((records && driver_read(other, REG_FQB, 8U) !=
                            base_of(other, AREA_FAULTS, other->fault_log2)) ||
            (other != d && driver_queue_runs(other) &&
             driver_read(other, REG_CQH, 4U) != driver_read(other, REG_CQT, 4U))) {
            return false;
        }
    }
    return true;
}

static bool is_done(const struct driver *d)
{
    return driver_read(d, REG_CQH, 4U) == d->tail;
}

/* Until there is nothing more to be done. */
static void wait(const struct driver *d)
{
    for (unsigned n = 0; n < PATIENCE && driver_queue_runs(d) && !is_done(d); n++) {
        harts_settle(1U);
    }
}

void driver_flush(struct driver *d)
{
    const uint32_t word = ++d->fences, viommu = d->viommu;
    const uint64_t at = driver_page(d, AREA_FENCE) + 8U * (word % 16U);
    uint64_t value;

    if (!driver_queue_runs(d)) {
        driver_recover(d);
    }
    if (!driver_queue_runs(d)) {
        driver_commands_on(d);
    }
    d->tail = (uint32_t)driver_read(d, REG_CQT, 4U);
    wait(d);
    const bool tidy = is_tidy(d);
    world_alone++;
    (void)memory_store(d->guest, at, 0U);
    if (driver_command(d, opcode(CMD_IODIR, IODIR_INVAL_DDT), 0U) &&
        driver_command(d, opcode(CMD_IOTINVAL, IOTINVAL_VMA), 0U) &&
        driver_command(d, opcode(CMD_IOFENCE, 0U) | CMD_AV | CMD_PR | CMD_PW |
                              (uint64_t)word << 32, at >> 2)) {
        const uint64_t stores = memory_stores[d->guest->index];
        const uint32_t life = d->life;
        driver_ring(d);
        wait(d);
        (void)memory_load(d->guest, at, &value);
        if (driver_queue_runs(d) && is_done(d) && (uint32_t)value == word) {
            world_seen[SEEN_FENCE]++;
            if (tidy && stores == memory_stores[d->guest->index] &&
                life == harts_lives(d->guest->index)) {
                checks_flushed(viommu);
            }
        }
    }
    world_alone--;
}
