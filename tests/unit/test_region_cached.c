/* SPDX-License-Identifier: Apache-2.0 */
/* Trap mode against hardware mode where both cache what they may and are slow: a guest that sends
 * the invalidations that the specification asks for must not notice. */
#include "tests/unit/region_world.h"

#define STEPS 3000U
#define STAGE_PSCID(s) (1U + (s))      /* a space for each first stage */
#define OTHER_TABLE(s) (GUEST_RAM + 0x28000U + 0x1000U * (s))  /* in the place of its last table */
#define PROCESSES 4U

static uint32_t passes, faults;
static uint64_t now[16][2];            /* commands that wait for the doorbell */
static uint32_t waiting;

static void give(uint64_t first, uint64_t second)
{
    assert_true(waiting < W_SIZE - 1U);
    now[waiting][0] = first;
    now[waiting++][1] = second;
}

/* A few that are there most of the time, of all three leaves. */
static uint32_t any_device(void)
{
    return GUEST_DEVICES - 1U - below(6U);
}

/* All of them, a fence, and one doorbell. */
static void ring(void)
{
    const uint32_t tail = load32(REG_CQT);

    give(CMD_IOFENCE, 0U);
    for (uint32_t i = 0; i < waiting; i++) {
        put_command(tail + i, now[i][0], now[i][1]);
    }
    store(REG_CQT, 4U, (tail + waiting) % W_SIZE);
    assert_int_equal(load32(REG_CQH), load32(REG_CQT));
    waiting = 0U;
}

/* ---- changes, and the commands that each asks for -------------------------------------------- */

static uint64_t in_space(uint32_t s)
{
    return one_in(2U) ? CMD_PSCV | PLACE(STAGE_PSCID(s), 12, 20) : 0U;
}

static uint64_t good_leaf(void)
{
    static const uint64_t rights[] = { PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D,
                                       PTE_V | PTE_R | PTE_U | PTE_A | PTE_D, 0U };

    return (W_DATA + 4096U * below(4U)) >> 2 | rights[one_in(3U) ? below(3U) : 0U];
}

static void change_leaf(void)
{
    const uint32_t s = below(2U), page = below(W_PAGES);
    const uint64_t pointer = ENTRY_PPN(get(W_STAGE(s) + 0x1000U)) << 12;

    put(pointer + 8U * page, good_leaf());
    switch (below(4U)) {
    case 0: give(CMD_IOTINVAL | in_space(s), 0U); break;
    case 1: give(CMD_IOTINVAL | in_space(s) | CMD_AV, CMD_S | PLACE(7U, 10, 52)); break;
    case 2: give(CMD_IOTINVAL | in_space(s) | CMD_AV, CMD_S | PLACE(page & ~1U, 10, 52)); break;
    default: give(CMD_IOTINVAL | in_space(s) | CMD_AV, PLACE(page, 10, 52)); break;
    }
}

/* An entry that leads to a table: by address it goes with NL alone. */
static void change_pointer(void)
{
    const uint32_t s = below(2U);
    const uint64_t old = ENTRY_PPN(get(W_STAGE(s) + 0x1000U)) << 12;
    const uint64_t new = old == OTHER_TABLE(s) ? W_STAGE(s) + 0x2000U : OTHER_TABLE(s);

    put(W_STAGE(s) + 0x1000U, new >> 2 | PTE_V);
    if (one_in(2U)) {
        give(CMD_IOTINVAL | in_space(s), 0U);
    } else {
        give(CMD_IOTINVAL | in_space(s) | CMD_AV | CMD_NL, CMD_S | PLACE(7U, 10, 52));
    }
}

