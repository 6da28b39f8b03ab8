/* SPDX-License-Identifier: Apache-2.0 */
/* Which check looks when; and memory as IOMMUs touch it (I2, I11) and the hypervisor does (I6). */
#include "tests/world/checks_inside.h"

#include <string.h>

#include "hyp/dma/state.h"

/* What compares much is done after so many operations, and at the end. */
enum { SELDOM = 16 };

const char *const world_sight_names[WORLD_SIGHTS] = {
    [SEEN_NESTED] = "nested", [SEEN_PASSED] = "passed", [SEEN_REFUSED] = "refused",
    [SEEN_BLOCKED] = "blocked", [SEEN_PROCESS] = "process directory", [SEEN_DATA] = "data",
    [SEEN_MSI] = "MSI", [SEEN_FAULT] = "fault record", [SEEN_COMMAND] = "invalidation",
    [SEEN_FENCE] = "fence", [SEEN_COMPARED] = "compared",
    [SEEN_COMPARED_GOOD] = "compared, translated", [SEEN_STOP] = "stop",
    [SEEN_RESTART] = "restart", [SEEN_STALE] = "stale", [SEEN_DEAD] = "IOMMU given up",
};

static struct {
    bool begun;                /* between checks_begin and checks_end */
    uint64_t operations;
} now;

bool checks_running(void)
{
    return now.begun;
}

/* ---- memory that an IOMMU touches ------------------------------------------------------------ */

static void device_data(uint32_t iommu, uint32_t guest, const struct model_touch *touch)
{
    const struct pool_page page = pool_page(touch->address);
    bool good = false;

    switch (touch->purpose) {
    case TOUCH_DATA:
        good = is_reach_of(guest, touch->address, touch->size) ||
               is_file_of(guest, touch->address, touch->size);
        break;
    case TOUCH_MSI:
        good = is_file_of(guest, touch->address, touch->size);
        break;
    case TOUCH_MRIF:
        good = page.use == POOL_LETTER_BOX && page.whose == guest;
        break;
    case TOUCH_NOTICE:
    default:
        good = is_notice_of(guest, touch->address, touch->size);
        break;
    }
    must("I2", good, "IOMMU %u: device 0x%x of guest %u %s 0x%llx, %zu bytes (%u)", iommu,
         touch->device_id, guest, touch->write ? "writes" : "reads", (wide)touch->address,
         touch->size, touch->purpose);
    /* One that does not even switch off has been told of (iommu/iommu.h, IOMMU_LOST). */
    must("I12", !guest_is_dead(guest) || dma_iommus[iommu].iommu.lost,
         "IOMMU %u: device 0x%x of guest %u, which has stopped, touches 0x%llx", iommu,
         touch->device_id, guest, (wide)touch->address);
    if (touch->write) {
        checks_ram_changed(touch->address, touch->size);
    }
}

/* Tables that are walked for a device: its guest's own memory, or the hypervisor's for it. */
static void device_tables(uint32_t iommu, uint32_t guest, const struct model_touch *touch)
{
    const struct pool_page page = pool_page(touch->address);
    bool good;

    switch (touch->purpose) {
    case TOUCH_PDT:
    case TOUCH_FIRST_STAGE:
        good = !touch->write && is_reach_of(guest, touch->address, touch->size);
        break;
    case TOUCH_SECOND_STAGE:
        good = !touch->write && (page.use == POOL_EMPTY_TABLE ||
                                 (page.use == POOL_DEVICE_TABLE && page.whose == guest));
        break;
    case TOUCH_MSI_TABLE:
    default:
        good = !touch->write && page.use == POOL_MSI_TABLE && page.whose == guest;
        break;
    }
    must("I2", good, "IOMMU %u, for device 0x%x of guest %u: a table (%u) at 0x%llx", iommu,
         touch->device_id, guest, touch->purpose, (wide)touch->address);
}

