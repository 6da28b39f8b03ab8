/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical memory: the largest asks first and the lowest place that suits (first fit, decreasing),
 * which keeps large pages possible. The same input gives the same places, always.
 */
#include "hyp/config/size.h"
#include "hyp/mem/gstage.h"
#include "hyp/plan/parts.h"
#include "hyp/plan/space.h"
#include "iommu/iommu.h"
#include "iommu/msi_table.h"

/* What the boot-time allocator gives out, in pages. */
#define POOL_PAGES_HART   4U  /* stack of a hart and the page below it */
#define POOL_PAGES_TREE   16U /* a guest's device tree while it is made */
#define POOL_PAGES_OTHER  64U /* everything that there is once */

/* One piece of memory that is asked for. */
struct request {
    uint64_t size;
    uint64_t like;           /* guest address it is mapped at: congruent places get large pages */
    struct pa_range *out;
    const char *what, *name; /* for messages */
    const char *path, *property;
};

#define MAX_REQUESTS (CONFIG_MAX_GUESTS + CONFIG_MAX_SHARED + 1U)

#define POOL_PAGES_FUNCTION 1U /* virtual configuration space of a PCI function */
#define POOL_PAGES_VIOMMU   1U /* state region of a vIOMMU */

/* ---- the pool -------------------------------------------------------------------------------- */

/* A window or shared memory, RAM, an interrupt file for each vCPU, a page for each vIOMMU. */
#define GSTAGE_RANGES (1U + PLAN_MAX_WINDOWS + CONFIG_MAX_SHARED + CONFIG_MAX_VCPUS + \
                       CONFIG_GUEST_MAX_VIOMMUS)

/* As many bytes as take the tables that this window does. Where both its addresses are congruent, large
 * pages map it but for its ends: a BAR of many GiB would else count with a table for every 2 MiB. */
static uint64_t counted_size(const struct plan_window *window)
{
    const uint64_t leaf = window->size < GIGA_PAGE_SIZE ? MEGA_PAGE_SIZE : GIGA_PAGE_SIZE;

    return window->size > MEGA_PAGE_SIZE && window->size <= GUEST_PCI_HIGH_SIZE &&
                   is_aligned(window->gpa.v - window->pa.v, leaf)
               ? MEGA_PAGE_SIZE
               : window->size;
}

static uint64_t gstage_pages(const struct plan *plan, const struct plan_guest *guest)
{
    uint64_t sizes[GSTAGE_RANGES];
    uint32_t count = 0;

    sizes[count++] = guest->config->memory_size;
    for (uint32_t i = 0; i < guest->window_count; i++) {
        sizes[count++] = counted_size(&guest->windows[i]);
    }
    for (uint32_t i = 0; i < guest->share_count; i++) {
        sizes[count++] = plan->config->shared[guest->shares[i].shared].size;
    }
    for (uint32_t i = 0; i < guest->vcpu_count; i++) {
        sizes[count++] = PAGE_SIZE; /* its guest interrupt file, mapped, or in memory */
    }
    for (uint32_t i = 0; i < guest->config->viommu_count; i++) {
        sizes[count++] = PAGE_SIZE;
    }
    /* The deepest mode takes the most pages: the bound holds for whatever the harts have. */
    return gstage_pages_bound(GSTAGE_SV57X4, sizes, count);
}

static bool does_dma(const struct plan_guest *guest)
{
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        if (guest->devices[i].dma.id_count != 0U) {
            return true;
        }
    }
    return false;
}

/* What its devices reach is less than what the guest reaches: of the windows only those for peers. The
 * bound of the whole holds. */
static uint64_t dma_pages(const struct plan *plan, const struct plan_guest *guest)
{
    return does_dma(guest) ? gstage_pages(plan, guest) + iommu_msi_table_pages(guest->vcpu_count)
                           : 0U;
}

static uint64_t function_pages(const struct plan_guest *guest)
{
    uint64_t pages = 0;

    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        pages += guest->devices[i].is_pci ? POOL_PAGES_FUNCTION : 0U;
    }
    return pages;
}

/* Of the IOMMUs that are opened: those with ids of guests' devices. */
static uint64_t iommu_pages(const struct planning *p)
{
    uint64_t pages = 0;

    for (uint32_t i = 0; i < p->board->iommu_count; i++) {
        uint32_t claims = 0;
        for (uint32_t n = 0; n < p->given_count; n++) {
            const struct plan_dma *dma = &given_device(p, n)->dma;
            claims += dma->iommu == i ? dma->id_count : 0U;
        }
        pages += claims != 0U ? iommu_pages_bound(PLAN_FAULT_ENTRIES, claims) : 0U;
    }
    /* The empty G-stage of what is blocked. */
    return pages != 0U ? pages + gstage_pages_bound(GSTAGE_SV57X4, NULL, 0U) : 0U;
}

/* Of the hypervisor's own address space (hyp/mem/own_space.h), but for the pool itself. */
static uint64_t own_pages(const struct planning *p)
{
    uint64_t sizes[CONFIG_MAX_GUESTS + PLAN_MAX_USED + BOARD_MAX_IMSIC_REGIONS +
                   BOARD_MAX_IOMMUS + BOARD_MAX_PCI_HOSTS + 2U];
    const struct board *board = p->board;
    uint32_t count = 0;

    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        sizes[count++] = p->plan->guests[g].config->memory_size;
    }
    for (uint32_t i = 0; i < p->used_count; i++) {
        sizes[count++] = p->used[i].size;
    }
    for (uint32_t i = 0; i < board->imsic.region_count; i++) {
        sizes[count++] = board->imsic.regions[i].size;
    }
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        sizes[count++] = p->plan->iommu_regs[i].size;
    }
    for (uint32_t i = 0; i < board->pci_count; i++) {
        sizes[count++] = board->pci[i].ecam.size;
    }
    sizes[count++] = board->uart.reg.size;
    sizes[count++] = board->aplic.reg.size;
    return gstage_pages_bound(GSTAGE_SV57X4, sizes, count);
}

