/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest sees of one of its PCI functions: a table of dwords of configuration space, each bit
 * of which is a constant, a bit of the hypervisor's memory, or a bit of the hardware. What is not
 * in the table reads 0 and ignores writes, so nothing of a function is reached because somebody
 * forgot to forbid it. docs/architecture.md lists what is visible.
 *
 * Built at boot, after pci_apply. The table of capabilities is what the function then said of
 * itself; a function that changes its mind changes nothing. Pure over platform/hw/pci_config.h. Any
 * hart, one at a time for one view.
 *
 * PCI Express Base 6.0, chapter 7 and 9.3.3 (platform/pci/regs.h).
 */
#ifndef HYP_PCI_VIEW_H
#define HYP_PCI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "hyp/plan/plan.h"
#include "platform/board.h"
#include "platform/pci/pci.h"

/*
 * A bit is writable in hardware, or virtually, or not at all; what is writable in hardware is read
 * from there. A bit that a write of 1 clears is writable in hardware wherever another bit of its
 * dword is: then no write of the guest to that other bit clears it by the way.
 *
 * A BAR reads as its initial value unless all of its virtual bits are set, as by a guest that asks
 * for its size: software that goes by addresses of its own (U-Boot) reads back the true one.
 */
struct pci_view_dword {
    uint16_t offset;
    uint16_t set_hw;         /* of the lower half: written as 1 in hardware with each write to it */
    uint32_t value;          /* of the bits that are not in read_hw; else 0 */
    uint32_t initial;        /* of the writable bits: what they are set to when the guest starts */
    uint32_t read_hw, write_hw, write_virtual;
};

#define PCI_VIEW_DWORDS 168U

/* One page of memory. */
struct pci_view {
    const struct board_pci_host *host;
    uint16_t rid;            /* where its registers are */
    uint16_t virtual_rid;    /* where the guest sees them */
    bool is_virtual;         /* an SR-IOV virtual function */
    bool has_intx;           /* the guest gets its wired interrupt */
    bool has_flr;            /* it can be reset alone and without harm to others */
    bool is_dead;            /* it has not come back from its reset: until the next the guest sees
                              * nothing there */
    uint16_t count;          /* of dwords */
    /* Where it has these capabilities, seen by the guest or not; 0: nowhere. sriov: only if the
     * guest sees it; pm: only if leaving D3hot resets the function. */
    uint16_t msi, msix, express, acs, sriov, pm;
    uint16_t vf_count;       /* virtual functions that the guest may enable; */
    uint16_t vf_first, vf_stride; /* where they appear: First VF Offset, VF Stride on the virtual
                                   * bus */
    /* What a reset destroys and the guest cannot write: as found when the view was built. */
    uint16_t device_control, acs_control;
    uint32_t bars[PCI_BARS];
    struct pci_view_dword dwords[PCI_VIEW_DWORDS]; /* sorted by offset */
};

struct pci_view_source {
    const struct board_pci_host *host;
    const struct pci_function *function; /* of a virtual function its physical one */
    const struct plan_pci *plan;
    bool multifunction;      /* the guest has other functions at that virtual device */
    bool has_vfs;            /* some of its virtual functions are enabled, which a reset of it would
                              * take from their guests */
    uint16_t vf_count;       /* as in struct pci_view; 0: the guest sees no SR-IOV capability */
    uint16_t vf_first, vf_stride;
};

/* False when the function does not answer. The work is bounded whatever it says. Boot hart. */
bool pci_view_build(struct pci_view *view, const struct pci_view_source *from);

/* offset below PCI_CONFIG_SIZE, width 1, 2 or 4, offset aligned to it. */
uint32_t pci_view_read(const struct pci_view *view, uint32_t offset, uint32_t width);
void pci_view_write(struct pci_view *view, uint32_t offset, uint32_t width, uint32_t value);

/* Every writable bit, in hardware or virtual, to its initial value. */
void pci_view_reset(struct pci_view *view);

/* How many of the virtual functions of this one the guest has enabled; it may say more than
 * there are. */
uint32_t pci_view_vfs(const struct pci_view *view);

#endif
