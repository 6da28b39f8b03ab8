/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's tables, walked page by page after boot: what harts and devices of each guest
 * reach is the guest's own (I2, I11, I13), no page of memory is two things (I13), and what boot has
 * built is so for ever.
 */
#include "tests/world/checks_inside.h"

#include <stdlib.h>
#include <string.h>

#include "hyp/dma/state.h"
#include "hyp/irq/vimsic.h"

enum { MAX_KEPT = 1024, ENTRIES = 512, ROOT_ENTRIES = 2048 };

static struct {
    struct pool_page *pages;       /* of the pool */
    struct { uint64_t address; uint8_t *copy; } kept[MAX_KEPT];
    size_t kept_count;
    uint64_t state_pages[CONFIG_MAX_VIOMMUS];
} tables;

struct pool_page pool_page(uint64_t address)
{
    const struct pa_range pool = world_plan()->pool;

    return in_pool(address, 1U) ? tables.pages[(address - pool.base.v) / CHECKS_PAGE]
                                : (struct pool_page){ POOL_OTHER, UINT8_MAX };
}

bool in_pool(uint64_t address, uint64_t size)
{
    const struct pa_range pool = world_plan()->pool;

    return address >= pool.base.v && size <= pool.size &&
           address - pool.base.v <= pool.size - size;
}

