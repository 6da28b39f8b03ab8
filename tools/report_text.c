/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "hyp/config/size.h"
#include "tools/report.h"
#include "tools/report_parts.h"

#define ITEM "  %-12s "
#define MORE_ALONE "                 "
#define MORE "\n" MORE_ALONE            /* goes on below an item */

static void print_range(const char *prefix, uint64_t base, uint64_t size)
{
    printf("%s0x%lx-0x%lx", prefix, base, base + size - 1U);
}

static void print_image(const char *what, const struct plan_image *image, const char *name)
{
    if (name != NULL) {
        printf(ITEM "%s at 0x%lx in the guest\n", what, name, image->gpa.v);
    }
}

static void print_shares(const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t i = 0; i < guest->share_count; i++) {
        const struct plan_share *share = &guest->shares[i];
        const struct config_shared *shared = &plan->config->shared[share->shared];
        printf(ITEM "%s with %s: %s, ", "shared", shared->name,
               plan->config->guests[share->peer].name, size_text(shared->size).text);
        print_range("guest ", share->memory.v, shared->size);
        print_range(", board ", plan->shared[share->shared].base.v, shared->size);
        if (share->source != 0U) {
            printf(", doorbell 0x%lx, rung by interrupt %u", share->doorbell.v, share->source);
        }
        printf("\n");
    }
}

static void print_line(const char *before, const struct plan_line *line)
{
    printf("%sboard interrupt %u is guest interrupt %u", before, line->board_source,
           line->virtual_source);
}

static void print_dma(const struct plan *plan, const char *before,
                      const struct config_device *device, const struct plan_dma *dma)
{
    const bool is_known = dma->iommu != PLAN_NO_IOMMU && dma->id_count != 0U;

    if (is_known) {
        printf("%sIOMMU %u sees device id", before, dma->iommu);
        for (uint32_t i = 0; i < dma->id_count; i++) {
            printf(" 0x%x", dma->ids[i]);
        }
    }
    if (dma->viommu != PLAN_NO_VIOMMU) {
        printf("%sbehind vIOMMU %s", is_known ? ", " : before,
               plan->viommus[dma->viommu].config->name);
    } else if (is_known) {
        printf(", boot-dma %s", config_boot_dma(device->dma_blocked));
    } else {
        /* no IOMMU does anything about it */
    }
    if (is_known) {
        printf(", dma-fault %s", config_dma_fault(device));
    }
    printf("%s%s\n", device->peer_dma ? ", peer-dma" : "",
           device->unprotected_dma ? ", unprotected DMA" : "");
}

static void print_node(const struct plan *plan, const struct plan_guest *guest, uint32_t i)
{
    const struct board_device *node = &guest->devices[i].node;

    printf(ITEM "%s:", "device", guest->config->devices[i].node);
    for (uint32_t k = 0; k < node->reg_count; k++) {
        if (node->regs[k].size != 0U) {
            print_range(k == 0U ? " registers " : ", ", node->regs[k].base.v, node->regs[k].size);
        }
    }
    for (uint32_t k = 0; k < guest->line_count; k++) {
        if (guest->lines[k].device == i) {
            print_line(", ", &guest->lines[k]);
        }
    }
    print_dma(plan, ", ", &guest->config->devices[i], &guest->devices[i].dma);
}

static void print_function(const struct plan *plan, const struct plan_guest *guest, uint32_t i)
{
    const struct config_device *device = &guest->config->devices[i];
    const struct plan_pci *function = &guest->devices[i].pci;
    const struct plan_line *line = report_intx(guest, function);
    char name[PCI_NAME_MAX];

    printf(ITEM "%s", "device", pci_name(device->pci_domain, device->pci_rid, name));
    if (device->is_virtual) {
        printf(", virtual function %u", device->pci_vf);
        if (plan->pci != NULL) {
            printf(" (%s)", pci_name(device->pci_domain, function->rid, name));
        }
    }
    printf(": in the guest %s", pci_name(0, function->virtual_rid, name));
    for (uint32_t k = 0; k < PCI_BARS; k++) {
        const struct plan_bar *bar = &function->bars[k];
        if (bar->size != 0U) {
            printf(MORE "BAR %u, ", k);
            print_range("guest ", bar->gpa.v, bar->size);
            print_range(", board ", bar->pa.v, bar->size);
        }
    }
    if (line != NULL) {
        print_line(MORE, line);
    }
    print_dma(plan, MORE, device, &guest->devices[i].dma);
}

