/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/report.h"
#include "tools/report_parts.h"

/* A comma goes before every element but the first. */
static const char *comma(uint32_t i) { return i == 0U ? "" : ", "; }

/* Names and paths are printable ASCII (hyp/config/value.h), so two characters need an escape. */
static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
    putchar('"');
}

static void print_range(struct pa_range range)
{
    printf("{\"base\": \"0x%lx\", \"size\": %lu}", range.base.v, range.size);
}

static void print_ranges(const char *key, const struct pa_range *ranges, uint32_t count)
{
    printf("\"%s\": [", key);
    for (uint32_t i = 0; i < count; i++) {
        printf("%s", comma(i));
        print_range(ranges[i]);
    }
    printf("]");
}

static void print_image(const char *key, const struct plan_image *image, const char *name)
{
    if (name != NULL) {
        printf(",\n     \"%s\": {\"file\": ", key);
        print_string(name);
        printf(", \"guest_address\": \"0x%lx\"}", image->gpa.v);
    }
}

static void print_shares(const struct plan *plan, const struct plan_guest *guest)
{
    printf(",\n     \"shared\": [");
    for (uint32_t i = 0; i < guest->share_count; i++) {
        const struct plan_share *share = &guest->shares[i];
        printf("%s{\"name\": \"%s\", \"peer\": \"%s\", \"guest_address\": \"0x%lx\"", comma(i),
               plan->config->shared[share->shared].name, plan->config->guests[share->peer].name,
               share->memory.v);
        if (share->source != 0U) {
            printf(", \"doorbell\": \"0x%lx\", \"interrupt\": %u", share->doorbell.v,
                   share->source);
        }
        printf("}");
    }
    printf("]");
}

static void print_lines(const struct plan_guest *guest, uint32_t device)
{
    uint32_t printed = 0;

    printf(", \"interrupts\": [");
    for (uint32_t i = 0; i < guest->line_count; i++) {
        if (guest->lines[i].device == device) {
            printf("%s{\"board\": %u, \"guest\": %u}", comma(printed),
                   guest->lines[i].board_source, guest->lines[i].virtual_source);
            printed++;
        }
    }
    printf("]");
}

static void print_node(const struct plan_guest *guest, uint32_t i)
{
    printf("\"node\": ");
    print_string(guest->config->devices[i].node);
    printf(", ");
    print_ranges("registers", guest->devices[i].node.regs, guest->devices[i].node.reg_count);
    print_lines(guest, i);
}

static void print_bars(const struct plan_pci *function)
{
    uint32_t printed = 0;

    printf(", \"bars\": [");
    for (uint32_t i = 0; i < PCI_BARS; i++) {
        const struct plan_bar *bar = &function->bars[i];
        if (bar->size != 0U) {
            printf("%s{\"bar\": %u, \"guest_address\": \"0x%lx\", \"board_address\": \"0x%lx\", "
                   "\"size\": %lu}", comma(printed), i, bar->gpa.v, bar->pa.v, bar->size);
            printed++;
        }
    }
    printf("]");
}

static void print_function(const struct plan *plan, const struct plan_guest *guest, uint32_t i)
{
    const struct config_device *device = &guest->config->devices[i];
    const struct plan_pci *function = &guest->devices[i].pci;
    const struct plan_line *line = report_intx(guest, function);
    char name[PCI_NAME_MAX];

    printf("\"pci\": \"%s\"", pci_name(device->pci_domain, device->pci_rid, name));
    if (device->is_virtual) {
        printf(", \"virtual_function\": %u", device->pci_vf);
        if (plan->pci != NULL) {
            printf(", \"virtual_function_pci\": \"%s\"",
                   pci_name(device->pci_domain, function->rid, name));
        }
    }
    printf(", \"guest_pci\": \"%s\"", pci_name(0, function->virtual_rid, name));
    print_bars(function);
    printf(", \"interrupts\": [");
    if (line != NULL) {
        printf("{\"board\": %u, \"guest\": %u}", line->board_source, line->virtual_source);
    }
    printf("]");
}

static const char *boolean(bool value) { return value ? "true" : "false"; }

static void print_dma(const struct plan *plan, const struct config_device *device,
                      const struct plan_dma *dma)
{
    const bool is_known = dma->iommu != PLAN_NO_IOMMU && dma->id_count != 0U;

    if (is_known) {
        printf(", \"iommu\": %u, \"device_ids\": [", dma->iommu);
        for (uint32_t i = 0; i < dma->id_count; i++) {
            printf("%s%u", comma(i), dma->ids[i]);
        }
        printf("]");
    }
    if (dma->viommu != PLAN_NO_VIOMMU) {
        printf(", \"viommu\": \"%s\"", plan->viommus[dma->viommu].config->name);
    } else if (is_known) {
        printf(", \"boot_dma\": \"%s\"", config_boot_dma(device->dma_blocked));
    } else {
        /* no IOMMU does anything about it */
    }
    if (is_known) {
        printf(", \"dma_fault\": \"%s\"", config_dma_fault(device));
    }
    printf(", \"peer_dma\": %s, \"unprotected_dma\": %s", boolean(device->peer_dma),
           boolean(device->unprotected_dma));
}

