/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole board with its guests, devices and IOMMUs, under any sequence of what they can do
 * (tests/world). An input is a case of the property tests: 8 bytes of seed, 16 of each operation; the
 * invariants are the judges. What fails can be replayed: tests/property/world.c.
 */
/* covers: hyp/dma hyp/viommu hyp/guest.c hyp/lifecycle iommu */
#include "tests/fuzz/fuzz.h"

#include "tests/property/case.h"

/* A board boots for each, so fewer than of others. */
const uint32_t fuzz_inputs = 300U;

/* Of an input: what is longer shows little that is new and takes long. */
#define OPERATIONS 128U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct property_case c;
    volatile size_t done;

    case_from_bytes(data, size, &c);
    c.count = c.count < OPERATIONS ? c.count : OPERATIONS;
    case_run(&c, &done);
    return 0;
}
