/* SPDX-License-Identifier: Apache-2.0 */
/* The model's ATS, page requests and debug translations. */
#include "tests/unit/model_bench.h"

static struct model_outcome ats(uint64_t iova, bool no_write, bool execute)
{
    struct model_request r = request(TTYP_ATS_REQUEST, 1U, iova);

    r.no_write = no_write;
    r.execute = execute;
    return model_translate(bench.model, &r);
}

/* shows: R-MOD-25 */
static void test_ats_grants_what_both_stages_do(void **state)
{
    static const uint64_t rwx[] = { PTE_R, PTE_R | PTE_W, PTE_R | PTE_X, PTE_R | PTE_W | PTE_X,
                                    PTE_X };

    (void)state;
    for (size_t f = 0; f < 5U; f++) {
        for (size_t s = 0; s < 5U; s++) {
            /* the bits of MODEL_R, W, X */
            const unsigned both = (unsigned)((rwx[f] & rwx[s]) >> 1);
            struct model_outcome outcome;

            start(plain_config(CAPS_ALL), DDTP_1LVL);
            put_dc(1U, TC_EN_ATS, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(ATP_SV39, SROOT));
            put64(GROOT + 16U, pte(RAM_BASE, LEAF));
            put64(SROOT, pte(0U, PTE_V | PTE_U | PTE_A | PTE_D | rwx[f]));
            (void)map(GROOT, 3U, 0x1000U, 0U, pte(DATA, PTE_V | PTE_U | PTE_A | PTE_D | rwx[s]));
            outcome = ats(0x1000U, false, true);
            if ((both & MODEL_R) != 0U) {
                expect_address(outcome, DATA);
                assert_int_equal(outcome.granted, both);
                assert_int_equal(ats(0x1000U, true, false).granted, MODEL_R);
                assert_int_equal(outcome.size_log2, 12U);
            } else {
                assert_int_equal(outcome.end, MODEL_ATS_DENIED);
            }
            assert_int_equal(rd(REG_FQT, 4U), 0U);
        }
    }
}

/* shows: R-MOD-25 */
static void test_ats_answers_by_cause(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    assert_int_equal(ats(0U, false, false).end, MODEL_ATS_UR);      /* no context: recorded */
    assert_int_equal(FIELD(record(0U, 0U), 0, 12), CAUSE_DDT_INVALID);
    assert_int_equal(FIELD(record(0U, 0U), 34, 6), TTYP_ATS_REQUEST);
    put_dc(1U, 0U, 0U, 0U);
    assert_int_equal(ats(0U, false, false).end, MODEL_ATS_UR);      /* not enabled */
    put_dc(1U, TC_EN_ATS, 0U, atp(ATP_SV39, SROOT));
    assert_int_equal(rd(REG_FQT, 4U), 2U);
    /* page fault: nothing is recorded */
    assert_int_equal(ats(0U, false, false).end, MODEL_ATS_DENIED);
    assert_int_equal(rd(REG_FQT, 4U), 2U);
    image_set_trouble(&bench.image, SROOT, IMAGE_REFUSED);
    assert_int_equal(ats(0U, false, false).end, MODEL_ATS_CA);      /* access fault */
    assert_int_equal(FIELD(record(2U, 0U), 0, 12), CAUSE_READ_ACCESS);
    assert_int_equal(ats(0U, true, true).cause, CAUSE_INSTRUCTION_ACCESS);
    put_dc(1U, TC_EN_ATS | TC_PDTV | TC_DPE, 0U, atp(PDTP_PD8, PDT));
    assert_int_equal(ats(0U, false, false).end, MODEL_ATS_DENIED);  /* no process */
    assert_int_equal(rd(REG_FQT, 4U), 4U);
}

