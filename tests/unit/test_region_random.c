/* SPDX-License-Identifier: Apache-2.0 */
/* Trap mode against hardware mode under seeded random stores of a guest that means no good, and
 * what its devices then try. */
#include "tests/unit/region_world.h"

#define STEPS 12000U

static struct {
    uint32_t commands, stops, wires, records, lost, passes, msis;
    uint32_t causes[CAUSE_PT_CORRUPTION + 1];
} seen;

static uint64_t any_root(void)
{
    static const uint64_t roots[] = { W_LEAF, W_MIDDLE, W_TOP, W_LEAF2, W_HOLE };

    return roots[below(5U)] >> 2 | (one_in(16U) ? BIT(49) : 0U);
}

static uint64_t any_base(uint64_t usual)
{
    const uint64_t base = one_in(8U) ? W_HOLE : usual;

    return base >> 2 | (one_in(6U) ? below(32U) : W_LOG2 - 1U);
}

static uint64_t any_message_address(void)
{
    switch (below(6U)) {
    case 0: return W_DATA;
    case 1: return any64();
    case 2: return GUEST_FILES + 4U * below(4U);
    default: return GUEST_FILES + 4096U * below(5U);
    }
}

static void any_store(void)
{
    static const uint32_t offsets[] = {
        REG_CQT, REG_CQT, REG_CQT, REG_CQT, REG_CQT, REG_CQT, REG_CQCSR, REG_CQCSR, REG_CQCSR,
        REG_FQCSR, REG_FQCSR, REG_FQH, REG_FQH, REG_IPSR, REG_IPSR, REG_FCTL, REG_ICVEC, REG_DDTP,
        REG_CQB, REG_FQB, REG_MSI_ADDR(0U), REG_MSI_ADDR(1U), REG_MSI_DATA(0U), REG_MSI_VEC_CTL(0U),
        REG_MSI_VEC_CTL(1U),
    };
    uint32_t offset = offsets[below(sizeof(offsets) / sizeof(offsets[0]))], width = 4U;
    uint64_t value = any64();

    switch (offset) {
    case REG_CQT: value = below(W_SIZE); break;
    case REG_CQCSR: /* mostly as a driver recovers: another command where it stopped */
        any_command(load32(REG_CQH));
        value = one_in(8U) ? any64() : below(16U) << 8 | CSR_ENABLE | below(2U) * CSR_IE;
        break;
    case REG_FQCSR:
        value = one_in(8U) ? any64() : below(4U) << 8 | CSR_ENABLE | below(2U) * CSR_IE;
        break;
    case REG_DDTP: width = 8U; value = any_root() | below(7U); break;
    case REG_CQB: width = 8U; value = any_base(W_CQ); break;
    case REG_FQB: width = 8U; value = any_base(W_FQ); break;
    case REG_MSI_ADDR(0U): case REG_MSI_ADDR(1U):
        width = 8U;
        value = any_message_address();
        break;
    case REG_ICVEC: width = one_in(2U) ? 4U : 8U; break;
    default: break;
    }
    if (one_in(8U)) { /* a half, another width, another place */
        width = 1U << below(4U);
        offset = (one_in(2U) ? offset + 4U * below(2U) : below(REG_PAGE)) & ~(width - 1U);
        if (offset < REG_CQH + 8U || (offset >= REG_FQB && offset < REG_FQT)) {
            value &= ~PLACE(UINT64_MAX, 0, 32); /* no base of a queue or directory in the tables */
        }
    }
    store(offset, width, value);
    /* Another root without its mode's being stored is one that nobody was told of. */
    world_stale = world_stale || (offset & ~7U) == REG_DDTP;
}

static void any_change(void)
{
    switch (below(6U)) {
    case 0: any_context(below(GUEST_DEVICES)); break;
    case 1: any_process(); break;
    case 2:
        if (one_in(4U)) {
            any_pointer();
        }
        break;
    case 3: put(W_STAGE(below(2U)) + 0x2000U + 8U * below(W_PAGES), any_leaf(0U)); break;
    case 4: put_directories(); break;
    default: any_command(below(W_SIZE)); break;
    }
}

