/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of bench_iommu. One that goes wrong prints "bench: FAIL WHAT" and shuts the guest down,
 * without the last line that bench/counting.py waits for. First hart, interrupts off but in
 * mapping_works.
 */
#ifndef GUEST_BENCH_IOMMU_H
#define GUEST_BENCH_IOMMU_H

#include <stdbool.h>

#include "guest/bench/mapping.h"
#include "guest/lib/edu.h"

/* Go on if it is true, else FAIL. */
void must(bool good, const char *what);

/* Is what the mapping does real? The edu's DMA arrives through a page that is mapped, and is refused
 * as soon as it is not. */
bool mapping_works(struct mapping *mapping, struct edu *edu);

/* From the store that makes the edu send its MSI to the handler's first instruction. The page that it
 * is sent to is mapped. */
void bench_message(struct edu *edu);

#endif