/* shows: R-MOD-25 */
static void test_translated_requests_and_t2gpa(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_EN_ATS, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    (void)map(GROOT, 3U, 0x1000U, 0U, pte(DATA, LEAF & ~PTE_W));
    expect_address(ask(TTYP_TRANSLATED_WRITE, 1U, 0x1010U), 0x1010U); /* trusted */
    put_dc(1U, TC_EN_ATS | TC_T2GPA, iohgatp(ATP_SV39, GROOT, GSCID_1), atp(ATP_SV39, SROOT));
    put64(GROOT + 16U, pte(RAM_BASE, LEAF));
    put64(SROOT + 8U, LEAF); /* IOVA 0x4000_0000 to guest 0 */
    expect_address(ats(0x40001010U, true, false), 0x1010U);           /* the guest's address */
    expect_address(ask(TTYP_TRANSLATED_READ, 1U, 0x1010U), DATA + 0x10U);
    expect_fault(ask(TTYP_TRANSLATED_WRITE, 1U, 0x1010U), CAUSE_WRITE_GUEST_PAGE, 0x1010U);
    assert_int_equal(FIELD(record(0U, 0U), 34, 6), TTYP_TRANSLATED_WRITE);
    expect_fault(ask(TTYP_TRANSLATED_READ, 1U, 0x2010U), CAUSE_READ_GUEST_PAGE, 0x2010U);
}

/* shows: R-MOD-25, R-MOD-16 */
static void test_ats_of_a_file_in_memory_is_untranslated_only(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_EN_ATS, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);
    put64(dc_at(1U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(1U) + 8U * DC_MSI_ADDR_PATTERN, 0x28000U);
    assert_int_equal(ats(0x28000000U, false, false).end, MODEL_ATS_DENIED);
    put64(MSI_TABLE, PLACE(DATA >> 9, 7, 47) | PLACE(MSIPTE_M_MRIF, 1, 2) | ENTRY_V);
    assert_int_equal(ats(0x28000000U, false, true).end, MODEL_MRIF);
    assert_int_equal(ats(0x28000000U, false, true).granted, MODEL_R | MODEL_W);
    put64(MSI_TABLE, BIT(3) | ENTRY_V);
    assert_int_equal(ats(0x28000000U, false, false).end, MODEL_ATS_CA);
}

/* shows: R-MOD-25, R-MOD-27 */
static void test_privilege_and_global_of_a_process(void **state)
{
    struct model_request r = request(TTYP_ATS_REQUEST, 1U, 0U);

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_EN_ATS | TC_PDTV | TC_DPE, 0U, atp(PDTP_PD8, PDT));
    put64(PDT + 8U, atp(ATP_SV39, SROOT));
    put64(PDT, PC_TA_V | PC_TA_ENS);
    put64(SROOT, LEAF | PTE_G);
    put64(SROOT + 8U, LEAF & ~PTE_U);
    assert_false(model_translate(bench.model, &r).global); /* by DPE: the request names none */
    r.pv = true;
    assert_true(model_translate(bench.model, &r).global);
    r.iova = 0x40000000U;
    assert_int_equal(model_translate(bench.model, &r).end, MODEL_ATS_DENIED);
    r.priv = true;
    assert_int_equal(model_translate(bench.model, &r).end, MODEL_TRANSLATED);
    assert_false(model_translate(bench.model, &r).global);
    wr(REG_TR_REQ_IOVA, 8U, r.iova);
    wr(REG_TR_REQ_CTL, 8U, TR_GO | TR_PV | TR_PRIV | TR_NW | PLACE(1, 40, 24));
    assert_int_equal(rd(REG_TR_RESPONSE, 8U) & TR_FAULT, 0U);
    wr(REG_TR_REQ_CTL, 8U, TR_GO | TR_PV | TR_NW | PLACE(1, 40, 24));
    assert_int_equal(rd(REG_TR_RESPONSE, 8U) & TR_FAULT, TR_FAULT);
}

static struct model_prgr page_request(uint32_t device_id, uint64_t payload)
{
    const struct model_page_request r = { .device_id = device_id, .pv = true, .priv = true,
                                          .exec = true, .process_id = 0x12345U,
                                          .payload = payload };

    return model_page_request(bench.model, &r);
}

