/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bring the PCI functions of a guest to rest, and to the state in which it finds them at its start:
 * no DMA, no interrupt, reset where the function can be reset alone, BARs in place, memory decoding
 * on, bus mastering off.
 *
 * All vCPUs of the guest are parked. On any hart; takes up to 1.3 s, in which the console is looked
 * after. A function without function-level reset is put to D3hot and back, if that resets it. One
 * that has neither keeps what it was told, but had 100 ms without bus mastering.
 *
 * PCI Express Base 6.6.2 (function-level reset); PCI Power Management 1.2, 5.4.1.
 */
#ifndef HYP_PCI_QUIESCE_H
#define HYP_PCI_QUIESCE_H

#include <stdint.h>

#include "hyp/pci/view.h"

/* hz: ticks of clock_now in a second. name: the guest's, for the log. */
void pci_quiesce(struct pci_view *const *views, uint32_t count, uint64_t hz, const char *name);

#endif
