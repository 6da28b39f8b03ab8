/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: every decision about who owns what, made in one pure step from the board, the
 * configuration and the bundle before anything is started. Boot executes it; the host tool prints
 * it. If there is a plan, all resources fit and are disjoint (invariant I13).
 *
 * Owner: boot fills one struct plan; afterwards it is constant.
 */
#ifndef HYP_PLAN_PLAN_H
#define HYP_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/config/config.h"
#include "hyp/plan/guest_map.h"
#include "lib/addr.h"
#include "lib/diag.h"
#include "platform/board.h"
#include "platform/bundle.h"
#include "platform/pci/layout.h"
#include "platform/pci/pci.h"

#define PLAN_MAX_WINDOWS 160U /* of one guest */
#define PLAN_MAX_LINES   32U
#define PLAN_MAX_USED    16U
#define PLAN_NO_VIOMMU   UINT32_MAX
#define PLAN_VIOMMU_WIRES 2U  /* a vector for the command queue's interrupts, one for the faults' */
#define PLAN_MAX_VIOMMU_IDS 128U /* device ids behind all vIOMMUs together */
#define PLAN_FAULT_ENTRIES 4096U /* of the fault queue of each IOMMU that is used */

struct plan_vcpu {
    uint32_t hart;           /* index in board->harts */
    uint32_t guest_file;     /* 1.. : VGEIN of that hart; 0: the board has none, on any hart */
};

/* Memory of the board that the guest sees besides its RAM: shared memory, device registers. */
struct plan_window {
    gpa_t gpa;
    pa_t pa;
    uint64_t size;           /* bytes, whole pages */
    bool device;             /* registers, never executable */
    bool peer_dma;           /* the guest's devices reach it too */
};

/* A wired line of the board that belongs to the guest. */
struct plan_line {
    uint32_t virtual_source; /* on the guest's APLIC */
    uint32_t board_source;   /* on the board's APLIC */
    uint32_t flags;          /* binding interrupt type: 1, 2 edges; 4, 8 levels */
    uint32_t device;         /* index in the guest's devices */
};

/* How a device's requests reach memory: the device ids that they carry at an IOMMU. */
#define PLAN_NO_IOMMU UINT32_MAX
struct plan_dma {
    uint32_t iommu;          /* index in board->iommu; PLAN_NO_IOMMU: past all of them, or none at all */
    uint32_t ids[BOARD_DEVICE_MAX_IDS];
    uint32_t id_count;       /* 0: it does no DMA, or there is no IOMMU before it */
    uint32_t viommu;         /* index in plan->viommus; PLAN_NO_VIOMMU */
    uint32_t virtual_ids[BOARD_DEVICE_MAX_IDS]; /* what the guest calls ids[], if it has one */
};

/*
 * A vIOMMU. Its devices are behind one physical IOMMU, under a GSCID of its own: PSCIDs are the
 * guest's to choose, for each vIOMMU apart (invariant I4).
 *
 * Virtual ids: a PCI function has its virtual_rid (two functions whose requests carry one physical
 * id have that of the first), devices of the board's tree count from PLAN_FIRST_NODE_ID on. Each
 * stands for one physical id, and each physical id has one (invariant I3).
 */
#define PLAN_FIRST_NODE_ID 0x100U /* above what bus 0 has */
struct plan_viommu_id {
    uint32_t virtual_id, physical_id;
    uint32_t device;         /* the first that has it, index in config->devices */
};
struct plan_viommu {
    const struct config_viommu *config;
    uint32_t guest;
    uint32_t iommu;          /* index in board->iommu; PLAN_NO_IOMMU: no device is behind it */
    gpa_t regs;              /* the state region, one page */
    uint32_t sources[PLAN_VIOMMU_WIRES]; /* virtual, level-sensitive, active high */
    struct plan_viommu_id *ids; /* in plan->viommu_ids */
    uint32_t id_count;
};

/* A PCI function of a guest. */
struct plan_bar {
    gpa_t gpa;
    pa_t pa;
    uint64_t size;           /* bytes; 0: the guest sees none */
};
struct plan_pci {
    uint32_t function;       /* index in plan->pci->functions; of a virtual function its physical one */
    bool is_virtual;
    uint32_t vf;             /* its number, if so */
    uint16_t rid;            /* where its configuration space is */
    uint16_t virtual_rid;    /* where the guest sees it: bus 0, device 1.. */
    struct plan_bar bars[PCI_BARS];
    uint32_t source;         /* virtual source of its INTx; 0: its pin is hidden */
    uint32_t pin;            /* 1..4 when it has a source */
};