uint64_t state_page_of(uint32_t viommu)
{
    return tables.state_pages[viommu];
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void is_for(uint64_t address, uint64_t size, enum pool_use use, uint32_t whose)
{
    for (uint64_t at = address; at < address + size; at += CHECKS_PAGE) {
        must("I13", in_pool(at, CHECKS_PAGE), "a page of use %u at 0x%llx is outside the pool",
             use, (wide)at);
        struct pool_page *page = &tables.pages[(at - world_plan()->pool.base.v) / CHECKS_PAGE];
        must("I13", page->use == POOL_OTHER, "the page at 0x%llx is of use %u for %u, and %u for "
             "%u", (wide)at, page->use, page->whose, use, whose);
        *page = (struct pool_page){ (uint8_t)use, (uint8_t)whose };
    }
}

static void keep(uint64_t address)
{
    must("I13", tables.kept_count < MAX_KEPT, "more tables than the test can keep");
    tables.kept[tables.kept_count].address = address;
    tables.kept[tables.kept_count].copy = malloc(CHECKS_PAGE);
    memcpy(tables.kept[tables.kept_count++].copy, world_memory(address, CHECKS_PAGE), CHECKS_PAGE);
}

void tables_constant(void)
{
    for (size_t i = 0; i < tables.kept_count; i++) {
        const uint64_t at = tables.kept[i].address;

        must("I13", memcmp(world_memory(at, CHECKS_PAGE), tables.kept[i].copy, CHECKS_PAGE) == 0,
             "the table at 0x%llx, of use %u for %u, is not what boot has made of it", (wide)at,
             pool_page(at).use, pool_page(at).whose);
    }
}

/* ---- G-stages ------------------------------------------------------------------------------- */

struct space {
    enum pool_use use;
    uint32_t guest;
    unsigned levels;
    uint64_t root;
};

/* What a leaf of a table may lead to. */
static void check_leaf(const struct space *space, uint64_t gpa, uint64_t pa, uint64_t size,
                       uint64_t pte)
{
    const uint32_t g = space->guest;
    const uint64_t rights = pte & (PTE_R | PTE_W | PTE_X);
    const char *who = space->use == POOL_CPU_TABLE ? "harts" : "devices";

    must("I13", (pte & (PTE_V | PTE_U)) == (PTE_V | PTE_U) && FIELD(pte, 54, 10) == 0U &&
         pa % size == 0U, "%s of guest %u: leaf 0x%llx at 0x%llx", who, g, (wide)pte, (wide)gpa);
    if (space->use == POOL_DEVICE_TABLE) {
        must("I2", (is_reach_of(g, pa, size) && reach_at(g, gpa) == pa) || is_file_of(g, pa, size),
             "devices of guest %u reach 0x%llx, 0x%llx bytes, at 0x%llx", g, (wide)pa, (wide)size,
             (wide)gpa);
        must("I2", rights == (PTE_R | PTE_W), "devices of guest %u: rights 0x%llx at 0x%llx", g,
             (wide)rights, (wide)gpa);
        return;
    }
    for (uint32_t v = 0; v < world_plan()->config->viommu_count; v++) {
        if (world_plan()->viommus[v].regs.v == gpa && world_plan()->viommus[v].guest == g) {
            must("I11", rights == PTE_R && size == CHECKS_PAGE, "the state page of vIOMMU %u is "
                 "mapped with rights 0x%llx, 0x%llx bytes", v, (wide)rights, (wide)size);
            is_for(pa, CHECKS_PAGE, POOL_STATE_PAGE, v);
            tables.state_pages[v] = pa;
            return;
        }
    }
    must("I13", is_memory_of(g, pa, size) || is_window_of(g, pa, size, false) ||
         is_file_of(g, pa, size), "harts of guest %u reach 0x%llx, 0x%llx bytes, at 0x%llx", g,
         (wide)pa, (wide)size, (wide)gpa);
    must("I13", (rights & PTE_X) == 0U || is_memory_of(g, pa, size),
         "harts of guest %u execute at 0x%llx", g, (wide)pa);
}

/* One table, at most five levels deep. */
static void walk(const struct space *space, uint64_t table, unsigned level, uint64_t gpa)
{
    const unsigned count = level == space->levels - 1U ? ROOT_ENTRIES : ENTRIES;
    const uint64_t size = CHECKS_PAGE << 9U * level;

    is_for(table, count * 8U, space->use, space->guest);
    for (uint64_t at = table; at < table + count * 8U; at += CHECKS_PAGE) {
        keep(at);
    }
    for (unsigned i = 0; i < count; i++) {
        const uint64_t pte = *(const uint64_t *)world_memory(table + 8U * i, 8U);
        const uint64_t to = FIELD(pte, 10, 44) << 12;

        if ((pte & PTE_V) == 0U) {
            continue;
        }
        must("I2", space->use != POOL_EMPTY_TABLE, "the empty table of blocked devices has the "
             "entry 0x%llx", (wide)pte);
        if ((pte & (PTE_R | PTE_W | PTE_X)) != 0U) {
            check_leaf(space, gpa + i * size, to, size, pte);
        } else {
            must("I13", level != 0U, "a table below the last level: 0x%llx", (wide)pte);
            walk(space, to, level - 1U, gpa + i * size);
        }
    }
}

static void walk_space(enum pool_use use, uint32_t guest, uint64_t hgatp)
{
    const struct space space = { use, guest, (unsigned)ATP_MODE(hgatp) - 5U, ATP_PPN(hgatp) << 12 };

    must("I1", ATP_MODE(hgatp) >= 8U && ATP_MODE(hgatp) <= 10U && space.root % 0x4000U == 0U,
         "a G-stage of guest %u: 0x%llx", guest, (wide)hgatp);
    walk(&space, space.root, space.levels - 1U, 0U);
}

/* ---- the parts of memory that are not tables ------------------------------------------------- */

/* RAM of guests, shared memory and the pool lie in free RAM of the board, and apart. */
static void check_memory(void)
{
    const struct plan *plan = world_plan();
    struct pa_range given[1U + CONFIG_MAX_SHARED + CONFIG_MAX_GUESTS];
    uint32_t count = 0;

    given[count++] = plan->pool;
    for (uint32_t s = 0; s < plan->config->shared_count; s++) {
        given[count++] = plan->shared[s];
    }
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        given[count++] = plan->guests[g].ram;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t base = given[i].base.v, end = base + given[i].size;

        must("I13", given[i].size != 0U && world_memory(base, given[i].size) != NULL,
             "0x%llx, 0x%llx bytes, is given out and is no RAM", (wide)base, (wide)given[i].size);
        for (uint32_t k = 0; k < plan->board->reserved_count; k++) {
            const struct pa_range *reserved = &plan->board->reserved[k];
            must("I13", reserved->base.v >= end || base >= reserved->base.v + reserved->size,
                 "0x%llx is given out and reserved", (wide)base);
        }
        for (uint32_t k = 0; k < i; k++) {
            must("I13", given[k].base.v >= end || base >= given[k].base.v + given[k].size,
                 "0x%llx and 0x%llx are given out and overlap", (wide)base,
                 (wide)given[k].base.v);
        }
    }
}

