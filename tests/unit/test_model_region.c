/* SPDX-License-Identifier: Apache-2.0 */
/* State regions on the model alone: the pointer to them, requests, faults, stores. */
#include "tests/unit/model_region.h"

/* ---- contexts that lead to a region ---------------------------------------------------------- */

static void expect_host_fault(enum cause cause)
{
    const uint64_t tail = rd(REG_FQT, 4U), guest_tail = sr(REG_FQT, 4U);

    expect_fault(read_at(0x5000U), cause, 0U);
    assert_int_equal(rd(REG_FQT, 4U), (tail + 1U) & 15U);
    assert_int_equal(FIELD(record((unsigned)tail, 0U), 0, 12), cause);
    assert_int_equal(FIELD(record((unsigned)tail, 0U), 40, 24), DEVICE);
    assert_int_equal(sr(REG_FQT, 4U), guest_tail);
    wr(REG_FQH, 4U, rd(REG_FQT, 4U));
}

/* shows: R-MOD-28 */
static void test_a_context_that_leads_to_no_region(void **state)
{
    static const uint64_t never[] = { TC_PDTV, TC_EN_ATS, TC_GADE, TC_SADE, TC_DPE, TC_SBE, TC_SXL,
                                      BIT(12) };

    (void)state;
    begin_nested();
    expect_address(read_at(0x5010U), at(G_DATA) + 0x10U);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        put64(dc_at(DEVICE), TC_V | never[i]);
        expect_host_fault(CAUSE_DDT_MISCONFIGURED);
    }
    put64(dc_at(DEVICE), TC_V);
    put64(dc_at(DEVICE) + 8U * DC_TA, TA_VDID_IS(VIRTUAL) | BIT(36));
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);
    put_state_dc(DEVICE, PAGE + 0x1000U, VIRTUAL);      /* not a region's first page */
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);
    put_state_dc(DEVICE, WINDOW + 4U * STATE_BYTES, VIRTUAL); /* outside of the window */
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);
    put_state_dc(DEVICE, WINDOW - STATE_BYTES, VIRTUAL);
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);
    put_state_dc(DEVICE, WINDOW, VIRTUAL);              /* one that is off */
    expect_host_fault(CAUSE_DDT_INVALID);
    put_state_dc(DEVICE, PAGE, VIRTUAL);
    put64(dc_at(DEVICE) + 8U * DC_IOHGATP, iohgatp(ATP_SV39, GROOT, GSCID + 1U));
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);         /* another second stage */
    put64(dc_at(DEVICE) + 8U * DC_IOHGATP, 0U);
    expect_host_fault(CAUSE_DDT_MISCONFIGURED);         /* none */
    put_state_dc(DEVICE, PAGE, VIRTUAL);
    image_set_trouble(&bench.image, PAGE, IMAGE_REFUSED);
    expect_fault(read_at(0x5000U), CAUSE_DDT_LOAD_ACCESS, 0U);
    image_set_trouble(&bench.image, PAGE, IMAGE_POISONED);
    expect_fault(read_at(0x5000U), CAUSE_DDT_CORRUPTION, 0U);
    image_set_trouble(&bench.image, PAGE, IMAGE_GOOD);
    expect_address(read_at(0x5010U), at(G_DATA) + 0x10U);
    control(STATE_CTL, 0U);
    expect_host_fault(CAUSE_DDT_INVALID);
    control(STATE_CTL, STATE_CTL_EN);
    expect_address(read_at(0x5010U), at(G_DATA) + 0x10U);
    model_reset(bench.model);                           /* all are off */
    queues_on();
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_1LVL);
    expect_host_fault(CAUSE_DDT_INVALID);
}

/* shows: R-MOD-28 */
static void test_without_the_capability_it_is_no_mode(void **state)
{
    struct model_config config = region_config();
    uint64_t value;

    (void)state;
    config.state_size = 0U;
    assert_null(model_new(&config, &(struct model_memory){ NULL, NULL, NULL }, NULL));
    config = region_config();
    config.state_base += REG_PAGE;
    assert_null(model_new(&config, &(struct model_memory){ NULL, NULL, NULL }, NULL));
    config = region_config();
    config.capabilities &= ~(CAP_MSI_FLAT | CAP_MSI_MRIF); /* contexts of base format */
    assert_null(model_new(&config, &(struct model_memory){ NULL, NULL, NULL }, NULL));
    config = plain_config(CAPS_ALL);
    config.state_base = WINDOW;
    config.state_size = STATE_BYTES;
    start(config, DDTP_1LVL);
    put_state_dc(DEVICE, WINDOW, 1U);
    expect_fault(read_at(0U), CAUSE_DDT_MISCONFIGURED, 0U);
    assert_false(model_state_write(bench.model, WINDOW, 8U, 1U));
    assert_false(model_state_read(bench.model, WINDOW, 8U, &value));
}