static void own_access(uint32_t iommu, const struct model_touch *touch)
{
    const struct pool_page page = pool_page(touch->address);

    switch (touch->purpose) {
    case TOUCH_DDT:
        contexts_read(iommu, touch->device_id, touch->address, touch->size);
        break;
    case TOUCH_COMMAND:
        commands_fetched(iommu, touch);
        break;
    case TOUCH_FAULT:
        must("I2", page.use == POOL_FAULTS && page.whose == iommu,
             "IOMMU %u writes a fault record to 0x%llx", iommu, (wide)touch->address);
        break;
    case TOUCH_OWN_MSI:
        must("I2", touch->address == dma_iommus[iommu].iommu.setup.interrupt.msi_address.v,
             "IOMMU %u sends its own MSI to 0x%llx", iommu, (wide)touch->address);
        break;
    case TOUCH_FENCE:
        world_fail("I5", "IOMMU %u: a fence writes to 0x%llx", iommu, (wide)touch->address);
    default:
        world_fail("I2", "IOMMU %u touches 0x%llx (%u), which nobody asked for", iommu,
                   (wide)touch->address, touch->purpose);
    }
}

void checks_touch(uint32_t iommu, const struct model_touch *touch)
{
    if (!now.begun) {
        return;
    }
    if (touch->purpose > TOUCH_MSI_TABLE || touch->purpose == TOUCH_DDT) {
        own_access(iommu, touch);
        return;
    }
    const uint32_t guest = touch->for_device ? owner_of_id(iommu, touch->device_id) : WORLD_NOBODY;

    must("I2", guest != WORLD_NOBODY, "IOMMU %u: device 0x%x, which nobody has, touches 0x%llx "
         "(%u)", iommu, touch->device_id, (wide)touch->address, touch->purpose);
    if (touch->purpose <= TOUCH_NOTICE) {
        device_data(iommu, guest, touch);
    } else {
        device_tables(iommu, guest, touch);
    }
}

/* ---- memory that the hypervisor reaches ------------------------------------------------------ */

/* Of its own memory, what concerns one guest alone is reached for that guest alone; not so tables
 * that are only read (tables_constant), which the world's harts go through themselves. */
static bool is_for(struct pool_page page, uint32_t guest)
{
    switch ((enum pool_use)page.use) {
    case POOL_STATE_PAGE: return world_plan()->viommus[page.whose].guest == guest;
    case POOL_DEVICE_TABLE:
    case POOL_MSI_TABLE: return page.whose == guest;
    default: return true;
    }
}

void checks_hypervisor_reaches(uint64_t address, uint64_t size)
{
    const bool own = now.begun && in_pool(address, size);
    bool good = !now.begun || (own && is_for(pool_page(address), WORLD_NOBODY));

    for (uint32_t g = 0; !good && g < world_plan()->guest_count; g++) {
        good = is_served(g) &&
               (is_ram_of(g, address, size) || (own && is_for(pool_page(address), g)));
    }
    must("I6", good, "the hypervisor reaches 0x%llx, 0x%llx bytes, in an exit of guest %u",
         (wide)address, (wide)size, world_served());
}

/* ---- when ------------------------------------------------------------------------------------ */

void checks_begin(void)
{
    now.begun = false;
    now.operations = 0U;
    tables_begin();
    contexts_begin();
    commands_begin();
    translate_begin();
    registers_begin();
    now.begun = true;
}

void checks_before(const struct world_op *op)
{
    (void)op;
    commands_before();
}

void checks_after(const struct world_op *op)
{
    (void)op;
    contexts_check();
    registers_check();
    for (uint32_t i = 0; i < world_plan()->board->iommu_count; i++) {
        const struct iommu *iommu = &dma_iommus[i].iommu;

        must("I5", !dma_iommus[i].used || world_in_trouble(i) ||
             (iommu->stats.command_illegal == 0U && !atomic_load(&iommu->dead)),
             "IOMMU %u, which has had no trouble, took a command for illegal, or was given up", i);
    }
    if (++now.operations % SELDOM == 0U) {
        tables_constant();
        contexts_scan();
    }
}

void checks_end(void)
{
    if (now.begun) {
        tables_constant();
        contexts_scan();
        translate_end();
    }
    registers_end();
    now.begun = false;
}
