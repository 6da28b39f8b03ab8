/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that an IOMMU whose walks are not coherent shares with the harts: after a flush the IOMMU
 * sees what any hart wrote to the range before, and this hart's next load sees what the IOMMU
 * wrote. Never between two agents that both wrote to one cache block.
 *
 * cache_block is the size of a block in bytes (riscv,cbom-block-size), a power of two; 0 says that
 * walks are coherent, and nothing is done. Any hart. Needs Zicbom, and menvcfg.CBCFE of the
 * firmware.
 */
#ifndef IOMMU_FLUSH_H
#define IOMMU_FLUSH_H

#include <stdint.h>

#include "lib/addr.h"

void iommu_flush(pa_t base, uint64_t size, uint32_t cache_block);

#endif