static void any_access(void)
{
    const uint32_t tail = load32(REG_FQT);
    const struct model_outcome outcome = access(below(GUEST_DEVICES), any_request(), below(4096U));

    seen.passes += outcome.end == MODEL_TRANSLATED;
    seen.msis += outcome.end == MODEL_TRANSLATED && outcome.msi;
    seen.causes[outcome.cause]++;
    if (load32(REG_FQT) != tail) {
        seen.records++;
        if (outcome.end == MODEL_FAULT) { /* the device's end is what the guest reads */
            assert_int_equal(get(W_FQ + 32U * tail) & 0xfffU, outcome.cause);
        }
    }
}

static void step(void)
{
    const uint32_t head = load32(REG_CQH);

    if (one_in(50U)) {
        put_directories();
        queues_on();
        set_mode(one_in(8U) ? DDTP_BARE : DDTP_1LVL + below(3U));
    }
    switch (below(8U)) {
    case 0: case 1: case 2: any_store(); break;
    case 3: case 4: any_change(); break;
    case 5:
        if (world_stale && one_in(4U)) {
            synchronise();
        }
        break;
    default:
        for (uint32_t i = below(8U); !world_stale && i > 0U; i--) {
            any_access();
        }
        if (!world_stale && one_in(16U)) {
            page_request(below(GUEST_DEVICES), 0U);
        }
        break;
    }
    seen.commands += load32(REG_CQH) != head;
    seen.stops += (load32(REG_CQCSR) & (CSR_MF | CQCSR_CMD_ILL)) != 0U;
    seen.lost += (load32(REG_FQCSR) & (CSR_MF | CSR_OF)) != 0U;
    seen.wires += trap.wires != 0U;
}

static void run(uint64_t seed, bool process_ids, bool by_wire)
{
    const struct model_config config = bench_config(seed % BENCH_BOARDS);

    world_seed = seed;
    bench_begin(&config, process_ids, one_in(2U));
    put_directories();
    put_first_stages();
    messages();
    store(REG_FCTL, 4U, by_wire ? FCTL_WSI : 0U);
    for (uint32_t n = 0; n < GUEST_DEVICES; n++) {
        any_context(n);
    }
    queues_on();
    set_mode(DDTP_3LVL);
    for (uint32_t i = 0; i < STEPS; i++) {
        step();
    }
}

/* shows: R-MOD-36 */
static void test_nothing_tells_the_two_modes_apart(void **state)
{
    static const enum cause causes[] = {
        CAUSE_INSTRUCTION_ACCESS, CAUSE_READ_ACCESS, CAUSE_WRITE_ACCESS, CAUSE_INSTRUCTION_PAGE,
        CAUSE_READ_PAGE, CAUSE_WRITE_PAGE, CAUSE_ALL_DISALLOWED, CAUSE_DDT_LOAD_ACCESS,
        CAUSE_DDT_INVALID, CAUSE_DDT_MISCONFIGURED, CAUSE_TYPE_DISALLOWED, CAUSE_PDT_INVALID,
        CAUSE_PDT_MISCONFIGURED
    };

    (void)state;
    for (uint64_t seed = 1U; seed <= 6U; seed++) {
        run(seed, seed % 2U == 0U, seed > 3U);
    }
    /* All of it was reached. */
    assert_true(seen.commands > 1000U && seen.stops > 1000U && seen.records > 1000U);
    assert_true(bench_messages > 200U && bench_fences > 500U && seen.wires > 1000U);
    assert_true(seen.lost > 1000U && seen.passes > 1000U && seen.msis > 100U);
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        assert_true(seen.causes[causes[i]] > 20U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_tells_the_two_modes_apart, bench_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
