/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridge does not pass on what comes from behind it for an address in one of its own windows: for it, that is a
 * request among the devices there (PCI-to-PCI Bridge 1.2, 4.1). A device's requests carry guest addresses, which know
 * nothing of windows, so these must not meet; unless the port redirects all requests to the IOMMU (PCI Express Base
 * 6.12, ACS P2P Request Redirect), which pci_apply makes it do.
 */
#include "hyp/plan/parts.h"
#include "platform/pci/layout.h"
#include "platform/pci/regs.h"

/* What a guest's devices use as addresses of DMA. */
struct target {
    uint64_t base, size;     /* size 0: there is nothing */
    const char *what, *name; /* for messages: "the %s \"%s\"" */
    bool movable;            /* by memory-base */
};

#define FIXED_TARGETS 2U

static uint32_t target_count(const struct plan_guest *guest)
{
    return FIXED_TARGETS + guest->share_count + guest->window_count;
}

static struct target target_at(const struct planning *p, const struct plan_guest *guest, uint32_t i)
{
    const struct config_guest *config = guest->config;

    if (i == 0U) {
        return (struct target){ guest->ram_base.v, config->memory_size, "memory of guest",
                                config->name, true };
    }
    if (i == 1U) {
        return (struct target){ GUEST_IMSIC_BASE, guest->vcpu_count * PAGE_SIZE,
                                "interrupt files of guest", config->name, false };
    }
    i -= FIXED_TARGETS;
    if (i < guest->share_count) {
        const struct config_shared *shared = &p->config->shared[guest->shares[i].shared];
        return (struct target){ guest->shares[i].memory.v, shared->size, "shared memory",
                                shared->name, false };
    }
    const struct plan_window *window = &guest->windows[i - guest->share_count];
    return (struct target){ window->gpa.v, window->peer_dma ? window->size : 0U,
                            "registers with peer-dma of guest", config->name, false };
}

/* Whether what comes up through this bridge goes on upwards, whatever its address. A switch's upstream port turns
 * around only what the downstream port let pass. */
static bool redirects(const struct pci_function *bridge, bool is_redirected)
{
    switch (bridge->kind) {
    case PCI_UPSTREAM:
        return is_redirected;
    case PCI_ROOT_PORT:
    case PCI_DOWNSTREAM:
        return (bridge->acs_can & PCI_ACS_REQUEST_REDIRECT) != 0U;
    case PCI_CONVENTIONAL:
    case PCI_ENDPOINT:
    case PCI_INTEGRATED:
    case PCI_BRIDGE_TO_PCI:
    case PCI_BRIDGE_FROM_PCI:
    default:
        return false;
    }
}

/* False, after a finding, when the window [base, end) of the bridge holds something of the device's guest. */
static bool check_window(const struct planning *p, uint32_t n, uint32_t bridge, uint64_t base, uint64_t end)
{
    const struct plan_guest *guest = given_guest(p, n);
    const struct pci_function *f = &p->pci->functions[bridge];
    char name[PCI_NAME_MAX];

    for (uint32_t i = 0; i < target_count(guest); i++) {
        const struct target t = target_at(p, guest, i);
        if (!span_overlaps(base, end - base, t.base, t.size)) {
            continue;
        }
        diag_error(p->d, given_config(p, n)->path, "pci", "\"%s\" is behind the bridge %s, which has no "
                   "ACS request redirect and keeps requests for 0x%lx-0x%lx to itself, so DMA to the %s "
                   "\"%s\" (0x%lx-0x%lx) would not arrive: %sput the device into a slot that is not "
                   "behind this bridge", plan_label(p, n).text,
                   pci_name(p->board->pci[f->host].domain, f->rid, name), base, end - 1U, t.what, t.name,
                   t.base, t.base + t.size - 1U, t.movable ? "change memory-base, or " : "");
        return false;
    }
    return true;
}

/* One finding for a device is enough. */
static void check_bridges(const struct planning *p, uint32_t n)
{
    const struct pci_function *functions = p->pci->functions;
    const struct pci_layout *layout = &p->plan->pci_layout;
    bool is_redirected = false, good = true;

    for (int16_t b = functions[given_device(p, n)->pci.function].parent; b != PCI_ROOT && good;
         b = functions[b].parent) {
        is_redirected = redirects(&functions[b], is_redirected);
        good = is_redirected ||
               (check_window(p, n, (uint32_t)b, layout->bridges[b].memory_base,
                             layout->bridges[b].memory_end) &&
                check_window(p, n, (uint32_t)b, layout->bridges[b].prefetch_base,
                             layout->bridges[b].prefetch_end));
    }
    p->given[n].good = good;
}

void plan_bridges(const struct planning *p)
{
    for (uint32_t n = 0; n < p->given_count; n++) {
        const struct plan_device *device = given_device(p, n);
        /* Past every IOMMU its addresses are the board's, and memory lies in no window of a bridge. */
        if (p->given[n].good && device->is_pci && device->dma.iommu != PLAN_NO_IOMMU) {
            check_bridges(p, n);
        }
    }
}
