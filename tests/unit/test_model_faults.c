/* SPDX-License-Identifier: Apache-2.0 */
/* The model's fault queue and interrupts: records, DTF, errors, wires, messages. */
#include "tests/unit/model_bench.h"

static const uint32_t on = CSR_ENABLE | CSR_IE | CSR_ON;

/* shows: R-MOD-17 */
static void test_the_fields_of_a_record(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_WRITE, 0x3dU, 0x123456789abcU);

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(0x3dU, TC_PDTV, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    r.pv = r.priv = true;
    r.process_id = 0xabcdeU;
    (void)model_translate(bench.model, &r);
    assert_int_equal(record(0U, 0U), UINT64_C(0x3d) << 40 | UINT64_C(3) << 34 | UINT64_C(1) << 33
                                     | UINT64_C(1) << 32 | UINT64_C(0xabcde) << 12 | 23U);
    assert_int_equal(record(0U, 1U), 0U);
    assert_int_equal(record(0U, 2U), 0x123456789abcU);
    assert_int_equal(record(0U, 3U), 0x123456789abcU);
    assert_int_equal(rd(REG_FQT, 4U), 1U);
    r.pv = false; /* then PID and PRIV are 0 */
    r.type = TTYP_TRANSLATED_READ;
    (void)model_translate(bench.model, &r);
    assert_int_equal(record(1U, 0U), UINT64_C(0x3d) << 40 | UINT64_C(6) << 34 | 260U);
    assert_int_equal(record(1U, 3U), 0U);
}

/* shows: R-MOD-17 */
static void test_dtf_keeps_back_what_the_table_says(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_DTF, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0U), CAUSE_READ_GUEST_PAGE, 0U);
    expect_fault(ask(TTYP_TRANSLATED_READ, 1U, 0U), CAUSE_TYPE_DISALLOWED, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
    /* no valid context: DTF counts as 0 */
    put64(dc_at(1U), TC_V | TC_DTF | BIT(12));
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0U), CAUSE_DDT_MISCONFIGURED, 0U);
    put64(dc_at(1U), TC_DTF);
    expect_fault(ask(TTYP_UNTRANSLATED_READ, 1U, 0U), CAUSE_DDT_INVALID, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 2U);
}

/* shows: R-MOD-18 */
static void test_a_full_queue_overflows_once(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    for (unsigned i = 0; i < 15U; i++) {
        (void)ask(TTYP_UNTRANSLATED_READ, i, 0U);
    }
    assert_int_equal(rd(REG_FQT, 4U), 15U);
    assert_int_equal(rd(REG_FQCSR, 4U), on);
    wr(REG_IPSR, 4U, BIT(FIP));
    (void)ask(TTYP_UNTRANSLATED_READ, 15U, 0U);
    assert_int_equal(rd(REG_FQCSR, 4U), on | CSR_OF);
    assert_int_equal(rd(REG_IPSR, 4U), BIT(FIP));
    wr(REG_FQH, 4U, 5U);
    (void)ask(TTYP_UNTRANSLATED_READ, 16U, 0U);       /* lost: the error is still there */
    assert_int_equal(rd(REG_FQT, 4U), 15U);
    wr(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE | CSR_OF);
    (void)ask(TTYP_UNTRANSLATED_READ, 17U, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 0U);            /* round */
    assert_int_equal(FIELD(record(15U, 0U), 40, 24), 17U);
}

/* shows: R-MOD-18 */
static void test_a_queue_in_memory_that_refuses(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    image_set_trouble(&bench.image, FQ, IMAGE_READ_ONLY);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_FQCSR, 4U), on | CSR_MF);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
    image_set_trouble(&bench.image, FQ, IMAGE_GOOD);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 0U);
    wr(REG_FQCSR, 4U, CSR_ENABLE | CSR_MF);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 1U);
    wr(REG_FQCSR, 4U, 0U);                            /* off: lost without a trace */
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_FQT, 4U), 1U);
    wr(REG_FQCSR, 4U, CSR_ENABLE);                    /* on again: from 0 */
    assert_int_equal(rd(REG_FQT, 4U), 0U);
}

