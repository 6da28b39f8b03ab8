/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's vIOMMUs. */
#include <libfdt.h>
#include <string.h>

#include "hyp/config/parse.h"
#include "lib/nearest.h"

static void read_viommu(const struct parse *p, int node, struct config_guest *guest)
{
    struct config_viommu *viommu = &guest->viommus[guest->viommu_count];

    if (!parse_name(p, node, viommu->name, viommu->path)) {
        return;
    }
    viommu->dma_blocked = parse_boot_dma(p, node, viommu->path);
    viommu->process_ids = parse_flag(p, node, "process-ids");
    guest->viommu_count++;
}

void parse_viommus(const struct parse *p, int guest_node, struct config_guest *guest)
{
    const int viommus = fdt_subnode_offset(p->blob, guest_node, "viommus");
    uint32_t count = 0;
    int node;

    if (viommus < 0) {
        return;
    }
    fdt_for_each_subnode(node, p->blob, viommus) {
        if (guest->viommu_count < CONFIG_GUEST_MAX_VIOMMUS &&
            p->config->viommu_count + guest->viommu_count < CONFIG_MAX_VIOMMUS) {
            read_viommu(p, node, guest);
        }
        count++;
    }
    if (count > CONFIG_GUEST_MAX_VIOMMUS) {
        diag_error(p->d, guest->path, NULL, "%u vIOMMUs are too many for \"%s\": a guest can "
                   "have %u", count, guest->name, CONFIG_GUEST_MAX_VIOMMUS);
    } else if (p->config->viommu_count + count > CONFIG_MAX_VIOMMUS) {
        diag_error(p->d, guest->path, NULL, "with the %u vIOMMUs of \"%s\" there are more than %u: "
                   "that many all guests together can have", count, guest->name,
                   CONFIG_MAX_VIOMMUS);
    } else {
        /* there is room for all of them */
    }
    p->config->viommu_count += guest->viommu_count;
}

uint32_t parse_find_viommu(const struct parse *p, const struct config_guest *guest,
                           const char *path, const char *name)
{
    const char *names[CONFIG_GUEST_MAX_VIOMMUS];

    for (uint32_t i = 0; i < guest->viommu_count; i++) {
        names[i] = guest->viommus[i].name;
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    const char *near = nearest_name(name, names, guest->viommu_count);
    if (near != NULL) {
        diag_error(p->d, path, "viommu", "\"%s\" has no vIOMMU \"%s\": did you mean \"%s\"?",
                   guest->name, name, near);
    } else {
        diag_error(p->d, path, "viommu", "\"%s\" has no vIOMMU \"%.*s\": name one of its viommus, "
                   "or add this one to them", guest->name, PARSE_SHOWN, name);
    }
    return CONFIG_NO_VIOMMU;
}

static void check_guest(const struct parse *p, const struct config_guest *guest)
{
    for (uint32_t i = 0; i < guest->viommu_count; i++) {
        bool is_named = false;
        for (uint32_t k = 0; k < guest->device_count; k++) {
            is_named = is_named || guest->devices[k].viommu == i;
        }
        if (!is_named) {
            diag_error(p->d, guest->viommus[i].path, NULL, "no device is behind the vIOMMU \"%s\" "
                       "of \"%s\": write viommu = \"%s\" in one of its devices, or remove the "
                       "vIOMMU",
                       guest->viommus[i].name, guest->name, guest->viommus[i].name);
        }
    }
}

void parse_check_viommus(const struct parse *p)
{
    for (uint32_t g = 0; g < p->config->guest_count; g++) {
        check_guest(p, &p->config->guests[g]);
    }
}
