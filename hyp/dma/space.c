/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's devices reach: invariants I2 and I13, on the side of the devices. */
#include "hyp/dma/state.h"

#include <stddef.h>

#include "hyp/log.h"
#include "iommu/flush.h"
#include "iommu/regs.h"
#include "lib/boot_only.h"

BOOT_ONLY static bool map(const struct guest *guest, struct gstage *gstage, gpa_t gpa, pa_t pa, uint64_t size,
                struct pages *pages)
{
    enum gstage_result result =
        gstage_map(gstage, gpa, pa, size, GSTAGE_R | GSTAGE_W, pages);

    if (result != GSTAGE_OK) {
        log_line("error: guest \"%s\": mapping 0x%lx to 0x%lx, 0x%lx bytes, for its devices failed "
                 "(%u)",
                 guest->part->config->name, gpa.v, pa.v, size, (unsigned)result);
    }
    return result == GSTAGE_OK;
}

/* Registers of the guest's devices that its other devices may reach, where its harts see them. */
BOOT_ONLY static bool map_peers(const struct guest *guest, struct gstage *gstage, struct pages *pages)
{
    const struct plan_guest *part = guest->part;

    for (uint32_t w = 0; w < part->window_count; w++) {
        const struct plan_window *window = &part->windows[w];
        if (window->peer_dma &&
            !map(guest, gstage, window->gpa, window->pa, window->size, pages)) {
            return false;
        }
    }
    return true;
}

/* 0: the walks of every IOMMU of the guest's devices are coherent. */
static uint32_t cache_block_of(const struct guest *guest)
{
    const struct plan_guest *part = guest->part;
    uint32_t cache_block = 0U;

    for (uint32_t i = 0; i < part->config->device_count; i++) {
        const struct plan_dma *dma = &part->devices[i].dma;
        if (dma->id_count != 0U && dma_iommus[dma->iommu].iommu.setup.cache_block != 0U) {
            cache_block = dma_iommus[dma->iommu].iommu.setup.cache_block;
        }
    }
    return cache_block;
}

/* Some IOMMU of the guest's devices translates MSIs like any other write. */
BOOT_ONLY static bool lacks_msi_tables(const struct guest *guest)
{
    const struct plan_guest *part = guest->part;

    for (uint32_t i = 0; i < part->config->device_count; i++) {
        const struct plan_dma *dma = &part->devices[i].dma;
        if (dma->id_count != 0U && !dma_iommus[dma->iommu].iommu.caps.msi_flat) {
            return true;
        }
    }
    return false;
}

void dma_fill_msi_table(const struct guest *guest)
{
    const struct iommu_msi_table *msi = &dma_guests[guest->index].msi;

    for (uint32_t v = 0; guest->vcpus[0]->vimsic == NULL && v < guest->vcpu_count; v++) {
        iommu_msi_table_set(msi, v, guest->vcpus[v]->interrupt_file);
    }
    iommu_flush(msi->base, (uint64_t)msi->entries * IOMMU_MSI_PTE_BYTES, cache_block_of(guest));
}

BOOT_ONLY static bool make_msi_table(const struct guest *guest, struct iommu_msi_table *msi,
                           struct pages *pages)
{
    if (!iommu_msi_table_make(msi, gpa(GUEST_IMSIC_BASE), guest->vcpu_count, pages)) {
        log_line("error: guest \"%s\": no memory for its MSI table", guest->part->config->name);
        return false;
    }
    if (guest->vcpus[0]->vimsic != NULL) {
        dma_open_boxes(guest);
    } else {
        dma_fill_msi_table(guest);
    }
    return true;
}

BOOT_ONLY static bool make_space(struct guest *guest, struct pages *pages)
{
    const struct plan_guest *part = guest->part;
    struct dma_guest *dma = &dma_guests[guest->index];

    /* Sv39x4 reaches whatever a guest can have (GUEST_ADDRESS_LIMIT), with the shortest walk. */
    if (gstage_create(&dma->gstage, GSTAGE_SV39X4, pages) != GSTAGE_OK) {
        log_line("error: guest \"%s\": no memory for the tables of its devices",
                 part->config->name);
        return false;
    }
    dma->iohgatp = gstage_hgatp(&dma->gstage, DMA_GSCID_FIRST + guest->index);
    if (!map(guest, &dma->gstage, part->ram_base, part->ram.base, part->ram.size, pages)) {
        return false;
    }
    for (uint32_t s = 0; s < part->share_count; s++) {
        const struct pa_range memory = guest->plan->shared[part->shares[s].shared];
        if (!map(guest, &dma->gstage, part->shares[s].memory, memory.base, memory.size, pages)) {
            return false;
        }
    }
    if (!map_peers(guest, &dma->gstage, pages)) {
        return false;
    }
    for (uint32_t v = 0; lacks_msi_tables(guest) && v < guest->vcpu_count; v++) {
        if (guest->vcpus[v]->vimsic == NULL &&
            !map(guest, &dma->gstage, gpa(GUEST_IMSIC_BASE + v * PAGE_SIZE),
                 guest->vcpus[v]->interrupt_file, PAGE_SIZE, pages)) {
            return false;
        }
    }
    return make_msi_table(guest, &dma->msi, pages);
}

BOOT_ONLY bool dma_make_space(struct guest *guest, struct pages *pages)
{
    const uint64_t before = pages->used;
    const bool made = make_space(guest, pages);

    /* Here, where every page of the pool can be reached: guards of stacks cannot be later. The
     * tables are as they will be for ever. */
    iommu_flush(pa_add(pages->pool.base, before), pages->used - before, cache_block_of(guest));
    return made;
}