static void change_context(void)
{
    const uint32_t n = any_device(), s = below(2U);
    const bool directory = one_in(3U);

    switch (below(8U)) {
    case 0: put_context(n, 0U, 0U, 0U); break;
    case 1: put_context(n, TC_V, 0U, 0U); break;
    default:
        put_context(n, TC_V | (directory ? TC_PDTV : 0U) | (directory && one_in(2U) ? TC_DPE : 0U),
                    PLACE(STAGE_PSCID(s), 12, 20),
                    directory ? PLACE(PDTP_PD8, 60, 4) | W_PDT >> 12 : first_stage_of(s));
        break;
    }
    give(CMD_IODIR | (one_in(3U) ? 0U : CMD_DV | PLACE(guest_ids[n], 40, 24)), 0U);
}

static void change_process(void)
{
    const uint32_t pid = below(PROCESSES), s = below(2U);

    put(W_PDT + 16U * pid, one_in(4U) ? 0U : PC_TA_V | PLACE(STAGE_PSCID(s), 12, 20));
    put(W_PDT + 16U * pid + 8U, first_stage_of(s));
    if (one_in(2U)) {
        give(CMD_IODIR, 0U);
        return;
    }
    for (uint32_t n = 0; n < GUEST_DEVICES; n++) { /* one command for each device, in two goes */
        if (waiting == W_SIZE - 2U) {
            ring();
        }
        give(CMD_IODIR | PLACE(IODIR_INVAL_PDT, 7, 3) | CMD_DV | PLACE(guest_ids[n], 40, 24)
             | PLACE(pid, 12, 20), 0U);
    }
}

static void any_accesses(void)
{
    for (uint32_t i = below(8U); i > 0U; i--) {
        struct model_request r = {
            .type = one_in(2U) ? TTYP_UNTRANSLATED_READ : TTYP_UNTRANSLATED_WRITE,
            .iova = 4096U * below(W_PAGES) + 4U * below(64U),
            .pv = one_in(5U), .process_id = below(PROCESSES)
        };
        const struct model_outcome outcome = access(any_device(), r, below(4096U));

        passes += outcome.end == MODEL_TRANSLATED;
        faults += outcome.end == MODEL_FAULT;
    }
    store(REG_FQH, 4U, load32(REG_FQT));
}

static void step(void)
{
    for (uint32_t i = below(3U); i > 0U; i--) {
        switch (below(4U)) {
        case 0: case 1: change_leaf(); break;
        case 2: one_in(3U) ? change_pointer() : change_context(); break;
        default: change_process(); break;
        }
        if (waiting > W_SIZE / 2U) {
            ring();
        }
    }
    ring();
    any_accesses();
}

static void run(uint64_t board, struct model_whims whims)
{
    struct model_config config = bench_config(board);

    config.whims = whims;
    world_seed = whims.seed;
    waiting = 0U;
    bench_begin(&config, true, false);
    put_directories();
    for (uint32_t s = 0; s < 2U; s++) {
        put(W_STAGE(s), (W_STAGE(s) + 0x1000U) >> 2 | PTE_V);
        put(W_STAGE(s) + 0x1000U, (W_STAGE(s) + 0x2000U) >> 2 | PTE_V);
        for (uint32_t page = 0; page < W_PAGES; page++) {
            put(W_STAGE(s) + 0x2000U + 8U * page, good_leaf());
            put(OTHER_TABLE(s) + 8U * page, good_leaf());
        }
    }
    messages();
    queues_on();
    set_mode(DDTP_3LVL);
    for (uint32_t i = 0; i < STEPS; i++) {
        step();
    }
}

/* shows: R-MOD-38 */
static void test_copies_do_not_tell_the_modes_apart(void **state)
{
    (void)state;
    run(0U, (struct model_whims){ .seed = 1U, .keep = 100U, .use = 100U });
    run(1U, (struct model_whims){ .seed = 2U, .keep = 80U, .use = 80U, .drop = 20U, .pointers = 50U,
                                  .late = true, .lagging = true });
    run(2U, (struct model_whims){ .seed = 3U, .keep = 100U, .use = 90U, .pointers = 100U,
                                  .lagging = true });
    assert_true(passes > 4000U && faults > 4000U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_copies_do_not_tell_the_modes_apart, bench_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