static void print_devices(const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        if (guest->devices[i].is_pci) {
            print_function(plan, guest, i);
        } else {
            print_node(plan, guest, i);
        }
    }
}

static void print_viommu_ids(const struct plan *plan, const struct plan_guest *guest,
                             const struct plan_viommu *viommu)
{
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        const struct plan_dma *dma = &guest->devices[i].dma;
        for (uint32_t k = 0; report_is_behind(plan, guest, i, viommu) && k < dma->id_count; k++) {
            printf(MORE_ALONE "%s: device id 0x%x in the guest, 0x%x on the board\n",
                   guest->config->devices[i].name, dma->virtual_ids[k], dma->ids[k]);
        }
    }
}

static void print_viommus(const struct plan *plan, const struct plan_guest *guest)
{
    for (uint32_t v = 0; v < guest->config->viommu_count; v++) {
        const struct plan_viommu *viommu = &guest->viommus[v];
        printf(ITEM "%s, ", "vIOMMU", viommu->config->name);
        print_range("guest ", viommu->regs.v, PAGE_SIZE);
        for (uint32_t i = 0; i < PLAN_VIOMMU_WIRES; i++) {
            printf("%s%u", i == 0U ? ", guest interrupts " : " ", viommu->sources[i]);
        }
        if (viommu->iommu != PLAN_NO_IOMMU) {
            printf(", on IOMMU %u", viommu->iommu);
        }
        printf(", boot-dma %s%s\n", config_boot_dma(viommu->config->dma_blocked),
               viommu->config->process_ids ? ", process-ids" : "");
        print_viommu_ids(plan, guest, viommu);
    }
}

static void print_guest(const struct plan *plan, const struct plan_guest *guest)
{
    printf("\nguest %s\n" ITEM, guest->config->name, "harts");
    for (uint32_t i = 0; i < guest->vcpu_count; i++) {
        printf("%s%lu", i == 0U ? "" : " ", plan->board->harts[guest->vcpus[i].hart].id);
    }
    printf("\n" ITEM "%s, ", "memory", size_text(guest->ram.size).text);
    print_range("guest ", guest->ram_base.v, guest->ram.size);
    print_range(", board ", guest->ram.base.v, guest->ram.size);
    printf("\n");
    print_image("kernel", &guest->kernel, guest->config->kernel);
    print_image("initrd", &guest->initrd, guest->config->initrd);
    print_image("device tree", &guest->device_tree,
                guest->config->device_tree != NULL ? guest->config->device_tree : "generated");
    print_shares(plan, guest);
    print_viommus(plan, guest);
    print_devices(plan, guest);
}

static void print_iommus(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        struct report_node node;
        const struct pa_range regs = plan->iommu_regs[i];

        printf("  IOMMU %-6u %s", i, report_iommu(plan->board, i, &node));
        if (regs.size != 0U) {
            print_range(", registers ", regs.base.v, regs.size);
        }
        printf("\n");
    }
}

void report_text(const struct plan *plan)
{
    const struct board *board = plan->board;

    printf("board %s\n" ITEM, board->model, "harts");
    for (uint32_t i = 0; i < board->hart_count; i++) {
        printf("%s%lu", i == 0U ? "" : " ", board->harts[i].id);
    }
    printf("\n");
    for (uint32_t i = 0; i < board->ram_count; i++) {
        printf(ITEM "%s, ", "memory", size_text(board->ram[i].size).text);
        print_range("", board->ram[i].base.v, board->ram[i].size);
        printf("\n");
    }
    print_iommus(plan);
    printf("\nBulkhead\n" ITEM "hart %lu\n" ITEM "%s, ", "console",
           board->harts[plan->service_hart].id, "pool",
           size_text(plan->pool.size).text);
    print_range("", plan->pool.base.v, plan->pool.size);
    printf("\n");
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        print_guest(plan, &plan->guests[g]);
    }
}
