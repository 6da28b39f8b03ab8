/* SPDX-License-Identifier: Apache-2.0 */
/* The model's command queue: what is legal, order, fences, and the ways to stop. */
#include "tests/unit/model_bench.h"

static const uint64_t vma = CMD_IOTINVAL, gvma = CMD_IOTINVAL | PLACE(IOTINVAL_GVMA, 7, 3);
static const uint64_t ddt = CMD_IODIR, pdt = CMD_IODIR | PLACE(IODIR_INVAL_PDT, 7, 3);

/* shows: R-MOD-11 */
static void test_which_commands_are_legal(void **state)
{
    const struct { const char *name; uint64_t without, w0, w1; bool legal; } rows[] = {
        { "VMA", 0, vma, 0, true },
        { "VMA, all operands", 0, vma | CMD_AV | CMD_PSCV | CMD_GV | CMD_NL | PLACE(~0U, 12, 20)
              | PLACE(~0U, 44, 16), PLACE(~0U, 10, 40) | CMD_S, true },
        { "VMA bit 11", 0, vma | BIT(11), 0, false },
        { "VMA bit 35", 0, vma | BIT(35), 0, false },
        { "VMA bit 43", 0, vma | BIT(43), 0, false },
        { "VMA bit 60", 0, vma | BIT(60), 0, false },
        { "VMA bit 63", 0, vma | BIT(63), 0, false },
        { "VMA second, bit 0", 0, vma, BIT(0), false },
        { "VMA second, bit 8", 0, vma, BIT(8), false },
        { "VMA second, bit 62", 0, vma, BIT(62), false },
        { "VMA NL without NL", CAP_NL, vma | CMD_NL, 0, false },
        { "VMA S without S", CAP_S, vma, CMD_S, false },
        { "GVMA", 0, gvma | CMD_GV | CMD_AV, 0, true },
        { "GVMA with PSCV", 0, gvma | CMD_PSCV, 0, false },
        { "IOTINVAL 2", 0, opcode(CMD_IOTINVAL, 2U), 0, false },
        { "fence", 0, CMD_IOFENCE | CMD_PR | CMD_PW, 0, true },
        { "fence, WSI but messages", 0, CMD_IOFENCE | CMD_WSI, 0, false },
        { "fence bit 14", 0, CMD_IOFENCE | BIT(14), 0, false },
        { "fence bit 31", 0, CMD_IOFENCE | BIT(31), 0, false },
        { "fence second, bit 62", 0, CMD_IOFENCE, BIT(62), false },
        { "fence, data without AV", 0, CMD_IOFENCE | PLACE(7, 32, 32), 4U, true },
        { "IOFENCE 1", 0, opcode(CMD_IOFENCE, 1U), 0, false },
        { "INVAL_DDT", 0, ddt, 0, true },
        { "INVAL_DDT of a device", 0, ddt | CMD_DV | PLACE(0x3f, 40, 24), 0, true },
        { "INVAL_DDT, too wide", 0, ddt | CMD_DV | PLACE(0x40, 40, 24), 0, false },
        { "INVAL_DDT, too wide but ignored", 0, ddt | PLACE(0x40, 40, 24), 0, true },
        { "INVAL_DDT with PID", 0, ddt | PLACE(1, 12, 20), 0, false },
        { "INVAL_DDT bit 10", 0, ddt | BIT(10), 0, false },
        { "INVAL_DDT bit 32", 0, ddt | BIT(32), 0, false },
        { "INVAL_DDT bit 39", 0, ddt | BIT(39), 0, false },
        { "INVAL_DDT second", 0, ddt, 1U, false },
        { "INVAL_PDT", 0, pdt | CMD_DV | PLACE(0xfffff, 12, 20), 0, true },
        { "INVAL_PDT without DV", 0, pdt, 0, false },
        { "INVAL_PDT, too wide", CAP_PD20, pdt | CMD_DV | PLACE(0x20000, 12, 20), 0, false },
        { "INVAL_PDT without processes", CAP_PD20 | CAP_PD17 | CAP_PD8, pdt | CMD_DV, 0, false },
        { "IODIR 2", 0, opcode(CMD_IODIR, 2U), 0, false },
        { "ATS.PRGR", 0, opcode(CMD_ATS, ATS_PRGR), 0, true },
        { "ATS without ATS", CAP_ATS, opcode(CMD_ATS, ATS_PRGR), 0, false },
        { "ATS bit 34", 0, opcode(CMD_ATS, ATS_PRGR) | BIT(34), 0, false },
        { "ATS 2", 0, opcode(CMD_ATS, 2U), 0, false },
        { "opcode 0", 0, 0, 0, false },
        { "opcode 5", 0, 5, 0, false },
        { "custom", 0, 64, 0, false },
    };
    const uint32_t on = CSR_ENABLE | CSR_IE | CSR_ON;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start(plain_config(CAPS_ALL & ~rows[i].without), DDTP_1LVL);
        command(rows[i].w0, rows[i].w1);
        if (rd(REG_CQCSR, 4U) != (on | (rows[i].legal ? 0U : CQCSR_CMD_ILL))
            || rd(REG_CQH, 4U) != (rows[i].legal ? 1U : 0U)) {
            fail_msg("%s: cqcsr 0x%llx", rows[i].name, (unsigned long long)rd(REG_CQCSR, 4U));
        }
    }
}

