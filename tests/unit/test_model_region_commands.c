/* SPDX-License-Identifier: Apache-2.0 */
/* State regions on the model alone: commands, copies, interrupts. */
#include "tests/unit/model_region.h"

/* shows: R-MOD-31 */
static void test_a_fence_stores_to_what_is_the_guests(void **state)
{
    const uint64_t w0 = opcode(CMD_IOFENCE, 0U) | CMD_AV | PLACE(0x1234U, 32, 32);
    static const uint64_t refused[] = { GUEST - 0x1000U, FILES + 4U, FILES + 0x3000U, FENCED };

    (void)state;
    begin_nested();
    guest_command(w0, (G_DATA + 8U) >> 2);
    assert_int_equal(get64(at(G_DATA) + 8U), 0x1234U);
    guest_command(w0, (FILES + 0x1000U) >> 2);
    assert_int_equal(get64(FILE_PA + 0x1000U), 0x1234U);
    guest_command(w0 & ~PLACE(UINT64_MAX, 32, 32), (FILES + 0x2000U) >> 2); /* identity 0: none */
    assert_int_equal(sr(REG_CQH, 4U), 3U);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        guest_command(w0, refused[i] >> 2);
        assert_int_equal(sr(REG_CQCSR, 4U), CSR_ENABLE | CSR_IE | CSR_ON | CSR_MF);
        sw(REG_CQCSR, 4U, 0U);
        sw(REG_CQT, 4U, 0U);
        sw(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    }
    assert_int_equal(get64(FENCED), 0U);
}

/* shows: R-MOD-31 */
static void test_commands_of_second_stages_are_not_there(void **state)
{
    static const uint64_t illegal[] = { CMD_IOTINVAL | CMD_GV, CMD_IOTINVAL | 1U << 7,
                                        CMD_IOTINVAL | 1U << 7 | CMD_GV, CMD_ATS, 0U,
                                        CMD_IOFENCE | CMD_WSI };

    (void)state;
    begin_nested();
    for (size_t i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++) {
        guest_command(illegal[i], 0U);
        assert_int_equal(sr(REG_CQCSR, 4U), CSR_ENABLE | CSR_IE | CSR_ON | CQCSR_CMD_ILL);
        sw(REG_CQCSR, 4U, 0U);
        sw(REG_CQT, 4U, 0U);
        sw(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE);
    }
}

/* shows: R-MOD-31, R-MOD-35 */
static void test_copies_stay_until_the_guest_says_so(void **state)
{
    (void)state;
    begin_hoarding();
    guest_stage(pte(G_DATA + 0x1000U, LEAF));
    expect_address(read_at(0x5000U), at(G_DATA));
    guest_command(CMD_IOTINVAL | CMD_PSCV | PLACE(4U, 12, 20), 0U); /* another space */
    expect_address(read_at(0x5000U), at(G_DATA));
    guest_command(CMD_IOTINVAL | CMD_PSCV | PLACE(3U, 12, 20), 0U);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    guest_context(VIRTUAL, 0U, 3U, 0U);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    guest_command(CMD_IODIR | CMD_DV | PLACE(VIRTUAL, 40, 24), 0U);
    expect_address(read_at(G_DATA), at(G_DATA));
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    expect_address(read_at(G_DATA), at(G_DATA));
    guest_levels();                                     /* a store to ddtp forgets contexts */
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
}

/* shows: R-MOD-31 */
static void test_what_the_host_invalidates_goes_too(void **state)
{
    (void)state;
    begin_hoarding();
    guest_stage(pte(G_DATA + 0x1000U, LEAF));
    command(opcode(CMD_IOTINVAL, IOTINVAL_VMA) | CMD_GV | PLACE(GSCID + 1U, 44, 16), 0U);
    expect_address(read_at(0x5000U), at(G_DATA));
    command(opcode(CMD_IOTINVAL, IOTINVAL_VMA) | CMD_GV | PLACE(GSCID, 44, 16), 0U);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    guest_context(VIRTUAL, 0U, 3U, 0U);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    command(opcode(CMD_IODIR, IODIR_INVAL_DDT) | CMD_DV | PLACE(DEVICE, 40, 24), 0U);
    expect_address(read_at(G_DATA), at(G_DATA));
    /* and a region that was off and on remembers nothing */
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    control(STATE_CTL, 0U);
    control(STATE_CTL, STATE_CTL_EN);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
}

/* A second guest, which has the same ids and spaces for itself. */
static void other_guest(void)
{
    const uint64_t root = GROOT + 0x4000U, pa = GUEST_PA + 0x200000U;
    const uint64_t hgatp = iohgatp(ATP_SV39, root, GSCID + 1U), page = WINDOW;
    const uint64_t words[][2] = { { REG_CAPABILITIES, SHOWN },
                                  { REG_DDTP, G_DDT >> 2 | DDTP_1LVL },
                                  { REG_PAGE + STATE_IOHGATP, hgatp },
                                  { REG_PAGE + STATE_CTL, STATE_CTL_EN } };

    (void)map(root, 3U, GUEST, 1U, pte(pa, LEAF));
    for (uint64_t offset = 0; offset < 0x8000U; offset += 8U) {
        put64(pa + offset, get64(GUEST_PA + offset));
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(model_state_write(bench.model, page + words[i][0], 8U, words[i][1]));
    }
    put_dc(DEVICE + 1U, 0U, hgatp, atp(FSC_STATE, page));
    put64(dc_at(DEVICE + 1U) + 8U * DC_TA, TA_VDID_IS(VIRTUAL));
}