/* shows: R-MOD-19 */
static void test_wires_follow_ipsr(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl = FCTL_WSI;
    start(config, DDTP_1LVL);
    wr(REG_ICVEC, 8U, 1U | 2U << 4 | 3U << 12);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_IPSR, 4U), BIT(FIP));
    assert_int_equal(model_wires(bench.model), BIT(2));
    command(0U, 0U);
    assert_int_equal(model_wires(bench.model), BIT(1) | BIT(2));
    wr(REG_IPSR, 4U, BIT(FIP));                       /* each bit for itself */
    assert_int_equal(rd(REG_IPSR, 4U), BIT(CIP));
    wr(REG_IPSR, 4U, BIT(CIP));                       /* its condition stands: set again */
    assert_int_equal(rd(REG_IPSR, 4U), BIT(CIP));
    put64(CQ, CMD_IODIR);
    wr(REG_CQCSR, 4U, CSR_ENABLE | CSR_IE | CQCSR_CMD_ILL);
    wr(REG_IPSR, 4U, BIT(CIP));
    assert_int_equal(model_wires(bench.model), 0U);
    wr(REG_FQCSR, 4U, CSR_ENABLE);                    /* not enabled: no interrupt */
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(rd(REG_IPSR, 4U), 0U);
    wr(REG_FQCSR, 4U, CSR_ENABLE | CSR_IE);           /* a record was no lasting condition */
    assert_int_equal(rd(REG_IPSR, 4U), 0U);
    assert_int_equal(get64(MESSAGES) | get64(MESSAGES + 8U), 0U);
}

/* shows: R-MOD-19 */
static void test_messages_follow_edges_of_ipsr(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    wr(REG_ICVEC, 8U, 2U << 4);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(get64(MESSAGES + 8U), 0x52U);
    assert_int_equal(get64(MESSAGES), 0U);
    assert_int_equal(model_wires(bench.model), 0U);
    put64(MESSAGES + 8U, 0U);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);        /* pending already: no edge */
    assert_int_equal(get64(MESSAGES + 8U), 0U);
    wr(REG_IPSR, 4U, BIT(FIP));
    assert_int_equal(get64(MESSAGES + 8U), 0U);
    wr(REG_MSI_VEC_CTL(2), 4U, MSI_VEC_CTL_M);
    /* masked: waits, and goes as then configured */
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_int_equal(get64(MESSAGES + 8U), 0U);
    wr(REG_MSI_DATA(2), 4U, 0x99U);
    wr(REG_MSI_VEC_CTL(2), 4U, 0U);
    assert_int_equal(get64(MESSAGES + 8U), 0x99U);
    put64(MESSAGES + 8U, 0U);
    wr(REG_MSI_VEC_CTL(2), 4U, MSI_VEC_CTL_M);
    wr(REG_MSI_VEC_CTL(2), 4U, 0U);
    assert_int_equal(get64(MESSAGES + 8U), 0U);       /* once */
    wr(REG_IPSR, 4U, BIT(FIP));
    wr(REG_MSI_VEC_CTL(2), 4U, MSI_VEC_CTL_M);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    model_reset(bench.model);                         /* forgets what waited */
    put64(MESSAGES + 8U, UINT64_MAX);
    wr(REG_MSI_ADDR(2), 8U, MESSAGES + 8U);
    wr(REG_MSI_DATA(2), 4U, 0x77U);
    assert_int_equal(get64(MESSAGES + 8U), UINT64_MAX);
}

/* shows: R-MOD-19 */
static void test_no_message_is_left_when_wires_are_chosen(void **state)
{
    struct model_config config = plain_config(CAPS_ALL);

    (void)state;
    config.fctl_writable = FCTL_WSI;
    start(config, DDTP_OFF);
    wr(REG_MSI_VEC_CTL(0), 4U, MSI_VEC_CTL_M);
    (void)ask(TTYP_UNTRANSLATED_READ, 1U, 0U);
    assert_false(bench.last.for_device && bench.last.purpose != TOUCH_FAULT);
    wr(REG_CQCSR, 4U, 0U);
    wr(REG_FQCSR, 4U, 0U);
    wr(REG_PQCSR, 4U, 0U);
    wr(REG_FCTL, 4U, FCTL_WSI);
    assert_int_equal(model_wires(bench.model), BIT(0));
    wr(REG_FCTL, 4U, 0U);
    wr(REG_MSI_VEC_CTL(0), 4U, 0U);
    assert_int_equal(get64(MESSAGES), 0U);
}