/* shows: R-MOD-26 */
static void test_page_requests_are_queued(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, TC_EN_ATS | TC_EN_PRI, 0U, 0U);
    assert_int_equal(page_request(1U, 0x7000U | PAGE_REQUEST_L | PAGE_REQUEST_R).code, PRGR_NONE);
    assert_int_equal(get64(PQ), UINT64_C(1) << 40 | UINT64_C(7) << 32 | UINT64_C(0x12345) << 12);
    assert_int_equal(get64(PQ + 8U), 0x7005U);
    assert_int_equal(rd(REG_PQT, 4U), 1U);
    assert_int_equal(rd(REG_IPSR, 4U), BIT(PIP));
    for (unsigned i = 1; i < 15U; i++) {
        assert_int_equal(page_request(1U, 5U).code, PRGR_NONE);
    }
    assert_int_equal(page_request(1U, 5U).code, PRGR_SUCCESS);  /* full */
    assert_int_equal(rd(REG_PQCSR, 4U) & CSR_OF, CSR_OF);
    wr(REG_PQH, 4U, rd(REG_PQT, 4U));
    wr(REG_PQCSR, 4U, CSR_ENABLE | CSR_IE | CSR_OF);
    (void)model_page_request(bench.model, &(struct model_page_request){ .device_id = 1U,
        .priv = true, .exec = true, .process_id = 3U, .payload = 5U });
    assert_int_equal(get64(PQ + 15U * 16U), UINT64_C(1) << 40); /* no process: none of its fields */
    wr(REG_PQH, 4U, 1U);
    assert_int_equal(page_request(1U, 5U).code, PRGR_SUCCESS);
    wr(REG_IPSR, 4U, BIT(PIP));                                 /* the error stands */
    assert_int_equal(rd(REG_IPSR, 4U), BIT(PIP));
    assert_int_equal(page_request(1U, 1U).code, PRGR_NONE);     /* needs no answer */
    assert_int_equal(page_request(1U, PAGE_REQUEST_L).code, PRGR_NONE); /* a stop marker neither */
    assert_int_equal(rd(REG_FQT, 4U), 0U);
}

/* shows: R-MOD-26 */
static void test_page_requests_that_the_iommu_answers(void **state)
{
    struct model_prgr answer;

    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    assert_int_equal(page_request(1U, 5U).code, PRGR_FAILURE);
    assert_int_equal(record(0U, 0U), UINT64_C(1) << 40 | UINT64_C(9) << 34 | UINT64_C(3) << 32
                                     | UINT64_C(0x12345) << 12 | CAUSE_DDT_INVALID);
    put_dc(1U, TC_EN_ATS, 0U, 0U);
    answer = page_request(1U, 5U);
    assert_int_equal(answer.code, PRGR_INVALID);
    assert_false(answer.pv);
    assert_int_equal(page_request(0x40U, 5U).code, PRGR_INVALID);
    put_dc(1U, TC_EN_ATS | TC_EN_PRI | TC_PRPR, 0U, 0U);
    image_set_trouble(&bench.image, PQ, IMAGE_REFUSED);
    assert_int_equal(page_request(1U, 5U).code, PRGR_FAILURE);
    assert_int_equal(rd(REG_PQCSR, 4U) & CSR_MF, CSR_MF);
    assert_int_equal(rd(REG_FQT, 4U), 3U);             /* the queue's trouble is not recorded */
    wr(REG_PQCSR, 4U, 0U);
    assert_int_equal(page_request(1U, 5U).code, PRGR_FAILURE);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_OFF);
    answer = page_request(1U, 5U);
    assert_int_equal(answer.code, PRGR_FAILURE);
    assert_true(answer.pv);
    assert_int_equal(FIELD(record(3U, 0U), 0, 12), CAUSE_ALL_DISALLOWED);
    wr(REG_DDTP, 8U, DDT >> 2 | DDTP_BARE);
    assert_int_equal(page_request(1U, 5U).code, PRGR_INVALID);
}