/* shows: R-MOD-11, R-MOD-12 */
static void test_an_illegal_command_stops_the_queue_until_it_is_cleared(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    command(ddt, 0U);
    command(5U, 0U);
    command(CMD_IOFENCE | CMD_AV | PLACE(42, 32, 32), FENCED >> 2);
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    assert_int_equal(get64(FENCED), 0U);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE); /* clears nothing */
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    put64(CQ + 16U, ddt);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE | CQCSR_CMD_ILL);
    assert_int_equal(rd(REG_CQH, 4U), 3U);
    assert_int_equal(get64(FENCED), 42U);
    /* round the end of the queue */
    for (unsigned i = 0; i < 20U; i++) {
        command(ddt, 0U);
    }
    assert_int_equal(rd(REG_CQH, 4U), (3U + 20U) % 16U);
}

/* shows: R-MOD-12 */
static void test_enabling_starts_at_entry_0_without_errors(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    command(ddt, 0U);
    command(5U, 0U);
    wr(REG_CQCSR, 4U, 0U);
    assert_int_equal(rd(REG_CQCSR, 4U), CQCSR_CMD_ILL);
    command(ddt, 0U); /* off: nothing is done */
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    wr(REG_CQT, 4U, 0U);
    wr(REG_CQCSR, 4U, CSR_ENABLE);
    assert_int_equal(rd(REG_CQCSR, 4U), CSR_ENABLE | CSR_ON);
    assert_int_equal(rd(REG_CQH, 4U), 0U);
}

/* shows: R-MOD-12 */
static void test_memory_that_refuses_commands_and_fences(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    image_set_trouble(&bench.image, FENCED, IMAGE_READ_ONLY);
    command(CMD_IOFENCE | CMD_AV, FENCED >> 2);
    assert_int_equal(rd(REG_CQCSR, 4U) & CSR_MF, CSR_MF);
    assert_int_equal(rd(REG_CQH, 4U), 0U);
    image_set_trouble(&bench.image, FENCED, IMAGE_GOOD);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_MF);
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    image_set_trouble(&bench.image, CQ, IMAGE_REFUSED);
    wr(REG_CQT, 4U, 2U);
    assert_int_equal(rd(REG_CQCSR, 4U) & CSR_MF, CSR_MF);
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    image_set_trouble(&bench.image, CQ, IMAGE_POISONED);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_MF);
    assert_int_equal(rd(REG_CQCSR, 4U) & CSR_MF, CSR_MF);
}

/* shows: R-MOD-12 */
static void test_a_fence_tells_by_store_and_by_wire(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl = FCTL_WSI;
    start(config, DDTP_1LVL);
    wr(REG_ICVEC, 8U, 2U); /* civ 2 */
    put64(FENCED + 8U, UINT64_MAX);
    command(CMD_IOFENCE | CMD_AV | CMD_WSI | PLACE(0x11223344, 32, 32), (FENCED + 12U) >> 2);
    assert_int_equal(get64(FENCED + 8U), 0x11223344ffffffffU);
    assert_int_equal(rd(REG_CQCSR, 4U) & CQCSR_FENCE_W_IP, CQCSR_FENCE_W_IP);
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    assert_int_equal(model_wires(bench.model), BIT(2));
    command(ddt, 0U); /* a fence that told stops nothing */
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE | CQCSR_FENCE_W_IP);
    assert_int_equal(rd(REG_CQCSR, 4U) & CQCSR_FENCE_W_IP, 0U);
    wr(REG_IPSR, 4U, BIT(CIP));
    assert_int_equal(model_wires(bench.model), 0U);
}

/* shows: R-MOD-12 */
static void test_commands_and_stores_in_big_endian(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl = FCTL_BE;
    config.fctl_writable = FCTL_BE;
    start(config, DDTP_OFF);
    command(__builtin_bswap64(CMD_IOFENCE | CMD_AV | PLACE(0x11223344, 32, 32)),
            __builtin_bswap64(FENCED >> 2));
    assert_int_equal(rd(REG_CQH, 4U), 1U);
    assert_int_equal(get64(FENCED), 0x44332211U);
    (void)ask(TTYP_UNTRANSLATED_READ, 9U, DATA);
    assert_int_equal(__builtin_bswap64(record(0U, 0U)),
                     CAUSE_ALL_DISALLOWED | PLACE(TTYP_UNTRANSLATED_READ, 34, 6)
                         | PLACE(9, 40, 24));
}