static uint64_t pool_size(const struct planning *p)
{
    const struct plan *plan = p->plan;
    uint64_t pages = POOL_PAGES_OTHER + own_pages(p) + iommu_pages(p);

    for (uint32_t g = 0; g < plan->guest_count; g++) {
        const struct plan_guest *guest = &plan->guests[g];
        pages += guest->vcpu_count * POOL_PAGES_HART + POOL_PAGES_TREE +
                 gstage_pages(plan, guest) + dma_pages(plan, guest) + function_pages(guest) +
                 guest->config->viommu_count * POOL_PAGES_VIOMMU;
    }
    pages += 2U * POOL_PAGES_HART; /* a service hart and a boot hart that are no guest's */
    /* Tables that map the pool: one for 2 MiB of it, and those at its ends, in POOL_PAGES_OTHER. */
    pages += pages / (MEGA_PAGE_SIZE / PAGE_SIZE);
    return pages * PAGE_SIZE;
}

/* ---- placing --------------------------------------------------------------------------------- */

/* Whether [base, base + size) holds an aligned page of this size, so that aligning to it pays. */
static bool holds_leaf(uint64_t base, uint64_t size, uint64_t leaf)
{
    return span_contains(base, size, align_up(base, leaf), leaf);
}

static bool place(struct space *space, const struct request *request)
{
    static const uint64_t leaves[] = { GIGA_PAGE_SIZE, MEGA_PAGE_SIZE, PAGE_SIZE };

    for (uint32_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        if (holds_leaf(request->like, request->size, leaves[i]) &&
            space_take(space, request->size, request->like, leaves[i], &request->out->base)) {
            request->out->size = request->size;
            return true;
        }
    }
    return false;
}

static void report_no_room(const struct planning *p, const struct space *space,
                           const struct request *request)
{
    const struct pa_range largest = space_largest(space);

    diag_error(p->d, request->path, request->property, "%s \"%s\" needs %s (0x%lx bytes) of "
               "memory, which does not fit: 0x%lx bytes of the board's memory are free, 0x%lx of "
               "them in the largest range, at 0x%lx; lower the size of guests or of shared memory",
               request->what, request->name, size_text(request->size).text, request->size,
               space_total(space), largest.size, largest.base.v);
}

/* The board's memory without what is reserved or taken. Page 0 is never given out: a null pointer
 * must stay invalid. */
static void open_space(const struct planning *p, struct space *space)
{
    space_open(space, p->board->ram, p->board->ram_count);
    space_remove(space, (struct pa_range){ pa(0), PAGE_SIZE });
    for (uint32_t i = 0; i < p->board->reserved_count; i++) {
        space_remove(space, p->board->reserved[i]);
    }
    for (uint32_t i = 0; i < p->used_count; i++) {
        space_remove(space, p->used[i]);
    }
}

static uint32_t gather(const struct planning *p, struct request requests[MAX_REQUESTS])
{
    struct plan *plan = p->plan;
    uint32_t count = 0;

    for (uint32_t g = 0; g < plan->guest_count; g++) {
        const struct config_guest *guest = plan->guests[g].config;
        requests[count++] = (struct request){ guest->memory_size, guest->memory_base.v,
            &plan->guests[g].ram, "guest", guest->name, guest->path, "memory" };
    }
    for (uint32_t i = 0; i < p->config->shared_count; i++) {
        const struct config_shared *shared = &p->config->shared[i];
        /* Every window is aligned to 2 MiB in the guest, so 0 is congruent enough. */
        requests[count++] = (struct request){ shared->size, 0, &plan->shared[i], "shared memory",
            shared->name, shared->path, "size" };
    }
    requests[count++] = (struct request){ pool_size(p), 0, &plan->pool, "the pool of",
        "Bulkhead", "/guests", NULL };
    return count;
}

/* Stable, so that equal sizes keep the order of the configuration. */
static void sort_by_size(struct request *requests, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct request moved = requests[i];
        uint32_t k = i;
        for (; k > 0U && requests[k - 1U].size < moved.size; k--) {
            requests[k] = requests[k - 1U];
        }
        requests[k] = moved;
    }
}

static void add_share_windows(struct plan *plan)
{
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        struct plan_guest *guest = &plan->guests[g];
        for (uint32_t i = 0; i < guest->share_count; i++) {
            const struct plan_share *share = &guest->shares[i];
            const struct pa_range memory = plan->shared[share->shared];
            guest->windows[guest->window_count] = (struct plan_window){
                .gpa = share->memory, .pa = memory.base, .size = memory.size, .device = false };
            guest->window_count++;
        }
    }
}

void plan_place(const struct planning *p)
{
    struct space space;
    struct request requests[MAX_REQUESTS];
    const uint32_t count = gather(p, requests);

    open_space(p, &space);
    sort_by_size(requests, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!place(&space, &requests[i])) {
            report_no_room(p, &space, &requests[i]);
        }
    }
    add_share_windows(p->plan);
}
