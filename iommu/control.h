/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers that take time: each is written, and then waited for, no longer than patience
 * (ticks). RISC-V IOMMU 1.0.1: a register whose busy bit is set must not be written (5.5, 5.15 ..
 * 5.17).
 */
#ifndef IOMMU_CONTROL_H
#define IOMMU_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/* Whether the bits of mask in a 32-bit register (or the low half of a longer one) become value. */
bool iommu_await(pa_t regs, uint32_t offset, uint32_t mask, uint32_t value, uint64_t patience);

/* 5.5: in mode Off, and not on the way to or from it. */
bool iommu_is_off(pa_t regs);

/* 5.5: only Off <-> levels. False when it stays busy, or reads back anything else. */
bool iommu_mode_off(pa_t regs, uint64_t patience);
bool iommu_mode_levels(pa_t regs, uint32_t levels, pa_t root, uint64_t patience);

/* 5.15 .. 5.17: csr is IOMMU_CQCSR, IOMMU_FQCSR or IOMMU_PQCSR. Turning on clears its error
 * bits. */
bool iommu_queue_off(pa_t regs, uint32_t csr, uint64_t patience);
bool iommu_queue_on(pa_t regs, uint32_t csr, uint32_t enables, uint64_t patience);

#endif
