/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a guest's tree, each written by one file. All take the guest from the plan and add
 * their nodes at the place where w stands. Pure.
 */
#ifndef HYP_GUESTDT_PARTS_H
#define HYP_GUESTDT_PARTS_H

#include <stdint.h>

#include "hyp/guestdt/writer.h"
#include "hyp/plan/plan.h"

/*
 * Phandles of the generated nodes. They lie where no board's tree has any (dtc counts from 1):
 * should a reference be copied from the board in a property that is not known to hold one, it leads
 * nowhere instead of to a wrong node.
 */
#define GUESTDT_PHANDLE_IMSIC UINT32_C(0x42000000)
#define GUESTDT_PHANDLE_APLIC UINT32_C(0x42000001)
#define GUESTDT_PHANDLE_INTC  UINT32_C(0x42000100) /* that of vCPU i is i further */
#define GUESTDT_PHANDLE_VIOMMU UINT32_C(0x42000200) /* that of the guest's vIOMMU i is i further */

/* Interrupt types of the APLIC's second interrupt cell (binding riscv,aplic). */
#define GUESTDT_EDGE_RISING UINT32_C(1)
#define GUESTDT_LEVEL_HIGH  UINT32_C(4)

/* In the root: /aliases, /chosen, /memory, /cpus. */
void guestdt_chosen(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);
void guestdt_memory(struct dt_writer *w, const struct plan_guest *guest);
void guestdt_cpus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);

/* In /chosen if the board has one: a seed for random numbers, zeros until a life begins. */
#define GUESTDT_SEED "rng-seed"

/* What Linux is told in /chosen and at the PCI host: addresses are as they are
 * (of_pci_preserve_config). */
#define GUESTDT_PCI_KEEP "linux,pci-probe-only"

/* In /soc. */
void guestdt_viommus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);
void guestdt_interrupt_controllers(struct dt_writer *w, const struct plan *plan,
                                   const struct plan_guest *guest);
void guestdt_serial(struct dt_writer *w);
void guestdt_shared_memories(struct dt_writer *w, const struct plan *plan,
                             const struct plan_guest *guest);
void guestdt_devices(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);
/* Nothing if the guest has no PCI functions. */
void guestdt_pci(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);

/* iommus of a device of the platform, iommu-map of the PCI host: by which ids vIOMMUs know what is
 * behind them. Nothing for what is behind none. */
void guestdt_iommus(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest,
                    const struct plan_device *device);
void guestdt_iommu_map(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest);

/* interrupt-parent and interrupts, in pairs of source and type, at the guest's APLIC. */
void guestdt_interrupts(struct dt_writer *w, const uint32_t *pairs, uint32_t pair_count);

#endif
