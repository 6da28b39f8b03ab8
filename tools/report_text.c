/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "hyp/config/size.h"
#include "tools/report.h"

#define ITEM "  %-12s "

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

static void print_devices(const struct plan_guest *guest)
{
    for (uint32_t i = 0; i < guest->config->device_count; i++) {
        const struct board_device *device = &guest->devices[i].node;
        printf(ITEM "%s:", "device", guest->config->devices[i].node);
        for (uint32_t k = 0; k < device->reg_count; k++) {
            if (device->regs[k].size != 0U) {
                print_range(k == 0U ? " registers " : ", ", device->regs[k].base.v,
                            device->regs[k].size);
            }
        }
        for (uint32_t k = 0; k < guest->line_count; k++) {
            if (guest->lines[k].device == i) {
                printf(", board interrupt %u is guest interrupt %u", guest->lines[k].board_source,
                       guest->lines[k].virtual_source);
            }
        }
        printf("%s\n", guest->config->devices[i].unprotected_dma ? ", unprotected DMA" : "");
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
    print_devices(guest);
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
    printf("\nBulkhead\n" ITEM "hart %lu\n" ITEM "%s, ", "console",
           board->harts[plan->service_hart].id, "pool",
           size_text(plan->pool.size).text);
    print_range("", plan->pool.base.v, plan->pool.size);
    printf("\n");
    for (uint32_t g = 0; g < plan->guest_count; g++) {
        print_guest(plan, &plan->guests[g]);
    }
}