/* shows: R-MOD-28 */
static void test_what_cannot_be_turned_on(void **state)
{
    static const struct { uint32_t offset; uint64_t value; } wrong[] = {
        { REG_CAPABILITIES, SHOWN | CAP_SV39X4 }, { REG_CAPABILITIES, SHOWN | CAP_MSI_FLAT },
        { REG_CAPABILITIES, SHOWN | CAP_ATS }, { REG_CAPABILITIES, SHOWN | CAP_STATE },
        { REG_CAPABILITIES, 0U }, { REG_CAPABILITIES, SHOWN | CAP_PAS_IS(63) },
        { REG_PAGE + STATE_IOHGATP, 0U },
        { REG_PAGE + STATE_IOHGATP, UINT64_C(7) << 60 | GROOT >> 12 },
        { REG_PAGE + STATE_IOHGATP, UINT64_C(8) << 60 | ((GROOT >> 12) + 1U) },
        { REG_PAGE + STATE_MSIPTP, UINT64_C(2) << 60 },
    };

    (void)state;
    begin();
    control(STATE_CTL, 0U);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        region_fill();
        sw(wrong[i].offset, 8U, wrong[i].value);
        control(STATE_CTL, STATE_CTL_EN);
        assert_int_equal(sr(REG_PAGE + STATE_CTL, 8U), STATE_CTL_EN | STATE_CTL_ERR);
        expect_host_fault(CAUSE_DDT_INVALID);
    }
    region_on();
}

/* shows: R-MOD-28 */
static void test_no_page_shows_what_the_board_has_not(void **state)
{
    struct model_config config = region_config();

    (void)state;
    config.capabilities &= ~(CAP_SV48 | CAP_SV57 | CAP_SV48X4 | CAP_SV57X4 | CAP_PD20
                             | CAP_PAS_IS(56));
    config.capabilities |= CAP_PAS_IS(44);
    begin_with(config);
    control(STATE_CTL, 0U);
    for (unsigned i = 0; i < 3U; i++) {
        static const uint64_t more[] = { CAP_SV39 | CAP_SV48, CAP_PD20, CAP_PAS_IS(45) };

        region_fill();
        sw(REG_CAPABILITIES, 8U, (SHOWN & ~CAP_PAS_IS(41)) | CAP_PAS_IS(44) | more[i]);
        control(STATE_CTL, STATE_CTL_EN);
        assert_int_equal(sr(REG_PAGE + STATE_CTL, 8U), STATE_CTL_EN | STATE_CTL_ERR);
    }
    sw(REG_CAPABILITIES, 8U, (SHOWN & ~CAP_PAS_IS(41)) | CAP_PAS_IS(44));
    control(STATE_CTL, STATE_CTL_EN);
    assert_int_equal(sr(REG_PAGE + STATE_CTL, 8U), STATE_CTL_EN | STATE_CTL_ON);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* shows: R-MOD-29, R-MOD-32 */
static void test_the_guests_directory_says_what_its_device_may(void **state)
{
    (void)state;
    begin();
    guest_queues();
    expect_fault(read_at(G_DATA), CAUSE_ALL_DISALLOWED, 0U);
    sw(REG_DDTP, 8U, DDTP_BARE);
    expect_address(read_at(G_DATA + 4U), at(G_DATA) + 4U);
    expect_fault(read_at(0x5000U), CAUSE_READ_ACCESS, 0U); /* no memory of the guest's */
    guest_levels();
    expect_fault(read_at(0x5000U), CAUSE_DDT_INVALID, 0U);
    guest_context(VIRTUAL, 0U, 0U, 0U);
    expect_address(read_at(G_DATA + 4U), at(G_DATA) + 4U);
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    guest_stage(pte(G_DATA, LEAF & ~PTE_W));
    expect_address(read_at(0x5004U), at(G_DATA) + 4U);
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, DEVICE, 0x5004U), CAUSE_WRITE_PAGE, 0U);
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV48, G_STAGE)); /* which the page does not show */
    expect_fault(read_at(0x5004U), CAUSE_DDT_MISCONFIGURED, 0U);
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, GUEST - 0x1000U)); /* tables beyond its memory */
    expect_fault(read_at(0x5004U), CAUSE_READ_ACCESS, 0U);
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, BIT(41)));
    expect_fault(read_at(0x5004U), CAUSE_DDT_MISCONFIGURED, 0U);
    put64(dc_at(DEVICE) + 8U * DC_TA, TA_VDID_IS(0x80U)); /* an id beyond the guest's directory */
    expect_fault(read_at(0x5004U), CAUSE_TYPE_DISALLOWED, 0U);
    sw(REG_DDTP, 8U, DDTP_OFF);
    sw(REG_DDTP, 8U, (GUEST - 0x1000U) >> 2 | DDTP_1LVL);
    put64(dc_at(DEVICE) + 8U * DC_TA, TA_VDID_IS(VIRTUAL));
    expect_fault(read_at(0x5004U), CAUSE_DDT_LOAD_ACCESS, 0U);
    assert_int_equal(sr(REG_FQT, 4U), 9U);
}

