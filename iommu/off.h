/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Default deny: an IOMMU in mode Off lets no device behind it do DMA, whatever state the firmware left
 * it in. Boot hart, before any guest runs.
 *
 * RISC-V IOMMU 1.0.1, section 5.5: ddtp.
 */
#ifndef IOMMU_OFF_H
#define IOMMU_OFF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/* Switch off the IOMMU with its registers at base. False when it stays busy for longer than patience
 * (ticks of the clock) or keeps another mode. */
bool iommu_switch_off(pa_t base, uint64_t patience);

#endif