/* shows: R-MOD-19, R-MOD-05 */
static void test_a_message_that_cannot_be_written_is_recorded(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    wr(REG_ICVEC, 8U, 1U | 2U << 4);
    wr(REG_MSI_ADDR(1), 8U, 0x40000004U);             /* no memory there */
    command(0U, 0U);
    assert_int_equal(record(0U, 0U), CAUSE_MSI_WRITE_ACCESS);
    assert_int_equal(record(0U, 2U), 0x40000004U);
    assert_int_equal(record(0U, 3U), 0U);
    assert_int_equal(rd(REG_IPSR, 4U), BIT(CIP) | BIT(FIP));
    assert_int_equal(get64(MESSAGES + 8U), 0x52U);
    /* both to nowhere: it ends */
    wr(REG_MSI_ADDR(2), 8U, 0x40000008U);
    wr(REG_IPSR, 4U, BIT(CIP) | BIT(FIP));
    assert_int_equal(rd(REG_IPSR, 4U), BIT(CIP) | BIT(FIP));
    assert_int_equal(rd(REG_FQT, 4U), 3U);
    assert_int_equal(record(2U, 2U), 0x40000008U);
}

/* shows: R-MOD-20 */
static void test_every_access_is_told_with_its_device_and_page(void **state)
{
    struct model_request r = request(TTYP_UNTRANSLATED_WRITE, 5U, 0x601ff0U);
    uint8_t data[64];

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(5U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    (void)map(GROOT, 3U, 0x601000U, 0U, pte(DATA, LEAF));
    (void)map(GROOT, 3U, 0x602000U, 0U, pte(DATA + 0x5000U, LEAF));
    memset(data, 0xa5, sizeof(data));
    assert_int_equal(model_access(bench.model, &r, data, sizeof(data)).end, MODEL_TRANSLATED);
    assert_int_equal(get64(DATA + 0xff8U), 0xa5a5a5a5a5a5a5a5U);
    assert_int_equal(get64(DATA + 0x5028U), 0xa5a5a5a5a5a5a5a5U);
    assert_int_equal(get64(DATA + 0x5030U), 0U);
    assert_int_equal(bench.touches, 2U);
    assert_true(bench.touch.for_device && bench.touch.write);
    assert_int_equal(bench.touch.device_id, 5U);
    assert_int_equal(bench.touch.purpose, TOUCH_DATA);
    assert_int_equal(bench.touch.address, DATA + 0x5000U);
    assert_int_equal(bench.touch.size, 48U);
    fence();                                          /* what is no device's says so */
    assert_int_equal(bench.last.purpose, TOUCH_COMMAND);
    assert_false(bench.last.for_device);
    assert_int_equal(ask(TTYP_UNTRANSLATED_READ, 5U, 0x601000U).end, MODEL_TRANSLATED);
    assert_int_equal(bench.last.purpose, TOUCH_SECOND_STAGE);
    assert_true(bench.last.for_device);
    fence();
    assert_false(bench.last.for_device);
    /* the second page refuses: what came before is done, and nothing after */
    (void)map(GROOT, 3U, 0x602000U, 0U, pte(DATA + 0x5000U, LEAF & ~PTE_W));
    expect_fault(model_access(bench.model, &r, data, sizeof(data)), CAUSE_WRITE_GUEST_PAGE,
                 0x602000U);
    assert_int_equal(record(0U, 2U), 0x602000U);
    assert_int_equal(bench.touches, 3U);
    /* memory itself refuses: no fault of the IOMMU's */
    (void)map(GROOT, 3U, 0x601000U, 0U, pte(0x40000000U, LEAF));
    assert_int_equal(model_access(bench.model, &r, data, 8U).end, MODEL_ABORTED);
    assert_int_equal(bench.touches, 3U);
    assert_int_equal(rd(REG_FQT, 4U), 1U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_fields_of_a_record, end_bench),
        cmocka_unit_test_teardown(test_dtf_keeps_back_what_the_table_says, end_bench),
        cmocka_unit_test_teardown(test_a_full_queue_overflows_once, end_bench),
        cmocka_unit_test_teardown(test_a_queue_in_memory_that_refuses, end_bench),
        cmocka_unit_test_teardown(test_wires_follow_ipsr, end_bench),
        cmocka_unit_test_teardown(test_messages_follow_edges_of_ipsr, end_bench),
        cmocka_unit_test_teardown(test_no_message_is_left_when_wires_are_chosen, end_bench),
        cmocka_unit_test_teardown(test_a_message_that_cannot_be_written_is_recorded, end_bench),
        cmocka_unit_test_teardown(test_every_access_is_told_with_its_device_and_page, end_bench),
    };

    return cmocka_run_group_tests_name("model_faults", tests, NULL, NULL);
}