static void print_devices(const struct plan *plan, const struct plan_guest *guest)
{
    printf(",\n     \"devices\": [");
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        printf("%s{\"name\": \"%s\", ", comma(i), guest->config->devices[i].name);
        if (guest->devices[i].is_pci) {
            print_function(plan, guest, i);
        } else {
            print_node(guest, i);
        }
        print_dma(plan, &guest->config->devices[i], &guest->devices[i].dma);
        printf("}");
    }
    printf("]");
}

static void print_viommu_ids(const struct plan *plan, const struct plan_guest *guest,
                             const struct plan_viommu *viommu)
{
    uint32_t printed = 0;

    printf("\"device_ids\": [");
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        const struct plan_dma *dma = &guest->devices[i].dma;
        for (uint32_t k = 0; report_is_behind(plan, guest, i, viommu) && k < dma->id_count; k++) {
            printf("%s{\"guest\": %u, \"board\": %u, \"device\": \"%s\"}", comma(printed),
                   dma->virtual_ids[k], dma->ids[k], guest->config->devices[i].name);
            printed++;
        }
    }
    printf("]");
}

static void print_viommus(const struct plan *plan, const struct plan_guest *guest)
{
    printf(",\n     \"viommus\": [");
    for (uint32_t v = 0; v < guest->config->viommu_count; v++) {
        const struct plan_viommu *viommu = &guest->viommus[v];
        printf("%s{\"name\": \"%s\", \"guest_address\": \"0x%lx\", \"interrupts\": [", comma(v),
               viommu->config->name, viommu->regs.v);
        for (uint32_t i = 0; i < PLAN_VIOMMU_WIRES; i++) {
            printf("%s%u", comma(i), viommu->sources[i]);
        }
        printf("], ");
        if (viommu->iommu != PLAN_NO_IOMMU) {
            printf("\"iommu\": %u, ", viommu->iommu);
        }
        printf("\"boot_dma\": \"%s\", \"process_ids\": %s, ",
               config_boot_dma(viommu->config->dma_blocked), boolean(viommu->config->process_ids));
        print_viommu_ids(plan, guest, viommu);
        printf("}");
    }
    printf("]");
}

static void print_guest(const struct plan *plan, const struct plan_guest *guest)
{
    printf("    {\"name\": \"%s\", \"harts\": [", guest->config->name);
    for (uint32_t i = 0; i < guest->vcpu_count; i++) {
        printf("%s%lu", comma(i), plan->board->harts[guest->vcpus[i].hart].id);
    }
    printf("],\n     \"memory\": ");
    print_range(guest->ram);
    printf(", \"memory_base\": \"0x%lx\"", guest->ram_base.v);
    print_image("kernel", &guest->kernel, guest->config->kernel);
    print_image("initrd", &guest->initrd, guest->config->initrd);
    print_image("device_tree", &guest->device_tree,
                guest->config->device_tree != NULL ? guest->config->device_tree : "");
    print_shares(plan, guest);
    print_viommus(plan, guest);
    print_devices(plan, guest);
    printf("}");
}

static void print_iommus(const struct plan *plan)
{
    printf(", \"iommus\": [");
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        struct report_node node;
        printf("%s{\"%s\": ", comma(i), plan->board->iommu[i].is_pci ? "pci" : "node");
        print_string(report_iommu(plan->board, i, &node));
        if (plan->iommu_regs[i].size != 0U) {
            printf(", \"registers\": ");
            print_range(plan->iommu_regs[i]);
        }
        printf("}");
    }
    printf("]");
}

void report_json(const struct plan *plan)
{
    const struct board *board = plan->board;

    printf("{\n  \"board\": {\"model\": ");
    print_string(board->model);
    printf(", \"harts\": [");
    for (uint32_t i = 0; i < board->hart_count; i++) {
        printf("%s%lu", comma(i), board->harts[i].id);
    }
    printf("], ");
    print_ranges("memory", board->ram, board->ram_count);
    print_iommus(plan);
    printf("},\n  \"console_hart\": %lu,\n  \"pool\": ", board->harts[plan->service_hart].id);
    print_range(plan->pool);
    printf(",\n  \"shared\": [");
    for (uint32_t i = 0; i < plan->config->shared_count; i++) {
        printf("%s{\"name\": \"%s\", \"memory\": ", comma(i), plan->config->shared[i].name);
        print_range(plan->shared[i]);
        printf("}");
    }
    printf("],\n  \"guests\": [\n");
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        printf("%s", g == 0U ? "" : ",\n");
        print_guest(plan, &plan->guests[g]);
    }
    printf("\n  ]\n}\n");
}
