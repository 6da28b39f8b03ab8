/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/attack.h"

#include "guest/lib/csr.h"
#include "guest/lib/sbi.h"
#include "guest/lib/sleep.h"
#include "guest/lib/tree.h"

#define SLOT        1U
#define PATIENCE_MS 2000U

static uint64_t (*volatile step_of)(uint64_t, uint64_t);
static volatile uint32_t wanted;
static volatile uint64_t steps;

uint64_t helper_id(void)
{
    uint64_t ids[HART_MAX];
    uint32_t count = tree_harts(ids, HART_MAX);

    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] != harts[0].id) {
            return ids[i];
        }
    }
    return harts[0].id;
}

bool helper_exists(void)
{
    return helper_id() != harts[0].id;
}

static void work(uint64_t arg)
{
    struct fault fault;

    ways_open();
    while (wanted != 0U) {
        (void)probe(step_of, arg, steps, &fault);
        steps++;
    }
}

bool helper_run(uint64_t (*step)(uint64_t, uint64_t), uint64_t arg)
{
    step_of = step;
    steps = 0;
    wanted = 1;
    return hart_start(SLOT, helper_id(), work, arg) == SBI_SUCCESS;
}

void helper_tell(void)
{
    wanted = 0;
    fence();
}

bool helper_stop(void)
{
    uint64_t end = ms_from_now(PATIENCE_MS);

    helper_tell();
    while (sbi_call(SBI_EXT_HSM, HSM_STATUS, helper_id(), 0, 0, 0, 0).value != HSM_STOPPED) {
        if (rdtime() >= end) {
            return false;
        }
    }
    return true;
}

bool helper_is_at_it(void)
{
    uint64_t end = ms_from_now(PATIENCE_MS);

    while (steps == 0U && rdtime() < end) {
    }
    return steps != 0U;
}
