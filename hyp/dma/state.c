/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/state.h"

struct dma_iommu dma_iommus[BOARD_MAX_IOMMUS];
struct dma_device dma_devices[CONFIG_MAX_DEVICES];
struct dma_guest dma_guests[CONFIG_MAX_GUESTS];
