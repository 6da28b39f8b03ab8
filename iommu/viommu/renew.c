/* SPDX-License-Identifier: Apache-2.0 */
#include "iommu/viommu/parts.h"

static bool same_first_stage(const struct iommu_first_stage *a, const struct iommu_first_stage *b)
{
    return a->process_directory == b->process_directory &&
           a->default_process == b->default_process && a->pscid == b->pscid && a->fsc == b->fsc;
}

static bool same_context(const struct viommu_context *a, const struct viommu_context *b)
{
    return a->reach == b->reach && a->cause == b->cause && a->quiet == b->quiet &&
           same_first_stage(&a->first_stage, &b->first_stage);
}

static bool is_listed(const struct viommu_effects *out, uint32_t device)
{
    for (uint32_t i = 0; i < out->change_count; i++) {
        if (out->changes[i].device == device) {
            return true;
        }
    }
    return false;
}

void viommu_renew(struct viommu *v, uint32_t device, bool told, struct viommu_effects *out)
{
    struct viommu_context *const was = &v->setup.devices[device].context;
    const struct viommu_context is = viommu_look_up(v, v->setup.devices[device].id);
    const bool due = !told || viommu_has_processes(&is) || !same_context(&is, was);

    *was = is;
    if (due && !is_listed(out, device)) {
        out->changes[out->change_count++].device = device;
    }
}