/* shows: R-MOD-29 */
static void test_processes_are_the_guests(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_READ, DEVICE, 0x5008U);

    (void)state;
    begin_nested();
    guest_context(VIRTUAL, TC_PDTV, 0U, atp(PDTP_PD8, G_PDT));
    guest_put(G_PDT + 16U * 7U, PC_TA_V);
    guest_put(G_PDT + 16U * 7U + 8U, atp(ATP_SV39, G_STAGE));
    r.pv = true;
    r.process_id = 7U;
    expect_address(model_translate(bench.model, &r), at(G_DATA) + 8U);
    r.process_id = 8U;
    expect_fault(model_translate(bench.model, &r), CAUSE_PDT_INVALID, 0U);
    guest_context(VIRTUAL, TC_PDTV, 0U, atp(PDTP_PD8, GUEST - 0x1000U));
    expect_fault(model_translate(bench.model, &r), CAUSE_PDT_LOAD_ACCESS, 0U);
    guest_context(VIRTUAL, TC_PDTV, 0U, atp(PDTP_PD17, G_PDT));
    expect_fault(model_translate(bench.model, &r), CAUSE_DDT_MISCONFIGURED, 0U);
}

/* shows: R-MOD-29 */
static void test_messages_of_devices_go_through_the_msi_table(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_WRITE, DEVICE, 0x5000U);
    uint32_t data = 77U;

    (void)state;
    begin_nested();
    guest_stage(pte(FILES + 0x1000U, LEAF));
    assert_int_equal(model_access(bench.model, &r, &data, 4U).address, FILE_PA + 0x1000U);
    assert_int_equal(get64(FILE_PA + 0x1000U), 77U);
    assert_int_equal(bench.touch.purpose, TOUCH_MSI);
    guest_stage(pte(FILES + 0x2000U, LEAF));
    assert_int_equal(model_access(bench.model, &r, &data, 4U).end, MODEL_MRIF);
    assert_int_equal(get64(MRIF + 16U), BIT(77 - 64));
    assert_int_equal(get64(NOTICE), 99U);
    guest_stage(pte(FILES + 0x3000U, LEAF));
    expect_fault(model_access(bench.model, &r, &data, 4U), CAUSE_WRITE_ACCESS, 0U);
    guest_stage(pte(FILES, LEAF) | BIT(61));            /* a file has no memory type */
    assert_int_equal(model_access(bench.model, &r, &data, 4U).pbmt, 0U);
    guest_stage(pte(G_DATA, LEAF) | BIT(61));
    assert_int_equal(model_access(bench.model, &r, &data, 4U).pbmt, 1U);
    /* a file in memory that refuses */
    guest_stage(pte(FILES + 0x2000U, LEAF));
    image_set_trouble(&bench.image, MRIF, IMAGE_REFUSED);
    (void)model_access(bench.model, &r, &data, 4U);
    assert_int_equal(sr(REG_FQT, 4U), 2U);
    assert_int_equal(FIELD(guest_record(1U, 0U), 0, 12), CAUSE_WRITE_ACCESS);
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* shows: R-MOD-32 */
static void test_a_record_names_nothing_of_the_hosts(void **state)
{
    (void)state;
    begin_nested();
    guest_stage(pte(GUEST - 0x1000U, LEAF));
    expect_fault(read_at(0x5020U), CAUSE_READ_ACCESS, 0U);
    assert_int_equal(guest_record(0U, 0U), PLACE(VIRTUAL, 40, 24) | PLACE(2U, 34, 6) | 5U);
    assert_int_equal(guest_record(0U, 1U), 0U);
    assert_int_equal(guest_record(0U, 2U), 0x5020U);
    assert_int_equal(guest_record(0U, 3U), 0U);
    assert_int_equal(get64(FILE_PA + 0x1000U), 31U);
    /* the host's own record of the same */
    assert_int_equal(rd(REG_FQT, 4U), 1U);
    assert_int_equal(record(0U, 0U), PLACE(DEVICE, 40, 24) | PLACE(2U, 34, 6) | 21U);
    assert_int_equal(record(0U, 3U), GUEST - 0x1000U + 0x20U);
    /* tables that the second stage refuses: implicit */
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, GUEST - 0x1000U));
    expect_fault(ask(TTYP_UNTRANSLATED_WRITE, DEVICE, 0x5020U), CAUSE_WRITE_ACCESS, 0U);
    assert_int_equal(FIELD(record(1U, 0U), 0, 12), CAUSE_WRITE_GUEST_PAGE);
    assert_int_equal(record(1U, 3U), (GUEST - 0x1000U) | IOTVAL2_IMPLICIT);
    /* what the guest's own tables refuse is none of the host's affair */
    guest_context(VIRTUAL, 0U, 3U, atp(ATP_SV39, G_STAGE));
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 2U);
    assert_int_equal(sr(REG_FQT, 4U), 3U);
}

