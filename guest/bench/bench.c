/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest pays for a service, in retired instructions. Runs unchanged on the bare board under
 * OpenSBI and in a Bulkhead guest; bench/ sets both side by side.
 */
#include "guest/bench/bench.h"

#include "guest/lib/console.h"
#include "guest/lib/guest.h"
#include "guest/lib/sbi.h"

void guest_main(void)
{
    bench_services();
    bench_handlers();
    bench_iommu();
    print("bench: end\n");
    sbi_shutdown();
}