/* shows: R-MOD-31 */
static void test_two_guests_do_not_meet(void **state)
{
    (void)state;
    begin_hoarding();
    other_guest();
    expect_address(ask(TTYP_UNTRANSLATED_READ, DEVICE + 1U, 0x5000U), at(G_DATA) + 0x200000U);
    expect_address(read_at(0x5000U), at(G_DATA));
    /* what both have changed, one of them says */
    guest_stage(pte(G_DATA + 0x1000U, LEAF));
    put64(at(G_STAGE) + 0x202000U + 5U * 8U, pte(G_DATA + 0x1000U, LEAF));
    guest_command(CMD_IOTINVAL, 0U);
    expect_address(ask(TTYP_UNTRANSLATED_READ, DEVICE + 1U, 0x5000U), at(G_DATA) + 0x200000U);
    expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    guest_context(VIRTUAL, 0U, 0U, 0U);
    put64(at(G_DDT) + 0x200000U + 32U * VIRTUAL, 0U);
    guest_command(CMD_IODIR, 0U);
    expect_address(ask(TTYP_UNTRANSLATED_READ, DEVICE + 1U, 0x5000U), at(G_DATA) + 0x200000U);
    expect_address(read_at(G_DATA), at(G_DATA));
    /* nor are one's faults the other's */
    expect_fault(ask(TTYP_UNTRANSLATED_READ, DEVICE + 1U, 0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(sr(REG_FQT, 4U), 0U);
}

/* shows: R-MOD-33 */
static void test_messages_go_to_the_guests_files(void **state)
{
    (void)state;
    begin_nested();
    guest_command(0U, 0U);
    assert_int_equal(get64(FILE_PA), 30U);
    assert_int_equal(sr(REG_IPSR, 4U), BIT(CIP));
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(get64(FILE_PA + 0x1000U), 31U);
    /* a file in memory */
    sw(REG_MSI_ADDR(1U), 8U, FILES + 0x2000U);
    sw(REG_IPSR, 4U, BIT(FIP));
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(get64(MRIF), BIT(31));
    assert_int_equal(get64(NOTICE), 99U);
    /* what is no interrupt file is no place for a message */
    sw(REG_MSI_ADDR(1U), 8U, G_DATA);
    sw(REG_IPSR, 4U, BIT(FIP));
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(get64(at(G_DATA)), 0U);
    assert_int_equal(guest_record(3U, 0U), CAUSE_MSI_WRITE_ACCESS);
    assert_int_equal(guest_record(3U, 2U), G_DATA);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
}

/* shows: R-MOD-33 */
static void test_wires_come_out_at_their_outlets(void **state)
{
    (void)state;
    begin();
    control(STATE_CTL, 0U);
    control(STATE_OUTLET_ADDRESS(0U), MESSAGES);
    control(STATE_OUTLET_DATA(0U), PLACE(0x11U, 0, 32) | PLACE(0x22U, 32, 32));
    control(STATE_CTL, STATE_CTL_EN);
    sw(REG_FCTL, 4U, FCTL_WSI);
    guest_queues();
    assert_int_equal(model_state_wires(bench.model, PAGE), 0U);
    guest_command(0U, 0U);
    assert_int_equal(model_state_wires(bench.model, PAGE), 1U);
    assert_int_equal(sr(REG_PAGE + STATE_WIRES, 8U), 1U);
    assert_int_equal(get64(MESSAGES), 0x11U);
    (void)read_at(0U);                                  /* the other wire, which has no outlet */
    assert_int_equal(model_state_wires(bench.model, PAGE), 3U);
    sw(REG_CQCSR, 4U, 0U);
    sw(REG_CQCSR, 4U, CSR_ENABLE);
    sw(REG_IPSR, 4U, BIT(CIP));
    assert_int_equal(get64(MESSAGES), 0x22U);
    assert_int_equal(model_state_wires(bench.model, PAGE), 2U);
    assert_int_equal(model_state_wires(bench.model, WINDOW), 0U);
}

/* shows: R-MOD-35 */
static void test_late_commands_of_a_region(void **state)
{
    struct model_config config = hoarding();

    (void)state;
    config.whims.late = config.whims.lagging = true;
    for (config.whims.seed = 1U; config.whims.seed < 20U; config.whims.seed++) {
        begin_with(config);
        guest_queues();
        guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
        guest_stage(pte(G_DATA, LEAF));
        guest_levels();
        expect_address(read_at(0x5000U), at(G_DATA));
        guest_stage(pte(G_DATA + 0x1000U, LEAF));
        guest_command(CMD_IOTINVAL, 0U);
        assert_int_equal(get64(PAGE + REG_CQH), BIT(32)); /* rung for, not done */
        expect_address(read_at(0x5000U), at(G_DATA));
        guest_command(CMD_IOFENCE, 0U);
        (void)model_run(bench.model, 100U);
        assert_int_equal(sr(REG_CQH, 4U), 2U);
        expect_address(read_at(0x5000U), at(G_DATA) + 0x1000U);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_fence_stores_to_what_is_the_guests, end_bench),
        cmocka_unit_test_teardown(test_commands_of_second_stages_are_not_there, end_bench),
        cmocka_unit_test_teardown(test_copies_stay_until_the_guest_says_so, end_bench),
        cmocka_unit_test_teardown(test_what_the_host_invalidates_goes_too, end_bench),
        cmocka_unit_test_teardown(test_two_guests_do_not_meet, end_bench),
        cmocka_unit_test_teardown(test_messages_go_to_the_guests_files, end_bench),
        cmocka_unit_test_teardown(test_wires_come_out_at_their_outlets, end_bench),
        cmocka_unit_test_teardown(test_late_commands_of_a_region, end_bench),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