/* shows: R-MOD-32 */
static void test_each_side_has_its_dtf(void **state)
{
    (void)state;
    begin_nested();
    guest_stage(pte(GUEST - 0x1000U, LEAF));
    put64(dc_at(DEVICE), TC_V | TC_DTF);
    expect_fault(read_at(0x5020U), CAUSE_READ_ACCESS, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
    assert_int_equal(sr(REG_FQT, 4U), 1U);
    put64(dc_at(DEVICE), TC_V);
    guest_context(VIRTUAL, TC_DTF, 3U, atp(ATP_SV39, G_STAGE));
    expect_fault(read_at(0x5020U), CAUSE_READ_ACCESS, 0U);
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 1U);
    assert_int_equal(sr(REG_FQT, 4U), 1U);
}

/* shows: R-MOD-32 */
static void test_devices_that_ask_for_ats_are_told_no(void **state)
{
    const struct model_page_request ask_page = { .device_id = DEVICE, .payload = PAGE_REQUEST_R
                                                 | PAGE_REQUEST_L };

    (void)state;
    begin_nested();
    assert_int_equal(ask(TTYP_ATS_REQUEST, DEVICE, 0x5000U).end, MODEL_ATS_UR);
    assert_int_equal(FIELD(guest_record(0U, 0U), 0, 12), CAUSE_TYPE_DISALLOWED);
    expect_fault(ask(TTYP_TRANSLATED_READ, DEVICE, 0x5000U), CAUSE_TYPE_DISALLOWED, 0U);
    assert_int_equal(model_page_request(bench.model, &ask_page).code, PRGR_INVALID);
    assert_int_equal(FIELD(guest_record(2U, 0U), 34, 30), PLACE(VIRTUAL, 6, 24) | TTYP_MESSAGE);
    sw(REG_DDTP, 8U, DDTP_OFF);
    assert_int_equal(model_page_request(bench.model, &ask_page).code, PRGR_INVALID);
    assert_int_equal(FIELD(guest_record(3U, 0U), 0, 12), CAUSE_ALL_DISALLOWED);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
}

/* ---- stores ---------------------------------------------------------------------------------- */

