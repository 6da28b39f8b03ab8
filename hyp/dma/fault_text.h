/* SPDX-License-Identifier: Apache-2.0 */
/* A device and a fault in words. Pure. */
#ifndef HYP_DMA_FAULT_TEXT_H
#define HYP_DMA_FAULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyp/plan/plan.h"
#include "iommu/fault.h"

/* Whether a device's requests carry this id at this IOMMU. */
bool fault_carries(const struct plan_dma *dma, uint32_t iommu, uint32_t device_id);

/* The device that carries this id at this IOMMU, as index in plan->devices, or -1. Devices that
 * share an id belong to one guest; the first of them is named. */
int fault_find_device(const struct plan *plan, uint32_t iommu, uint32_t device_id);

/* guest "linux" device "nvme" (0000:00:01.0) */
#define FAULT_DEVICE_TEXT_MAX 224U
const char *fault_device_text(const struct plan *plan, uint32_t device,
                              char buffer[FAULT_DEVICE_TEXT_MAX]);

/* Where the configuration gives the device away: "demo.dts:23", or the path of its node. */
#define FAULT_PLACE_TEXT_MAX 160U
const char *fault_place_text(const struct plan *plan, uint32_t device,
                             char buffer[FAULT_PLACE_TEXT_MAX]);

/* DMA write at 0x80001000 refused: no such memory in the guest (cause 23) */
#define FAULT_TEXT_MAX 160U
const char *fault_text(const struct iommu_fault *fault, char buffer[FAULT_TEXT_MAX]);

#endif