struct plan_device {
    bool is_pci;
    struct board_device node; /* if not: as found on the board */
    struct plan_pci pci;
    struct plan_dma dma;
};

/* One end of a shared memory. */
struct plan_share {
    uint32_t shared;         /* index in config->shared */
    gpa_t memory;            /* where this guest sees it */
    gpa_t doorbell;          /* its doorbell page; a write rings the peer. v = 0: none */
    uint32_t source;         /* what rings here when the peer writes; 0: none */
    uint32_t peer;           /* guest index */
};

/* Where an image is copied to at each start, checked to lie in RAM and not to overlap. */
struct plan_image {
    const struct bundle_file *file; /* NULL: absent */
    gpa_t gpa;
};

struct plan_guest {
    const struct config_guest *config;
    struct pa_range ram;     /* contiguous; alignment as for the largest leaf that fits */
    gpa_t ram_base;
    struct plan_vcpu vcpus[CONFIG_MAX_VCPUS];
    uint32_t vcpu_count;
    struct plan_image kernel, initrd;
    struct plan_image device_tree; /* file NULL: generated; gpa and room hold for both */
    uint64_t device_tree_room;     /* bytes */
    gpa_t entry;
    struct plan_window windows[PLAN_MAX_WINDOWS];
    uint32_t window_count;
    struct plan_line lines[PLAN_MAX_LINES];
    uint32_t line_count;
    struct plan_share shares[CONFIG_MAX_SHARED];
    uint32_t share_count;
    struct plan_device *devices; /* as config->devices, resolved on the board; in struct plan */
    struct plan_viommu *viommus; /* as config->viommus; in struct plan */
    bool has_pci;            /* a PCI host with its functions, GUEST_PCI_...; also when plan->pci is NULL */
};

struct plan {
    const struct board *board;
    const struct config *config;
    const struct pci *pci;   /* NULL: not known (the host tool without --pci) */
    struct plan_guest guests[CONFIG_MAX_GUESTS];
    uint32_t guest_count;
    struct plan_device devices[CONFIG_MAX_DEVICES];   /* as config->devices */
    uint32_t device_guests[CONFIG_MAX_DEVICES];       /* whose each is */
    struct plan_viommu viommus[CONFIG_MAX_VIOMMUS];   /* as config->viommus */
    struct plan_viommu_id viommu_ids[PLAN_MAX_VIOMMU_IDS];
    /* As plan->pci: what guests have, with all virtual functions up to the last that one has. */
    struct pci_want pci_wanted[PCI_MAX_FUNCTIONS];
    struct pci_layout pci_layout;
    struct pa_range iommu_regs[BOARD_MAX_IOMMUS];     /* also of those that are PCI functions; size 0: unusable */
    struct pa_range shared[CONFIG_MAX_SHARED];  /* physical, zeroed at boot */
    struct pa_range pool;    /* for the boot-time page allocator */
    bool wired_interrupts;   /* lines of the board arrive as MSIs; else the UART is polled */
    uint32_t service_hart;   /* index in board->harts: takes interrupts of UART and IOMMUs, or polls */
};

/*
 * Decide everything or report what does not fit. The board has passed board_require, the
 * configuration config_parse. used[] are the physical ranges that are taken already (hypervisor
 * image, device tree, bundle), at most PLAN_MAX_USED; the host tool passes none. bundle may be NULL
 * (the tool without images): then files are not checked. board may be NULL (the tool without a
 * board): then what needs none is checked, and *out tells only of addresses in the guests. pci is what
 * pci_enumerate found, or NULL: then of PCI functions only their addresses are checked.
 *
 * Refuses: a hart absent from the board; RAM that does not fit (says how much was asked and the
 * largest free range); images that are missing or larger than the memory; devices absent, given
 * twice, sharing a page with something that another party or nobody owns (the console UART, APLIC,
 * IMSIC, IOMMU, another guest's device), colliding with the guest's map, able to do DMA that no
 * IOMMU confines without unprotected-dma; PCI functions of two guests that reach each other past the
 * IOMMU or by being one's physical function; DMA that a bridge would keep; lines given twice; devices
 * that cannot be behind the vIOMMU that they name.
 * A hart belongs to one guest, so one guest file on each hart (guest_file 1) is all that is used. A board
 * without any does too.
 * Returns true when *out is complete; on false it must not be used.
 */
bool plan_build(const struct board *board, const struct pci *pci, const struct config *config,
                const struct bundle *bundle, const struct pa_range *used, uint32_t used_count, struct plan *out,
                struct diag *d);

#endif