/* shows: R-MOD-30 */
static void test_on_it_is_registers_off_it_is_memory(void **state)
{
    uint64_t value;

    (void)state;
    begin();
    sw(REG_CAPABILITIES, 8U, 0U);
    assert_int_equal(sr(REG_CAPABILITIES, 8U), SHOWN);
    sw(REG_FCTL, 4U, UINT32_MAX);
    assert_int_equal(sr(REG_FCTL, 4U), FCTL_WSI);
    sw(REG_PQB, 8U, UINT64_MAX);
    assert_int_equal(sr(REG_PQB, 8U), 0U);
    sw(2048U, 8U, UINT64_MAX);
    assert_int_equal(sr(2048U, 8U), 0U);
    sw(REG_CQB, 8U, UINT64_MAX);
    assert_int_equal(sr(REG_CQB, 8U), PLACE(UINT64_MAX, 10, 44) | 14U);
    assert_int_equal(get64(PAGE + REG_CQB), PLACE(UINT64_MAX, 10, 44) | 14U);
    sw(REG_DDTP, 8U, G_DDT >> 2 | 9U);                  /* no such mode: nothing changes */
    assert_int_equal(sr(REG_DDTP, 8U), DDTP_OFF);
    sw(REG_CQCSR, 4U, CSR_ENABLE);
    sw(REG_CQB, 8U, G_CQ >> 2);                         /* on: nothing changes */
    assert_int_equal(sr(REG_CQB, 8U), PLACE(UINT64_MAX, 10, 44) | 14U);
    sw(REG_FCTL, 4U, 0U);
    assert_int_equal(sr(REG_FCTL, 4U), FCTL_WSI);
    assert_int_equal(bench.unspecified, 0U);
    control(STATE_IOHGATP, 0U);                         /* the control page is not for now */
    assert_int_equal(bench.unspecified, 1U);
    assert_int_equal(sr(REG_PAGE + STATE_IOHGATP, 8U), second_stage_root());
    control(STATE_CTL, 0U);
    sw(REG_CAPABILITIES, 8U, UINT64_MAX);
    sw(REG_CQCSR + 3U, 1U, 0xabU);
    control(STATE_IOHGATP, 1U);
    assert_int_equal(sr(REG_CAPABILITIES, 8U), UINT64_MAX);
    assert_int_equal(sr(REG_CQCSR, 4U) >> 24, 0xabU);
    assert_int_equal(sr(REG_PAGE + STATE_IOHGATP, 8U), 1U);
    assert_false(model_state_write(bench.model, PAGE + 1U, 2U, 0U));
    assert_false(model_state_write(bench.model, WINDOW - 8U, 8U, 0U));
    assert_false(model_state_read(bench.model, WINDOW + 4U * STATE_BYTES, 8U, &value));
}

/* shows: R-MOD-34 */
static void test_it_is_all_in_its_two_pages(void **state)
{
    const uint64_t new = PAGE + STATE_BYTES;
    uint64_t value;

    (void)state;
    begin_nested();
    sw(REG_MSI_VEC_CTL(0U), 4U, MSI_VEC_CTL_M);
    guest_command(0U, 0U);                              /* illegal; its message waits */
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    control(STATE_CTL, 0U);
    for (uint64_t offset = 0; offset < STATE_BYTES; offset += 8U) {
        if (offset != REG_PAGE + STATE_CTL) {
            assert_true(model_state_write(bench.model, new + offset, 8U, get64(PAGE + offset)));
        }
        put64(PAGE + offset, UINT64_MAX);
    }
    assert_true(model_state_write(bench.model, new + REG_PAGE + STATE_CTL, 8U, STATE_CTL_EN));
    put_state_dc(DEVICE, new, VIRTUAL);
    expect_address(read_at(0x5000U), at(G_DATA));
    expect_fault(read_at(0x6000U), CAUSE_READ_PAGE, 0U);
    assert_true(model_state_read(bench.model, new + REG_FQT, 4U, &value));
    assert_int_equal(value, 2U);
    assert_true(model_state_read(bench.model, new + REG_CQCSR, 4U, &value));
    assert_int_equal(value, CSR_ENABLE | CSR_IE | CSR_ON | CQCSR_CMD_ILL);
    assert_int_equal(get64(FILE_PA), 0U);
    assert_true(model_state_write(bench.model, new + REG_MSI_VEC_CTL(0U), 4U, 0U));
    assert_int_equal(get64(FILE_PA), 30U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_context_that_leads_to_no_region, end_bench),
        cmocka_unit_test_teardown(test_without_the_capability_it_is_no_mode, end_bench),
        cmocka_unit_test_teardown(test_what_cannot_be_turned_on, end_bench),
        cmocka_unit_test_teardown(test_no_page_shows_what_the_board_has_not, end_bench),
        cmocka_unit_test_teardown(test_the_guests_directory_says_what_its_device_may, end_bench),
        cmocka_unit_test_teardown(test_processes_are_the_guests, end_bench),
        cmocka_unit_test_teardown(test_messages_of_devices_go_through_the_msi_table, end_bench),
        cmocka_unit_test_teardown(test_a_record_names_nothing_of_the_hosts, end_bench),
        cmocka_unit_test_teardown(test_each_side_has_its_dtf, end_bench),
        cmocka_unit_test_teardown(test_devices_that_ask_for_ats_are_told_no, end_bench),
        cmocka_unit_test_teardown(test_on_it_is_registers_off_it_is_memory, end_bench),
        cmocka_unit_test_teardown(test_it_is_all_in_its_two_pages, end_bench),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