static void check_windows(uint32_t a, uint32_t b)
{
    const struct plan_guest *one = &world_plan()->guests[a], *other = &world_plan()->guests[b];

    for (uint32_t i = 0; i < one->window_count; i++) {
        for (uint32_t k = 0; k < other->window_count; k++) {
            const struct plan_window *x = &one->windows[i], *y = &other->windows[k];
            must("I13", !x->device || !y->device || x->pa.v >= y->pa.v + y->size ||
                 y->pa.v >= x->pa.v + x->size, "guests %u and %u have registers at 0x%llx", a, b,
                 (wide)x->pa.v);
        }
    }
}

static void iommu_pages(uint32_t i)
{
    struct model *model = world_model(i);
    const uint64_t cqb = model_read(model, REG_CQB, 8U), fqb = model_read(model, REG_FQB, 8U);

    is_for(QUEUE_PPN(cqb) << 12, UINT64_C(16) << QUEUE_LOG2SZ(cqb), POOL_COMMANDS, i);
    is_for(QUEUE_PPN(fqb) << 12, UINT64_C(32) << QUEUE_LOG2SZ(fqb), POOL_FAULTS, i);
}

static void guest_pages(uint32_t g)
{
    const struct dma_guest *dma = &dma_guests[g];

    walk_space(POOL_CPU_TABLE, g, guests[g].hgatp);
    if (dma->iohgatp != 0U) {
        walk_space(POOL_DEVICE_TABLE, g, dma->iohgatp);
    }
    if (dma->msi.base.v != 0U) {
        is_for(dma->msi.base.v, (dma->msi.entries * 16U + CHECKS_PAGE - 1U) & ~(CHECKS_PAGE - 1U),
               POOL_MSI_TABLE, g);
    }
    for (uint32_t v = 0; v < guests[g].vcpu_count; v++) {
        if (guests[g].vcpus[v]->vimsic != NULL) {
            is_for(guests[g].vcpus[v]->vimsic->at.v, CHECKS_PAGE, POOL_LETTER_BOX, g);
        }
    }
    for (uint32_t h = 0; h < g; h++) {
        check_windows(g, h);
    }
}

static void forget(void)
{
    for (size_t i = 0; i < tables.kept_count; i++) {
        free(tables.kept[i].copy);
    }
    free(tables.pages);
    memset(&tables, 0, sizeof(tables));
}

void tables_begin(void)
{
    const struct plan *plan = world_plan();
    bool empty_seen = false;

    forget();
    tables.pages = calloc(plan->pool.size / CHECKS_PAGE, sizeof(*tables.pages));
    check_memory();
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        guest_pages(g);
    }
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        if (world_model(i) == NULL) {
            continue;
        }
        iommu_pages(i);
        if (!empty_seen) {
            walk_space(POOL_EMPTY_TABLE, 0U, dma_iommus[i].iommu.setup.deny);
            empty_seen = true;
        }
    }
    for (uint32_t v = 0; v < plan->config->viommu_count; v++) {
        must("I11", tables.state_pages[v] != 0U, "vIOMMU %u has no state page", v);
    }
}
