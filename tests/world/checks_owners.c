/* SPDX-License-Identifier: Apache-2.0 */
/* Whose something is: by the configuration and what the plan says of it, and nothing else. */
#include "tests/world/checks_inside.h"

#include "hyp/dma/state.h"
#include "hyp/plan/guest_map.h"

static const struct plan_device *device_of_id(uint32_t iommu, uint32_t device_id, uint32_t *guest)
{
    const struct plan *plan = world_plan();

    for (uint32_t i = 0; i < plan->config->device_count; i++) {
        const struct plan_dma *dma = &plan->devices[i].dma;

        for (uint32_t k = 0; dma->iommu == iommu && k < dma->id_count; k++) {
            if (dma->ids[k] == device_id) {
                *guest = plan->device_guests[i];
                return &plan->devices[i];
            }
        }
    }
    return NULL;
}

uint32_t owner_of_id(uint32_t iommu, uint32_t device_id)
{
    uint32_t guest = WORLD_NOBODY;

    (void)device_of_id(iommu, device_id, &guest);
    return guest;
}

uint32_t viommu_of_id(uint32_t iommu, uint32_t device_id)
{
    uint32_t guest;
    const struct plan_device *device = device_of_id(iommu, device_id, &guest);

    return device == NULL ? PLAN_NO_VIOMMU : device->dma.viommu;
}

uint32_t gscid_of_id(uint32_t iommu, uint32_t device_id)
{
    const uint32_t viommu = viommu_of_id(iommu, device_id);

    return viommu == PLAN_NO_VIOMMU ? DMA_GSCID_FIRST + owner_of_id(iommu, device_id)
                                    : DMA_GSCID_VIOMMU_FIRST + viommu;
}

uint32_t owner_of_gscid(uint32_t gscid)
{
    const struct plan *plan = world_plan();

    if (gscid >= DMA_GSCID_VIOMMU_FIRST) {
        const uint32_t viommu = gscid - DMA_GSCID_VIOMMU_FIRST;

        return viommu < plan->config->viommu_count ? plan->viommus[viommu].guest : WORLD_NOBODY;
    }
    return gscid >= DMA_GSCID_FIRST && gscid - DMA_GSCID_FIRST < plan->guest_count
               ? gscid - DMA_GSCID_FIRST : WORLD_NOBODY;
}

bool is_served(uint32_t guest)
{
    const struct plan_guest *part = &world_plan()->guests[guest];
    bool is = world_served() == guest;

    for (uint32_t v = 0; world_served() == WORLD_NOBODY && v < part->vcpu_count; v++) {
        is = is || part->vcpus[v].hart == world_plan()->service_hart;
    }
    return is;
}

static bool within(uint64_t base, uint64_t length, uint64_t address, uint64_t size)
{
    return address >= base && size <= length && address - base <= length - size;
}

bool is_ram_of(uint32_t guest, uint64_t address, uint64_t size)
{
    const struct pa_range ram = world_plan()->guests[guest].ram;

    return within(ram.base.v, ram.size, address, size);
}

bool is_memory_of(uint32_t guest, uint64_t address, uint64_t size)
{
    const struct plan *plan = world_plan();
    bool is = is_ram_of(guest, address, size);

    for (uint32_t s = 0; s < plan->config->shared_count; s++) {
        const struct config_shared *shared = &plan->config->shared[s];

        for (uint32_t k = 0; k < shared->guest_count; k++) {
            is = is || (shared->guests[k] == guest &&
                        within(plan->shared[s].base.v, plan->shared[s].size, address, size));
        }
    }
    return is;
}

bool is_window_of(uint32_t guest, uint64_t address, uint64_t size, bool peer)
{
    const struct plan_guest *part = &world_plan()->guests[guest];

    for (uint32_t w = 0; w < part->window_count; w++) {
        const struct plan_window *window = &part->windows[w];

        if (window->device && (window->peer_dma || !peer) &&
            within(window->pa.v, window->size, address, size)) {
            return true;
        }
    }
    return false;
}

bool is_reach_of(uint32_t guest, uint64_t address, uint64_t size)
{
    return is_memory_of(guest, address, size) || is_window_of(guest, address, size, true);
}

static bool is_some_file_of(uint32_t guest, uint64_t address, uint64_t size, bool notice)
{
    const struct plan *plan = world_plan();
    const struct plan_guest *part = &plan->guests[guest];

    for (uint32_t v = 0; v < part->vcpu_count; v++) {
        const struct plan_vcpu *vcpu = &part->vcpus[v];
        const uint32_t file = notice ? 0U : vcpu->guest_file;
        const pa_t at = board_imsic_file(&plan->board->imsic,
                                         plan->board->harts[vcpu->hart].imsic_index, file);

        if ((notice || file != 0U) && within(at.v, CHECKS_PAGE, address, size)) {
            return true;
        }
    }
    return false;
}

bool is_file_of(uint32_t guest, uint64_t address, uint64_t size)
{
    return is_some_file_of(guest, address, size, false);
}

bool is_notice_of(uint32_t guest, uint64_t address, uint64_t size)
{
    return is_some_file_of(guest, address, size, true);
}

uint64_t reach_at(uint32_t guest, uint64_t gpa)
{
    const struct plan *plan = world_plan();
    const struct plan_guest *part = &plan->guests[guest];

    if (within(part->ram_base.v, part->ram.size, gpa, 1U)) {
        return part->ram.base.v + (gpa - part->ram_base.v);
    }
    for (uint32_t s = 0; s < part->share_count; s++) {
        const struct pa_range shared = plan->shared[part->shares[s].shared];

        if (within(part->shares[s].memory.v, shared.size, gpa, 1U)) {
            return shared.base.v + (gpa - part->shares[s].memory.v);
        }
    }
    for (uint32_t w = 0; w < part->window_count; w++) {
        const struct plan_window *window = &part->windows[w];

        if (window->peer_dma && within(window->gpa.v, window->size, gpa, 1U)) {
            return window->pa.v + (gpa - window->gpa.v);
        }
    }
    return UINT64_MAX;
}
