/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of boot. All run on the boot hart, once, in the order of boot/main.c; each either does
 * its work or reports what is wrong and stops the board through boot_stop.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdnoreturn.h>

#include "hyp/guest.h"
#include "hyp/plan/plan.h"
#include "platform/pages.h"

/* From entry.S. */
noreturn void boot_main(uint64_t hart_id, pa_t device_tree);
noreturn void hart_main(struct hart *hart);

/* No guest runs: say so, and power the board off (or wait, if the firmware cannot). */
noreturn void boot_stop(void);

/* The hypervisor itself, with its bss. */
struct pa_range boot_image(void);

/* boot/read.c: data from the boot loader */
void boot_read_board(pa_t device_tree, struct board *board);
void boot_find_pci(const struct board *board, struct pci *pci);
void boot_read_bundle(const struct board *board, struct bundle *bundle);
void boot_read_config(const struct bundle *bundle, struct config *config);
void boot_make_plan(const struct board *board, const struct pci *pci, const struct config *config,
                    const struct bundle *bundle, struct plan *plan);

/* boot/guests.c: what the plan says, made real */
void boot_start_units(const struct plan *plan, struct pages *pages);
void boot_make_guests(const struct plan *plan, struct pages *pages);

/* boot/own_space.c: satp for every hart */
uint64_t boot_make_own_space(const struct plan *plan, struct pages *pages);

/* boot/harts.c */
void boot_make_harts(const struct plan *plan, uint64_t boot_hart_id, struct pages *pages);
void boot_start_harts(const struct plan *plan, uint64_t satp);

#endif