static uint64_t debug(uint64_t iova, uint64_t control)
{
    wr(REG_TR_REQ_IOVA, 8U, iova);
    wr(REG_TR_REQ_CTL, 8U, control | TR_GO | PLACE(1, 40, 24));
    assert_int_equal(rd(REG_TR_REQ_CTL, 8U) & TR_GO, 0U);
    return rd(REG_TR_RESPONSE, 8U);
}

/* shows: R-MOD-27 */
static void test_debug_translations(void **state)
{
    (void)state;
    start(plain_config(CAPS_ALL), DDTP_1LVL);
    put_dc(1U, 0U, 0U, atp(ATP_SV39, SROOT));
    (void)map_first(SROOT, 3U, 0x1000U, 0U, pte(DATA, LEAF & ~PTE_W) | PLACE(1, 61, 2));
    (void)map_first(SROOT, 3U, 0x10000U, 0U, pte(DATA + 0x8000U, LEAF | PTE_N));
    (void)map_first(SROOT, 3U, 0x200000U, 1U, pte(DATA, LEAF & ~PTE_X));
    assert_int_equal(debug(0x1000U, TR_NW), DATA >> 12 << 10 | PLACE(1, 7, 2));
    /* reads and writes are asked for */
    assert_int_equal(debug(0x1000U, 0U), TR_FAULT);
    assert_int_equal(record(0U, 0U), UINT64_C(1) << 40 | UINT64_C(3) << 34 | CAUSE_WRITE_PAGE);
    assert_int_equal(record(0U, 2U), 0x1000U);
    assert_int_equal(debug(0x10000U, 0U), PLACE(DATA >> 12 | 7U, 10, 44) | TR_S);
    assert_int_equal(debug(0x2ff000U, 0U), PLACE(DATA >> 12 | 0xffU, 10, 44) | TR_S);
    assert_int_equal(debug(0x2ff000U, TR_NW | TR_EXE), TR_FAULT);
    assert_int_equal(FIELD(record(1U, 0U), 0, 12), CAUSE_INSTRUCTION_PAGE);
    assert_int_equal(bench.touches, 0U);
    assert_int_equal(bench.unspecified, 0U);
    (void)debug(0x10000U, TR_EXE);                               /* Exe asks for NW */
    assert_int_equal(bench.unspecified, 1U);
    wr(REG_FQCSR, 4U, 0U);
    wr(REG_FQCSR, 4U, CSR_ENABLE);
    put_dc(1U, 0U, iohgatp(ATP_SV39, GROOT, GSCID_1), 0U);       /* to an MRIF: not possible */
    put64(dc_at(1U) + 8U * DC_MSIPTP, atp(MSIPTP_FLAT, MSI_TABLE));
    put64(dc_at(1U) + 8U * DC_MSI_ADDR_PATTERN, 0x28000U);
    put64(MSI_TABLE, PLACE(DATA >> 9, 7, 47) | PLACE(MSIPTE_M_MRIF, 1, 2) | ENTRY_V);
    assert_int_equal(debug(0x28000000U, 0U), TR_FAULT);
    assert_int_equal(FIELD(record(0U, 0U), 0, 12), CAUSE_TYPE_DISALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_ats_grants_what_both_stages_do, end_bench),
        cmocka_unit_test_teardown(test_ats_answers_by_cause, end_bench),
        cmocka_unit_test_teardown(test_translated_requests_and_t2gpa, end_bench),
        cmocka_unit_test_teardown(test_ats_of_a_file_in_memory_is_untranslated_only, end_bench),
        cmocka_unit_test_teardown(test_privilege_and_global_of_a_process, end_bench),
        cmocka_unit_test_teardown(test_page_requests_are_queued, end_bench),
        cmocka_unit_test_teardown(test_page_requests_that_the_iommu_answers, end_bench),
        cmocka_unit_test_teardown(test_debug_translations, end_bench),
    };

    return cmocka_run_group_tests_name("model_ats", tests, NULL, NULL);
}
