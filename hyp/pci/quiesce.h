/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bring the PCI functions of a guest to rest, and to the state in which it finds them at its start: no DMA, no
 * interrupt, reset where the function can be reset alone, BARs in place, memory decoding on, bus mastering off.
 *
 * All vCPUs of the guest are parked. On any hart; takes up to 1.3 s, in which the console is looked after.
 * PCI Express Base 6.6.2 (function-level reset).
 */
#ifndef HYP_PCI_QUIESCE_H
#define HYP_PCI_QUIESCE_H

#include <stdint.h>

#include "hyp/pci/view.h"

/* hz: ticks of clock_now in a second. name: the guest's, for the log. */
void pci_quiesce(struct pci_view *const *views, uint32_t count, uint64_t hz, const char *name);

#endif
