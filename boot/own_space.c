/* SPDX-License-Identifier: Apache-2.0 */
/* What the hypervisor's own address space consists of. */
#include "boot/boot.h"

#include "hyp/log.h"
#include "hyp/mem/own_space.h"
#include "hyp/vcpu/hart.h"

/* Linker script: of the image what stays. Each begins on a page of its own. */
extern const char text_start[], text_end[], rodata_start[], rodata_end[], data_start[], image_end[];

#define MAX_PIECES (4U + 2U + BOARD_MAX_HARTS + CONFIG_MAX_GUESTS + BOARD_MAX_IMSIC_REGIONS + \
                    BOARD_MAX_IOMMUS + BOARD_MAX_PCI_HOSTS + 2U)

struct pieces {
    struct own_piece list[MAX_PIECES];
    uint32_t count;          /* never above MAX_PIECES: each kind is bounded by its own limit */
};

static void add(struct pieces *p, struct pa_range range, uint32_t rights)
{
    if (range.size != 0U) {
        p->list[p->count] = (struct own_piece){ range, rights };
        p->count++;
    }
}

static struct pa_range between(const char *from, const char *to)
{
    return (struct pa_range){ pa((uintptr_t)from), (uintptr_t)to - (uintptr_t)from };
}

/* The pool, but for the page below each stack. Stacks were taken from it first, upwards. */
static void add_pool(struct pieces *p, struct pa_range pool, uint32_t hart_count)
{
    uint64_t from = pool.base.v;
    uint64_t end = pool.base.v + pool.size;

    for (uint64_t next = from; next < end; from = next + PAGE_SIZE) {
        next = end;
        for (uint32_t h = 0; h < hart_count; h++) {
            if (harts[h].frame != NULL && harts[h].guard.v >= from && harts[h].guard.v < next) {
                next = harts[h].guard.v;
            }
        }
        add(p, (struct pa_range){ pa(from), next - from }, GSTAGE_R | GSTAGE_W);
    }
}

uint64_t boot_make_own_space(const struct plan *plan, struct pages *pages)
{
    static struct pieces p;
    const struct board *board = plan->board;
    uint64_t satp = 0;
    uint32_t failed = 0;

    add(&p, between(text_start, text_end), GSTAGE_R | GSTAGE_X);
    add(&p, between(rodata_start, rodata_end), GSTAGE_R);
    add(&p, between(data_start, image_end), GSTAGE_R | GSTAGE_W);
    add(&p, board->initrd, GSTAGE_R);
    add_pool(&p, plan->pool, board->hart_count);
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        add(&p, plan->guests[g].ram, GSTAGE_R | GSTAGE_W);
    }
    add(&p, board->uart.reg, GSTAGE_R | GSTAGE_W);
    add(&p, board->aplic.reg, GSTAGE_R | GSTAGE_W);
    for (uint32_t i = 0; i < board->imsic.region_count; i++) {
        add(&p, board->imsic.regions[i], GSTAGE_R | GSTAGE_W);
    }
    for (uint32_t i = 0; i < board->iommu_count; i++) {
        add(&p, plan->iommu_regs[i], GSTAGE_R | GSTAGE_W);
    }
    for (uint32_t i = 0; i < board->pci_count; i++) {
        add(&p, board->pci[i].ecam, GSTAGE_R | GSTAGE_W);
    }
    if (!own_space_build(p.list, p.count, pages, &satp, &failed)) {
        if (failed < p.count) {
            log_line("error: 0x%lx, 0x%lx bytes, cannot be mapped: it shares a page with something "
                     "else that Bulkhead uses, or the pool is exhausted",
                     p.list[failed].range.base.v, p.list[failed].range.size);
        } else {
            log_line("error: no mode of address translation reaches all of the board");
        }
        boot_stop();
    }
    return satp;
}
