/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: any bytes as its blob, then the plan that is made of it, without a board, on a
 * board, and on a board whose PCI functions are known. */
/* covers: hyp/config hyp/plan lib/nearest.c lib/format.c */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/fake_configs.h"
#include "tests/unit/plan_checks.h"

static bool build(const struct board *on, const struct pci *with)
{
    size_t length;
    struct diag d = fuzz_diag(&length);

    const bool good = plan_build(on, with, &config, NULL, used, 3U, &plan, &d);
    assert_int_equal(good, d.errors == 0U);
    return good;
}

static void check_plan(void)
{
    check_memory();
    check_devices();
    for (uint32_t g = 0U; g < plan.guest_count; g++) {
        check_guest_map(&plan.guests[g]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pci pci;
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *blob = fuzz_copy(data, size);

    if (board.hart_count == 0U) {
        fake_board(&board);
        fake_inventory(&pci);
        used[0] = (struct pa_range){ pa(UINT64_C(0x80200000)), 0x100000U };
    }
    const bool good = config_parse(blob, size, &config, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        (void)build(NULL, NULL);
        if (build(&board, NULL)) {
            check_plan();
        }
        if (build(&board, &pci)) {
            check_plan();
        }
    }
    free(blob);
    return 0;
}