/* shows: R-MOD-13 */
static void test_a_fence_waits_for_devices(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    command(opcode(CMD_ATS, ATS_INVAL) | BIT(32) | BIT(33) | PLACE(0x12345, 12, 20)
                | PLACE(0x0108, 40, 16) | PLACE(9, 56, 8), 0x7000U);
    assert_int_equal(bench.messages, 1U);
    assert_int_equal(bench.message.func3, ATS_INVAL);
    assert_true(bench.message.pv && bench.message.dsv);
    assert_int_equal(bench.message.pid, 0x12345U);
    assert_int_equal(bench.message.rid, 0x0108U);
    assert_int_equal(bench.message.dseg, 9U);
    assert_int_equal(bench.message.payload, 0x7000U);
    command(opcode(CMD_ATS, ATS_INVAL), 0U);
    command(CMD_IOFENCE | CMD_AV | PLACE(1, 32, 32), FENCED >> 2);
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    model_invalidation_completed(bench.model);
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    model_invalidation_timed_out(bench.model);
    assert_int_equal(rd(REG_CQCSR, 4U) & CQCSR_CMD_TO, CQCSR_CMD_TO);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE); /* clears nothing: it stands still */
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    assert_int_equal(rd(REG_CQCSR, 4U) & CQCSR_CMD_TO, CQCSR_CMD_TO);
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    assert_int_equal(get64(FENCED), 0U);
    assert_int_equal(rd(REG_IPSR, 4U), BIT(CIP));
    wr(REG_CQCSR, 4U, CSR_ENABLE | CQCSR_CMD_TO);
    assert_int_equal(rd(REG_CQH, 4U), 3U);
    assert_int_equal(get64(FENCED), 1U);
}

/* shows: R-MOD-13 */
static void test_answers_that_nobody_waits_for(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    model_invalidation_completed(bench.model);
    model_invalidation_timed_out(bench.model);
    fence();
    assert_int_equal(rd(REG_CQCSR, 4U) & CQCSR_CMD_TO, 0U);
}

/* shows: R-MOD-14 */
static void test_commands_may_be_done_late(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.whims.late = true;
    start(config, DDTP_1LVL);
    put64(CQ, ddt);
    put64(CQ + 16U, ddt);
    wr(REG_CQT, 4U, 2U);
    wr(REG_ICVEC, 4U, 0U);
    assert_int_equal(model_run(bench.model, 1U), 1U);
    assert_int_equal(model_run(bench.model, 9U), 1U);
    assert_int_equal(rd(REG_CQH, 4U), 2U);
    /* whoever polls sees it done */
    wr(REG_CQT, 4U, 3U);
    put64(CQ + 32U, ddt);
    for (unsigned i = 0; i < 1000U && rd(REG_CQH, 4U) != 3U; i++) {
    }
    assert_int_equal(rd(REG_CQH, 4U), 3U);
}

/* shows: R-MOD-11 */
static void test_a_range_of_all_ones_is_unspecified(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    command(vma | CMD_AV, PLACE(UINT64_MAX >> 1, 10, 51) | CMD_S);
    assert_int_equal(bench.unspecified, 0U);
    command(vma, PLACE(UINT64_MAX, 10, 52) | CMD_S);
    assert_int_equal(bench.unspecified, 0U);
    command(vma | CMD_AV, PLACE(UINT64_MAX, 10, 52) | CMD_S);
    assert_int_equal(bench.unspecified, 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_which_commands_are_legal, end_bench),
        cmocka_unit_test_teardown(test_an_illegal_command_stops_the_queue_until_it_is_cleared,
                                  end_bench),
        cmocka_unit_test_teardown(test_enabling_starts_at_entry_0_without_errors, end_bench),
        cmocka_unit_test_teardown(test_memory_that_refuses_commands_and_fences, end_bench),
        cmocka_unit_test_teardown(test_a_fence_tells_by_store_and_by_wire, end_bench),
        cmocka_unit_test_teardown(test_commands_and_stores_in_big_endian, end_bench),
        cmocka_unit_test_teardown(test_a_fence_waits_for_devices, end_bench),
        cmocka_unit_test_teardown(test_answers_that_nobody_waits_for, end_bench),
        cmocka_unit_test_teardown(test_commands_may_be_done_late, end_bench),
        cmocka_unit_test_teardown(test_a_range_of_all_ones_is_unspecified, end_bench),
    };

    return cmocka_run_group_tests_name("model_commands", tests, NULL, NULL);
}
