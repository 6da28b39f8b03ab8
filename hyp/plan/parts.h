/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to hyp/plan: the steps of plan_build, in their order. Each reports all that it finds. */
#ifndef HYP_PLAN_PARTS_H
#define HYP_PLAN_PARTS_H

#include "hyp/plan/plan.h"

#define PLAN_NO_NODE (-1)    /* node of a device that the board does not have */

/* One device of a guest, while it is planned. */
struct given {
    uint16_t guest, index;   /* index in that guest's devices */
    bool good;               /* it was found on the board, and nothing is wrong with it so far */
};

/* What every step needs. */
struct planning {
    const struct board *board;
    const struct pci *pci;   /* or NULL */
    const struct config *config;
    const struct bundle *bundle; /* or NULL */
    const struct pa_range *used;
    uint32_t used_count;
    struct given *given;     /* all devices, in the order of the configuration */
    uint32_t given_count;
    struct plan *plan;
    struct diag *d;
};

static inline struct plan_guest *given_guest(const struct planning *p, uint32_t n)
{
    return &p->plan->guests[p->given[n].guest];
}

static inline const struct config_device *given_config(const struct planning *p, uint32_t n)
{
    return &given_guest(p, n)->config->devices[p->given[n].index];
}

static inline struct plan_device *given_device(const struct planning *p, uint32_t n)
{
    return &given_guest(p, n)->devices[p->given[n].index];
}

/* Where each shared memory appears in its guests, and what its doorbell raises there. */
void plan_shares(const struct planning *p);

/* Where each vIOMMU appears in its guest, and which devices are behind it. After plan_shares, whose
 * sources come first. */
void plan_viommus(const struct planning *p);

/* Resolve the guests' devices on the board: their DMA, windows and lines. After plan_viommus, whose
 * sources come first. */
void plan_devices(const struct planning *p);

/* Report what two things of one guest want at the same guest address. After plan_devices. */
void plan_check_maps(const struct planning *p);

/* Lay the images out in each guest's RAM. */
void plan_images(const struct planning *p);

/* Find physical memory for guests, shared memory and the pool. Last: it needs all windows. */
void plan_place(const struct planning *p);

/* ---- the steps of plan_devices, in their order. Each looks at good devices only, and what it reports a
 * device for makes that device no good. ---- */

/* Find it: its node, or its function. */
bool plan_find_node(const struct planning *p, uint32_t n);
bool plan_find_function(const struct planning *p, uint32_t n);

/* Index of the PCI function that this IOMMU is; -1: it is none, or none of the class of IOMMUs is there. */
int plan_find_iommu(const struct planning *p, const struct board_iommu *iommu);

/* Whether it is nobody else's, with all of them found. */
bool plan_check_node(const struct planning *p, uint32_t n);
bool plan_check_function(const struct planning *p, uint32_t n);

/* Whether functions of two guests, or a function and an IOMMU, reach each other past the IOMMU. */
void plan_groups(const struct planning *p);

/* The device ids of each device, and whether they confine it. */
void plan_dma_ids(const struct planning *p);

/* What the guests call the device ids behind their vIOMMUs. After plan_dma_ids. */
void plan_viommu_ids(const struct planning *p);

/* Addresses of the BARs on the board, of IOMMUs as well; whether each IOMMU that is needed can be used. */
void plan_pci_layout(const struct planning *p);

/* What the guest sees at its addresses. */
void plan_node_windows(const struct planning *p, uint32_t n);
void plan_bars(const struct planning *p, uint32_t n);

/* Whether a bridge keeps DMA for what a guest's devices reach to itself. */
void plan_bridges(const struct planning *p);

/* Wired interrupts. */
void plan_lines(const struct planning *p);

/* ---- what they share ---- */

/* A guest's first virtual source behind those of its doorbells, and behind those of its vIOMMUs. */
uint32_t plan_first_viommu_source(const struct plan_guest *guest);
uint32_t plan_first_line_source(const struct plan_guest *guest);

/* A device in messages: the path of its node, or the address of its function. */
#define PLAN_LABEL_MAX CONFIG_PATH_MAX
struct plan_label { char text[PLAN_LABEL_MAX]; };
struct plan_label plan_label(const struct planning *p, uint32_t n);

/* The property of the configuration that names it. */
const char *plan_property(const struct planning *p, uint32_t n);

/* One more window of device n; false, after a finding, when its guest has as many as it can have. */
bool plan_add_window(const struct planning *p, uint32_t n, const struct plan_window *window);

/* Report whoever else on the board has registers in the pages of this device of the platform. */
void plan_check_neighbours(const struct planning *p, uint32_t n);

/* The last byte of a range, for messages; size is not 0. */
static inline uint64_t plan_last(struct pa_range r) { return r.base.v + r.size - 1U; }

#endif
