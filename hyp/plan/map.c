/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's view: nothing may be where something else is. */
#include "hyp/plan/parts.h"

/* One thing at a guest address. */
struct region {
    uint64_t base, size;     /* size 0: there is nothing */
    const char *what, *name; /* for messages: "the %s \"%s\"" */
    const char *path, *property; /* where the configuration asks for it, or NULL */
    enum { REGION_FIXED, REGION_RAM, REGION_SHARED, REGION_DEVICE } kind;
};

#define FIXED_REGIONS 8U

static struct region fixed_region(const struct plan_guest *guest, uint32_t i)
{
    const struct config_guest *config = guest->config;

    switch (i) {
    case 0:
        return (struct region){ guest->ram_base.v, config->memory_size, "memory of guest",
                                config->name, config->path, "memory", REGION_RAM };
    case 1:
        return (struct region){ GUEST_APLIC_BASE, GUEST_APLIC_SIZE, "interrupt controller of guest",
                                config->name, NULL, NULL, REGION_FIXED };
    case 2:
        return (struct region){ GUEST_UART_BASE, GUEST_UART_SIZE, "console UART of guest",
                                config->name, NULL, NULL, REGION_FIXED };
    case 3:
        return (struct region){ GUEST_PCI_ECAM_BASE, guest->has_pci ? GUEST_PCI_ECAM_SIZE : 0U,
                                "PCI configuration space of guest", config->name, NULL, NULL,
                                REGION_FIXED };
    case 4:
        return (struct region){ GUEST_PCI_LOW_BASE, guest->has_pci ? GUEST_PCI_LOW_SIZE : 0U,
                                "32-bit PCI memory of guest", config->name, NULL, NULL,
                                REGION_FIXED };
    case 5:
        return (struct region){ GUEST_PCI_HIGH_BASE, guest->has_pci ? GUEST_PCI_HIGH_SIZE : 0U,
                                "64-bit PCI memory of guest", config->name, NULL, NULL,
                                REGION_FIXED };
    case 6:
        return (struct region){ GUEST_VIOMMU_BASE, config->viommu_count * PAGE_SIZE,
                                "vIOMMU of guest", config->name, NULL, NULL, REGION_FIXED };
    default:
        return (struct region){ GUEST_IMSIC_BASE, guest->vcpu_count * PAGE_SIZE,
                                "interrupt files of guest", config->name, NULL, NULL,
                                REGION_FIXED };
    }
}

static struct region share_region(const struct planning *p, const struct plan_share *share,
                                  bool doorbell)
{
    const struct config_shared *shared = &p->config->shared[share->shared];

    if (doorbell) {
        return (struct region){ share->doorbell.v, share->doorbell.v == 0U ? 0U : PAGE_SIZE,
                                "doorbell of", shared->name, shared->path, "doorbell",
                                REGION_SHARED };
    }
    return (struct region){ share->memory.v, shared->size, "shared memory", shared->name,
                            shared->path, "size", REGION_SHARED };
}

static bool is_good(const struct planning *p, const struct plan_guest *guest, uint32_t device)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        if (given_guest(p, n) == guest && p->given[n].index == device) {
            return p->given[n].good;
        }
    }
    return false;
}

/* Of a device of the platform; BARs lie apart, within what is the guest's PCI memory. */
static struct region device_region(const struct planning *p, const struct plan_guest *guest,
                                   uint32_t device, uint32_t reg)
{
    const struct config_device *config = &guest->config->devices[device];
    const struct board_device *node = &guest->devices[device].node;
    struct region region = { 0, 0, "registers of", config->node, config->path, "node",
                             REGION_DEVICE };

    if (reg < node->reg_count && node->regs[reg].size != 0U && is_good(p, guest, device)) {
        const struct pa_range pages = pa_range_pages(node->regs[reg]);
        region.base = pages.base.v;
        region.size = pages.size;
    }
    return region;
}

static uint32_t region_count(const struct plan_guest *guest)
{
    return FIXED_REGIONS + 2U * guest->share_count +
           BOARD_DEVICE_MAX_REGS * guest->config->device_count;
}

static struct region region_at(const struct planning *p, const struct plan_guest *guest, uint32_t i)
{
    if (i < FIXED_REGIONS) {
        return fixed_region(guest, i);
    }
    i -= FIXED_REGIONS;
    if (i < 2U * guest->share_count) {
        return share_region(p, &guest->shares[i / 2U], i % 2U != 0U);
    }
    i -= 2U * guest->share_count;
    return device_region(p, guest, i / BOARD_DEVICE_MAX_REGS, i % BOARD_DEVICE_MAX_REGS);
}

/* a is the guest's memory, or b is a device: the other regions lie apart by construction. */
static void report_collision(const struct planning *p, const struct region *a,
                             const struct region *b)
{
    const bool with_memory = a->kind == REGION_RAM;
    const struct region *blamed = with_memory ? a : b;

    diag_error(p->d, blamed->path, blamed->property, "the %s \"%s\" (0x%lx-0x%lx) and the %s "
               "\"%s\" (0x%lx-0x%lx) collide in the guest's addresses: %s", b->what, b->name,
               b->base, b->base + b->size - 1U, a->what, a->name, a->base,
               a->base + a->size - 1U, with_memory ? "change memory-base or memory"
               : "this device cannot be given to this guest");
}

static void check_map(const struct planning *p, const struct plan_guest *guest)
{
    const uint32_t count = region_count(guest);

    for (uint32_t i = 0; i < count; i++) {
        const struct region b = region_at(p, guest, i);
        if (b.kind == REGION_DEVICE && !span_contains(0, GUEST_ADDRESS_LIMIT, b.base, b.size)) {
            diag_error(p->d, b.path, b.property, "the registers of \"%s\" (0x%lx-0x%lx) pass "
                       "0x%lx, the end of what a guest can address: this device cannot be given to "
                       "a guest", b.name, b.base, b.base + b.size - 1U, GUEST_ADDRESS_LIMIT);
            continue;
        }
        for (uint32_t j = 0; j < i; j++) {
            const struct region a = region_at(p, guest, j);
            if ((a.kind != REGION_DEVICE || b.kind != REGION_DEVICE) &&
                span_overlaps(a.base, a.size, b.base, b.size)) {
                report_collision(p, &a, &b);
            }
        }
    }
}

void plan_check_maps(const struct planning *p)
{
    for (uint32_t g = 0; g < p->plan->guest_count; g++) {
        check_map(p, &p->plan->guests[g]);
    }
}
